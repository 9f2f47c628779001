use std::{fs, time::Duration};

use crossbeam_channel::bounded;

use super::*;
use crate::{
    data::{DataRequest, Dataset, open, split::split},
    domain::{
        config::{DatasetChoice, TrainConfig},
        confusion::Confusion,
        events::{Phase, Record, Split, StepSample, TrainEvent},
        images::Predictions,
    },
    run::{Recorder, predictions},
    tui::Input,
};

/// Far more than any of these tests needs: only a failure waits so long.
const PATIENCE: Duration = Duration::from_secs(20);

fn run() -> (tempfile::TempDir, RunDir) {
    let folder = tempfile::tempdir().unwrap();
    let run = RunDir::create(folder.path(), Some("r")).unwrap();
    (folder, run)
}

fn phase(phase: Phase) -> Record {
    Record { time: 1, event: TrainEvent::Phase { phase } }
}

fn next(follower: &Follower) -> Input {
    follower.inputs().recv_timeout(PATIENCE).unwrap()
}

fn assert_record(input: Input, expected: &Record) {
    match input {
        Input::Record(record) => assert_eq!(&record, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_another_process_appends_arrives_in_order() {
    let (_folder, run) = run();
    let _lock = run.lock().unwrap();
    let mut recorder = Recorder::open(&run).unwrap();
    recorder.append(&phase(Phase::Starting)).unwrap();
    let follower = Follower::start(&run).unwrap();
    assert_record(next(&follower), &phase(Phase::Starting));
    recorder.append(&phase(Phase::Training)).unwrap();
    assert_record(next(&follower), &phase(Phase::Training));
    fs::write(run.log_path(), "INFO \x1b[1mhello\n").unwrap();
    assert!(matches!(next(&follower), Input::Log(line) if line == "INFO hello"));
}

#[test]
fn a_run_whose_process_died_is_said_to_be_gone() {
    let (_folder, run) = run();
    Recorder::open(&run).unwrap().append(&phase(Phase::Training)).unwrap();
    let follower = Follower::start(&run).unwrap();
    assert_record(next(&follower), &phase(Phase::Training));
    let Input::Disconnected(Some(why)) = next(&follower) else { panic!("it still waits") };
    assert!(why.contains("--resume r"), "{why}");
}

#[test]
fn a_follower_that_nobody_reads_ends_all_the_same() {
    let (_folder, run) = run();
    let line = crate::run::serialize_line(&phase(Phase::Training));
    fs::write(run.events_path(), line.repeat(10_000)).unwrap();
    let follower = Follower::start(&run).unwrap();
    next(&follower);
    drop(follower); // would hang
}

#[test]
fn looking_on_commands_nobody() {
    let (_folder, run) = run();
    let mut host = RunHost::watch(run);
    assert!(host.command(Command::Stop).unwrap_err().contains("looks on"));
}

fn config() -> TrainConfig {
    TrainConfig { limit: Some(200), seed: 7, ..TrainConfig::default() }
}

fn shapes() -> Dataset {
    let config = config();
    let request = DataRequest {
        choice: &DatasetChoice::Shapes,
        data_dir: std::path::Path::new("."),
        seed: config.seed,
        resolution: None,
        limit: config.limit,
        download: false,
    };
    open(&request, &mut |_| {}).unwrap()
}

/// A run that `auto` trained on shapes, and its evaluation on pictures with these labels.
fn evaluated(run: &RunDir, split: Split, labels: Vec<u16>) -> Evaluation {
    fs::write(run.config_path(), toml::to_string(&config()).unwrap()).unwrap();
    let (step, classes) = (3, 10);
    let logits = vec![0.0; labels.len() * classes];
    let predictions = Predictions { step, classes, logits, labels };
    let file = RunDir::predictions_file(step);
    predictions::save(&run.predictions_path(&file), &predictions).unwrap();
    Evaluation {
        step,
        epoch: 1,
        split,
        loss: 1.0,
        accuracy: 0.5,
        confusion: Confusion::new(classes),
        predictions: Some(file),
    }
}

/// Unoptimised, the data set may take minutes to be made; a thread that fails is no more.
fn samples(host: &mut RunHost, evaluation: &Evaluation) -> Result<Samples, String> {
    host.samples(evaluation).recv().unwrap()
}

#[test]
fn the_pictures_of_a_run_are_found_again_from_its_settings() {
    let (_folder, run) = run();
    let dataset = shapes();
    let held_out = split(dataset.train.len(), config().val_split, config().seed).validation;
    let validation = dataset.train.subset(&held_out);
    let evaluation = evaluated(&run, Split::Validation, validation.labels.clone());
    let mut host = RunHost::watch(run.clone());
    assert_eq!(*samples(&mut host, &evaluation).unwrap().images, validation);
    let evaluation = evaluated(&run, Split::Test, dataset.test.labels.clone());
    assert_eq!(*samples(&mut host, &evaluation).unwrap().images, dataset.test);
}

#[test]
fn other_pictures_than_those_that_were_classified_are_never_shown() {
    let (_folder, run) = run();
    let evaluation = evaluated(&run, Split::Test, vec![0; 2_000]);
    let mut host = RunHost::watch(run);
    samples(&mut host, &evaluation).unwrap_err();
    let missing =
        Evaluation { predictions: Some("predictions/9.safetensors".into()), ..evaluation };
    assert!(samples(&mut host, &missing).unwrap_err().contains("9.safetensors"));
}

#[test]
fn pictures_that_are_still_read_are_waited_for_by_nobody_but_who_loads_them() {
    let (_folder, run) = run();
    let Dataset { train, test, .. } = shapes();
    let (train, test) = (Arc::new(train), Arc::new(test));
    let evaluation = evaluated(&run, Split::Test, test.labels.clone());
    let (images, (commands, _trainer)) = (Coming::default(), bounded(1));
    let features = Features::of_checkpoints();
    let mut host = RunHost::live(run, (commands, Arc::default()), Arc::clone(&images), features);
    let loading = host.samples(&evaluation);
    assert!(loading.recv_timeout(Duration::from_millis(50)).is_err(), "what has it read?");
    images.set((train, Arc::clone(&test))).unwrap();
    assert_eq!(loading.recv_timeout(PATIENCE).unwrap().unwrap().images, test);
}

#[test]
fn another_run_is_read_beside_and_told_when_it_is_complete() {
    let (_folder, run) = run();
    let mut recorder = Recorder::open(&run).unwrap();
    for step in 1..=2_000 {
        let sample = StepSample { step, epoch: 1, ..StepSample::default() };
        recorder.append(&Record { time: step, event: TrainEvent::Step(sample) }).unwrap();
    }
    let mut host = RunHost::watch(run);
    let mut steps = 0;
    for reading in host.compared("r").unwrap() {
        match reading {
            Reading::UnderWay(so_far) => assert!(so_far >= steps),
            Reading::Complete(run) => steps = run.steps(),
            Reading::Failed(why) => panic!("{why}"),
        }
    }
    assert_eq!(steps, 2_000);
    assert!(host.compared("s").unwrap_err().contains("no run"));
}

#[test]
fn a_run_that_was_trained_here_is_left_for_another() {
    let (folder, other) = run();
    Recorder::open(&other).unwrap().append(&phase(Phase::Ended)).unwrap();
    let run = RunDir::create(folder.path(), Some("trained")).unwrap();
    let (commands, trainer) = bounded(1);
    let features = Features::of_checkpoints();
    let mut host = RunHost::live(run, (commands, Arc::default()), Coming::default(), features);
    let (title, inputs) = host.watch("r").unwrap();
    assert_eq!(title, "r");
    assert_record(inputs.recv_timeout(PATIENCE).unwrap(), &phase(Phase::Ended));
    assert!(host.command(Command::Stop).unwrap_err().contains("looks on"));
    assert!(trainer.is_empty());
}

#[test]
fn the_runs_beside_it_are_listed_and_can_be_turned_to() {
    let folder = tempfile::tempdir().unwrap();
    for id in ["a", "b"] {
        let run = RunDir::create(folder.path(), Some(id)).unwrap();
        let mut recorder = Recorder::open(&run).unwrap();
        recorder.append(&phase(if id == "a" { Phase::Ended } else { Phase::Training })).unwrap();
    }
    let mut host = RunHost::watch(RunDir::find(folder.path(), "b").unwrap());
    let ids: Vec<String> = host.runs().unwrap().iter().map(|run| run.id).collect();
    assert_eq!(ids, ["b", "a"]);
    let (title, inputs) = host.watch("a").unwrap();
    assert_eq!(title, "a");
    assert_record(inputs.recv_timeout(PATIENCE).unwrap(), &phase(Phase::Ended));
    assert!(host.watch("c").unwrap_err().contains("no run"));
    assert_eq!(host.run.id(), "a");
}
