//! What is in the data set's place, and how an unpacked data set gets there.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Archive, members};
use crate::data::{
    DataError,
    cifar10::{self, MARKER_FILE, Official, sha256},
    files,
};

/// What is in a data set's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Present {
    Nothing,
    /// All files, as the marker of a fetch describes them.
    Official,
    /// All files with their right sizes, of unknown origin.
    Unofficial,
    /// Something, but not all files with their right sizes, or not as the marker has them.
    Broken,
}

/// Looks at `destination` without changing it.
pub(super) fn present(destination: &Path, archive: &Archive) -> Result<Present, DataError> {
    let paths: Vec<PathBuf> = members().map(|name| destination.join(name)).collect();
    let size = |path: &PathBuf| files::open(destination, path)?.metadata().map(|m| m.len());
    let whole = |path: &PathBuf| size(path).is_ok_and(|size| size == archive.member_bytes);
    if !destination.exists() {
        return Ok(Present::Nothing);
    }
    if !paths.iter().all(whole) {
        return Ok(Present::Broken);
    }
    let Some(marker) = cifar10::read_marker(destination) else {
        return Ok(Present::Unofficial);
    };
    for (name, path) in members().zip(&paths) {
        if !vouches(&marker, archive, name, &fs::read(path).map_err(DataError::io(path))?) {
            return Ok(Present::Broken);
        }
    }
    Ok(Present::Official)
}

fn vouches(marker: &Official, archive: &Archive, name: &str, bytes: &[u8]) -> bool {
    let mark = marker.files.get(name);
    marker.archive_sha256 == archive.sha256 && mark.is_some_and(|m| m.sha256 == sha256(bytes))
}

/// Renames `scratch` to `destination`. Broken files that were there are deleted; files that are
/// not of the data set stay, in a folder beside it.
pub(super) fn install(scratch: &Path, destination: &Path) -> Result<(), DataError> {
    let aside = destination.with_extension("replaced");
    let replaced = match fs::rename(destination, &aside) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(DataError::io(aside)(error)),
    };
    fs::rename(scratch, destination).map_err(DataError::io(destination))?;
    if replaced {
        for name in members().chain([MARKER_FILE]) {
            let _ = fs::remove_file(aside.join(name)); // it may not have been there
        }
        let _ = fs::remove_dir(&aside); // fails where something is left, which is meant
    }
    Ok(())
}

/// Deletes the folder `scratch` with all that is in it, if it is there.
pub(super) fn discard(scratch: &Path) -> Result<(), DataError> {
    match fs::remove_dir_all(scratch) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(DataError::io(scratch)(error)),
        _ => Ok(()),
    }
}
