//! The six files out of an archive, and nothing else out of it.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Component, Path},
};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use tar::{Entry, EntryType};

use super::{Archive, install, members, part::hexadecimal};
use crate::data::{
    DataError,
    cifar10::{FOLDER, FileMark, MARKER_FILE, Official},
};

/// Room for what else is in the archive: a list of the classes, a web page, headers.
const REST: u64 = 1 << 20;

/// Unpacks the six files of `archive` out of a stream whose checksum holds into the new folder
/// `scratch`, together with a marker that says what they are.
///
/// # Errors
/// Unless the archive holds each file once, of exactly its size, and no path that leads elsewhere.
pub fn unpack(stream: impl Read, archive: &Archive, scratch: &Path) -> Result<(), DataError> {
    install::discard(scratch)?; // left by a process that was killed
    fs::create_dir(scratch).map_err(DataError::io(scratch))?;
    let most = archive.member_bytes * members().count() as u64 + REST;
    let stream = GzDecoder::new(BufReader::new(stream)).take(most);
    let unpacker = Unpacker { archive, scratch, files: BTreeMap::new() };
    let files = unpacker.run(tar::Archive::new(stream))?;
    let marker = Official { archive_sha256: archive.sha256.clone(), files };
    let path = scratch.join(MARKER_FILE);
    let text = serde_json::to_vec_pretty(&marker).expect("a marker is text and numbers");
    write_durably(&path, &mut text.as_slice()).map(drop)
}

struct Unpacker<'a> {
    archive: &'a Archive,
    scratch: &'a Path,
    files: BTreeMap<String, FileMark>,
}

impl Unpacker<'_> {
    fn run(
        mut self,
        mut archive: tar::Archive<impl Read>,
    ) -> Result<BTreeMap<String, FileMark>, DataError> {
        // As they stand: names and sizes out of extension headers are neither needed nor held in
        // memory, however long they are.
        for entry in archive.entries().map_err(|error| self.broken(error))?.raw(true) {
            let mut entry = entry.map_err(|error| self.broken(error))?;
            if let Some(name) = self.member(&entry)? {
                self.write(name, &mut entry)?;
            }
        }
        match members().find(|name| !self.files.contains_key(*name)) {
            Some(name) => Err(self.broken(format!("{name} is missing"))),
            None => Ok(self.files),
        }
    }

    /// Which of the six files this is, if any.
    fn member(&self, entry: &Entry<impl Read>) -> Result<Option<&'static str>, DataError> {
        let path = entry.path().map_err(|error| self.broken(error))?;
        let mut parts = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(part) => parts.push(part),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    // Escaped, since it goes to a terminal.
                    return Err(self.broken(format!("{path:?} leads out of the data set's folder")));
                }
            }
        }
        Ok(match parts[..] {
            [folder, file] if folder == FOLDER => members().find(|name| file == *name),
            _ => None,
        })
    }

    fn write(&mut self, name: &str, entry: &mut Entry<impl Read>) -> Result<(), DataError> {
        let (expected, found) = (self.archive.member_bytes, entry.size());
        if entry.header().entry_type() != EntryType::Regular {
            return Err(self.broken(format!("{name} is no plain file")));
        }
        if self.files.contains_key(name) {
            return Err(self.broken(format!("{name} is in it twice")));
        }
        if found != expected {
            return Err(self.broken(format!("{name} has {found} bytes, expected {expected}")));
        }
        let mut source = Hashing { inner: entry, digest: Sha256::new(), failed: None };
        let written = write_durably(&self.scratch.join(name), &mut source);
        if let Some(error) = source.failed.take() {
            return Err(self.broken(error));
        }
        let (bytes, sha256) = (written?, hexadecimal(source.digest));
        if bytes != expected {
            return Err(self.broken(format!("{name} ends after {bytes} bytes")));
        }
        self.files.insert(name.to_owned(), FileMark { bytes, sha256 });
        Ok(())
    }

    fn broken(&self, reason: impl ToString) -> DataError {
        let reason = format!("in the archive: {}", reason.to_string().replace('\n', " "));
        DataError::Download { url: self.archive.url.clone(), reason }
    }
}

/// Hashes what is read through it, and keeps the failures of reading apart from those of writing.
struct Hashing<R> {
    inner: R,
    digest: Sha256,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.digest.update(&buffer[..count]);
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error), // tried again
            Err(error) => {
                let kind = error.kind();
                self.failed = Some(error);
                Err(kind.into())
            }
        }
    }
}

/// Writes a new file and waits until the disk has it, so that a later rename finds it whole.
fn write_durably(path: &Path, source: &mut impl Read) -> Result<u64, DataError> {
    let mut file = File::create_new(path).map_err(DataError::io(path))?;
    let copied = io::copy(source, &mut file).map_err(DataError::io(path))?;
    file.flush().and_then(|()| file.sync_all()).map_err(DataError::io(path))?;
    Ok(copied)
}
