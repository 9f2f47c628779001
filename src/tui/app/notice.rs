//! Events that are worth a line at the foot of the screen.

use crate::domain::{
    events::{Evaluation, Record, RunFinished, Split, TrainEvent},
    state::RunState,
    units::{Count, Rate},
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
                (Level::Info, format!("checkpoint at step {}{best}", Count(saved.step)))
            }
            TrainEvent::Resumed { step } => {
                (Level::Info, format!("resumed after step {}", Count(*step)))
            }
            TrainEvent::Warning { kind, message } => (Level::Warning, format!("{kind}: {message}")),
            TrainEvent::LearningRate(change) => {
                let lr = Rate(change.lr);
                let text = format!(
                    "learning rate {lr} from step {} on, {}",
                    Count(change.step),
                    times(change.scale)
                );
                (Level::Info, text)
            }
            TrainEvent::Extended(to) => (
                Level::Info,
                format!("{} epochs in all from step {} on", to.epochs, Count(to.step)),
            ),
            TrainEvent::Refused { command, why } => {
                (Level::Warning, format!("{}: refused, {why}", command.replace('_', " ")))
            }
            TrainEvent::RunFinished(end) => (Level::Info, finished(end)),
            TrainEvent::RunStarted(_)
            | TrainEvent::Phase { .. }
            | TrainEvent::Step(_)
            | TrainEvent::Layers(_)
            | TrainEvent::LayerStats(_) => return None,
        };
        Some(Self { time: record.time, level, text })
    }
}

/// How a rate stands to the schedule's.
fn times(scale: f64) -> String {
    if scale == 1.0 { "as scheduled".to_owned() } else { format!("{scale:.3} × the schedule") }
}

fn evaluated(evaluation: &Evaluation, run: &RunState) -> String {
    let (split, percent) = (evaluation.split.label(), evaluation.accuracy * 100.0);
    let when = match run.ends_epoch(evaluation.step) {
        true => format!("epoch {}", evaluation.epoch),
        false => format!("step {}", Count(evaluation.step)),
    };
    let is_best = evaluation.split == Split::Validation
        && run.best().is_some_and(|best| best.step == evaluation.step);
    let best = if is_best { " (new best)" } else { "" };
    format!("{split} {when}: loss {:.3}, accuracy {percent:.1} %{best}", evaluation.loss)
}

fn finished(end: &RunFinished) -> String {
    let percent = |name: &str, share: Option<f64>| {
        share.map_or(String::new(), |share| format!(", {name} {:.1} %", share * 100.0))
    };
    format!(
        "run {} at step {}{}{}",
        end.reason,
        Count(end.step),
        percent("best validation", end.best_accuracy),
        percent("test", end.test_accuracy)
    )
}
