//! Events that are worth a line at the foot of the screen.

use crate::domain::{
    events::{Evaluation, Record, RunFinished, Split, TrainEvent},
    state::RunState,
};

/// How much a notice matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Info,
    Warning,
}

/// A line about something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Unix time in milliseconds.
    pub time: u64,
    pub level: Level,
    pub text: String,
}

impl Notice {
    /// What is to be said about `record`, which is in `run` already.
    pub fn of(record: &Record, run: &RunState) -> Option<Self> {
        let (level, text) = match &record.event {
            TrainEvent::Evaluated(evaluation) => (Level::Info, evaluated(evaluation, run)),
            TrainEvent::Checkpoint(saved) => {
                let best = if saved.best { ", the best so far" } else { "" };
                (Level::Info, format!("checkpoint at step {}{best}", saved.step))
            }
            TrainEvent::Resumed { step } => (Level::Info, format!("resumed after step {step}")),
            TrainEvent::Warning { kind, message } => (Level::Warning, format!("{kind}: {message}")),
            TrainEvent::RunFinished(end) => (Level::Info, finished(end)),
            TrainEvent::RunStarted(_)
            | TrainEvent::Phase { .. }
            | TrainEvent::Step(_)
            | TrainEvent::Layers(_) => return None,
        };
        Some(Self { time: record.time, level, text })
    }
}

fn evaluated(evaluation: &Evaluation, run: &RunState) -> String {
    let (split, percent) = (evaluation.split.label(), evaluation.accuracy * 100.0);
    let is_best = evaluation.split == Split::Validation
        && run.best().is_some_and(|best| best.step == evaluation.step);
    let best = if is_best { " (new best)" } else { "" };
    format!(
        "{split} epoch {}: loss {:.3}, accuracy {percent:.1} %{best}",
        evaluation.epoch, evaluation.loss
    )
}

fn finished(end: &RunFinished) -> String {
    let percent = |name: &str, share: Option<f64>| {
        share.map_or(String::new(), |share| format!(", {name} {:.1} %", share * 100.0))
    };
    format!(
        "run {} at step {}{}{}",
        end.reason,
        end.step,
        percent("best validation", end.best_accuracy),
        percent("test", end.test_accuracy)
    )
}
