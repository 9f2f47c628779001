//! Events that are worth a line at the foot of the screen.

use crate::domain::{
    events::{CheckpointSaved, Evaluation, RunFinished, Split, TrainEvent},
    state::RunState,
    units::{Count, Percent, Rate},
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
    /// What is to be said about `event`, which happened at `time` and is in `run` already.
    pub fn of(time: u64, event: &TrainEvent, run: &RunState) -> Option<Self> {
        let (level, text) = match event {
            TrainEvent::Evaluated(evaluation) => (Level::Info, evaluated(evaluation, run)),
            TrainEvent::Checkpoint(saved) => (Level::Info, checkpoint(saved, run)),
            TrainEvent::Resumed { step } => {
                (Level::Info, format!("resumed after step {}", Count(*step)))
            }
            TrainEvent::Warning { kind, message } => (Level::Warning, warning(kind, message)),
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
        Some(Self { time, level, text })
    }
}

/// How a rate stands to the schedule's.
fn times(scale: f64) -> String {
    if scale == 1.0 { "as scheduled".to_owned() } else { format!("{scale:.3} × the schedule") }
}

fn evaluated(evaluation: &Evaluation, run: &RunState) -> String {
    let (split, accuracy) = (evaluation.split.label(), Percent(evaluation.accuracy));
    let when = match run.ends_epoch(evaluation.step) {
        true => format!("epoch {}", evaluation.epoch),
        false => format!("step {}", Count(evaluation.step)),
    };
    let is_best = evaluation.split == run.validation_split()
        && run.best().is_some_and(|best| best.step == evaluation.step);
    let best = if is_best { " (new best)" } else { "" };
    // On a narrow screen the end is cut.
    format!("{split} {when}: {accuracy}{best}, loss {:.3}", evaluation.loss)
}

/// It takes the place of the evaluation before it: the best says its number once more.
fn checkpoint(saved: &CheckpointSaved, run: &RunState) -> String {
    let accuracy = run.best().filter(|best| best.step == saved.step).map(|best| best.accuracy);
    let best = match accuracy.map(Percent).filter(|_| saved.best) {
        Some(accuracy) if run.validation_split() == Split::Test => {
            format!(": test {accuracy}, the best so far")
        }
        Some(accuracy) => format!(": val {accuracy}, the best so far"),
        None if saved.best => ", the best so far".to_owned(),
        None => String::new(),
    };
    format!("checkpoint at step {}{best}", Count(saved.step))
}

/// What it is about, unless the message says so itself at its beginning.
fn warning(kind: &str, message: &str) -> String {
    let begins = message.strip_prefix("the ").unwrap_or(message).starts_with(kind);
    if begins { message.to_owned() } else { format!("{kind}: {message}") }
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

#[cfg(test)]
mod tests {
    use crate::{
        domain::{
            events::{Evaluation, Split, TrainEvent},
            units::Percent,
        },
        tui::testing::*,
    };

    /// What the screen says of `event`.
    fn said(event: TrainEvent) -> String {
        let mut app = running();
        tell(&mut app, event);
        app.notice.unwrap().text
    }

    #[test]
    fn what_is_cut_on_a_narrow_screen_is_not_the_accuracy() {
        let mut app = running();
        let evaluation = evaluated(3, Split::Validation);
        let TrainEvent::Evaluated(Evaluation { accuracy, .. }) = &evaluation else { panic!() };
        let accuracy = Percent(*accuracy);
        tell(&mut app, evaluation);
        let text = &app.notice.as_ref().unwrap().text;
        assert_eq!(*text, format!("validation epoch 3: {accuracy} (new best), loss 0.924"));
        tell(&mut app, checkpoint(3 * EPOCH));
        let text = &app.notice.as_ref().unwrap().text;
        assert_eq!(*text, format!("checkpoint at step 600: val {accuracy}, the best so far"));
    }

    #[test]
    fn of_a_best_that_is_not_known_no_number_is_told() {
        assert_eq!(said(checkpoint(7)), "checkpoint at step 7, the best so far");
    }

    #[test]
    fn a_warning_says_once_what_it_is_about() {
        let warned = |kind: &str, message: &str| {
            said(TrainEvent::Warning { kind: kind.into(), message: message.into() })
        };
        let message = "the loss or its gradient is not finite at step 9";
        assert_eq!(warned("loss", message), message);
        assert_eq!(warned("loss", "back to step 5"), "loss: back to step 5");
    }
}
