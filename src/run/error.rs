//! What can go wrong with a run directory, each told in one line.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a run directory cannot be made, found, written or read.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(
        "run id {id:?}: use 1 to 64 of A-Z a-z 0-9 . _ - and begin with neither a dot nor a dash"
    )]
    InvalidId { id: String },
    #[error("{path}: this run exists; go on with --resume {id}, or choose another --run-id")]
    Exists { path: PathBuf, id: String },
    #[error("{runs_dir}: no run {name:?} in here; {hint}")]
    Unknown { runs_dir: PathBuf, name: String, hint: String },
    #[error("{runs_dir}: {name:?} fits {candidates}; type more of the run's id")]
    Ambiguous { runs_dir: PathBuf, name: String, candidates: String },
    #[error("{path}: cannot be written ({source}); is the folder yours and the disk not full?")]
    Write { path: PathBuf, source: io::Error },
    #[error("{path}: cannot be read ({source})")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}: a link, which may lead anywhere; put there what it leads to")]
    Link { path: PathBuf },
    #[error("{path}: {holder} trains in here; stop it first, or look on with `watch`")]
    Locked { path: PathBuf, holder: String },
    #[error("{path}: was removed by whoever made it, who came to nothing; start again")]
    Gone { path: PathBuf },
    #[error("{path}: {what}; were these predictions made by this program?")]
    Predictions { path: PathBuf, what: String },
}

impl RunError {
    /// For `map_err`: what went wrong while writing `path`.
    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Write { path: path.to_owned(), source }
    }

    /// For `map_err`: what went wrong while reading `path`.
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Read { path: path.to_owned(), source }
    }
}
