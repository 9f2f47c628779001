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
    files::remove_folder(&scratch).map_err(RunError::write(&scratch))?;
    // Only these two: a run directory that was taken away must not come back as a torso.
    if !folder.exists() {
        files::make_folder(&folder).map_err(RunError::write(&folder))?;
        // A new run's name is not on the disk either.
        for folder in [run.path(), &run.path().join("..")] {
            files::sync_folder(folder).map_err(RunError::write(folder))?;
        }
    }
    files::make_folder(&scratch).map_err(RunError::write(&scratch))?;
    let written = write(&scratch).map_err(CheckpointError::Content).and_then(|()| {
        complete(&scratch, step).map_err(RunError::write(&scratch))?;
        // Whoever goes on from here after a power cut needs what was recorded until here as well.
        files::sync_file(&run.events_path()).map_err(RunError::write(&run.events_path()))?;
        publish(&folder, step).map_err(RunError::write(&path))?;
        Ok(path)
    });
    if written.is_err() {
        let _ = files::remove_folder(&scratch); // the first error is the one to tell
    }
    written
}

/// The checkpoints of a run, oldest step first; one that a crash kept from being replaced, only
/// where there is no other of its step.
///
/// # Errors
/// The folder is there, but cannot be read.
pub fn list(run: &RunDir) -> Result<Vec<Checkpoint>, RunError> {
    let folder = run.checkpoints_dir();
    let names = names_in(&folder).map_err(RunError::read(&folder))?;
    let mut found: Vec<Checkpoint> = names
        .iter()
        .filter_map(|name| Some(Checkpoint { step: step_of(name)?, path: folder.join(name) }))
        .collect();
    let replaced = |name: &String| step_of(name.strip_prefix('.')?.strip_suffix(".old")?);
    for step in names.iter().filter_map(replaced) {
        if !found.iter().any(|checkpoint| checkpoint.step == step) {
            found.push(replaced_at(&folder, step));
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
///
/// # Errors
/// Those of [`list`]; what is wrong with a checkpoint is told of it.
pub fn newest_good(run: &RunDir) -> Result<(Option<Checkpoint>, Vec<Skipped>), RunError> {
    let mut skipped = Vec::new();
    for checkpoint in list(run)?.into_iter().rev() {
        let old = replaced_at(&run.checkpoints_dir(), checkpoint.step);
        match verify(&checkpoint) {
            Ok(()) => return Ok((Some(checkpoint), skipped)),
            Err(reason) => skipped.push(Skipped { path: checkpoint.path, reason }),
        }
        // A power cut may keep the one that was replaced and damage the other.
        if verify(&old).is_ok() {
            return Ok((Some(old), skipped));
        }
    }
    Ok((None, skipped))
}

/// Removes all but the best checkpoint and the newest `keep` others, at least one, and what
/// crashes have left behind. That of `saved` stays, whatever bears the number of a later step.
///
/// # Errors
/// Something cannot be removed; it stays as it was.
pub fn prune(
    run: &RunDir,
    keep: usize,
    saved: u64,
    best_step: Option<u64>,
) -> Result<(), RunError> {
    let all = list(run)?;
    let others = all.iter().rev().filter(|checkpoint| Some(checkpoint.step) != best_step);
    let mut old = others.skip(keep.max(1)).filter(|checkpoint| checkpoint.step != saved);
    old.try_for_each(discard)?;
    remove_leftovers(run, &all)
}

/// Removes the checkpoints after `step`, which a run that goes on from there makes void: were
/// they kept, they would count as newer than those that follow.
///
/// # Errors
/// One of them cannot be removed, or the one of `step` cannot be given its name back.
pub fn void_after(run: &RunDir, step: u64) -> Result<(), RunError> {
    let folder = run.checkpoints_dir();
    restore(&folder, step).map_err(RunError::write(&folder))?;
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
    restore(folder, step)?;
    if path.exists() {
        files::remove_folder(&old)?;
        fs::rename(&path, &old)?;
    }
    fs::rename(hidden(folder, step, "tmp"), &path)?;
    files::sync_folder(folder)?;
    files::remove_folder(&old)
}

/// Gives the checkpoint that was replaced at `step` its name back, where a crash has left nothing
/// else that is good of this step.
fn restore(folder: &Path, step: u64) -> io::Result<()> {
    let old = replaced_at(folder, step);
    let present = Checkpoint { step, path: folder.join(step.to_string()) };
    if verify(&old).is_ok() && verify(&present).is_err() {
        files::remove_folder(&present.path)?;
        fs::rename(&old.path, &present.path)?;
    }
    Ok(())
}

/// Removes a checkpoint and what it replaced. Renames first, so that a crash cannot leave half of
/// one under its name.
fn discard(checkpoint: &Checkpoint) -> Result<(), RunError> {
    let beside = |state| checkpoint.path.with_file_name(format!(".{}.{state}", checkpoint.step));
    let (gone, old) = (beside("gone"), beside("old"));
    files::remove_folder(&gone)
        .and_then(|()| fs::rename(&checkpoint.path, &gone))
        .and_then(|()| files::remove_folder(&gone))
        .and_then(|()| files::remove_folder(&old))
        .map_err(RunError::write(&checkpoint.path))
}

/// Removes hidden folders of ours that are none of `checkpoints`.
fn remove_leftovers(run: &RunDir, checkpoints: &[Checkpoint]) -> Result<(), RunError> {
    let folder = run.checkpoints_dir();
    for name in names_in(&folder).map_err(RunError::read(&folder))? {
        let path = folder.join(&name);
        let ours = [".tmp", ".old", ".gone"].iter().any(|end| name.ends_with(end));
        if name.starts_with('.') && ours && !checkpoints.iter().any(|c| c.path == path) {
            files::remove_folder(&path).map_err(RunError::write(&path))?;
        }
    }
    Ok(())
}

/// The checkpoint of `step` that was replaced, if a crash has left it.
fn replaced_at(folder: &Path, step: u64) -> Checkpoint {
    Checkpoint { step, path: hidden(folder, step, "old") }
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

#[cfg(test)]
mod tests;
