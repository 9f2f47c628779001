//! A run for tests, made of numbers that are always the same.

mod hands;
mod stats;

pub use hands::{click, do_with_mouse, press, rendered, saved, styled, unanswered, wheel};
pub use stats::layer_stats;

use std::{fs::File, path::PathBuf, sync::Arc};

use super::{Input, Options, Preferences, Source, app::App, theme::ColourDepth};
use crate::domain::{
    architecture::ArchSpec,
    config::TrainConfig,
    confusion::Confusion,
    events::{
        CheckpointSaved, Evaluation, LayerTime, LayersSample, Phase, Record, RunFinished,
        RunStarted, Split, StepSample, TrainEvent,
    },
    features::{FeatureMaps, FeatureRequest},
    images::{ImageSet, Predictions, Samples},
};
use crossbeam_channel::never;

/// 2026-01-02 03:04:05 UTC in ms.
pub const START: u64 = 1_767_323_045_000;
/// Steps of one epoch.
pub const EPOCH: u64 = 200;
/// Pictures of an evaluation.
const PICTURES: usize = 200;

pub const CLASSES: [&str; 10] =
    ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

pub fn options(source: Source) -> Options {
    Options {
        title: "0102-0304".into(),
        source,
        run_dir: PathBuf::from("runs/0102-0304"),
        compare: None,
        lists_runs: false,
        screen: File::open("/dev/null").unwrap(),
        preferences: Preferences::default(),
        wishes: never(),
    }
}

/// An empty dashboard over a trainer in this process.
pub fn waiting() -> App {
    App::new(&options(Source::Live), ColourDepth::TrueColor)
}

/// A dashboard that has been told `events`, one a second.
pub fn told(events: impl IntoIterator<Item = TrainEvent>) -> App {
    let mut app = waiting();
    events.into_iter().for_each(|event| tell(&mut app, event));
    app
}

/// Lets one more event happen, a second after the one before.
pub fn tell(app: &mut App, event: TrainEvent) {
    let time = if app.run.now == 0 { START } else { app.run.now + 1_000 };
    app.receive(Input::Record(Record { time, event }));
}

pub fn phase(phase: Phase) -> TrainEvent {
    TrainEvent::Phase { phase }
}

pub fn started() -> TrainEvent {
    TrainEvent::RunStarted(Box::new(RunStarted {
        run_id: "0102-0304".into(),
        version: "0.1.0".into(),
        device: "wgpu Vulkan, llvmpipe".into(),
        dataset: "CIFAR-10".into(),
        official: true,
        classes: CLASSES.map(str::to_owned).into(),
        train_images: 45_000,
        val_images: 5_000,
        test_images: 10_000,
        parameters: 3_217_226,
        macs: 46_354_432,
        resolution: 32,
        steps_per_epoch: EPOCH,
        banner: None,
        config: TrainConfig { epochs: 5, ..TrainConfig::default() },
    }))
}

