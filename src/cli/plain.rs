//! A run in words, one line a report: for people who listen to their terminal or feel it.

use std::time::Duration;

use crate::domain::{
    events::{Evaluation, Phase, Record, RunFinished, RunStarted, Split, StepSample, TrainEvent},
    state::RunState,
    text::plain,
    units::{Count, Rate},
};

/// Puts events into words, steps no more often than is asked.
#[derive(Debug)]
pub struct Speaker {
    run: RunState,
    /// Least time between two lines on steps, in ms.
    every: u64,
    /// No step before this moment is spoken of (Unix ms).
    next: u64,
    phase: Option<Phase>,
}

impl Speaker {
    /// Speaks of steps from the moment `from` on (Unix ms), `every` so often at most.
    pub fn new(every: Duration, from: u64) -> Self {
        Self { run: RunState::default(), every: every.as_millis() as u64, next: from, phase: None }
    }

    /// Knows what the run was before, of which nothing is said again.
    pub fn knowing(self, run: RunState) -> Self {
        Self { run, ..self }
    }

    /// What is to be said of `record`: a line, or nothing.
    pub fn line(&mut self, record: &Record) -> Option<String> {
        self.run.apply(record);
        // The run may be somebody else's: nothing in its words speaks to the terminal.
        self.words(record).map(|words| plain(&words))
    }

    fn words(&mut self, record: &Record) -> Option<String> {
        match &record.event {
            TrainEvent::RunStarted(started) => Some(opening(started)),
            TrainEvent::Phase { phase } => self.phase(*phase),
            TrainEvent::Step(sample) if record.time >= self.next => {
                self.next = record.time.saturating_add(self.every);
                Some(self.step(sample))
            }
            TrainEvent::Step(_) | TrainEvent::Layers(_) | TrainEvent::LayerStats(_) => None,
            TrainEvent::Evaluated(evaluation) => Some(self.evaluated(evaluation)),
            TrainEvent::Checkpoint(saved) => {
                let best = if saved.best { ", the best so far" } else { "" };
                Some(format!("Checkpoint saved at step {}{best}.", Count(saved.step)))
            }
            TrainEvent::Resumed { step } => Some(format!("Going on after step {}.", Count(*step))),
            TrainEvent::Warning { message, .. } => Some(format!("Warning: {message}")),
            TrainEvent::LearningRate(change) => {
                let (rate, step) = (Rate(change.lr), Count(change.step));
                Some(format!("Learning rate {rate} from step {step} on."))
            }
            TrainEvent::Extended(to) => {
                Some(format!("{} epochs in all, from step {} on.", to.epochs, Count(to.step)))
            }
            TrainEvent::Refused { command, why } => {
                Some(format!("Refused: {}, {why}", command.replace('_', " ")))
            }
            TrainEvent::RunFinished(finished) => Some(closing(finished)),
        }
    }

    /// Whether the run is over, as far as has been heard.
    pub fn has_ended(&self) -> bool {
        self.run.phase == Some(Phase::Ended)
    }

    fn phase(&mut self, phase: Phase) -> Option<String> {
        let before = self.phase.replace(phase);
        let words = match phase {
            Phase::Starting => "Starting.",
            Phase::Training if before == Some(Phase::Paused) => "Training goes on.",
            Phase::Training if before == Some(Phase::Evaluating) => return None,
            Phase::Training => "Training.",
            Phase::Pausing => "Pausing after this step.",
            Phase::Paused => "Paused.",
            Phase::Evaluating => "Evaluating.",
            Phase::Stopping => "Stopping.",
            Phase::Ended => "The run has ended.",
        };
        (before != Some(phase)).then(|| words.to_owned())
    }

    fn step(&self, sample: &StepSample) -> String {
        let of = |total: Option<u64>| total.map_or(String::new(), |n| format!(" of {}", Count(n)));
        let epochs = self.run.epochs().map(u64::from);
        let left = self.run.eta_s().map_or(String::new(), |s| format!(", {} left", spoken(s)));
        format!(
            "Step {}{}, epoch {}{}: loss {:.3}, accuracy {}, {} images per second{left}.",
            Count(sample.step),
            of(self.run.total_steps()),
            sample.epoch,
            of(epochs),
            sample.loss,
            percent(sample.accuracy),
            Count(sample.images_per_s.max(0.0) as u64),
        )
    }

    fn evaluated(&self, evaluation: &Evaluation) -> String {
        let Evaluation { split, loss, accuracy, step, epoch, .. } = evaluation;
        let best = self.run.best().is_some_and(|best| best.step == *step);
        let best = best && *split == self.run.validation_split();
        let best = if best { ", the best so far" } else { "" };
        let when = match self.run.ends_epoch(*step) {
            true => format!("epoch {epoch}"),
            false => format!("step {}", Count(*step)),
        };
        let split = match split {
            Split::Validation => "Validation",
            Split::Test => "Test",
        };
        format!("{split} after {when}: loss {loss:.3}, accuracy {}{best}.", percent(*accuracy))
    }
}

fn opening(started: &RunStarted) -> String {
    let RunStarted { run_id, device, dataset, train_images, val_images, .. } = started;
    let (alpha, epochs) = (started.config.alpha, started.config.epochs);
    let banner = started.banner.as_ref().map_or(String::new(), |text| format!(" Note: {text}."));
    format!(
        "Run {run_id}: MobileNet V1, alpha {alpha}, {} parameters, on {device}. {dataset}, {} \
         images to train and {} to validate, {epochs} epochs.{banner}",
        Count(started.parameters),
        Count(*train_images as u64),
        Count(*val_images as u64),
    )
}

