//! Why a training could not go on.

use std::{any::Any, fmt::Display, io, path::PathBuf};

use super::{evaluate::DeviceFailure, optimizer::StateMismatch};
use crate::{
    data::loader::LoaderError,
    model::{probe::Untimed, weights::WeightsError},
    run::RunError,
};

/// One line each: what, where, and what to do where something can be done.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error("{0}; --resume goes on from the last checkpoint")]
    Loader(#[from] LoaderError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: {source}")]
    OptimizerState { path: PathBuf, source: StateMismatch },
    #[error("{path}: not the state of a trainer ({reason})")]
    TrainerState { path: PathBuf, reason: String },
    #[error("{0}; --resume goes on from the last checkpoint")]
    Device(#[from] DeviceFailure),
    #[error(
        "the loss is not finite (steps in a row: {steps}); the checkpoints from before are kept: \
         --resume goes on from the newest, a new run may do with a lower --lr"
    )]
    Diverged { steps: u64 },
    #[error("step {step} could not be saved: {reason}; {}", newest_saved(*.saved))]
    NotSaved { step: u64, reason: String, saved: Option<u64> },
    #[error("the layers cannot be timed: {0}")]
    Untimed(#[from] Untimed),
    #[error("the device multiplies large matrices wrongly, so that its peak cannot be measured")]
    WrongProduct,
    #[error("the thread '{name}' cannot be started ({reason})")]
    Thread { name: &'static str, reason: String },
    #[error("the trainer broke down: {0}; --resume goes on from the last checkpoint")]
    Panicked(String),
}

fn newest_saved(step: Option<u64>) -> String {
    match step {
        Some(step) => format!("the newest checkpoint is that of step {step}"),
        None => "there is no checkpoint of this session".to_owned(),
    }
}

impl TrainError {
    /// A panic as an outcome, with its message where it has one.
    pub fn panicked(payload: &(dyn Any + Send)) -> Self {
        Self::Panicked(panic_message(payload))
    }

    /// A device that fails to do as it is told.
    pub(super) fn device(error: &impl Display) -> Self {
        Self::Device(DeviceFailure::new(error))
    }

    /// Why the run failed, without what can be done about it: in a list there is no room for that.
    pub(super) fn reason(&self) -> String {
        let told = self.to_string();
        let first = told.split("; ").next().and_then(|what| what.lines().next());
        format!("failed: {}", first.unwrap_or_default())
    }
}

/// The first line of what a panic said.
pub fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
    text.map_or_else(|| "without a message".to_owned(), first_line)
}
