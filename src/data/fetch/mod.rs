//! Data sets from the network.

use std::path::Path;

use super::DataError;

/// How far a download has come, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub received: u64,
    pub total: u64,
    /// Whether a part of it was there from an earlier try.
    pub resumed: bool,
}

/// Fetches CIFAR-10 into `data_dir`.
pub fn cifar10(
    _data_dir: &Path,
    base_url: Option<&str>,
    _progress: &mut dyn FnMut(Progress),
) -> Result<(), DataError> {
    let url = base_url.unwrap_or("https://www.cs.toronto.edu/~kriz").to_owned();
    Err(DataError::Download { url, reason: "this build cannot fetch".into() })
}
