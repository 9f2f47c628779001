//! What became of a run: read once, in one go, by whoever lists many.

use std::{fs, time::UNIX_EPOCH};

use super::{EventReader, RunDir, lines::Found};
use crate::domain::{
    events::{Phase, Record, RunFinished, Split, TrainEvent, is_step},
    runs::{Condition, Overview},
    state::RunState,
};

/// What a list needs of a run's events. Of the steps, nearly all that there is, it is the last one:
/// the others are not even parsed.
#[derive(Default)]
struct Skimmed {
    state: RunState,
    started_ms: Option<u64>,
    /// The line of the newest step, where nothing but steps has come since.
    step: Vec<u8>,
    steps: u64,
    /// What went wrong at last, where the trainer could say so.
    failure: Option<String>,
}

impl Skimmed {
    fn take(&mut self, found: Found<'_>) {
        match found {
            Found::Restarted => *self = Self::default(),
            Found::Line(line) if is_step(line) && self.started_ms.is_some() => {
                self.step.clear();
                self.step.extend_from_slice(line);
            }
            Found::Line(line) => {
                self.settle();
                if let Ok(record) = Record::of_line(line) {
                    self.apply(&record);
                }
            }
            Found::LeftOut => {}
        }
    }

    /// Takes in the newest step before something else is.
    fn settle(&mut self) {
        if let Ok(record) = Record::of_line(&std::mem::take(&mut self.step)) {
            self.apply(&record);
        }
    }

    fn apply(&mut self, record: &Record) {
        self.started_ms.get_or_insert(record.time);
        self.state.apply_outline(record);
        match &record.event {
            TrainEvent::Step(sample) => self.steps = sample.step,
            TrainEvent::Resumed { step } => self.steps = *step,
            TrainEvent::Phase { phase: Phase::Starting } => self.failure = None,
            TrainEvent::Warning { kind, message } if kind == "failed" => {
                self.failure = Some(message.clone());
            }
            _ => {}
        }
    }
}

impl Overview {
    /// Reads the events of `run`; `now_ms` (Unix ms) is for its age. A run that cannot be read is
    /// a broken one: the others are listed all the same.
    pub fn of(run: &RunDir, now_ms: u64) -> Self {
        // Asked first: a run that ends in between is still live, not one that died.
        let holder = run.holder();
        let mut skimmed = Skimmed::default();
        let read = EventReader::new(run.events_path()).each_line(|found| skimmed.take(found));
        skimmed.settle();
        let Skimmed { state, started_ms, steps, failure, .. } = skimmed;
        let (condition, reason) = match (holder, read) {
            (_, Err(error)) => (Condition::Broken, Some(error.to_string())),
            (Some(_), Ok(())) => (Condition::Live, None),
            (None, Ok(())) => ended(state.finished.as_ref(), failure),
        };
        let started = state.started.as_ref();
        let began = started_ms.or_else(|| made_ms(run));
        Self {
            id: run.id().to_owned(),
            state: condition,
            phase: state.phase.filter(|_| condition == Condition::Live),
            reason,
            step: steps,
            total_steps: state.total_steps(),
            best_accuracy: best_accuracy(&state),
            test_accuracy: test_accuracy(&state),
            device: started.map(|started| started.device.clone()),
            dataset: started.map(|started| started.dataset.clone()),
            alpha: started.map(|started| started.config.alpha),
            started_ms: began,
            updated_ms: started_ms.map(|_| state.now),
            age_ms: began.map(|began| now_ms.saturating_sub(began)),
        }
    }
}

