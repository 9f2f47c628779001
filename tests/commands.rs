//! What a person asks of a trainer: each command is answered, and disturbs nothing else.
#![cfg(feature = "train")]

mod common;

use std::{fs, path::Path};

use crossbeam_channel::unbounded;
use mnv1_tui::{
    cli::{
        prepare::{self, Plan},
        settings,
    },
    data::Dataset,
    domain::{
        config::{Schedule, TrainConfig},
        events::{Command, Evaluation, Phase, Quantity, Record, Split, TrainEvent},
        features::FeatureRequest,
        state::RunState,
    },
    model::weights::Weights,
    run::{RunDir, checkpoint, read_all},
    train::{
        Divergence, Start, TrainerHandle, checkpoint as state, features::FeatureQuery,
        reporter::Overflow,
    },
};

use common::Training;

/// Twelve steps in three epochs whose learning rate never stands still.
fn config() -> TrainConfig {
    TrainConfig {
        epochs: 3,
        schedule: Schedule::Cosine,
        layers_every: 0,
        keep: 20,
        ..common::small()
    }
}

/// A training that has made `steps` steps and waits.
fn paused_after(steps: u64) -> Training {
    let training = Training::begin_held(common::setup(&config()));
    training.makes(steps);
    training
}

/// Lets a paused training run to its end: all that it told, and its last weights.
fn finished(training: Training) -> (RunState, Weights) {
    training.ask(Command::Resume);
    let Training { handle, run, folder } = training;
    handle.join().unwrap();
    let told = (read_all(&run.events_path()).unwrap(), weights(&run));
    drop(folder);
    told
}

fn weights(run: &RunDir) -> Weights {
    let newest = checkpoint::newest_good(run).unwrap().0.unwrap();
    state::load(&newest.path).unwrap().network.weights
}

fn losses(state: &RunState) -> Vec<(u64, u64)> {
    let loss = state.series(Quantity::Loss);
    let point = |index| loss.get(index).map(|(step, loss)| (step, loss.to_bits()));
    (0..loss.len()).filter_map(point).collect()
}

/// The next answer to `command` is that it is refused: why.
fn refusal(training: &Training, command: Command) -> String {
    training.ask(command);
    training.wait(|event| match event {
        TrainEvent::Refused { command: name, why } if name == command.name() => Some(why.clone()),
        _ => None,
    })
}

fn evaluation(training: &Training) -> Evaluation {
    training.wait(|event| match event {
        TrainEvent::Evaluated(evaluation) => Some(evaluation.clone()),
        _ => None,
    })
}

/// Goes on with a copy of `run` from its checkpoint at `step`, as if it had been killed now.
fn gone_on(run: &RunDir, step: u64) -> (RunState, Weights) {
    let folder = tempfile::tempdir().unwrap();
    copy(run.path(), &folder.path().join("test"));
    let run = RunDir::find(folder.path(), "test").unwrap();
    let recorded = read_all(&run.events_path()).unwrap();
    checkpoint::void_after(&run, step).unwrap();
    let newest = checkpoint::newest_good(&run).unwrap().0.unwrap();
    assert_eq!(newest.step, step);
    let resumed = state::load(&newest.path).unwrap();
    let mut setup = common::setup(&config());
    setup.network = resumed.network;
    setup.ahead = recorded.changes.since(step);
    setup.start = Start::Resumed {
        progress: resumed.progress,
        optimizer: resumed.optimizer,
        origin: resumed.origin,
        folder: newest.path,
    };
    let handle = TrainerHandle::spawn(setup, run.clone(), Overflow::Keep).unwrap();
    handle.join().unwrap();
    (read_all(&run.events_path()).unwrap(), weights(&run))
}

