//! What a training does when its loss, its disk or its folder gives out.
#![cfg(feature = "train")]

mod common;

use std::fs;

use mnv1_tui::{
    domain::{
        config::TrainConfig,
        events::{Command, Phase, Quantity, TrainEvent},
        state::RunState,
    },
    run::{checkpoint, read_all},
    train::{Divergence, TrainError},
};
use tempfile::TempDir;

use common::Training;

/// So large that the second update or the third makes every weight infinite.
const MUCH_TOO_HIGH: f64 = 1e30;

fn begin(config: &TrainConfig, divergence: Divergence) -> Training {
    let mut setup = common::setup(config);
    setup.divergence = divergence;
    Training::begin(setup)
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
    assert!(state.steps() < 20, "it went on to step {}", state.steps());
    for saved in checkpoint::list(&run).unwrap() {
        let (step, loss) = state.series(Quantity::Loss).at(saved.step).unwrap();
        assert!(step == saved.step && loss.is_finite(), "step {} was saved", saved.step);
    }
}

#[test]
fn with_a_person_it_pauses_and_goes_back_at_half_the_rate() {
    let training = begin(&diverging(), Divergence::Pause);
    training.ask(Command::Pause);
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

#[test]
fn a_checkpoint_that_fails_is_told_and_tried_again() {
    let config = TrainConfig { epochs: 3, ..common::small() };
    let training = begin(&config, Divergence::Pause);
    training.ask(Command::Pause);
    training.wait_for_phase(Phase::Paused);
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
