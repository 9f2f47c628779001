//! The run directory: what a training leaves on disk, and how to read it while it grows.
//!
//! `events.jsonl` is the only source of truth; checkpoints and predictions are named by it.

pub mod checkpoint;
mod dir;
mod error;
mod files;
mod lines;
mod lock;
mod log_tail;
mod manifest;
mod overview;
pub mod predictions;
mod reader;
mod recorder;

pub use crate::domain::runs::Overview;
pub use dir::RunDir;
pub use error::RunError;
pub use files::{plain_file_or_none, read_at_most};
pub use lock::RunLock;
pub use log_tail::LogTail;
pub use manifest::Manifest;
pub use reader::{EventReader, Polled, read_all};
pub use recorder::{Recorder, serialize_line};
