//! What reaches a terminal that draws pictures, and what is left there.
#![cfg(unix)]

mod person;

use std::{collections::BTreeMap, io::Read, path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use mnv1_tui::{
    data::{self, DataRequest, Dataset},
    domain::{
        config::{DatasetChoice, TrainConfig},
        confusion::Confusion,
        events::{Evaluation, Record, RunStarted, Split, TrainEvent},
        images::Predictions,
    },
    run::{Recorder, RunDir, predictions},
};
use person::{PATIENCE, Person};

/// The picture that the network of the run is the most wrong about.
const WORST: usize = 17;

fn shapes(config: &TrainConfig) -> Dataset {
    let request = DataRequest {
        choice: &config.dataset,
        data_dir: Path::new("nowhere"),
        seed: config.seed,
        resolution: None,
        limit: config.limit,
        download: false,
    };
    data::open(&request, &mut |_| {}).unwrap()
}

/// Logits that take every picture for one of the next class, [`WORST`] most surely.
fn all_wrong(data: &Dataset) -> Predictions {
    let labels = data.test.labels.clone();
    let logit = |i: usize, class: usize| match (usize::from(labels[i]) + 1) % 10 == class {
        true if i == WORST => 9.0,
        true => 3.0,
        false => 0.0,
    };
    let logits = (0..labels.len()).flat_map(|i| (0..10).map(move |class| (i, class)));
    Predictions { step: 1, classes: 10, logits: logits.map(|(i, c)| logit(i, c)).collect(), labels }
}

/// A run that was evaluated once.
fn run(runs_dir: &Path, config: &TrainConfig, data: &Dataset) -> RunDir {
    let run = RunDir::create(runs_dir, Some("known")).unwrap();
    run.save_config(&toml::to_string(config).unwrap()).unwrap();
    let said = all_wrong(data);
    let file = RunDir::predictions_file(1);
    predictions::save(&run.predictions_path(&file), &said).unwrap();
    let mut confusion = Confusion::new(10);
    (0..said.len()).for_each(|i| confusion.add(said.labels[i].into(), said.prediction(i)));
    let started = RunStarted {
        run_id: "known".into(),
        version: "0".into(),
        device: "none".into(),
        dataset: data.title.clone(),
        official: true,
        classes: data.class_names.clone(),
        train_images: data.train.len(),
        val_images: 0,
        test_images: data.test.len(),
        parameters: 1,
        macs: 1,
        resolution: 32,
        steps_per_epoch: 1,
        banner: None,
        config: config.clone(),
    };
    let evaluation = Evaluation {
        step: 1,
        epoch: 1,
        split: Split::Test,
        loss: 3.0,
        accuracy: 0.0,
        confusion,
        predictions: Some(file),
    };
    let mut recorder = Recorder::open(&run).unwrap();
    for event in [TrainEvent::RunStarted(Box::new(started)), TrainEvent::Evaluated(evaluation)] {
        recorder.append(&Record { time: 1_700_000_000_000, event }).unwrap();
    }
    run
}

/// What follows `ESC _ G` in everything that was written.
fn commands(written: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(written).into_owned();
    let ended = |command: &str| Some(command.split_once("\u{1b}\\")?.0.to_owned());
    text.split("\u{1b}_G").skip(1).filter_map(ended).collect()
}

/// The pictures that kitty would have, by their numbers: side in pixels, and RGBA.
fn pictures(written: &[u8]) -> BTreeMap<u32, (usize, Vec<u8>)> {
    let (mut pictures, mut open) = (BTreeMap::new(), None);
    for command in commands(written) {
        let (keys, data) = command.split_once(';').unwrap_or((&command, ""));
        let key = |name: &str| {
            let value = keys.split(',').find_map(|key| key.strip_prefix(name)?.strip_prefix('='));
            value.map(str::to_owned)
        };
        if key("a").as_deref() == Some("T") {
            let number = |name: &str| key(name).unwrap().parse::<u32>().unwrap();
            open = Some((number("i"), number("s") as usize, String::new()));
        }
        let Some((id, side, text)) = &mut open else { continue };
        text.push_str(data);
        if key("m").as_deref() == Some("0") {
            let zlib = STANDARD.decode(text).unwrap();
            let mut rgba = Vec::new();
            flate2::read::ZlibDecoder::new(&zlib[..]).read_to_end(&mut rgba).unwrap();
            pictures.insert(*id, (*side, rgba));
            open = None;
        }
    }
    pictures
}

/// Whether `rgba` is the picture, each of its pixels made a square.
fn shows((side, rgba): &(usize, Vec<u8>), data: &Dataset) -> bool {
    let scale = side / data.test.side;
    *side == scale * data.test.side
        && rgba.len() == 4 * side * side
        && rgba.chunks(4).enumerate().all(|(i, pixel)| {
            let (x, y) = (i % side / scale, i / side / scale);
            pixel[..3] == data.test.rgb(WORST, x, y) && pixel[3] == 255
        })
}

#[test]
fn kitty_gets_the_very_picture_and_is_rid_of_it_in_the_end() {
    let config = TrainConfig { dataset: DatasetChoice::Shapes, ..TrainConfig::default() };
    let config = TrainConfig { val_split: 0.0, limit: Some(64), ..config };
    let (data, folder) = (shapes(&config), tempfile::tempdir().unwrap());
    run(folder.path(), &config, &data);
    let mut command = person::program();
    command.args(["watch", "known", "--graphics", "kitty", "--runs-dir"]);
    command.arg(folder.path());
    command.cwd(folder.path());
    let mut person = Person::starting(100, 30, command);
    person.sees("[1 Train]");
    person.presses("4\r");
    person.sees(&format!("test #{WORST}"));
    let mut looks = PATIENCE.as_millis() / 100;
    while !pictures(&person.written).values().any(|picture| shows(picture, &data)) {
        looks = looks.checked_sub(1).expect("the picture never comes");
        person.looks_on(Duration::from_millis(100));
    }
    person.presses("q");
    assert!(person.waits_for_the_end().success());
    assert_eq!(person.state(), person.before);
    let given: Vec<u32> = pictures(&person.written).into_keys().collect();
    let taken = commands(&person.written);
    let taken =
        taken.iter().filter_map(|c| c.strip_prefix("a=d,d=I,i=")?.split_once(',')?.0.parse().ok());
    assert_eq!(taken.collect::<Vec<u32>>(), given);
}
