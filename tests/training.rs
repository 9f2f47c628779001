//! A trainer driven by commands and followed by its events.
#![cfg(feature = "train")]

mod common;

use mnv1_tui::{
    domain::{
        config::TrainConfig,
        events::{Command, LayersSample, Phase, Record, Split, TrainEvent},
        state::RunState,
    },
    run::{EventReader, RunDir, checkpoint, predictions, serialize_line},
    train::{Start, TrainerHandle, checkpoint as state, reporter::Overflow},
};
use tempfile::TempDir;

use common::Training;

fn begin(config: &TrainConfig) -> Training {
    Training::begin(common::setup(config))
}

/// Every event of the run, to its end.
fn finish(training: Training) -> (Vec<Record>, RunDir, TempDir) {
    let Training { handle, run, folder } = training;
    let records: Vec<Record> = handle.events.iter().collect();
    handle.join().unwrap();
    (records, run, folder)
}

fn steps(records: &[Record]) -> Vec<u64> {
    let step = |record: &Record| match &record.event {
        TrainEvent::Step(sample) => Some(sample.step),
        _ => None,
    };
    records.iter().filter_map(step).collect()
}

#[test]
fn a_run_reports_every_step_evaluates_saves_and_ends() {
    let (records, run, _folder) = finish(begin(&common::small()));
    assert_eq!(steps(&records), [1, 2, 3, 4]); // 80 images less 8 for validation, 16 a step
    let mut state = RunState::default();
    records.iter().for_each(|record| state.apply(record));
    assert_eq!(state.phase, Some(Phase::Ended));
    assert!(state.warnings.is_empty(), "{:?}", state.warnings);
    let finished = state.finished.clone().unwrap();
    assert_eq!((finished.step, finished.reason.as_str()), (4, "completed"));
    assert_eq!(state.latest(Split::Validation).unwrap().confusion.total(), 8);
    assert_eq!(state.latest(Split::Test).unwrap().confusion.total(), 64);
    assert_eq!(finished.test_accuracy, Some(state.latest(Split::Test).unwrap().accuracy));
    let lines: String = records.iter().map(serialize_line).collect();
    assert_eq!(std::fs::read_to_string(run.events_path()).unwrap(), lines);
}

#[test]
fn predictions_on_disk_are_those_of_the_confusion_matrix() {
    let (records, run, _folder) = finish(begin(&common::small()));
    let mut state = RunState::default();
    records.iter().for_each(|record| state.apply(record));
    let evaluation = state.latest(Split::Test).unwrap();
    let file = run.path().join(evaluation.predictions.as_ref().unwrap());
    let predictions = predictions::load(&file, evaluation.step).unwrap();
    for (truth, prediction) in [(0, 0), (3, 5), (9, 1)] {
        let found = (0..predictions.len()).filter(|i| {
            usize::from(predictions.labels[*i]) == truth && predictions.prediction(*i) == prediction
        });
        assert_eq!(found.count() as u64, evaluation.confusion.at(truth, prediction));
    }
}

#[test]
fn timed_layers_explain_the_step() {
    let config = TrainConfig { limit: Some(640), batch_size: 64, ..common::small() };
    let (records, ..) = finish(begin(&config));
    let layers = |record: &Record| match &record.event {
        TrainEvent::Layers(sample) => Some(sample.clone()),
        _ => None,
    };
    let samples: Vec<LayersSample> = records.iter().filter_map(layers).collect();
    assert_eq!(samples.iter().map(|s| s.step).collect::<Vec<_>>(), [2, 5, 8]);
    for sample in samples {
        assert_eq!(sample.layers.len(), 29);
        assert!(sample.layers.iter().all(|l| l.forward_ms > 0.0 && l.backward_ms > 0.0));
        let explained = (sample.forward_ms() + sample.backward_ms()) / sample.forward_backward_ms;
        assert!(
            (0.85..=1.05).contains(&explained),
            "the layers explain {explained:.2} of the step"
        );
    }
}

#[test]
fn what_is_seen_of_the_layers_is_that_of_the_step() {
    let config = TrainConfig { stats_every: 2, ..common::small() };
    let (records, ..) = finish(begin(&config));
    let mut state = RunState::default();
    let mut looked = 0;
    for record in &records {
        state.apply(record);
        let TrainEvent::LayerStats(stats) = &record.event else { continue };
        looked += 1;
        assert_eq!((stats.step, stats.images, stats.layers.len()), (3, 16, 28));
        let norms = stats.layers.iter().map(|layer| layer.gradient_norm.powi(2));
        let (norm, step) = (norms.sum::<f64>().sqrt(), state.last_step.as_ref().unwrap());
        assert_eq!(step.step, 3);
        assert!((norm / step.grad_norm - 1.0).abs() < 1e-4, "{norm} of {}", step.grad_norm);
        for layer in &stats.layers {
            let zeros = layer.dead.map_or(0.0, |dead| dead.outputs);
            assert!((0.0..0.95).contains(&zeros), "{}: {zeros} of the outputs are 0", layer.name);
            assert!(layer.weights.deviation > 0.0 && layer.activations.deviation > 0.0);
        }
    }
    assert_eq!(looked, 1);
}

