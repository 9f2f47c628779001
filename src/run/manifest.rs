//! `manifest.json`: what a checkpoint consists of, so that a damaged one is never taken for good.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::files;

pub(super) const FILE_NAME: &str = "manifest.json";

/// A checkpoint has a handful of files; a manifest of more was not written by this program.
const MOST_FILES: usize = 64;

/// The largest network, with its optimizer's state, stays far below.
const MOST_BYTES: u64 = 64 << 30;

/// `MOST_FILES` entries fit in easily.
const MOST_MANIFEST_BYTES: u64 = 64 * 1024;

/// What is read at a time while hashing.
const BLOCK: usize = 1 << 20;

/// The files of a checkpoint with their sizes and checksums.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) step: u64,
    files: Vec<Entry>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    /// SHA-256 in lower-case hexadecimal digits.
    sha256: String,
}

impl Manifest {
    /// Describes the files that lie in `folder`, and sees to it that they are on the disk.
    pub(super) fn of_folder(folder: &Path, step: u64) -> io::Result<Self> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !entry.file_type()?.is_file() || !is_plain_name(&name) {
                let what = format!("{name:?} is no plain file of a checkpoint");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
            let mut file = File::open(entry.path())?;
            file.sync_all()?;
            let (bytes, sha256) = digest(&mut file)?;
            files.push(Entry { name, bytes, sha256 });
        }
        check_count(files.len())
            .map_err(|what| io::Error::new(io::ErrorKind::InvalidInput, what))?;
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { step, files })
    }

    /// Writes the manifest into `folder`, on to the disk.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        files::write_durably(&folder.join(FILE_NAME), &self.to_json())
    }

    /// The manifest as it is written.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("names and numbers have a JSON form")
    }

    /// The step of the checkpoint.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The names of the files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|entry| entry.name.as_str())
    }

    /// Reads the manifest in `folder`, with bounds on what it may claim.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let bytes = files::read_at_most(&folder.join(FILE_NAME), MOST_MANIFEST_BYTES)
            .map_err(|error| format!("{FILE_NAME}: {error}"))?;
        Self::parse(&bytes)
    }

    /// The manifest that is written so.
    ///
    /// # Errors
    /// What is wrong with it: no JSON, names that are not plain, sizes that cannot be.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| format!("{FILE_NAME}: {error}"))?;
        check_count(manifest.files.len()).map_err(|what| format!("{FILE_NAME}: {what}"))?;
        for Entry { name, bytes, .. } in &manifest.files {
            if !is_plain_name(name) {
                return Err(format!("{FILE_NAME}: {name:?} is no plain file name"));
            }
            if *bytes > MOST_BYTES {
                return Err(format!("{FILE_NAME}: {name} cannot have {bytes} bytes"));
            }
        }
        // Nothing sums up the manifest itself, so that every byte of it must be as it was written.
        if manifest.to_json() != bytes {
            return Err(format!("{FILE_NAME}: not as this program writes it"));
        }
        Ok(manifest)
    }

    /// Compares the files in `folder` with the manifest: names and sizes first, since that costs
    /// nothing. What is not in the manifest has no sum, and must not be there.
    pub(super) fn check(&self, folder: &Path) -> Result<(), String> {
        let found = fs::read_dir(folder).map_err(|error| error.to_string())?;
        for entry in found {
            let name = entry.map_err(|error| error.to_string())?.file_name();
            if name != FILE_NAME && !self.names().any(|known| name == known) {
                return Err(format!("{name:?} is not in {FILE_NAME}"));
            }
        }
        for Entry { name, bytes, .. } in &self.files {
            let about = fs::symlink_metadata(folder.join(name));
            let about = about.map_err(|error| format!("{name}: {error}"))?;
            if !about.is_file() || about.len() != *bytes {
                return Err(format!("{name}: {} bytes, expected {bytes}", about.len()));
            }
        }
        for Entry { name, sha256, .. } in &self.files {
            let found = File::open(folder.join(name)).and_then(|mut file| digest(&mut file));
            let (_, found) = found.map_err(|error| format!("{name}: {error}"))?;
            if found != *sha256 {
                return Err(format!("{name}: SHA-256 {found}, expected {sha256:?}"));
            }
        }
        Ok(())
    }
}

fn check_count(files: usize) -> Result<(), String> {
    match files {
        1..=MOST_FILES => Ok(()),
        _ => Err(format!("{files} files, expected 1 to {MOST_FILES}")),
    }
}

/// One part, nothing hidden, not the manifest itself.
fn is_plain_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=128).contains(&name.len())
        && !name.starts_with('.')
        && name.chars().all(allowed)
        && name != FILE_NAME
}

/// Length and SHA-256 of the rest of the file.
fn digest(file: &mut File) -> io::Result<(u64, String)> {
    let (mut hasher, mut length) = (Sha256::new(), 0);
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => {
                hasher.update(&block[..read]);
                length += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let digits = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((length, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_sha_256() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("abc"), "abc").unwrap();
        let (length, digits) = digest(&mut File::open(folder.path().join("abc")).unwrap()).unwrap();
        assert_eq!(length, 3);
        assert_eq!(digits, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_manifest_that_claims_too_much_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let entry =
            |name: &str, bytes: u64| format!(r#"{{"name":{name:?},"bytes":{bytes},"sha256":""}}"#);
        let many = vec![entry("a", 1); 65].join(",");
        #[rustfmt::skip] // a table
        let cases = [
            (entry("../a", 1), "no plain file name"),
            (entry("a/b", 1), "no plain file name"),
            (entry("", 1), "no plain file name"),
            (entry("manifest.json", 1), "no plain file name"),
            (entry("a", u64::MAX), "cannot have 18446744073709551615 bytes"),
            (many, "65 files, expected"),
            (String::new(), "0 files, expected"),
            (r#"{"name":1}"#.to_owned(), "invalid type"),
        ];
        for (files, expected) in cases {
            let json = format!(r#"{{"step":1,"files":[{files}]}}"#);
            fs::write(folder.path().join(FILE_NAME), json).unwrap();
            let found = Manifest::read(folder.path()).unwrap_err();
            assert!(found.contains(expected), "{found:?} lacks {expected:?}");
        }
        fs::write(folder.path().join(FILE_NAME), " ".repeat(100_000)).unwrap();
        assert!(Manifest::read(folder.path()).unwrap_err().contains("100000 bytes are more"));
    }
}
