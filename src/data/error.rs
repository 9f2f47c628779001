//! Why a data set cannot be had: what, where, and what to do about it.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::domain::units::{Bytes, Count};

/// A data set that cannot be read or fetched.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file system refused.
    #[error("{}: {source}", .path.display())]
    Io { path: PathBuf, source: io::Error },
    /// A file ends too early.
    #[error(
        "{}: expected {expected} bytes, found {found}; the file is incomplete, {}",
        .path.display(), remedy(.path)
    )]
    Truncated { path: PathBuf, expected: u64, found: u64 },
    /// A file goes on where it should end. `found` is a lower bound where the rest was not read.
    #[error(
        "{}: expected {expected} bytes, found {found}; this is another file than it should be, {}",
        .path.display(), remedy(.path)
    )]
    TooLong { path: PathBuf, expected: u64, found: u64 },
    /// A record has a label that no class has. `record` counts from 0 within the file.
    #[error(
        "{}: record {record} has label {label}, but the classes are 0 to {}; {}",
        .path.display(), .classes.saturating_sub(1), remedy(.path)
    )]
    UnknownLabel { path: PathBuf, record: usize, label: u16, classes: usize },
    /// There is nothing at `path`; `hint` says how to get it.
    #[error("{}: not found; {hint}", .path.display())]
    Missing { path: PathBuf, hint: String },
    /// A file that should be a picture and is none, or one that is too large to be meant.
    #[error("{}: not a usable picture ({reason}); replace or remove it", .path.display())]
    Picture { path: PathBuf, reason: String },
    /// Files or folders that do not form a data set.
    #[error("{}: {reason}", .path.display())]
    Layout { path: PathBuf, reason: String },
    /// More pictures than there is memory for.
    #[error(
        "{title}: {} images of {side}×{side} pixels take {}, and {} are free; use --limit, or a \
         smaller --resolution",
        Count(*.images as u64), Bytes(*.needed), Bytes(*.free)
    )]
    TooLarge { title: String, images: usize, side: usize, needed: u64, free: u64 },
    /// A server that cannot be reached or answers something else.
    #[error("{url}: download failed ({reason}); check the network, or give another --url")]
    Download { url: String, reason: String },
    /// A download with other bytes than the official ones. Both are SHA-256 in hexadecimal.
    #[error(
        "{url}: expected SHA-256 {expected}, found {found}; nothing was kept, try again or give \
         another --url"
    )]
    Checksum { url: String, expected: String, found: String },
    /// An archive that does not hold what it should.
    #[error("{}: {reason}; {}", .path.display(), remedy(.path))]
    Archive { path: PathBuf, reason: String },
}

impl DataError {
    /// For `map_err`: what the file system said about `path`.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

/// How to get a good copy of a broken file.
fn remedy(path: &Path) -> &'static str {
    if path.to_string_lossy().contains("cifar-10") {
        "remove it and get it again by: mnv1-tui data fetch cifar10"
    } else {
        "put a good copy there (mnv1-tui data info says where to get it)"
    }
}
