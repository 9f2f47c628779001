//! Data sets from the network: downloaded into a part file, checked, unpacked beside their place
//! and renamed into it, so that a data set is there whole or not at all.

mod download;
mod install;
mod part;
mod unpack;

pub use download::Client;
pub use unpack::unpack;

use std::{env, fs, path::Path, time::Duration};

use super::{
    DataError,
    cifar10::{self, FILE_BYTES, TEST_FILE, TRAIN_FILES},
};
use download::Download;
use install::Present;
use part::Part;

/// Where CIFAR-10 comes from unless told otherwise: the data set's home page.
pub const CIFAR10_URL: &str = "https://www.cs.toronto.edu/~kriz";
/// Names another place, as `--url` does; for `auto`, which has no flag of its own.
pub const URL_VARIABLE: &str = "MNV1_DATA_URL";

const CIFAR10_NAME: &str = "cifar-10-binary.tar.gz";
const CIFAR10_BYTES: u64 = 170_052_171;

/// How far a download has come, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub received: u64,
    pub total: u64,
    /// Whether a part of it was there from an earlier try.
    pub resumed: bool,
}

/// What a fetch had to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// The official files were there.
    AlreadyThere,
    Downloaded,
}

/// An archive laid out as that of CIFAR-10, and how it can be told from anything else.
#[derive(Debug, Clone)]
pub struct Archive {
    pub url: String,
    /// Name of the file in which a download is kept until it is complete.
    pub part_name: String,
    pub bytes: u64,
    /// In lower-case hexadecimal.
    pub sha256: String,
    /// Bytes of each of the six files in it.
    pub member_bytes: u64,
}

/// How long to wait for a server.
#[derive(Debug, Clone, Copy)]
struct Patience {
    /// For an address, for a connection, and for an answer: each of them.
    connect: Duration,
    /// Between two pieces of an answer.
    silence: Duration,
    /// Bytes of an answer that must come in that time, so that nobody waits for a server that drips.
    least: u64,
}

const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(4), silence: Duration::from_secs(15), least: 15 << 10 };

/// How often one fetch goes on after a cut connection.
const RESUMES: u32 = 5;

/// Fetches CIFAR-10 into `data_dir` from `base_url`, else from where the environment says, else
/// from its home page. Goes on with what an earlier try left; broken files there are replaced.
///
/// # Errors
/// If the archive cannot be had or is not the official one, or if an unofficial but whole copy is
/// in its place. What was received is kept, unless it is wrong.
pub fn cifar10(
    data_dir: &Path,
    base_url: Option<&str>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fetched, DataError> {
    let from_environment = env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty());
    let base = base_url.or(from_environment.as_deref()).unwrap_or(CIFAR10_URL);
    let archive = Archive {
        url: archive_url(base),
        part_name: format!("{CIFAR10_NAME}.part"),
        bytes: CIFAR10_BYTES,
        sha256: cifar10::ARCHIVE_SHA256.into(),
        member_bytes: FILE_BYTES,
    };
    fetch(data_dir, &archive, &download::client(&archive.url, PATIENCE), progress)
}

/// `base` may be the address of the archive itself, which is what people copy from a mirror.
fn archive_url(base: &str) -> String {
    let base = base.trim_end_matches('/');
    match base.rsplit('/').next() {
        Some(CIFAR10_NAME) => base.to_owned(),
        _ => format!("{base}/{CIFAR10_NAME}"),
    }
}

/// Fetches `archive` into `data_dir` by way of `client`, as [`cifar10`] does.
///
/// # Errors
/// As [`cifar10`].
pub fn fetch(
    data_dir: &Path,
    archive: &Archive,
    client: &Client,
    progress: &mut dyn FnMut(Progress),
) -> Result<Fetched, DataError> {
    let destination = data_dir.join(cifar10::FOLDER);
    match install::present(&destination, archive)? {
        Present::Official => return Ok(Fetched::AlreadyThere),
        Present::Unofficial => return Err(in_the_way(&destination)),
        Present::Broken | Present::Nothing => {}
    }
    fs::create_dir_all(data_dir).map_err(DataError::io(data_dir))?;
    let mut part = Part::open(&data_dir.join(&archive.part_name), archive.bytes)?;
    let scratch = data_dir.join(format!(".{}.unpacking", cifar10::FOLDER));
    let fetched = Download::new(archive, &mut part, client, RESUMES)
        .run(progress)
        .and_then(|()| unpack(part.read_from_start()?, archive, &scratch))
        .and_then(|()| install::install(&scratch, &destination));
    install::discard(&scratch)?; // there only after a failure
    // What is complete is either installed or wrong; what is empty is of no use to a later try.
    let settled = !matches!(fetched, Err(DataError::Io { .. })) && part.bytes() == archive.bytes;
    if fetched.is_ok() || settled || part.bytes() == 0 {
        part.remove()?;
    }
    fetched.map(|()| Fetched::Downloaded)
}

fn in_the_way(destination: &Path) -> DataError {
    let reason = "an unofficial copy of CIFAR-10 is here; move it away to fetch the official one";
    DataError::Layout { path: destination.to_owned(), reason: reason.into() }
}

/// The six files.
fn members() -> impl Iterator<Item = &'static str> {
    TRAIN_FILES.into_iter().chain([TEST_FILE])
}

#[cfg(test)]
mod tests;
