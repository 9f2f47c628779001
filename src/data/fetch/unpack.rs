//! The wanted members of an archive, into a folder that takes the place of the old one when it is
//! complete and safely on disk.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};
use tar::{Archive, Entry, EntryType};

use super::{ArchiveSpec, Member, hex, sha256};
use crate::data::{
    DataError,
    cifar10::{FileMark, MARKER_FILE, Official},
};

/// Whether the folder of `spec` is what an earlier fetch made of the same archive.
pub fn is_installed(spec: &ArchiveSpec, data_dir: &Path) -> bool {
    let folder = data_dir.join(&spec.folder);
    let marker = fs::read(folder.join(MARKER_FILE)).ok();
    let marker = marker.and_then(|text| serde_json::from_slice::<Official>(&text).ok());
    let Some(marker) = marker.filter(|marker| marker.archive_sha256 == spec.sha256) else {
        return false;
    };
    spec.members.iter().all(|member| {
        let noted = marker.files.get(&member.name).map(|mark| mark.sha256.as_str());
        let found = File::open(folder.join(&member.name)).and_then(sha256);
        noted.is_some() && noted == found.ok().as_deref()
    })
}

/// Puts a folder back that a process left aside when it was killed at the worst moment.
pub fn recover(spec: &ArchiveSpec, data_dir: &Path) -> Result<(), DataError> {
    let (folder, aside) = (data_dir.join(&spec.folder), aside(spec, data_dir));
    match folder.try_exists() {
        Ok(false) if aside.exists() => fs::rename(&aside, &folder).map_err(DataError::io(aside)),
        _ => Ok(()),
    }
}

/// Where the old folder waits while the new one takes its place.
fn aside(spec: &ArchiveSpec, data_dir: &Path) -> PathBuf {
    data_dir.join(format!("{}.replaced", spec.folder))
}

/// Unpacks `archive` and puts the result in the place of the folder of `spec`.
///
/// # Errors
/// If the archive lacks a member or has one of another kind or length; if the disk fails. Nothing
/// is changed then.
pub fn install(spec: &ArchiveSpec, archive: &File, data_dir: &Path) -> Result<(), DataError> {
    let scratch = Scratch::create(data_dir.join(format!("{}.unpacking", spec.folder)))?;
    let unpacking = Unpacking { spec, archive: data_dir.join(&spec.file_name), to: &scratch.path };
    let files = unpacking.members(archive)?;
    let marker = Official { archive_sha256: spec.sha256.clone(), files };
    let marker = serde_json::to_vec(&marker).expect("strings and numbers can be written as JSON");
    let path = scratch.path.join(MARKER_FILE);
    let written = File::create(&path)
        .and_then(|mut file| file.write_all(&marker).and_then(|()| file.sync_all()));
    written.map_err(DataError::io(path))?;
    sync_folder(&scratch.path)?;
    replace(&scratch.path, &data_dir.join(&spec.folder), &aside(spec, data_dir))?;
    sync_folder(data_dir)
}

/// A folder that is gone at the end, unless it was renamed.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn create(path: PathBuf) -> Result<Self, DataError> {
        let made = remove(&path).and_then(|()| fs::create_dir(&path));
        made.map_err(DataError::io(&path))?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is removed by the next fetch.
        let _ = remove(&self.path);
    }
}

struct Unpacking<'a> {
    spec: &'a ArchiveSpec,
    /// The archive's name, for messages.
    archive: PathBuf,
    to: &'a Path,
}

impl Unpacking<'_> {
    /// Writes the members, and nothing else that the archive may hold.
    fn members(&self, archive: &File) -> Result<BTreeMap<String, FileMark>, DataError> {
        let mut archive = Archive::new(GzDecoder::new(BufReader::new(archive)));
        let mut files = BTreeMap::new();
        for entry in archive.entries().map_err(|error| self.bad(error))? {
            let mut entry = entry.map_err(|error| self.bad(error))?;
            let Some(member) = self.wanted(&entry) else { continue };
            let mark = self.member(member, &mut entry)?;
            if files.insert(member.name.clone(), mark).is_some() {
                return Err(self.bad(format!("{} is in it twice", member.name)));
            }
        }
        match self.spec.members.iter().find(|member| !files.contains_key(&member.name)) {
            Some(missing) => Err(self.bad(format!("{} is not in it", missing.name))),
            None => Ok(files),
        }
    }

    /// The member of which `entry` has the exact path.
    fn wanted(&self, entry: &Entry<impl Read>) -> Option<&Member> {
        let path = entry.path_bytes();
        let name = path.strip_prefix(self.spec.folder.as_bytes())?.strip_prefix(b"/")?;
        self.spec.members.iter().find(|member| member.name.as_bytes() == name)
    }

    fn member(&self, member: &Member, entry: &mut Entry<impl Read>) -> Result<FileMark, DataError> {
        let Member { name, bytes } = member;
        match (entry.header().entry_type(), entry.size()) {
            (EntryType::Regular, size) if size == *bytes => {}
            (EntryType::Regular, size) => {
                return Err(self.bad(format!("{name} has {size} bytes in it instead of {bytes}")));
            }
            _ => return Err(self.bad(format!("{name} is not a plain file in it"))),
        }
        let path = self.to.join(name);
        let mut file = File::create(&path).map_err(DataError::io(&path))?;
        let (mut hasher, mut buffer, mut left) = (Sha256::new(), vec![0; 1 << 16], *bytes);
        while left > 0 {
            let count = match entry.read(&mut buffer) {
                Ok(0) => return Err(self.bad(format!("{name} ends too early in it"))),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.bad(error)),
            };
            file.write_all(&buffer[..count]).map_err(DataError::io(&path))?;
            hasher.update(&buffer[..count]);
            left = left.saturating_sub(count as u64);
        }
        file.sync_all().map_err(DataError::io(&path))?;
        Ok(FileMark { bytes: *bytes, sha256: hex(hasher) })
    }

    fn bad(&self, reason: impl ToString) -> DataError {
        DataError::Archive { path: self.archive.clone(), reason: reason.to_string() }
    }
}

/// Renames `new` to `folder`. What was there is kept aside until that has happened; whatever a
/// person had put beside the data moves over.
fn replace(new: &Path, folder: &Path, aside: &Path) -> Result<(), DataError> {
    remove(aside).map_err(DataError::io(aside))?;
    let had = fs::symlink_metadata(folder).is_ok();
    if had {
        fs::rename(folder, aside).map_err(DataError::io(folder))?;
    }
    if let Err(source) = fs::rename(new, folder) {
        if had {
            fs::rename(aside, folder).map_err(DataError::io(aside))?;
        }
        return Err(DataError::Io { path: folder.to_owned(), source });
    }
    move_over(aside, folder).and_then(|()| remove(aside)).map_err(DataError::io(aside))
}

/// Moves what only `from` has into `to`. Behind a link it stays where it is.
fn move_over(from: &Path, to: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(from).is_ok_and(|found| found.is_dir()) {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if !target.exists() {
            fs::rename(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Removes whatever is at `path`, if anything is. Links are not followed.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

/// Makes renames within `folder` last through a power cut, where the system knows how.
fn sync_folder(folder: &Path) -> Result<(), DataError> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(DataError::io(folder))?;
    }
    Ok(())
}
