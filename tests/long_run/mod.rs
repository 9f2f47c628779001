//! Eight hours of a training that nobody made, written while they are watched: steps, layer times,
//! evaluations with their pictures, and lines that no trainer writes.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use image::RgbImage;
use mnv1_tui::{
    domain::{
        config::{DatasetChoice, TrainConfig},
        confusion::Confusion,
        events::{
            CheckpointSaved, Evaluation, Extension, LayerTime, LayersSample, MOST, Phase,
            RateChange, Record, RunFinished, Split, StepSample, TrainEvent,
        },
        images::Predictions,
    },
    run::{RunDir, RunLock, predictions, serialize_line},
};

#[path = "../../benches/made_up/mod.rs"]
mod made_up;

use made_up::{EPOCH, START};

/// Eight hours in ms.
const HOURS: u64 = 8 * 3_600_000;
/// Classes of the pictures, and pictures of each.
const CLASSES: u16 = 10;
const PICTURES: u16 = 20;
/// Steps between two lines that no trainer writes.
const STRANGE_EVERY: u64 = 37;

/// The run while it grows. It counts as live as long as this is there.
pub struct LongRun {
    run: RunDir,
    events: File,
    log: File,
    steps: u64,
    made: u64,
    /// The end of a line whose beginning is in the file already.
    rest: Vec<u8>,
    _lock: RunLock,
}

impl LongRun {
    /// Begins a run of so many steps, with pictures to be found in `pictures`.
    pub fn begin(runs_dir: &Path, id: &str, steps: u64, pictures: &Path) -> Self {
        let run = RunDir::create(runs_dir, Some(id)).unwrap();
        let lock = run.lock().unwrap();
        let dataset = DatasetChoice::Folder(pictures.to_owned());
        let config = TrainConfig { dataset, val_split: 0.0, ..TrainConfig::default() };
        run.save_config(&toml::to_string(&config).unwrap()).unwrap();
        let append = |path: PathBuf| OpenOptions::new().create(true).append(true).open(path);
        let (events, log) = (append(run.events_path()).unwrap(), append(run.log_path()).unwrap());
        let mut run = Self { run, events, log, steps, made: 0, rest: Vec::new(), _lock: lock };
        for event in [started(), phase(Phase::Training)] {
            run.tells(event);
        }
        run
    }

    /// Writes what happens until `step`. The last line may come only in part.
    pub fn goes_on_to(&mut self, step: u64) {
        let mut bytes = std::mem::take(&mut self.rest);
        while self.made < step {
            self.made += 1;
            for event in made_up::events_of(self.made) {
                let event = self.with_pictures(event);
                bytes.extend_from_slice(self.line(event).as_bytes());
            }
            if self.made.is_multiple_of(STRANGE_EVERY) {
                bytes.extend_from_slice(&self.strange(self.made / STRANGE_EVERY));
            }
        }
        let torn = if step.is_multiple_of(3) { bytes.len() / 2 } else { bytes.len() };
        self.rest = bytes.split_off(torn);
        self.events.write_all(&bytes).unwrap();
        writeln!(self.log, "INFO \x1b[1mstep {step}\x1b[0m of a run that never was").unwrap();
    }

    /// Writes one more event, and what was torn before it.
    pub fn tells(&mut self, event: TrainEvent) {
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(self.line(event).as_bytes());
        self.events.write_all(&bytes).unwrap();
    }

    pub fn ends(&mut self) {
        for event in [finished(self.made), phase(Phase::Ended)] {
            self.tells(event);
        }
    }

    pub fn made(&self) -> u64 {
        self.made
    }

    fn line(&self, event: TrainEvent) -> String {
        serialize_line(&Record { time: START + self.made * (HOURS / self.steps), event })
    }

    /// An evaluation gets predictions for the pictures that there are.
    fn with_pictures(&self, event: TrainEvent) -> TrainEvent {
        let TrainEvent::Evaluated(evaluation) = event else { return event };
        let labels: Vec<u16> = (0..PICTURES * CLASSES).map(|i| i % CLASSES).collect();
        let classes = usize::from(CLASSES);
        let logits = made_up::predictions(self.made).logits[..labels.len() * classes].to_vec();
        let (step, file) = (self.made, RunDir::predictions_file(self.made));
        let found = Predictions { step, classes, logits, labels };
        predictions::save(&self.run.predictions_path(&file), &found).unwrap();
        let mut confusion = Confusion::new(classes);
        for i in 0..found.len() {
            confusion.add(usize::from(found.labels[i]), found.prediction(i));
        }
        let accuracy = confusion.accuracy();
        let predictions = Some(file);
        TrainEvent::Evaluated(Evaluation {
            split: Split::Test,
            accuracy,
            confusion,
            predictions,
            ..evaluation
        })
    }