/// A number between 0 and 1 that looks like chance and is not.
fn noise(step: u64) -> f64 {
    ((step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 1_000) as f64 / 1_000.0
}

pub fn step(step: u64) -> TrainEvent {
    let progress = (step as f64 / 300.0).min(4.0);
    let loss = 0.45 + 1.9 * (-progress).exp() + 0.3 * (noise(step) - 0.5);
    let mut sample = StepSample {
        step,
        epoch: 1 + ((step - 1) / EPOCH) as u32,
        loss,
        accuracy: (1.0 - loss / 2.6).clamp(0.0, 1.0),
        lr: 1e-3,
        images_per_s: 2_300.0 + 200.0 * noise(step + 7),
        data_ms: 1.1,
        step_ms: 26.6,
        ..StepSample::default()
    };
    sample.grad_norm = 1.0 + noise(step + 3);
    TrainEvent::Step(sample)
}

pub fn layers(step: u64) -> TrainEvent {
    let time = |macs: u64, i: usize| 0.05 + macs as f64 / 4e7 + 0.02 * noise(step + i as u64);
    let specs = ArchSpec::with_classes(10).layers();
    let layers = specs.iter().enumerate().map(|(i, spec)| LayerTime {
        name: spec.name.clone(),
        forward_ms: time(spec.macs(), i),
        backward_ms: 1.6 * time(spec.macs(), i + 40),
    });
    let layers: Vec<_> = layers.collect();
    let total = layers.iter().map(|l| l.forward_ms + l.backward_ms).sum::<f64>();
    TrainEvent::Layers(LayersSample {
        step,
        layers,
        method: "device synchronised after each layer".into(),
        forward_backward_ms: total * 1.04,
        optimizer_ms: 1.3,
        cost_ratio: Some(1.0), // as `step` has it: all of them take equally long
    })
}

pub fn evaluated(epoch: u32, split: Split) -> TrainEvent {
    let predictions = predictions(epoch);
    let mut confusion = Confusion::new(10);
    for i in 0..predictions.len() {
        confusion.add(usize::from(predictions.labels[i]), predictions.prediction(i));
    }
    TrainEvent::Evaluated(Evaluation {
        step: u64::from(epoch) * EPOCH,
        epoch,
        split,
        loss: 1.6 / f64::from(epoch).sqrt(),
        accuracy: confusion.accuracy(),
        confusion,
        predictions: Some(format!("predictions/{}.safetensors", u64::from(epoch) * EPOCH)),
    })
}

/// Logits that get better with each epoch.
fn predictions(epoch: u32) -> Predictions {
    let labels: Vec<u16> = (0..PICTURES).map(|i| (i % 10) as u16).collect();
    let logit = |i: usize, class: usize| {
        let right = usize::from(labels[i] as usize == class) as f64;
        let near = usize::from((labels[i] as usize ^ 1) == class) as f64;
        let chance = noise((i * 10 + class) as u64 + 77);
        (right * (0.4 + 0.15 * f64::from(epoch)) + 0.5 * near + chance) * 4.0
    };
    let logits = (0..PICTURES).flat_map(|i| (0..10).map(move |class| (i, class)));
    let logits = logits.map(|(i, class)| logit(i, class) as f32).collect();
    Predictions { step: u64::from(epoch) * EPOCH, classes: 10, logits, labels }
}

/// What a host answers about `evaluation`.
pub fn samples(evaluation: &Evaluation) -> Samples {
    let predictions = predictions(evaluation.epoch);
    let pixel = |i: usize| (i * 37 % 251) as u8;
    let images = ImageSet {
        side: 32,
        pixels: (0..PICTURES * 3 * 32 * 32).map(pixel).collect(),
        labels: predictions.labels.clone(),
    };
    Samples { predictions: Arc::new(predictions), images: Arc::new(images) }
}

/// Maps with a bright spot each, at a place of its own; every eighth is dark.
pub fn feature_maps(request: &FeatureRequest) -> FeatureMaps {
    let layer = ArchSpec::with_classes(10).layers()[request.layer].clone();
    let (channels, side) = (layer.out_channels, layer.out_side);
    let value = |at: usize| {
        let (channel, x, y) = (at / (side * side), at % side, at / side % side);
        let spot = |salt| noise((channel + salt) as u64) * side as f64;
        let far = (x as f64 - spot(3)).hypot(y as f64 - spot(9)) / side as f64;
        let lit = !channel.is_multiple_of(8);
        if lit { (1.0 - far).max(0.0) as f32 } else { 0.0 }
    };
    let pixels = (0..3 * 32 * 32).map(|i| (i % 32 * 8) as u8).collect();
    FeatureMaps {
        step: 500,
        channels,
        side,
        values: (0..channels * side * side).map(value).collect(),
        picture: ImageSet { side: 32, pixels, labels: vec![(request.sample % 10) as u16] },
    }
}

/// A run in the middle of its third epoch.
pub fn running() -> App {
    running_with(&CLASSES)
}

/// The same with classes of other names.
pub fn running_with(classes: &[&str]) -> App {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.classes = classes.iter().map(|&class| class.to_owned()).collect();
    let begun = TrainEvent::RunStarted(run);
    let mut app = told([phase(Phase::Starting), begun, phase(Phase::Training)]);
    for n in 1..=EPOCH * 5 / 2 {
        tell(&mut app, step(n));
        if n.is_multiple_of(20) {
            tell(&mut app, layers(n));
        }
        if n.is_multiple_of(EPOCH) {
            tell(&mut app, phase(Phase::Evaluating));
            tell(&mut app, evaluated((n / EPOCH) as u32, Split::Validation));
            tell(&mut app, checkpoint(n));
            tell(&mut app, phase(Phase::Training));
        }
    }
    app
}

pub fn checkpoint(step: u64) -> TrainEvent {
    let path = format!("checkpoints/{step}");
    TrainEvent::Checkpoint(CheckpointSaved { step, path, best: true })
}

pub fn finished() -> TrainEvent {
    TrainEvent::RunFinished(RunFinished {
        step: EPOCH * 5,
        epoch: 5,
        reason: "completed".into(),
        best_accuracy: Some(0.819),
        test_accuracy: Some(0.807),
    })
}

/// A run whose evaluation has `classes` classes, a few of them mixed up.
pub fn many(classes: usize) -> App {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.classes = (0..classes).map(|class| format!("class-{class:03}")).collect();
    let TrainEvent::Evaluated(mut evaluation) = evaluated(1, Split::Test) else { unreachable!() };
    let mut confusion = Confusion::new(classes);
    for image in 0..classes * 40 {
        let truth = image % classes;
        let miss = usize::from(image.is_multiple_of(7)) * (1 + image % 3);
        confusion.add(truth, (truth + miss) % classes);
    }
    (evaluation.accuracy, evaluation.confusion) = (confusion.accuracy(), confusion);
    told([TrainEvent::RunStarted(run), TrainEvent::Evaluated(evaluation)])
}
