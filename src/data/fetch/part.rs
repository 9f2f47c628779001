//! The file in which a download grows until it is complete.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::data::DataError;

/// What every gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A part file, open and locked: two processes never write into one.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Part {
    /// Opens what an earlier try left, or an empty file. What cannot be the beginning of a gzip
    /// file of `complete` bytes is thrown away.
    pub(super) fn open(path: &Path, complete: u64) -> Result<Self, DataError> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        // Whatever has the name must not lead to a file elsewhere, which would be overwritten.
        if fs::symlink_metadata(path).is_ok_and(|about| !about.is_file()) {
            let reason = "it is no plain file; remove it".to_owned();
            return Err(DataError::Layout { path: path.to_owned(), reason });
        }
        let file = options.open(path).map_err(DataError::io(path))?;
        match file.try_lock() {
            Ok(()) => {}
            // Not every file system can lock; a checksum comes after this anyway.
            Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => {
                let reason = "another process is fetching this; wait until it is done".to_owned();
                return Err(DataError::Layout { path: path.to_owned(), reason });
            }
        }
        let bytes = file.metadata().map_err(DataError::io(path))?.len();
        let mut part = Self { path: path.to_owned(), file, bytes };
        let mut beginning = Vec::new();
        part.read_from_start()?.take(2).read_to_end(&mut beginning).map_err(part.io())?;
        if bytes > complete || !begins_as_gzip(&beginning) {
            part.restart()?;
        }
        Ok(part)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Throws away what came so far.
    pub(super) fn restart(&mut self) -> Result<(), DataError> {
        self.file.set_len(0).map_err(self.io())?;
        self.bytes = 0;
        Ok(())
    }

    /// Adds `piece` at the end.
    pub(super) fn append(&mut self, piece: &[u8]) -> Result<(), DataError> {
        let at = SeekFrom::Start(self.bytes);
        let written = self.file.seek(at).and_then(|_| self.file.write_all(piece));
        written.map_err(self.io())?;
        self.bytes += piece.len() as u64;
        Ok(())
    }

    /// The file, to be read from its beginning.
    pub(super) fn read_from_start(&mut self) -> Result<&File, DataError> {
        self.file.seek(SeekFrom::Start(0)).map_err(self.io())?;
        Ok(&self.file)
    }

    /// SHA-256 of the whole file in lower-case hexadecimal.
    pub(super) fn sha256(&mut self) -> Result<String, DataError> {
        let mut digest = Sha256::new();
        let mut file = self.read_from_start()?;
        let mut piece = vec![0; 1 << 18];
        loop {
            match file.read(&mut piece) {
                Ok(0) => return Ok(hexadecimal(digest)),
                Ok(count) => digest.update(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.io()(error)),
            }
        }
    }

    /// Deletes the file.
    pub(super) fn remove(self) -> Result<(), DataError> {
        let Self { path, file, .. } = self;
        drop(file); // some systems delete no open file
        fs::remove_file(&path).map_err(DataError::io(path))
    }

    pub(super) fn io(&self) -> impl FnOnce(io::Error) -> DataError + use<> {
        DataError::io(self.path.clone())
    }
}

/// Whether a gzip file can begin with `bytes`, however few they are.
pub(super) fn begins_as_gzip(bytes: &[u8]) -> bool {
    GZIP.iter().zip(bytes).all(|(wanted, found)| wanted == found)
}

/// A finished SHA-256 in lower-case hexadecimal.
pub(super) fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
