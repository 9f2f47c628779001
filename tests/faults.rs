//! What a training does when its loss, its disk or its folder gives out.
#![cfg(feature = "train")]

mod common;

use std::{
    fs,
    path::Path,
    process::{self, Stdio},
};

use mnv1_tui::{
    domain::{
        config::TrainConfig,
        events::{Command, Phase, Quantity, Split, TrainEvent},
        state::RunState,
    },
    run::{RunDir, checkpoint, read_all},
    train::{
        Divergence, Setup, Start, TrainError,
        checkpoint::{self as state, Best, Progress},
    },
};
use serde_json::Value;
use tempfile::TempDir;

use common::Training;

/// So large that the second update or the third makes every weight infinite.
const MUCH_TOO_HIGH: f64 = 1e30;

fn begin(config: &TrainConfig, divergence: Divergence) -> Training {
    let mut setup = common::setup(config);
    setup.divergence = divergence;
    Training::begin(setup)
}

/// A training before its first step; where it diverges, it pauses.
fn held(config: &TrainConfig) -> Training {
    let setup = common::setup(config);
    Training::begin_held(Setup { divergence: Divergence::Pause, ..setup })
}

fn diverging() -> TrainConfig {
    TrainConfig { lr: MUCH_TOO_HIGH, epochs: 5, ..common::small() }
}

/// How a training ended, and what its events lead to; the run stays until the folder goes.
fn end(training: Training) -> (Result<(), TrainError>, RunState, TempDir) {
    let Training { handle, folder, .. } = training;
    let mut state = RunState::default();
    handle.events.iter().for_each(|record| state.apply(&record));
    (handle.join().map(|_| ()), state, folder)
}

/// The setup that goes on from the newest checkpoint of `run`, with its progress changed.
fn going_on(run: &RunDir, config: &TrainConfig, change: impl FnOnce(&mut Progress)) -> Setup {
    let folder = checkpoint::newest_good(run).unwrap().0.unwrap().path;
    let state::Resumed { network, optimizer, mut progress, origin, .. } =
        state::load(&folder).unwrap();
    change(&mut progress);
    let start = Start::Resumed { progress, optimizer, origin, folder };
    Setup { network, start, ..common::setup(config) }
}

fn warnings<'a>(state: &'a RunState, kind: &str) -> Vec<&'a str> {
    let of_kind = state.warnings.iter().filter(|warning| warning.kind == kind);
    of_kind.map(|warning| warning.message.as_str()).collect()
}

#[test]
fn without_a_person_a_run_whose_loss_is_not_finite_ends_after_some_patience() {
    let training = begin(&diverging(), Divergence::End { patience: 3 });
    let run = training.run.clone();
    let (outcome, state, _folder) = end(training);
    let said = outcome.unwrap_err().to_string();
    assert!(said.contains("the loss is not finite (steps in a row: "), "{said}");
    assert_eq!(warnings(&state, "loss").len(), 1, "{:?}", state.warnings);
    assert_eq!(state.phase, Some(Phase::Ended));
    let finished = state.finished.as_ref().unwrap();
    let reason = format!("failed: {}", said.split("; ").next().unwrap());
    assert_eq!((finished.step, &finished.reason), (state.steps(), &reason));
    assert!(state.steps() < 20, "it went on to step {}", state.steps());
    for saved in checkpoint::list(&run).unwrap() {
        let (step, loss) = state.series(Quantity::Loss).at(saved.step).unwrap();
        assert!(step == saved.step && loss.is_finite(), "step {} was saved", saved.step);
    }
}

#[test]
fn with_a_person_it_pauses_and_goes_back_at_half_the_rate() {
    let training = held(&diverging());
    training.ask(Command::RollBack);
    training.ask(Command::Checkpoint);
    let refused = training.wait(|event| match event {
        TrainEvent::Refused { command, why } => Some((command.clone(), why.clone())),
        _ => None,
    });
    assert_eq!(refused, ("roll_back".to_owned(), "the loss is finite".to_owned()));
    training.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    training.ask(Command::Resume);
    training.wait(|event| matches!(event, TrainEvent::Warning { .. }).then_some(()));
    training.wait_for_phase(Phase::Paused);
    training.ask(Command::RollBack);
    let step = training.wait(|event| match event {
        TrainEvent::Resumed { step } => Some(*step),
        _ => None,
    });
    assert_eq!(step, 0);
    let lr = training.wait(|event| match event {
        TrainEvent::Step(sample) => Some(sample.lr),
        _ => None,
    });
    assert_eq!(lr, MUCH_TOO_HIGH / 2.0);
    training.wait_for_phase(Phase::Paused);
    training.ask(Command::Stop);
    let run = training.run.clone();
    let (outcome, _, _folder) = end(training);
    assert!(matches!(outcome, Err(TrainError::Diverged { .. })), "{outcome:?}");
    let (newest, _) = checkpoint::newest_good(&run).unwrap();
    assert_eq!(newest.unwrap().step, 0, "the last good checkpoint stays");
}

