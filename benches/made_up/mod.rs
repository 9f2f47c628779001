//! A run that never was, as long as one asks for.
#![allow(dead_code, reason = "each benchmark uses a part of it")]

use mnv1_tui::domain::{
    architecture::{ArchSpec, LayerSpec},
    config::TrainConfig,
    confusion::Confusion,
    events::{
        Dead, Distribution, Evaluation, LayerStatistics, LayerStats, LayerTime, LayersSample,
        RunStarted, Split, StepSample, TrainEvent,
    },
    images::Predictions,
};

/// Steps of an epoch.
pub const EPOCH: u64 = 700;
/// Steps between two that are timed by layer: what a run has unless one asks for another number.
pub const LAYERS_EVERY: u64 = 20;
/// 2026-01-02 03:04:05 UTC in ms.
pub const START: u64 = 1_767_323_045_000;
/// Pictures of an evaluation.
pub const PICTURES: usize = 1_000;
const CLASSES: [&str; 10] =
    ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// What happens with a step, itself first.
pub fn events_of(step: u64) -> impl Iterator<Item = TrainEvent> {
    let layers = step.is_multiple_of(LAYERS_EVERY).then(|| layers(step));
    let evaluated = step.is_multiple_of(EPOCH).then(|| evaluated(step));
    [Some(self::step(step)), layers, evaluated].into_iter().flatten()
}

/// A number between 0 and 1 that looks like chance and is not.
fn noise(seed: u64) -> f64 {
    ((seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) % 1_000) as f64 / 1_000.0
}

pub fn started() -> TrainEvent {
    TrainEvent::RunStarted(Box::new(RunStarted {
        run_id: "260102-030405".into(),
        version: "0.1.0".into(),
        device: "cpu (AVX-512, 2 threads)".into(),
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
        config: TrainConfig { epochs: 2_000, ..TrainConfig::default() },
    }))
}

fn step(step: u64) -> TrainEvent {
    let loss = 0.45 + 1.9 * (-(step as f64) / 2_000.0).exp() + 0.3 * (noise(step) - 0.5);
    TrainEvent::Step(StepSample {
        step,
        epoch: 1 + ((step - 1) / EPOCH) as u32,
        loss,
        accuracy: (1.0 - loss / 2.6).clamp(0.0, 1.0),
        lr: 1e-3,
        images_per_s: 6_300.0 + 300.0 * noise(step + 7),
        step_ms: 10.0 + noise(step + 9),
        grad_norm: 1.0 + noise(step + 3),
        ..StepSample::default()
    })
}

fn layers(step: u64) -> TrainEvent {
    let specs = ArchSpec::with_classes(10).layers();
    let layer = |(i, spec): (usize, &LayerSpec)| {
        let forward_ms = 0.05 + spec.macs() as f64 / 4e7 + 0.02 * noise(step + i as u64);
        LayerTime { name: spec.name.clone(), forward_ms, backward_ms: 1.6 * forward_ms }
    };
    let layers: Vec<_> = specs.iter().enumerate().map(layer).collect();
    let total = layers.iter().map(|l| l.forward_ms + l.backward_ms).sum::<f64>();
    TrainEvent::Layers(LayersSample {
        step,
        layers,
        method: "device synchronised after each layer".into(),
        forward_backward_ms: total * 1.04,
        optimizer_ms: 1.3,
        cost_ratio: Some(1.02),
    })
}

/// What weights and activations are like after `step`.
pub fn layer_stats(step: u64) -> TrainEvent {
    let values = |low, mean| Distribution {
        mean,
        deviation: 0.1 + 0.01 * noise(step),
        low,
        high: 1.0,
        bins: (0..24).map(|bin| 4_000 / (1 + bin)).collect(),
    };
    let specs = ArchSpec::with_classes(10).layers();
    let trained = specs.into_iter().enumerate().filter(|(_, spec)| spec.parameters() > 0);
    let layers = trained.map(|(i, spec)| LayerStatistics {
        dead: spec.has_batch_norm().then_some(Dead { outputs: 0.5, channels: 0.01 }),
        name: spec.name,
        weights: values(-1.0, 0.01 * noise(step + i as u64)),
        weight_norm: 4.0 + noise(step + i as u64),
        gradient_norm: noise(step + 2 * i as u64),
        activations: values(0.0, 0.4),
    });
    TrainEvent::LayerStats(LayerStats { step, images: 64, layers: layers.collect() })
}

fn evaluated(step: u64) -> TrainEvent {
    let predictions = predictions(step);
    let mut confusion = Confusion::new(10);
    for i in 0..predictions.len() {
        confusion.add(usize::from(predictions.labels[i]), predictions.prediction(i));
    }
    TrainEvent::Evaluated(Evaluation {
        step,
        epoch: (step / EPOCH) as u32,
        split: Split::Validation,
        loss: 0.6 + 0.2 * noise(step),
        accuracy: confusion.accuracy(),
        confusion,
        predictions: Some(format!("predictions/{step}.safetensors")),
    })
}

pub fn predictions(step: u64) -> Predictions {
    let labels: Vec<u16> = (0..PICTURES).map(|i| (i % 10) as u16).collect();
    let logit = |i: usize, class: usize| {
        let right = if usize::from(labels[i]) == class { 1.5 } else { 0.0 };
        (right + 4.0 * noise((i * 10 + class) as u64 + step)) as f32
    };
    let logits = (0..PICTURES * 10).map(|at| logit(at / 10, at % 10)).collect();
    Predictions { step, classes: 10, logits, labels }
}
