//! Writes the directory of a run that never was: as many steps as one asks for, with an evaluation
//! after each epoch and layers timed now and then. `long_run FOLDER STEPS`

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
};

use mnv1_tui::{
    domain::{
        architecture::ArchSpec,
        config::TrainConfig,
        confusion::Confusion,
        events::{
            CheckpointSaved, Evaluation, LayerTime, LayersSample, Phase, Record, RunFinished,
            RunStarted, Split, StepSample, TrainEvent,
        },
    },
    run::serialize_line,
};

/// Steps of an epoch: CIFAR-10 in batches of 64.
const EPOCH: u64 = 704;
/// Steps between two that are timed by layer.
const TIMED: u64 = 100;
/// 2026-01-02 03:04:05 UTC in ms.
const START: u64 = 1_767_323_045_000;
/// Time of a step in ms.
const STEP_MS: u64 = 27;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [folder, steps] = &words[..] else { return Err("give FOLDER and STEPS".into()) };
    let (folder, steps) = (Path::new(folder), steps.parse::<u64>()?);
    fs::create_dir_all(folder)?;
    let mut file = BufWriter::new(File::create(folder.join("events.jsonl"))?);
    let mut write = |step: u64, event| {
        let record = Record { time: START + step * STEP_MS, event };
        file.write_all(serialize_line(&record).as_bytes())
    };
    let epochs = steps.div_ceil(EPOCH) as u32;
    write(0, TrainEvent::Phase { phase: Phase::Starting })?;
    write(0, started(epochs))?;
    write(0, TrainEvent::Phase { phase: Phase::Training })?;
    for step in 1..=steps {
        write(step, self::step(step, steps))?;
        if step % TIMED == 2 {
            write(step, layers(step))?;
        }
        if step.is_multiple_of(EPOCH) {
            write(step, TrainEvent::Phase { phase: Phase::Evaluating })?;
            write(step, evaluated(step, steps))?;
            let path = format!("checkpoints/{step}");
            write(step, TrainEvent::Checkpoint(CheckpointSaved { step, path, best: true }))?;
            write(step, TrainEvent::Phase { phase: Phase::Training })?;
        }
    }
    let (reason, best_accuracy) = ("completed".to_owned(), Some(0.9));
    let finished =
        RunFinished { step: steps, epoch: epochs, reason, best_accuracy, test_accuracy: None };
    write(steps, TrainEvent::RunFinished(finished))?;
    write(steps, TrainEvent::Phase { phase: Phase::Ended })?;
    Ok(file.flush()?)
}

/// A number between 0 and 1 that looks like chance and is not.
fn noise(step: u64) -> f64 {
    (step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1_u64 << 53) as f64
}

fn started(epochs: u32) -> TrainEvent {
    let spec = ArchSpec::with_classes(10);
    TrainEvent::RunStarted(Box::new(RunStarted {
        run_id: "long".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        device: "cpu (made up)".into(),
        dataset: "CIFAR-10".into(),
        official: true,
        classes: (0..10).map(|class| format!("class {class}")).collect(),
        train_images: 45_000,
        val_images: 5_000,
        test_images: 10_000,
        parameters: spec.parameters(),
        macs: spec.macs(),
        resolution: 32,
        steps_per_epoch: EPOCH,
        banner: None,
        config: TrainConfig { epochs, ..TrainConfig::default() },
    }))
}

fn step(step: u64, steps: u64) -> TrainEvent {
    let progress = 4.0 * step as f64 / steps as f64;
    let loss = 0.3 + 2.0 * (-progress).exp() * (0.8 + 0.4 * noise(step));
    // One step in the middle stands out, to be looked for.
    let spike = if step == steps / 2 { 10.0 } else { 0.0 };
    TrainEvent::Step(StepSample {
        step,
        epoch: 1 + ((step - 1) / EPOCH) as u32,
        loss: loss + spike,
        accuracy: (1.0 - loss / 2.6).clamp(0.0, 1.0),
        lr: 1e-3,
        images_per_s: 2_300.0 + 200.0 * noise(step + 7),
        step_ms: 26.6 + noise(step + 5),
        grad_norm: 1.0 + noise(step + 3),
        ..StepSample::default()
    })
}

fn layers(step: u64) -> TrainEvent {
    let specs = ArchSpec::with_classes(10).layers();
    let layer = |(i, spec): (u64, &mnv1_tui::domain::architecture::LayerSpec)| LayerTime {
        name: spec.name.clone(),
        forward_ms: 0.05 + 0.02 * noise(step + i),
        backward_ms: 0.09 + 0.02 * noise(step + i + 40),
    };
    TrainEvent::Layers(LayersSample {
        step,
        layers: (0..).zip(&specs).map(layer).collect(),
        method: "made up".into(),
        forward_backward_ms: 5.0,
        optimizer_ms: 1.3,
        cost_ratio: Some(1.18),
    })
}

fn evaluated(step: u64, steps: u64) -> TrainEvent {
    let accuracy = 0.4 + 0.5 * step as f64 / steps as f64;
    TrainEvent::Evaluated(Evaluation {
        step,
        epoch: (step / EPOCH) as u32,
        split: Split::Validation,
        loss: 1.2 - accuracy,
        accuracy,
        confusion: Confusion::new(10),
        predictions: None,
    })
}