/// Whoever hears signals can ask something of the trainer for as long as it lives: it must not wait
/// for that.
fn left_alone(training: Training, patience: u64) -> RunState {
    let _listener = training.handle.commands.clone();
    training.handle.leave_alone(patience);
    let (outcome, state, _folder) = end(training);
    assert!(matches!(outcome, Err(TrainError::Diverged { .. })), "{outcome:?}");
    assert!(state.steps() < 20, "it went on to the end");
    state
}

#[test]
fn left_alone_while_it_is_paused_for_its_loss_a_run_ends_after_some_patience() {
    let training = begin(&diverging(), Divergence::Pause);
    training.wait(|event| matches!(event, TrainEvent::Warning { .. }).then_some(()));
    training.wait_for_phase(Phase::Paused);
    left_alone(training, 6);
}

#[test]
fn left_alone_before_its_loss_is_not_finite_a_run_does_not_pause_for_it() {
    let training = held(&diverging());
    let state = left_alone(training, 3);
    assert!(!warnings(&state, "loss")[0].contains("paused"), "{:?}", state.warnings);
}

#[test]
fn going_back_leaves_nothing_that_would_count_as_newer() {
    let training = held(&TrainConfig { keep: 1, ..diverging() });
    training.ask(Command::Checkpoint);
    training.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    let damaged = training.run.checkpoints_dir().join("7");
    fs::create_dir(&damaged).unwrap();
    fs::write(damaged.join("manifest.json"), "damaged").unwrap();
    training.ask(Command::Resume);
    training.wait(|event| matches!(event, TrainEvent::Warning { .. }).then_some(()));
    training.wait_for_phase(Phase::Paused);
    training.ask(Command::RollBack);
    training.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    let steps: Vec<u64> =
        checkpoint::list(&training.run).unwrap().iter().map(|saved| saved.step).collect();
    assert_eq!(steps, [0]);
    training.ask(Command::Stop);
    let _ = end(training);
}

/// Has saving fail until [`Self::mend`].
struct InTheWay<'a>(&'a RunDir);

impl<'a> InTheWay<'a> {
    fn of(run: &'a RunDir) -> Self {
        fs::rename(run.checkpoints_dir(), run.path().join("aside")).unwrap();
        fs::write(run.checkpoints_dir(), "in the way").unwrap();
        Self(run)
    }

    fn mend(self) {
        fs::remove_file(self.0.checkpoints_dir()).unwrap();
        fs::rename(self.0.path().join("aside"), self.0.checkpoints_dir()).unwrap();
    }
}

fn wait_for_a_failure(training: &Training) {
    training.wait(|event| match event {
        TrainEvent::Warning { kind, .. } if kind == "checkpoint" => Some(()),
        _ => None,
    });
}

#[test]
fn the_last_state_is_tried_again_though_its_step_was_saved_before() {
    let config = TrainConfig { checkpoint_every: Some(4), ..common::small() };
    let training = held(&config);
    training.makes(4);
    let in_the_way = InTheWay::of(&training.run);
    // What an epoch's end adds to the state of step 4 is its evaluation.
    training.ask(Command::FinishEpoch);
    wait_for_a_failure(&training);
    training.wait_for_phase(Phase::Paused);
    in_the_way.mend();
    training.ask(Command::Resume);
    let run = training.run.clone();
    training.wait(|event| matches!(event, TrainEvent::RunFinished(_)).then_some(()));
    let newest = checkpoint::newest_good(&run).unwrap().0.unwrap();
    let progress = state::load(&newest.path).unwrap().progress;
    assert_eq!((progress.step, progress.epoch, progress.best.unwrap().step), (4, 2, 4));
    end(training).0.unwrap();
}

#[test]
fn the_best_checkpoint_stays_while_a_better_one_cannot_be_saved() {
    let config = TrainConfig { epochs: 2, keep: 1, ..common::small() };
    let first = held(&config);
    first.makes(2);
    first.ask(Command::Checkpoint);
    first.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    let worst = Best { step: 2, accuracy: -1.0 };
    let setup = going_on(&first.run, &config, |progress| {
        (progress.best, progress.best_saved) = (Some(worst), Some(2));
    });
    first.ask(Command::Stop);
    let (run, (outcome, _, _folder)) = (first.run.clone(), end(first));
    outcome.unwrap();

    let second = Training::going_on_held(setup, &run);
    let in_the_way = InTheWay::of(&run);
    second.ask(Command::FinishEpoch);
    wait_for_a_failure(&second);
    second.wait_for_phase(Phase::Paused);
    in_the_way.mend();
    second.makes(1);
    second.ask(Command::Checkpoint);
    second.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    second.ask(Command::Pause); // answered when it has pruned
    second.wait_for_phase(Phase::Paused);
    let steps: Vec<u64> = checkpoint::list(&run).unwrap().iter().map(|saved| saved.step).collect();
    assert_eq!(steps, [2, 5]);
    let progress = state::load(&run.checkpoints_dir().join("5")).unwrap().progress;
    assert_eq!((progress.best.unwrap().step, progress.best_saved), (4, Some(2)));
    second.ask(Command::Stop);
    end(second).0.unwrap();
}

