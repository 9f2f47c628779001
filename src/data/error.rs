//! Why a data set cannot be had: what, where, and what to do about it.

use std::{io, path::PathBuf};

/// A data set that cannot be read or fetched.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file system refused.
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    /// A file ends too early.
    #[error(
        "{}: expected {expected} bytes, found {found}; the file is incomplete, fetch it again \
         (mnv1-tui data fetch)", .path.display()
    )]
    Truncated { path: PathBuf, expected: u64, found: u64 },
    /// A file goes on where it should end. `found` is a lower bound where the rest was not read.
    #[error(
        "{}: expected {expected} bytes, found {found}; this is another file than it should be, \
         remove it and fetch it again (mnv1-tui data fetch)", .path.display()
    )]
    TooLong { path: PathBuf, expected: u64, found: u64 },
    /// A record has a label that no class has. `record` counts from 0 within the file.
    #[error(
        "{}: record {record} has label {label}, but the {classes} classes are 0 to {}; remove the \
         file and fetch it again (mnv1-tui data fetch)", .path.display(), .classes.saturating_sub(1)
    )]
    UnknownLabel { path: PathBuf, record: usize, label: u16, classes: usize },
    /// There is nothing at `path`; `hint` says how to get it.
    #[error("{}: not found; {hint}", .path.display())]
    Missing { path: PathBuf, hint: String },
    /// A file that should be a picture and is none, or one that is too large to be meant.
    #[error("{}: not a usable picture ({reason}); replace or remove it", .path.display())]
    Picture { path: PathBuf, reason: String },
    /// Files or folders that do not form a data set.
    #[error("{}: {reason}", .path.display())]
    Layout { path: PathBuf, reason: String },
    /// A server that cannot be reached or answers something else.
    #[error("{url}: download failed ({reason}); check the network, or give another --url")]
    Download { url: String, reason: String },
    /// A file with other bytes than the official one. Both are SHA-256 in hexadecimal.
    #[error(
        "{}: expected SHA-256 {expected}, found {found}; remove it and fetch it again \
         (mnv1-tui data fetch)", .path.display()
    )]
    Checksum { path: PathBuf, expected: String, found: String },
    /// An archive that does not hold what it should.
    #[error("{}: {reason}; remove it and fetch it again (mnv1-tui data fetch)", .path.display())]
    Archive { path: PathBuf, reason: String },
}

impl DataError {
    /// For `map_err`: what the file system said about `path`.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
