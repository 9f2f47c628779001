//! Files that are whole or not there at all, whatever happens while they are written.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
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
    let scratch = folder.join(format!(".{name}.{}.tmp", process::id()));
    let written = write_durably(&scratch, bytes)
        .and_then(|()| fs::rename(&scratch, path))
        .and_then(|()| sync_folder(folder));
    if written.is_err() {
        let _ = fs::remove_file(&scratch); // the first error is the one to tell
    }
    written.map_err(RunError::write(path))
}

/// Makes a folder that need not be new, in one that must exist.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// Writes a file and waits until it is on the disk.
pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the names in `folder` are on the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened like a file, and renaming is durable by itself.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Reads a plain file of at most `most` bytes; pipes and devices, which may never end, are refused.
pub(super) fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let refuse = |what: String| Err(io::Error::new(io::ErrorKind::InvalidData, what));
    let about = fs::metadata(path)?;
    if !about.is_file() {
        return refuse("it is no plain file".to_owned());
    }
    if about.len() > most {
        return refuse(format!("{} bytes are more than the {most} expected at most", about.len()));
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