/// A state from when there were more pictures, of which only the counts of the run were known.
#[test]
fn a_state_beyond_the_epoch_ends_it() {
    let first = held(&common::small());
    first.makes(2);
    first.ask(Command::Stop);
    let (run, (outcome, _, _folder)) = (first.run.clone(), end(first));
    outcome.unwrap();
    let setup = going_on(&run, &common::small(), |progress| progress.position = 100);
    let (outcome, state, _) = end(Training::going_on(setup, &run));
    outcome.unwrap();
    assert!(state.latest(Split::Validation).is_some(), "the epoch was not evaluated");
}

/// The program with a device that is lost in `place`, unless that is empty: exit status, what it
/// says of it.
fn program(words: &[&str], place: &str) -> (Option<i32>, String, String) {
    let mut command = process::Command::new(env!("CARGO_BIN_EXE_mnv1-tui"));
    command.args(words).env("MNV1_TUI_FAULT", place).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn listed(runs: &Path) -> Value {
    let words = ["runs", "--format", "json", "--runs-dir", runs.to_str().unwrap()];
    let list: Value = serde_json::from_str(&program(&words, "").1).unwrap();
    list[0].clone()
}

#[test]
fn a_lost_device_is_a_failed_run_that_says_how_to_go_on() {
    for place in ["step", "evaluation"] {
        let folder = tempfile::tempdir().unwrap();
        let runs = ["--runs-dir", folder.path().to_str().unwrap(), "--headless"];
        #[rustfmt::skip] // a line of words
        let settings = [
            "train", "--run-id", "r", "--dataset", "shapes", "--limit", "80", "--device", "cpu",
            "--alpha", ".25", "--batch-size", "16", "--epochs", "2", "--checkpoint-every", "2",
        ];
        let (status, _, said) = program(&[&settings[..], &runs].concat(), place);
        let failure = format!("the device failed: MNV1_TUI_FAULT asks for a fault in the {place}");
        let told = format!("error: {failure}; --resume goes on from the last checkpoint\n");
        assert_eq!((status, said), (Some(1), told));
        let broken = listed(folder.path());
        assert_eq!(
            (&broken["state"], &broken["reason"]),
            (&"broken".into(), &format!("failed: {failure}").into())
        );
        let resume = ["train", "--resume", "r"];
        let (status, _, said) = program(&[&resume[..], &runs].concat(), "");
        assert_eq!(status, Some(0), "{said}");
        let finished = listed(folder.path());
        assert_eq!((&finished["state"], &finished["step"]), (&"finished".into(), &8.into()));
    }
}

#[test]
fn a_checkpoint_that_fails_is_told_and_tried_again() {
    let config = TrainConfig { epochs: 3, ..common::small() };
    let training = held(&config);
    let folder = training.run.checkpoints_dir();
    fs::write(&folder, "in the way").unwrap();
    training.ask(Command::Checkpoint);
    let said = training.wait(|event| match event {
        TrainEvent::Warning { kind, message } if kind == "checkpoint" => Some(message.clone()),
        _ => None,
    });
    assert!(said.contains("is not saved") && said.contains("it is tried again"), "{said}");
    fs::remove_file(&folder).unwrap();
    training.ask(Command::Checkpoint);
    training.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    training.ask(Command::Resume);
    let (outcome, _, _folder) = end(training);
    outcome.unwrap();
}

#[test]
fn a_run_whose_last_state_cannot_be_saved_fails_with_all_else_done() {
    let training = begin(&common::small(), Divergence::Pause);
    let run = training.run.clone();
    fs::write(run.checkpoints_dir(), "in the way").unwrap();
    let (outcome, state, _folder) = end(training);
    let said = outcome.unwrap_err().to_string();
    assert!(said.starts_with("step 4 could not be saved: "), "{said}");
    assert_eq!(state.steps(), 4);
    assert_eq!(state.evaluations.len(), 2);
    let recorded = read_all(&run.events_path()).unwrap();
    assert_eq!((recorded.steps(), recorded.evaluations.len()), (4, 2));
}

#[test]
fn a_folder_that_is_deleted_does_not_come_back_as_a_torso() {
    let config = TrainConfig { epochs: 2, ..common::small() };
    let training = begin(&config, Divergence::Pause);
    training.ask(Command::Step(1));
    training.wait_for_phase(Phase::Paused);
    let run = training.run.clone();
    fs::remove_dir_all(run.path()).unwrap();
    training.ask(Command::Resume);
    let (outcome, state, _folder) = end(training);
    assert!(matches!(outcome, Err(TrainError::NotSaved { step: 8, .. })), "{outcome:?}");
    assert_eq!(state.steps(), 8, "training went on");
    assert!(!warnings(&state, "recording").is_empty(), "{:?}", state.warnings);
    assert!(!warnings(&state, "checkpoint").is_empty(), "{:?}", state.warnings);
    assert!(!run.path().exists());
}
