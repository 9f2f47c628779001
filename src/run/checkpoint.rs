//! Checkpoints on disk: a folder appears under its final name only when all of it is there.
//!
//! `checkpoints/.<step>.tmp` is being written, `.<step>.old` is being replaced, and what is about
//! to be removed is called `.<step>.gone`, so that a crash leaves nothing half under a good name.

use std::{
    error::Error,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{
    RunDir, RunError, files,
    manifest::{self, Manifest},
};

/// A checkpoint that was completed once; `verify` says whether it still is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub step: u64,
    pub path: PathBuf,
}

/// A checkpoint that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    pub path: PathBuf,
    pub reason: String,
}

/// Why no checkpoint was saved: the folder's fault, or that of what writes into it.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError<E: Error + 'static> {
    #[error(transparent)]
    Folder(#[from] RunError),
    #[error(transparent)]
    Content(E),
}

/// What a `checkpoint` event at `step` calls the folder: relative to the run directory.
pub fn relative_path(step: u64) -> String {
    format!("checkpoints/{step}")
}

/// Saves what `write` puts into the folder that it is given (plain files only) as the checkpoint
/// of `step`, in place of an older one of that step.
///
/// # Errors
/// What `write` returns, or a folder that cannot be written; nothing is left of the attempt.
pub fn save<E: Error + 'static>(
    run: &RunDir,
    step: u64,
    write: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<PathBuf, CheckpointError<E>> {
    let folder = run.checkpoints_dir();
    let (scratch, path) = (hidden(&folder, step, "tmp"), folder.join(step.to_string()));
    remove(&scratch).map_err(RunError::write(&scratch))?;
    // Only these two: a run directory that was taken away must not come back as a torso.
    files::make_folder(&folder).map_err(RunError::write(&folder))?;
    files::make_folder(&scratch).map_err(RunError::write(&scratch))?;
    let written = write(&scratch).map_err(CheckpointError::Content).and_then(|()| {
        complete(&scratch, step).map_err(RunError::write(&scratch))?;
        publish(&folder, step).map_err(RunError::write(&path))?;
        Ok(path)
    });
    if written.is_err() {
        let _ = remove(&scratch); // the first error is the one to tell
    }
    written
}

/// The checkpoints of a run, oldest step first.
pub fn list(run: &RunDir) -> Result<Vec<Checkpoint>, RunError> {
    let folder = run.checkpoints_dir();
    let names = names_in(&folder).map_err(RunError::read(&folder))?;
    let mut found: Vec<Checkpoint> = names
        .iter()
        .filter_map(|name| Some(Checkpoint { step: step_of(name)?, path: folder.join(name) }))
        .collect();
    // A crash in the middle of a replacement leaves only the old one, under its hidden name.
    let replaced = |name: &String| step_of(name.strip_prefix('.')?.strip_suffix(".old")?);
    for step in names.iter().filter_map(replaced) {
        if !found.iter().any(|checkpoint| checkpoint.step == step) {
            found.push(Checkpoint { step, path: hidden(&folder, step, "old") });
        }
    }
    found.sort_by_key(|checkpoint| checkpoint.step);
    Ok(found)
}

/// Checks a checkpoint's files against its manifest; the error says which file is damaged.
pub fn verify(checkpoint: &Checkpoint) -> Result<(), String> {
    let manifest = Manifest::read(&checkpoint.path)?;
    if manifest.step != checkpoint.step {
        return Err(format!("{} is about step {}", manifest::FILE_NAME, manifest.step));
    }
    manifest.check(&checkpoint.path)
}

/// The newest checkpoint that is whole, and the newer ones that are not.
pub fn newest_good(run: &RunDir) -> Result<(Option<Checkpoint>, Vec<Skipped>), RunError> {
    let mut skipped = Vec::new();
    for checkpoint in list(run)?.into_iter().rev() {
        match verify(&checkpoint) {
            Ok(()) => return Ok((Some(checkpoint), skipped)),
            Err(reason) => skipped.push(Skipped { path: checkpoint.path, reason }),
        }
    }
    Ok((None, skipped))
}

/// Removes all but the best checkpoint and the newest `keep` others, at least one, and what
/// crashes have left behind.
pub fn prune(run: &RunDir, keep: usize, best_step: Option<u64>) -> Result<(), RunError> {
    let all = list(run)?;
    let others = all.iter().rev().filter(|checkpoint| Some(checkpoint.step) != best_step);
    others.skip(keep.max(1)).try_for_each(discard)?;
    remove_leftovers(run, &all)
}

/// Removes the checkpoints after `step`, which a run that goes on from there makes void: were
/// they kept, they would count as newer than those that follow.
pub fn void_after(run: &RunDir, step: u64) -> Result<(), RunError> {
    list(run)?.iter().filter(|checkpoint| checkpoint.step > step).try_for_each(discard)
}

/// Describes and syncs what was written into `scratch`; the manifest comes last.
fn complete(scratch: &Path, step: u64) -> io::Result<()> {
    Manifest::of_folder(scratch, step)?.write(scratch)?;
    files::sync_folder(scratch)
}

/// Gives the completed scratch folder its name, in place of an older checkpoint of that step.
fn publish(folder: &Path, step: u64) -> io::Result<()> {
    let (path, old) = (folder.join(step.to_string()), hidden(folder, step, "old"));
    if path.exists() {
        remove(&old)?;
        fs::rename(&path, &old)?;
    }
    fs::rename(hidden(folder, step, "tmp"), &path)?;
    files::sync_folder(folder)?;
    remove(&old)
}

/// Renames first, so that a crash cannot leave half a checkpoint under its name.
fn discard(checkpoint: &Checkpoint) -> Result<(), RunError> {
    let gone = checkpoint.path.with_file_name(format!(".{}.gone", checkpoint.step));
    remove(&gone)
        .and_then(|()| fs::rename(&checkpoint.path, &gone))
        .and_then(|()| remove(&gone))
        .map_err(RunError::write(&checkpoint.path))
}

/// Removes hidden folders of ours that are none of `checkpoints`.
fn remove_leftovers(run: &RunDir, checkpoints: &[Checkpoint]) -> Result<(), RunError> {
    let folder = run.checkpoints_dir();
    for name in names_in(&folder).map_err(RunError::read(&folder))? {
        let path = folder.join(&name);
        let ours = [".tmp", ".old", ".gone"].iter().any(|end| name.ends_with(end));
        if name.starts_with('.') && ours && !checkpoints.iter().any(|c| c.path == path) {
            remove(&path).map_err(RunError::write(&path))?;
        }
    }
    Ok(())
}

fn hidden(folder: &Path, step: u64, state: &str) -> PathBuf {
    folder.join(format!(".{step}.{state}"))
}

/// The step that a folder's name says; `007` and `+7` are not ours.
fn step_of(name: &str) -> Option<u64> {
    name.parse().ok().filter(|step: &u64| step.to_string() == name)
}

/// The folders in `folder`; none where it does not exist.
fn names_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let folders = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        entry.file_type().ok()?.is_dir().then(|| entry.file_name().into_string().ok())?
    });
    Ok(folders.collect())
}

/// Removes a folder, which need not exist.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
