//! Training: the loop, its control, evaluation, devices, and the thread that holds them.

mod adjust;
mod batches;
mod begin;
pub mod bench;
pub mod checkpoint;
pub mod control;
pub mod device;
pub mod error;
pub mod evaluate;
pub mod features;
pub mod handle;
pub mod learner;
mod looks;
pub mod loss;
pub mod memory;
pub mod optimizer;
pub mod pictures;
pub mod reporter;
mod safekeeping;
mod step_log;
mod trainer;

pub use error::TrainError;
pub use handle::{Setup, Start, TrainerHandle};
pub use safekeeping::Divergence;
