//! What every optimizer step tells. A new number that is to have a chart needs a field and a
//! [`Quantity`] here, whoever measures it (`train/step_log.rs`), and its chart
//! (`tui/views/train/charts.rs`): three files.

use serde::{Deserialize, Serialize};

use super::bounds::{countable, nan_as_null};

/// One optimizer step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepSample {
    /// Counted from 1: the number of updates made.
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    /// Counted from 1.
    pub epoch: u32,
    /// Mean cross-entropy of the batch in nats; NaN is written as `null`.
    #[serde(with = "nan_as_null")]
    pub loss: f64,
    /// Share of the batch classified correctly, 0 to 1.
    #[serde(with = "nan_as_null")]
    pub accuracy: f64,
    pub lr: f64,
    pub images_per_s: f64,
    /// Time spent waiting for the loader.
    pub data_ms: f64,
    /// Time of the whole step, the wait included.
    pub step_ms: f64,
    /// L2 norm over all gradients.
    #[serde(with = "nan_as_null")]
    pub grad_norm: f64,
}

/// A number that every step has, to be followed over the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    Loss,
    Accuracy,
    LearningRate,
    GradNorm,
    ImagesPerS,
    StepMs,
}

impl Quantity {
    pub const ALL: [Self; 6] = [
        Self::Loss,
        Self::Accuracy,
        Self::LearningRate,
        Self::GradNorm,
        Self::ImagesPerS,
        Self::StepMs,
    ];
}

impl StepSample {
    pub fn value(&self, quantity: Quantity) -> f64 {
        match quantity {
            Quantity::Loss => self.loss,
            Quantity::Accuracy => self.accuracy,
            Quantity::LearningRate => self.lr,
            Quantity::GradNorm => self.grad_norm,
            Quantity::ImagesPerS => self.images_per_s,
            Quantity::StepMs => self.step_ms,
        }
    }

    pub fn value_mut(&mut self, quantity: Quantity) -> &mut f64 {
        match quantity {
            Quantity::Loss => &mut self.loss,
            Quantity::Accuracy => &mut self.accuracy,
            Quantity::LearningRate => &mut self.lr,
            Quantity::GradNorm => &mut self.grad_norm,
            Quantity::ImagesPerS => &mut self.images_per_s,
            Quantity::StepMs => &mut self.step_ms,
        }
    }
}
