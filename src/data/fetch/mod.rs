//! Data sets from the network: a download that can be taken up again, a checksum over the whole,
//! and an installation that happens completely or not at all.

mod download;
mod unpack;

use std::{
    env, fs,
    io::{self, Read},
    path::Path,
    time::Duration,
};

use sha2::{Digest, Sha256};

use self::download::{Download, PartFile};
use super::{DataError, cifar10};

/// Where CIFAR-10 comes from unless told otherwise.
pub const HOME_PAGE: &str = "https://www.cs.toronto.edu/~kriz";
/// The environment variable that names another place, for example a mirror.
pub const URL_VARIABLE: &str = "MNV1_DATA_URL";

/// How far a download has come, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub received: u64,
    pub total: u64,
    /// Whether a part of it was there from an earlier try.
    pub resumed: bool,
}

/// A `.tar.gz` and what is wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveSpec {
    /// Below the base address, and on disk while it is needed.
    pub file_name: String,
    pub bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
    /// The folder of the members, in the archive and below the data folder.
    pub folder: String,
    pub members: Vec<Member>,
}

/// A file to read out of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub bytes: u64,
}

impl ArchiveSpec {
    /// CIFAR-10 in its binary version.
    pub fn cifar10() -> Self {
        let names = cifar10::TRAIN_FILES.into_iter().chain([cifar10::TEST_FILE]);
        let member = |name: &str| Member { name: name.to_owned(), bytes: cifar10::FILE_BYTES };
        Self {
            file_name: "cifar-10-binary.tar.gz".into(),
            bytes: 170_052_171,
            sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd".into(),
            folder: cifar10::FOLDER.into(),
            members: names.map(member).collect(),
        }
    }
}

/// How long a server may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To find the host, and again to connect to it.
    pub connect: Duration,
    /// Without sending anything.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(4), idle: Duration::from_secs(5) }
    }
}

/// Whom to ask for an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub base_url: String,
    pub timeouts: Timeouts,
}

impl Server {
    /// The server at `base_url`, else the one that [`URL_VARIABLE`] names, else the home page.
    pub fn at(base_url: Option<&str>) -> Self {
        let named = || env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty());
        let base_url = base_url.map(str::to_owned).or_else(named);
        let base_url = base_url.unwrap_or_else(|| HOME_PAGE.to_owned());
        Self { base_url, timeouts: Timeouts::default() }
    }
}

/// Fetches CIFAR-10 into `data_dir`, from `base_url` if given; see [`Server::at`].
///
/// # Errors
/// As [`archive`].
pub fn cifar10(
    data_dir: &Path,
    base_url: Option<&str>,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DataError> {
    archive(&ArchiveSpec::cifar10(), data_dir, &Server::at(base_url), progress)
}

/// Fetches what `spec` describes into its folder below `data_dir`. Nothing is downloaded, and
/// `progress` hears nothing, where it lies there already with the sums that a fetch noted.
///
/// # Errors
/// If the server or the disk fails, or the archive is another one. The folder is then as it was;
/// what arrived of the archive is kept for the next try, unless it is wrong.
pub fn archive(
    spec: &ArchiveSpec,
    data_dir: &Path,
    server: &Server,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DataError> {
    unpack::recover(spec, data_dir)?;
    if unpack::is_installed(spec, data_dir) {
        return Ok(());
    }
    fs::create_dir_all(data_dir).map_err(DataError::io(data_dir))?;
    let path = data_dir.join(&spec.file_name);
    let mut part = PartFile::open(data_dir.join(format!("{}.part", spec.file_name)))?;
    Download { part: &mut part, spec, server, progress }.complete()?;
    let found = part.sha256()?;
    if found != spec.sha256 {
        part.discard()?;
        return Err(DataError::Checksum { path, expected: spec.sha256.clone(), found });
    }
    let installed = unpack::install(spec, part.rewound()?, data_dir);
    // Only a disk that failed (full, perhaps) may do better with the same bytes another time.
    if !matches!(installed, Err(DataError::Io { .. })) {
        part.discard()?;
    }
    installed
}

/// SHA-256 of everything that `reader` still has, in lower-case hexadecimal.
fn sha256(mut reader: impl Read) -> io::Result<String> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hex(hasher)),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
