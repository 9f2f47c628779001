//! A run in one row, for whoever picks one out of many.

use std::fmt;

use serde::Serialize;

use super::events::Phase;

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// A process trains there now.
    Live,
    /// Trained to the end of its settings.
    Finished,
    /// Ended early because a person asked for it.
    Stopped,
    /// Failed, or its process died; `--resume` takes it up again.
    Broken,
}

impl Condition {
    pub fn label(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// The main facts of a run. What it has not come to yet is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overview {
    pub id: String,
    pub state: Condition,
    /// What a live run is doing.
    pub phase: Option<Phase>,
    /// Why it ended, or what is wrong with it.
    pub reason: Option<String>,
    /// Optimizer steps made.
    pub step: u64,
    /// Optimizer steps that the settings ask for.
    pub total_steps: Option<u64>,
    /// Best validation accuracy, 0 to 1.
    pub best_accuracy: Option<f64>,
    /// Accuracy on the test split, 0 to 1.
    pub test_accuracy: Option<f64>,
    pub device: Option<String>,
    pub dataset: Option<String>,
    /// Width multiplier of the network.
    pub alpha: Option<f64>,
    /// Time of the first event, or when the run's directory was made while there is none (Unix ms).
    pub started_ms: Option<u64>,
    /// Time of the newest event (Unix ms).
    pub updated_ms: Option<u64>,
    /// Time since then in ms.
    pub age_ms: Option<u64>,
}
