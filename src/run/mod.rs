//! The run directory: what a training leaves on disk, and how to read it while it grows.
//!
//! `events.jsonl` is the only source of truth; checkpoints and predictions are named by it.

pub mod checkpoint;
mod dir;
mod error;
mod files;
mod lock;
mod manifest;
pub mod predictions;
mod recorder;

pub use dir::RunDir;
pub use error::RunError;
pub use lock::RunLock;
pub use recorder::{Recorder, serialize_line};