/// Goes on with `run` as `train --resume` does.
fn resumed(run: &RunDir, dataset: Dataset) -> anyhow::Result<TrainerHandle> {
    let taken = prepare::take_up(run)?;
    let mut config = settings::of_run(run)?;
    config.epochs = taken.epochs().unwrap_or(config.epochs);
    taken.check(&config)?;
    let (taken_up, dataset) = (Some(taken), Some(dataset));
    let divergence = Divergence::End { patience: 3 };
    let plan = Plan { config, epochs: None, dataset, taken_up, divergence, on_screen: true };
    let prepared = plan.prepare(|_| ())?;
    run.save_config(&prepared.settings)?;
    Ok(TrainerHandle::spawn(prepared.setup, run.clone(), Overflow::Keep)?)
}

/// The same with the pictures that it had, to the end.
fn resumed_to_the_end(run: &RunDir) -> (RunState, Weights) {
    resumed(run, common::shapes(&config())).unwrap().join().unwrap();
    (read_all(&run.events_path()).unwrap(), weights(run))
}

/// Damages every checkpoint after `step`.
fn damage_after(run: &RunDir, step: u64) {
    for saved in checkpoint::list(run).unwrap().iter().filter(|saved| saved.step > step) {
        fs::write(saved.path.join("manifest.json"), "damaged").unwrap();
    }
}

/// Cuts the events as if the process had been killed right after its last one of `kind`.
fn cut_after(run: &RunDir, kind: &str) {
    let text = fs::read_to_string(run.events_path()).unwrap();
    let at = text.rfind(&format!("\"type\":\"{kind}\"")).unwrap();
    let end = at + text[at..].find('\n').unwrap() + 1;
    fs::write(run.events_path(), &text[..end]).unwrap();
}