#[test]
fn pause_step_and_resume_are_acknowledged_between_steps() {
    let config = TrainConfig { epochs: 3, ..common::small() };
    let training = Training::begin_held(common::setup(&config));
    training.makes(2);
    let mut reader = EventReader::new(training.run.events_path());
    let made = steps(&reader.poll().unwrap().records);
    assert_eq!(made.len(), 2, "two steps, then paused: {made:?}");
    training.ask(Command::Checkpoint);
    training.wait(|event| matches!(event, TrainEvent::Checkpoint(_)).then_some(()));
    training.ask(Command::Step(1));
    training.wait_for_phase(Phase::Paused);
    training.ask(Command::Resume);
    training.wait_for_phase(Phase::Evaluating);
    let (records, ..) = finish(training);
    assert_eq!(steps(&records).last(), Some(&12));
}

#[test]
fn stopping_saves_a_checkpoint_and_resuming_goes_on_from_it() {
    let config = TrainConfig { epochs: 3, ..common::small() };
    let training = Training::begin_held(common::setup(&config));
    training.makes(6);
    training.ask(Command::Stop);
    let (records, run, _folder) = finish(training);
    let TrainEvent::RunFinished(finished) = &records[records.len() - 2].event else {
        panic!("{:?}", records.last());
    };
    assert_eq!((finished.step, finished.reason.as_str()), (6, "stopped"));

    let (newest, skipped) = checkpoint::newest_good(&run).unwrap();
    assert!(skipped.is_empty());
    let folder = newest.unwrap().path;
    let resumed = state::load(&folder).unwrap();
    assert_eq!(
        (resumed.progress.step, resumed.progress.epoch, resumed.progress.position),
        (6, 2, 2)
    );
    let mut setup = common::setup(&config);
    setup.network = resumed.network;
    let (progress, optimizer) = (resumed.progress, resumed.optimizer);
    setup.start = Start::Resumed { progress, optimizer, origin: None, folder };
    let handle = TrainerHandle::spawn(setup, run.clone(), Overflow::Keep).unwrap();
    let records: Vec<Record> = handle.events.iter().collect();
    handle.join().unwrap();
    assert_eq!(steps(&records), (7..=12).collect::<Vec<_>>());
}

#[test]
fn a_resumed_run_takes_the_steps_that_the_uninterrupted_one_takes() {
    let config = TrainConfig { epochs: 2, layers_every: 0, ..common::small() };
    let losses = |records: &[Record]| -> Vec<f64> {
        let loss = |record: &Record| match &record.event {
            TrainEvent::Step(sample) => Some(sample.loss),
            _ => None,
        };
        records.iter().filter_map(loss).collect()
    };
    let (whole, ..) = finish(begin(&config));
    let training = Training::begin_held(common::setup(&config));
    training.makes(3);
    training.ask(Command::Stop);
    let (_, run, _folder) = finish(training);
    let folder = checkpoint::newest_good(&run).unwrap().0.unwrap().path;
    let resumed = state::load(&folder).unwrap();
    let mut setup = common::setup(&config);
    setup.network = resumed.network;
    setup.start = Start::Resumed {
        progress: resumed.progress,
        optimizer: resumed.optimizer,
        origin: resumed.origin,
        folder,
    };
    let handle = TrainerHandle::spawn(setup, run, Overflow::Keep).unwrap();
    let rest: Vec<Record> = handle.events.iter().collect();
    assert_eq!(losses(&rest), losses(&whole)[3..]);
}

#[test]
fn two_runs_take_the_same_two_hundred_steps_to_the_bit() {
    let config =
        TrainConfig { epochs: 60, max_steps: Some(200), layers_every: 50, ..common::small() };
    let steps = |stats_every| -> Vec<(u64, u64)> {
        let config = TrainConfig { stats_every, ..config.clone() };
        let bits = |record: &Record| match &record.event {
            TrainEvent::Step(sample) => Some((sample.loss.to_bits(), sample.grad_norm.to_bits())),
            _ => None,
        };
        finish(begin(&config)).0.iter().filter_map(bits).collect()
    };
    let first = steps(0);
    assert_eq!(first.len(), 200);
    assert_eq!(first, steps(1), "looking at the layers must change no number");
}

/// The built-in pictures are there to show learning in the first minute: something must be learned
/// in one epoch, and something must be left to learn.
#[test]
fn one_epoch_of_shapes_teaches_something_but_not_everything() {
    let config = TrainConfig { batch_size: 64, limit: None, layers_every: 0, ..common::small() };
    let folder = tempfile::tempdir().unwrap();
    let run = RunDir::create(folder.path(), None).unwrap();
    let mut setup = common::setup(&config);
    setup.dataset = common::whole_shapes(&config);
    let handle = TrainerHandle::spawn(setup, run, Overflow::Keep).unwrap();
    let accuracy = handle.join().unwrap().test_accuracy.unwrap();
    assert!((0.4..=0.9).contains(&accuracy), "{accuracy}");
}
