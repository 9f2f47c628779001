//! MobileNet-V1, built from the architecture table, and its weights on disk.

pub mod network;
pub mod probe;
pub mod snapshot;
pub mod statistics;
pub mod stopwatch;
mod tensor_file;
pub mod weights;

pub use network::MobileNetV1;