/// A run of three epochs that got two more after step 5, with checkpoints at 2 and 7, killed then;
/// and what became of it where nobody killed it.
fn extended() -> (tempfile::TempDir, RunDir, (RunState, Weights)) {
    let training = paused_after(2);
    training.ask(Command::Checkpoint);
    for (steps, then) in [(3, Command::AddEpochs(2)), (2, Command::Checkpoint)] {
        training.makes(steps);
        training.ask(then);
    }
    training.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    let folder = tempfile::tempdir().unwrap();
    copy(training.run.path(), &folder.path().join("test"));
    let run = RunDir::find(folder.path(), "test").unwrap();
    (folder, run, finished(training))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn evaluating_and_looking_at_maps_change_no_bit_of_what_follows() {
    let (undisturbed, expected) = finished(paused_after(2));
    let training = paused_after(2);
    training.ask(Command::Evaluate);
    let asked = evaluation(&training);
    assert_eq!((asked.step, asked.split, asked.confusion.total()), (2, Split::Validation, 8));
    training.wait_for_phase(Phase::Paused);
    let (reply, answers) = unbounded();
    for layer in [0, 1, 26] {
        let request = FeatureRequest { layer, split: Split::Test, sample: 5 };
        training.handle.queries.send(FeatureQuery { request, reply: reply.clone() }).unwrap();
        let (answered, maps) = answers.recv().unwrap();
        assert_eq!((answered, maps.unwrap().step), (request, 2));
    }
    training.ask(Command::Step(3));
    training.wait_for_phase(Phase::Training);
    training.ask(Command::Evaluate);
    assert!((3..=5).contains(&evaluation(&training).step));
    training.wait_for_phase(Phase::Paused);
    let (disturbed, found) = finished(training);
    assert_eq!(losses(&disturbed), losses(&undisturbed));
    assert!(found == expected, "the last weights differ");
    // What was asked for is recorded, and is no candidate for the best.
    assert_eq!(disturbed.evaluations.len(), undisturbed.evaluations.len() + 2);
    assert_eq!(disturbed.best().map(|e| e.step), undisturbed.best().map(|e| e.step));
    let best = |state: &RunState| state.finished.as_ref().unwrap().best_accuracy;
    assert_eq!(best(&disturbed), best(&undisturbed));
}

#[test]
fn to_the_end_of_the_epoch_means_with_its_evaluation_and_checkpoint_and_then_a_pause() {
    let training = paused_after(1);
    training.ask(Command::FinishEpoch);
    assert_eq!(evaluation(&training).step, 4);
    training.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    training.wait_for_phase(Phase::Paused);
    assert_eq!(read_all(&training.run.events_path()).unwrap().steps(), 4);
    // Asked for between two epochs it is the whole next one.
    training.ask(Command::FinishEpoch);
    assert_eq!(evaluation(&training).step, 8);
    training.wait_for_phase(Phase::Paused);
    // After the last one the run still waits, so that epochs can be added.
    training.ask(Command::FinishEpoch);
    training.wait_for_phase(Phase::Paused);
    training.ask(Command::AddEpochs(1));
    let (state, _) = finished(training);
    assert_eq!((state.steps(), state.total_steps()), (16, Some(16)));
}

#[test]
fn a_changed_rate_holds_from_the_next_step_on_and_wherever_the_run_is_taken_up() {
    let training = paused_after(2);
    training.ask(Command::Checkpoint);
    training.makes(3);
    training.ask(Command::SetLearningRate(2e-4));
    let change = training.wait(|event| match event {
        TrainEvent::LearningRate(change) => Some(change.clone()),
        _ => None,
    });
    assert_eq!(change.step, 5);
    training.makes(2);
    training.ask(Command::Checkpoint);
    training.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    let killed = training.run.clone();
    let [before, after] = [2, 7].map(|step| gone_on(&killed, step));
    let (whole, weights) = finished(training);
    let lr = |step| whole.series(Quantity::LearningRate).at(step).unwrap().1;
    assert!((lr(6) / 2e-4 - 1.0).abs() < 1e-6 && lr(5) > 5e-4, "{} {}", lr(5), lr(6));
    assert!(lr(12) < lr(6), "the schedule goes on");
    for (taken_up, found) in [before, after] {
        assert_eq!(losses(&taken_up), losses(&whole));
        assert!(found == weights, "the last weights differ");
        assert_eq!(taken_up.changes, whole.changes);
    }
}

#[test]
fn added_epochs_are_trained_and_added_again_where_the_run_is_taken_up() {
    let training = paused_after(2);
    training.ask(Command::Checkpoint);
    training.makes(3);
    training.ask(Command::AddEpochs(2));
    training.wait(|event| matches!(event, TrainEvent::Extended(_)).then_some(()));
    let settings = fs::read_to_string(training.run.config_path()).unwrap();
    assert!(settings.contains("epochs = 5"), "{settings}");
    let (taken_up, found) = gone_on(&training.run, 2);
    let (whole, weights) = finished(training);
    assert_eq!((whole.steps(), whole.epochs()), (20, Some(5)));
    let lr = |step| whole.series(Quantity::LearningRate).at(step).unwrap().1;
    assert!(lr(6) > lr(5), "a cosine over more steps has not come so far: {} {}", lr(5), lr(6));
    assert_eq!(losses(&taken_up), losses(&whole));
    assert!(found == weights, "the last weights differ");
}

#[test]
fn what_a_run_was_begun_with_is_known_when_it_is_taken_up_from_before_epochs_were_added() {
    let (_folder, run, (whole, weights)) = extended();
    let handle = resumed(&run, common::shapes(&config())).unwrap();
    handle.commands.send(Command::Stop).unwrap();
    handle.join().unwrap();
    damage_after(&run, 2);
    let (taken_up, found) = resumed_to_the_end(&run);
    assert_eq!((taken_up.steps(), taken_up.epochs()), (20, Some(5)));
    assert_eq!(losses(&taken_up), losses(&whole));
    assert!(found == weights, "the last weights differ");
}

#[test]
fn added_epochs_are_not_lost_whenever_whoever_takes_the_run_up_is_killed() {
    let (_folder, run, (whole, weights)) = extended();
    for kind in ["run_started", "extended", "resumed"] {
        damage_after(&run, 2);
        let handle = resumed(&run, common::shapes(&config())).unwrap();
        handle.commands.send(Command::Stop).unwrap();
        handle.join().unwrap();
        cut_after(&run, kind);
    }
    damage_after(&run, 2);
    let (taken_up, found) = resumed_to_the_end(&run);
    assert_eq!(losses(&taken_up), losses(&whole));
    assert!(found == weights, "the last weights differ");
}

/// Killed before its first step, as while it builds its network.
#[test]
fn a_run_that_broke_off_at_its_start_obeys_once_it_is_begun_again() {
    let training = Training::begin_held(common::setup(&config()));
    let (run, folder) = (training.run.clone(), tempfile::tempdir().unwrap());
    copy(run.path(), &folder.path().join("test"));
    training.ask(Command::Stop);
    training.handle.join().unwrap();
    let run = RunDir::find(folder.path(), "test").unwrap();
    cut_after(&run, "run_started");
    run.save_config(&toml::to_string(&config()).unwrap()).unwrap();
    let handle = resumed(&run, common::shapes(&config())).unwrap();
    for command in [Command::AddEpochs(1), Command::SetLearningRate(2e-4)] {
        handle.commands.send(command).unwrap();
    }
    handle.join().unwrap();
    let state = read_all(&run.events_path()).unwrap();
    let (change, lr) = (&state.changes.rates()[0], state.series(Quantity::LearningRate));
    assert_eq!((state.steps(), state.epochs()), (16, Some(4)));
    assert!((lr.at(change.step + 1).unwrap().1 / 2e-4 - 1.0).abs() < 1e-6);
}

#[test]
fn a_run_goes_on_with_its_own_pictures_only() {
    let (_folder, run, (whole, _)) = extended();
    let said = |change: fn(&mut Dataset)| {
        let mut dataset = common::shapes(&config());
        change(&mut dataset);
        let before = fs::read(run.events_path()).unwrap();
        let refused = resumed(&run, dataset).err().expect("it goes on").to_string();
        assert_eq!(fs::read(run.events_path()).unwrap(), before, "nothing is recorded");
        refused
    };
    let fewer = said(|dataset| dataset.train = dataset.train.subset(&[0, 1, 2, 3]));
    assert!(fewer.contains("test: it was trained on ") && !fewer.contains('\n'), "{fewer}");
    assert!(fewer.contains("80 + 64 images") && fewer.contains("4 + 64 images"), "{fewer}");
    said(|dataset| dataset.train.pixels[5] ^= 1);
    said(|dataset| dataset.test.labels[5] ^= 1);
    assert_eq!(losses(&resumed_to_the_end(&run).0), losses(&whole));
}

#[test]
fn what_cannot_be_done_is_refused_with_the_reason() {
    let training = paused_after(1);
    for rate in [0.0, -1.0, 11.0, f64::NAN, f64::INFINITY] {
        assert!(refusal(&training, Command::SetLearningRate(rate)).contains("1e-8 to 10"));
    }
    assert!(refusal(&training, Command::AddEpochs(0)).contains("1 to 10,000"));
    assert!(refusal(&training, Command::RollBack).contains("the loss is finite"));
    let (state, _) = finished(training);
    assert_eq!((state.steps(), state.epochs()), (12, Some(3)));
    assert!(state.changes.rates().is_empty() && state.changes.extensions().is_empty());

    let by_steps = TrainConfig { max_steps: Some(6), ..config() };
    let training = Training::begin_held(common::setup(&by_steps));
    assert!(refusal(&training, Command::AddEpochs(1)).contains("--max-steps"));
    let commands = [Command::Stop, Command::Evaluate];
    let training = Training::begin_asked(common::setup(&by_steps), &commands);
    let told: Vec<Record> = training.handle.events.iter().collect();
    let refused = |record: &Record| {
        matches!(&record.event, TrainEvent::Refused { command, why }
        if command == "evaluate" && why == "the run is stopping")
    };
    assert!(told.iter().any(refused), "{told:?}");
}
