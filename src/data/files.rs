//! Opening the files of a data set, which may have come from anywhere.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
    path::Path,
};

/// Opens the plain file `path` in or below `folder`, for what it really is: no link leads out of
/// the folder, and no pipe or device is waited for. The folder itself may be a link.
pub(super) fn open(folder: &Path, path: &Path) -> io::Result<File> {
    inside(folder, path)?;
    open_plain(path)
}

/// Opens a plain file, wherever a person says it is.
pub(super) fn open_plain(path: &Path) -> io::Result<File> {
    match fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::new(ErrorKind::InvalidData, "it is no plain file")),
    }
}

/// Checks that `path` does not lead out of `folder`.
pub(super) fn inside(folder: &Path, path: &Path) -> io::Result<()> {
    match fs::canonicalize(path)?.starts_with(fs::canonicalize(folder)?) {
        true => Ok(()),
        false => Err(io::Error::new(
            ErrorKind::InvalidData,
            "a link that leads out of the data set's folder",
        )),
    }
}

/// Reads a plain file in `folder` of at most `most` bytes.
pub(super) fn read_at_most(folder: &Path, path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(folder, path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::new(ErrorKind::InvalidData, format!("more than {most} bytes"))),
        false => Ok(bytes),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_plain_files_within_the_folder_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("set/below")).unwrap();
        fs::write(at("outside"), "secret").unwrap();
        fs::write(at("set/below/a"), "12345").unwrap();
        symlink(at("set"), at("link to set")).unwrap();
        symlink("below/a", at("set/inward")).unwrap();
        symlink("../outside", at("set/outward")).unwrap();
        symlink(dir.path(), at("set/up")).unwrap();
        symlink("/dev/zero", at("set/endless")).unwrap();
        let said = |folder: &str, name: &str| {
            let read = read_at_most(&at(folder), &at(folder).join(name), 5);
            read.map_or_else(|error| error.to_string(), |b| String::from_utf8(b).unwrap())
        };
        assert_eq!(said("set", "below/a"), "12345");
        assert_eq!(said("link to set", "inward"), "12345");
        for outward in ["outward", "up/outside", "endless", "../outside"] {
            assert!(said("set", outward).contains("leads out"), "{outward}");
        }
        assert!(said("set", "below").contains("no plain file"));
        fs::write(at("set/below/a"), "123456").unwrap();
        assert!(said("set", "below/a").contains("more than 5 bytes"));
        assert!(open_plain(Path::new("/dev/zero")).is_err());
    }
}