/// When the directory of a run without events was made, which may be getting its data still.
fn made_ms(run: &RunDir) -> Option<u64> {
    let about = fs::metadata(run.path()).ok()?;
    // Not every file system knows when a file was made; nothing has been added to this one since.
    let made = about.created().or_else(|_| about.modified()).ok()?;
    u64::try_from(made.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
}

/// What became of a run in which nobody trains. `failure` is the last word of one whose trainer
/// tells no end where it fails.
fn ended(finished: Option<&RunFinished>, failure: Option<String>) -> (Condition, Option<String>) {
    let Some(finished) = finished else {
        let silent = || "its process ended without a word".to_owned();
        return (Condition::Broken, Some(failure.unwrap_or_else(silent)));
    };
    let condition = match finished.reason.as_str() {
        "completed" => Condition::Finished,
        "stopped" => Condition::Stopped,
        _ => Condition::Broken,
    };
    (condition, Some(finished.reason.clone()))
}

fn best_accuracy(state: &RunState) -> Option<f64> {
    let told = state.finished.as_ref().and_then(|finished| finished.best_accuracy);
    told.or_else(|| Some(state.best()?.accuracy))
}

fn test_accuracy(state: &RunState) -> Option<f64> {
    let told = state.finished.as_ref().and_then(|finished| finished.test_accuracy);
    told.or_else(|| Some(state.latest(Split::Test)?.accuracy))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        domain::{
            config::TrainConfig,
            confusion::Confusion,
            events::{Evaluation, RunStarted, StepSample},
        },
        run::Recorder,
    };

    fn run() -> (tempfile::TempDir, RunDir) {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        (folder, run)
    }

    fn started() -> TrainEvent {
        TrainEvent::RunStarted(Box::new(RunStarted {
            run_id: "a".into(),
            version: "0.1.0".into(),
            device: "cpu".into(),
            dataset: "shapes".into(),
            official: true,
            classes: vec!["disc".into(), "ring".into()],
            train_images: 640,
            val_images: 64,
            test_images: 64,
            parameters: 1,
            macs: 1,
            resolution: 32,
            steps_per_epoch: 10,
            banner: None,
            config: TrainConfig { epochs: 3, ..TrainConfig::default() },
        }))
    }

    fn evaluated(split: Split, accuracy: f64) -> TrainEvent {
        TrainEvent::Evaluated(Evaluation {
            step: 10,
            epoch: 1,
            split,
            loss: 1.0,
            accuracy,
            confusion: Confusion::new(2),
            predictions: None,
        })
    }

    fn finished(reason: &str, test_accuracy: Option<f64>) -> TrainEvent {
        let reason = reason.to_owned();
        let best_accuracy = Some(0.75);
        TrainEvent::RunFinished(RunFinished {
            step: 30,
            epoch: 3,
            reason,
            best_accuracy,
            test_accuracy,
        })
    }

    /// Records these events at 1000 ms, 1001 ms …
    fn record(run: &RunDir, events: impl IntoIterator<Item = TrainEvent>) {
        let mut recorder = Recorder::open(run).unwrap();
        for (time, event) in (1000..).zip(events) {
            recorder.append(&Record { time, event }).unwrap();
        }
    }

    #[test]
    fn a_run_in_which_a_process_trains_is_live() {
        let (_folder, run) = run();
        let lock = run.lock().unwrap();
        let phase = TrainEvent::Phase { phase: Phase::Paused };
        record(&run, [started(), evaluated(Split::Validation, 0.5), phase]);
        let live = Overview::of(&run, 5000);
        assert_eq!((live.state, live.phase), (Condition::Live, Some(Phase::Paused)));
        assert_eq!((live.total_steps, live.best_accuracy), (Some(30), Some(0.5)));
        let times = (live.started_ms, live.updated_ms, live.age_ms);
        assert_eq!(times, (Some(1000), Some(1002), Some(4000)));
        drop(lock);
        let dead = Overview::of(&run, 5000);
        assert_eq!((dead.state, dead.phase), (Condition::Broken, None));
    }

    #[test]
    fn a_run_without_events_began_when_its_directory_was_made() {
        let (_folder, run) = run();
        let _lock = run.lock().unwrap();
        let now = UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
        let live = Overview::of(&run, now + 5_000);
        assert_eq!((live.state, live.updated_ms), (Condition::Live, None));
        // File systems count time in steps of their own, and a machine may stand still.
        assert!(live.started_ms.is_some_and(|began| began.abs_diff(now) < 600_000));
        assert_eq!(live.age_ms, live.started_ms.map(|began| now + 5_000 - began));
    }

    #[test]
    fn how_a_run_ended_tells_its_state() {
        for (reason, state) in [
            ("completed", Condition::Finished),
            ("stopped", Condition::Stopped),
            ("device lost", Condition::Broken),
        ] {
            let (_folder, run) = run();
            record(&run, [started(), finished(reason, None), evaluated(Split::Test, 0.625)]);
            let overview = Overview::of(&run, 0);
            assert_eq!((overview.state, overview.reason.as_deref()), (state, Some(reason)));
            let accuracies = (overview.best_accuracy, overview.test_accuracy);
            assert_eq!(accuracies, (Some(0.75), Some(0.625)));
            assert_eq!(overview.age_ms, Some(0), "a clock that was set back");
        }
    }

    #[test]
    fn a_run_that_failed_says_why_as_well_as_it_can() {
        let (_folder, run) = run();
        let phase = |phase| TrainEvent::Phase { phase };
        let failed = || {
            let (kind, message) = ("failed".to_owned(), "device lost".to_owned());
            TrainEvent::Warning { kind, message }
        };
        let reason = || Overview::of(&run, 0).reason.unwrap();
        record(&run, [phase(Phase::Starting), started(), failed(), phase(Phase::Ended)]);
        assert_eq!(reason(), "device lost");
        record(&run, [phase(Phase::Starting), started(), phase(Phase::Training)]);
        assert_eq!(reason(), "its process ended without a word");
        record(&run, [finished("the loss is not finite", None), failed(), phase(Phase::Ended)]);
        assert_eq!(reason(), "the loss is not finite");
        assert_eq!(Overview::of(&run, 0).state, Condition::Broken);
    }

    #[test]
    fn the_steps_of_a_run_are_those_since_it_was_taken_up_last() {
        let step = |step| {
            TrainEvent::Step(StepSample {
                step,
                epoch: 1,
                loss: 1.0,
                accuracy: 0.5,
                lr: 1e-3,
                ..StepSample::default()
            })
        };
        let (_folder, run) = run();
        record(&run, [started(), step(1), step(2), evaluated(Split::Test, 0.5), step(3), step(4)]);
        assert_eq!((Overview::of(&run, 0).step, Overview::of(&run, 0).updated_ms), (4, Some(1005)));
        record(&run, [TrainEvent::Resumed { step: 2 }]);
        assert_eq!(Overview::of(&run, 0).step, 2);
        record(&run, [step(3)]);
        assert_eq!(Overview::of(&run, 0).step, 3);
    }

    #[test]
    fn a_run_that_cannot_be_read_is_broken_and_says_why() {
        let (_folder, run) = run();
        fs::create_dir(run.events_path()).unwrap();
        let overview = Overview::of(&run, 0);
        assert_eq!(overview.state, Condition::Broken);
        assert!(overview.reason.unwrap().contains("events.jsonl: cannot be read"));
    }

    #[test]
    fn the_words_of_a_row_are_those_of_its_json() {
        let (_folder, run) = run();
        let row = serde_json::to_value(Overview::of(&run, 0)).unwrap();
        assert_eq!((row["id"].as_str(), row["state"].as_str()), (Some("a"), Some("broken")));
        assert_eq!(format!("{:>8}", Condition::Live), "    live");
    }
}