    /// What a trainer writes seldom or never.
    fn strange(&self, number: u64) -> Vec<u8> {
        let made = self.made;
        let hostile = format!("\x1b[2J\u{9b}31m日本\u{202e}{}", "x".repeat(20_000));
        let event = match number % 16 {
            0 => return b"{\"type\":\"step\",\"time\":1,\"step\":\n\xff\xfe{}\n[]\n\n".to_vec(),
            1 => return b"{\"type\":\"mood\",\"time\":1}\n".to_vec(),
            2 if number.is_multiple_of(64) => return [&vec![b'x'; 9 << 20][..], b"\n"].concat(),
            2 | 3 => broken_step(made, f64::NAN),
            4 => broken_step(made, f64::MAX),
            5 => broken_step(MOST, 0.0),
            6 => TrainEvent::Warning { kind: hostile.clone(), message: hostile },
            7 => TrainEvent::Resumed { step: made.saturating_sub(5) },
            8 if number.is_multiple_of(32) => layers(made, 1_000, "layer"),
            8 => layers(made, 128, &"layer".repeat(400)),
            9 => evaluation(made, 60),
            10 => evaluation(made, 0),
            11 => TrainEvent::LearningRate(RateChange { step: made, scale: 0.5, lr: 1e-3 }),
            12 => TrainEvent::Extended(Extension { step: made, epochs: u32::MAX }),
            13 => TrainEvent::Refused { command: hostile.clone(), why: hostile },
            14 => TrainEvent::Checkpoint(CheckpointSaved { step: made, path: hostile, best: true }),
            _ => {
                let again = [Phase::Starting, Phase::Paused, Phase::Evaluating, Phase::Training];
                let events = [finished(made), started()].into_iter().chain(again.map(phase));
                return events.flat_map(|event| self.line(event).into_bytes()).collect();
            }
        };
        self.line(event).into_bytes()
    }
}

fn phase(phase: Phase) -> TrainEvent {
    TrainEvent::Phase { phase }
}

fn started() -> TrainEvent {
    let TrainEvent::RunStarted(mut started) = made_up::started() else { unreachable!() };
    started.val_images = 0;
    TrainEvent::RunStarted(started)
}

fn broken_step(step: u64, loss: f64) -> TrainEvent {
    TrainEvent::Step(StepSample { step, epoch: u32::MAX, loss, lr: -1.0, ..StepSample::default() })
}

fn layers(step: u64, count: usize, name: &str) -> TrainEvent {
    let layer = |i| LayerTime { name: format!("{name}{i}"), forward_ms: -1.0, backward_ms: 1e300 };
    TrainEvent::Layers(LayersSample {
        step,
        layers: (0..count).map(layer).collect(),
        method: name.to_owned(),
        forward_backward_ms: 0.0,
        optimizer_ms: -1.0,
        cost_ratio: None,
    })
}

/// One whose predictions nobody finds.
fn evaluation(step: u64, classes: usize) -> TrainEvent {
    let mut confusion = Confusion::new(classes);
    (0..classes).for_each(|class| confusion.add(class, classes - 1 - class));
    TrainEvent::Evaluated(Evaluation {
        step: step + 1,
        epoch: 1,
        split: Split::Validation,
        loss: f64::NAN,
        accuracy: 7.0,
        confusion,
        predictions: Some("../../etc/passwd".to_owned()),
    })
}

fn finished(step: u64) -> TrainEvent {
    let reason = "completed".to_owned();
    let epoch = step.div_ceil(EPOCH) as u32;
    TrainEvent::RunFinished(RunFinished {
        step,
        epoch,
        reason,
        best_accuracy: Some(0.9),
        test_accuracy: None,
    })
}

/// A data set of small pictures, for as many predictions as the evaluations have.
pub fn draw_pictures(folder: &Path) {
    for class in 0..CLASSES {
        for (split, count) in [("train", 1), ("test", PICTURES)] {
            let of_class = folder.join(split).join(format!("class{class}"));
            fs::create_dir_all(&of_class).unwrap();
            for i in 0..count {
                let shade = |x: u32, y: u32| [(16 * x) as u8, (16 * y) as u8, (20 * class) as u8];
                let picture = RgbImage::from_fn(16, 16, |x, y| image::Rgb(shade(x, y)));
                picture.save(of_class.join(format!("{i:03}.png"))).unwrap();
            }
        }
    }
}
