//! Files that are whole or not there at all, whatever happens while they are written.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::Path,
    process,
};

use super::RunError;

/// Writes `bytes` beside `path` and renames: a reader sees the old file or the new one.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), RunError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    make_folder(folder).map_err(RunError::write(folder))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Two processes may write the same file: each has a scratch file of its own.
    let scratch = folder.join(format!("{}{}{SCRATCH}", beginning(&name), process::id()));
    let _ = fs::remove_file(&scratch); // a process of that number may have died over it
    let written = write_durably(&scratch, bytes)
        .and_then(|()| fs::rename(&scratch, path))
        .and_then(|()| sync_folder(folder));
    if written.is_err() {
        let _ = fs::remove_file(&scratch); // the first error is the one to tell
    }
    written.map_err(RunError::write(path))
}

/// How the name of a scratch file ends.
const SCRATCH: &str = ".tmp";

/// How the name of a scratch file for `name` begins; a number follows.
fn beginning(name: &str) -> String {
    format!(".{name}.")
}

/// Whether `found` is the name of what a crash left of replacing the file `name`.
pub(super) fn is_scratch_of(name: &str, found: &str) -> bool {
    found.starts_with(&beginning(name)) && found.ends_with(SCRATCH)
}

/// Makes a folder that need not be new, in one that must exist.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Writes a new file and waits until it is on the disk.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes a folder, which need not exist.
pub(super) fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Waits until what was appended to the plain file at `path`, if there is one, is on the disk.
pub(super) fn sync_file(path: &Path) -> io::Result<()> {
    match plain_file(path) {
        Ok(_) => OpenOptions::new().append(true).open(path)?.sync_data(),
        Err(_) => Ok(()),
    }
}

/// Waits until the names in `folder` are on the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened like a file, and renaming is durable by itself.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// What is known of the plain file at `path`. Pipes and devices may never end, and a link may lead
/// out of the run's directory: they are refused.
pub(super) fn plain_file(path: &Path) -> io::Result<Metadata> {
    let about = fs::symlink_metadata(path)?;
    match about.is_file() {
        true => Ok(about),
        false => Err(io::Error::new(ErrorKind::InvalidData, "it is no plain file")),
    }
}

/// The same for a file that is about to be written, and so need not be there.
///
/// # Errors
/// Something else than a plain file is in its place.
pub fn plain_file_or_none(path: &Path) -> io::Result<()> {
    match plain_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What tells a file from one that is made in its place.
pub(super) type Identity = (u64, u64);

#[cfg(unix)]
pub(super) fn identity(about: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (about.dev(), about.ino())
}

/// Elsewhere the moment of creation tells files apart well enough.
#[cfg(not(unix))]
pub(super) fn identity(about: &Metadata) -> Identity {
    let created = about.created().ok();
    let since = created.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    (since.map_or(0, |since| since.as_nanos() as u64), 0)
}

/// Reads a plain file of at most `most` bytes.
///
/// # Errors
/// Anything else than such a file: a link, a pipe, a device, a larger file.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let about = plain_file(path)?;
    if about.len() > most {
        let what = format!("{} bytes are more than the {most} expected at most", about.len());
        return Err(io::Error::new(ErrorKind::InvalidData, what));
    }
    let mut bytes = Vec::with_capacity(about.len() as usize);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_file_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/a");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_replaced_is_named_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b")).unwrap();
        let message = replace(&folder.path().join("a"), b"x").unwrap_err().to_string();
        assert!(message.contains("a: cannot be written"), "{message}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_larger_than_expected_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_at_most(&path, 5).unwrap(), b"12345");
        assert!(read_at_most(&path, 4).unwrap_err().to_string().contains("5 bytes are more"));
        assert!(read_at_most(folder.path(), 4).is_err());
    }
}
