//! CIFAR-10 in its official binary layout (Krizhevsky 2009, <https://www.cs.toronto.edu/~kriz>).

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DataError, files, parts::Parts};
use crate::domain::images::ImageSet;

/// The folder below the data folder, as the archive names it.
pub const FOLDER: &str = "cifar-10-batches-bin";
/// The files of the train split, in order.
#[rustfmt::skip] // a table
pub const TRAIN_FILES: [&str; 5] = [
    "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
];
/// The file of the test split.
pub const TEST_FILE: &str = "test_batch.bin";
/// Written by a fetch whose archive had the official checksum.
pub const MARKER_FILE: &str = ".official.json";
/// SHA-256 of the official archive in lower-case hexadecimal.
pub const ARCHIVE_SHA256: &str = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd";
/// Bytes of each of the six files.
pub const FILE_BYTES: u64 = (RECORDS * RECORD_BYTES) as u64;
#[rustfmt::skip] // a table
pub const CLASS_NAMES: [&str; 10] = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
];

const SIDE: usize = 32;
const RECORDS: usize = 10_000;
/// One label, then the red, green and blue planes.
const RECORD_BYTES: usize = 1 + 3 * SIDE * SIDE;
/// Six files with their checksums fit in easily.
const MOST_MARKER_BYTES: u64 = 64 << 10;
const HINT: &str = "get CIFAR-10 by: mnv1-tui data fetch cifar10";

/// What a fetch knows about the files that it unpacked from the official archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Official {
    pub archive_sha256: String,
    /// By file name.
    pub files: BTreeMap<String, FileMark>,
}

/// Size and SHA-256 (hexadecimal) of one unpacked file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    pub bytes: u64,
    pub sha256: String,
}

/// Whether any file of CIFAR-10 lies in `data_dir`: if so, all must, and be whole.
pub fn is_present(data_dir: &Path) -> bool {
    let folder = data_dir.join(FOLDER);
    TRAIN_FILES.iter().chain([&TEST_FILE]).any(|name| folder.join(name).exists())
}

/// Reads all six files.
///
/// # Errors
/// Unless every file is there with exactly 10,000 records whose labels are 0 to 9.
pub fn read(data_dir: &Path) -> Result<Parts, DataError> {
    let folder = data_dir.join(FOLDER);
    // A marker of some other archive, a test's or a mirror's, says nothing about this one.
    let marker = read_marker(&folder)
        .filter(|marker| marker.archive_sha256.eq_ignore_ascii_case(ARCHIVE_SHA256));
    let mut reader = Reader { folder, marker, official: true };
    let train = reader.split(&TRAIN_FILES)?;
    let test = reader.split(&[TEST_FILE])?;
    let unofficial = "unofficial copy of CIFAR-10 (re-encoded or of unknown origin)";
    Ok(Parts {
        id: "cifar10",
        title: "CIFAR-10".into(),
        official: reader.official,
        class_names: CLASS_NAMES.map(str::to_owned).into(),
        train,
        test,
        banner: (!reader.official).then(|| unofficial.to_owned()),
    })
}

/// The marker in `folder`. One that cannot be read vouches for nothing; the files are judged all
/// the same.
pub(super) fn read_marker(folder: &Path) -> Option<Official> {
    let bytes = files::read_at_most(folder, &folder.join(MARKER_FILE), MOST_MARKER_BYTES);
    serde_json::from_slice(&bytes.ok()?).ok()
}

struct Reader {
    folder: PathBuf,
    marker: Option<Official>,
    /// Whether every file so far was the one that the marker describes.
    official: bool,
}

impl Reader {
    fn split(&mut self, names: &[&str]) -> Result<ImageSet, DataError> {
        let count = names.len() * RECORDS;
        let mut images = ImageSet {
            side: SIDE,
            pixels: Vec::with_capacity(count * (RECORD_BYTES - 1)),
            labels: Vec::with_capacity(count),
        };
        for name in names {
            let path = self.folder.join(name);
            let bytes = read_exactly(&self.folder, &path)?;
            self.official = self.official && self.vouches_for(name, &bytes);
            append_records(&path, &bytes, &mut images)?;
        }
        Ok(images)
    }

    fn vouches_for(&self, name: &str, bytes: &[u8]) -> bool {
        let mark = self.marker.as_ref().and_then(|marker| marker.files.get(name));
        // Hashing is what costs, so a copy without a marker is not hashed.
        mark.is_some_and(|mark| {
            mark.bytes == bytes.len() as u64 && mark.sha256.eq_ignore_ascii_case(&sha256(bytes))
        })
    }
}

/// Reads a file of [`FILE_BYTES`]; its length is checked first, so nothing large is read in vain.
fn read_exactly(folder: &Path, path: &Path) -> Result<Vec<u8>, DataError> {
    let (path_buf, expected) = (path.to_owned(), FILE_BYTES);
    let mut file = files::open(folder, path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            DataError::Missing { path: path.to_owned(), hint: HINT.into() }
        }
        _ => DataError::Io { path: path.to_owned(), source },
    })?;
    let found = file.metadata().map_err(DataError::io(path))?.len();
    match found {
        _ if found < expected => {
            return Err(DataError::Truncated { path: path_buf, expected, found });
        }
        _ if found > expected => {
            return Err(DataError::TooLong { path: path_buf, expected, found });
        }
        _ => {}
    }
    let mut bytes = vec![0; RECORDS * RECORD_BYTES];
    file.read_exact(&mut bytes).map_err(DataError::io(path))?;
    Ok(bytes)
}

/// The records in `bytes`, the content of a file such as the data set consists of, of any number
/// of records; `path` is for messages only.
///
/// # Errors
/// A record that is cut, or a label that no class has.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<ImageSet, DataError> {
    let found = bytes.len() as u64;
    let expected = found.next_multiple_of(RECORD_BYTES as u64);
    if found < expected {
        return Err(DataError::Truncated { path: path.to_owned(), expected, found });
    }
    let mut images = ImageSet { side: SIDE, ..ImageSet::default() };
    append_records(path, bytes, &mut images)?;
    Ok(images)
}

fn append_records(path: &Path, bytes: &[u8], images: &mut ImageSet) -> Result<(), DataError> {
    for (record, bytes) in bytes.chunks_exact(RECORD_BYTES).enumerate() {
        let (label, classes) = (u16::from(bytes[0]), CLASS_NAMES.len());
        if usize::from(label) >= classes {
            return Err(DataError::UnknownLabel { path: path.to_owned(), record, label, classes });
        }
        images.labels.push(label);
        images.pixels.extend_from_slice(&bytes[1..]);
    }
    Ok(())
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