fn closing(finished: &RunFinished) -> String {
    let share = |name: &str, share: Option<f64>| {
        share.map_or(String::new(), |share| format!(", {name} accuracy {}", percent(share)))
    };
    format!(
        "Run {} after step {}{}{}.",
        finished.reason,
        Count(finished.step),
        share("best validation", finished.best_accuracy),
        share("test", finished.test_accuracy)
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} percent", share * 100.0)
}

/// A span of time as one says it, to its two largest units.
fn spoken(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let parts = [(seconds / 3600, "hour"), (seconds / 60 % 60, "minute"), (seconds % 60, "second")];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(2);
    let said = parts[first..].iter().take(2).filter(|(count, _)| *count > 0 || first == 2);
    let said = said.map(|(count, unit)| {
        let plural = if *count == 1 { "" } else { "s" };
        format!("{count} {unit}{plural}")
    });
    said.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        config::TrainConfig,
        events::{CheckpointSaved, Extension},
        text::is_plain,
    };

    fn step(step: u64) -> TrainEvent {
        TrainEvent::Step(StepSample {
            step,
            epoch: 1,
            loss: 1.2345,
            accuracy: 0.5,
            lr: 1e-3,
            images_per_s: 2_300.4,
            step_ms: 26.0,
            ..StepSample::default()
        })
    }

    fn spoken_of(speaker: &mut Speaker, events: &[(u64, TrainEvent)]) -> Vec<String> {
        let record =
            |(time, event): &(u64, TrainEvent)| Record { time: *time, event: event.clone() };
        events.iter().filter_map(|event| speaker.line(&record(event))).collect()
    }

    #[test]
    fn steps_are_spoken_of_now_and_then_and_milestones_at_once() {
        let mut speaker = Speaker::new(Duration::from_secs(10), 5_000);
        let warning = TrainEvent::Warning { kind: "loss".into(), message: "it is NaN".into() };
        let saved = CheckpointSaved { step: 3, path: String::new(), best: true };
        let said = spoken_of(
            &mut speaker,
            &[
                (1_000, TrainEvent::Phase { phase: Phase::Training }),
                (2_000, step(1)), // before it was listened to
                (6_000, step(2)),
                (6_100, step(3)),
                (6_200, warning),
                (15_999, step(4)),
                (16_000, step(1_205)),
                (16_001, TrainEvent::Checkpoint(saved)),
            ],
        );
        assert_eq!(
            said,
            [
                "Training.",
                "Step 2, epoch 1: loss 1.234, accuracy 50.0 percent, 2,300 images per second.",
                "Warning: it is NaN",
                "Step 1,205, epoch 1: loss 1.234, accuracy 50.0 percent, 2,300 images per second.",
                "Checkpoint saved at step 3, the best so far.",
            ]
        );
    }

    #[test]
    fn the_beginning_and_the_end_are_told_in_words() {
        let started = RunStarted {
            run_id: "r".into(),
            version: "0".into(),
            device: "cpu".into(),
            dataset: "CIFAR-10".into(),
            official: true,
            classes: Vec::new(),
            train_images: 45_000,
            val_images: 5_000,
            test_images: 10_000,
            parameters: 3_217_226,
            macs: 0,
            resolution: 32,
            steps_per_epoch: 704,
            banner: None,
            config: TrainConfig { epochs: 2, ..TrainConfig::default() },
        };
        let finished = RunFinished {
            step: 1_408,
            epoch: 2,
            reason: "completed".into(),
            best_accuracy: Some(0.819),
            test_accuracy: None,
        };
        let mut speaker = Speaker::new(Duration::ZERO, 0);
        let said = spoken_of(
            &mut speaker,
            &[
                (1, TrainEvent::RunStarted(Box::new(started))),
                (2, TrainEvent::RunFinished(finished)),
                (3, TrainEvent::Phase { phase: Phase::Ended }),
                (4, TrainEvent::Phase { phase: Phase::Ended }),
            ],
        );
        assert_eq!(
            said,
            [
                "Run r: MobileNet V1, alpha 1, 3,217,226 parameters, on cpu. CIFAR-10, 45,000 \
                 images to train and 5,000 to validate, 2 epochs.",
                "Run completed after step 1,408, best validation accuracy 81.9 percent.",
                "The run has ended.",
            ]
        );
        assert!(speaker.has_ended());
    }

    #[test]
    fn nothing_that_a_run_says_speaks_to_the_terminal() {
        let warning = TrainEvent::Warning { kind: "loss".into(), message: "\u{1b}[2Jx\ny".into() };
        let said = spoken_of(&mut Speaker::new(Duration::ZERO, 0), &[(1, warning)]);
        assert!(said.len() == 1 && is_plain(&said[0]), "{said:?}");
    }

    #[test]
    fn epochs_that_were_added_count() {
        let more = TrainEvent::Extended(Extension { step: 0, epochs: 5 });
        let said = spoken_of(&mut Speaker::new(Duration::ZERO, 0), &[(1, more), (2, step(1))]);
        assert!(said[1].starts_with("Step 1, epoch 1 of 5:"), "{said:?}");
    }

    #[test]
    fn time_is_told_as_people_say_it() {
        let cases = [
            (0.0, "0 seconds"),
            (1.0, "1 second"),
            (61.0, "1 minute 1 second"),
            (120.0, "2 minutes"),
            (3_660.0, "1 hour 1 minute"),
            (7_205.0, "2 hours"),
        ];
        for (seconds, said) in cases {
            assert_eq!(spoken(seconds), said);
        }
    }
}
