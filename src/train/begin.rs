//! From settings and pictures to a trainer at its first step.

use std::sync::Arc;

use super::{
    adjust,
    batches::Batches,
    checkpoint::{self, Origin, Progress},
    control::Control,
    error::TrainError,
    evaluate::InputForm,
    handle::{Images, Setup, Start},
    reporter::Reporter,
    safekeeping::Saving,
    step_log::StepLog,
    trainer::Trainer,
};
use crate::{
    data::{
        Dataset,
        loader::{BatchPlan, batches_per_epoch},
    },
    domain::{
        changes::Changes,
        config::TrainConfig,
        events::{RunStarted, Split, TrainEvent},
    },
    kernels::Engine,
    model::weights::Metadata,
    run::RunDir,
};

/// Tells what begins, and puts the trainer together.
pub(super) fn begin(
    setup: Setup,
    run: RunDir,
    images: Images,
    control: Control,
    reporter: &mut Reporter,
) -> Result<Trainer, TrainError> {
    let steps_per_epoch = batches_per_epoch(images.indices.len(), setup.config.batch_size);
    let started = started(&setup, &run, &images, steps_per_epoch);
    let Setup { config, dataset, device, network, start, ahead, divergence, pictures, .. } = setup;
    let here = Origin::here(&started.device);
    reporter.emit(TrainEvent::RunStarted(Box::new(started)));
    tell_how(&start, &ahead, &here, reporter);
    let (progress, state) = match start {
        Start::Fresh | Start::Anew => (Progress::start(), None),
        Start::Resumed { progress, optimizer, folder, .. } => (progress, Some((optimizer, folder))),
    };
    let saved = state.is_some().then_some(progress.step);
    let state = state.as_ref().map(|(state, folder)| (state.clone(), folder.as_path()));
    let learner = checkpoint::learner(&config, &network, (&device, Engine::default()), state)?;
    let batches = batches(&config, &dataset, &images, steps_per_epoch);
    let form = InputForm { normalize: config.normalize, statistics: dataset.statistics };
    Ok(Trainer {
        rate: adjust::schedule(&config, steps_per_epoch),
        is_ending: false,
        origin: here,
        pictures,
        metadata: metadata(&config, &dataset, network.spec.resolution),
        loader: batches.after(&progress),
        batches,
        config,
        run,
        learner,
        steps_per_epoch,
        validation: images.validation,
        test: images.test,
        form,
        control,
        log: StepLog::new(),
        at: progress,
        ahead,
        saving: Saving::since(saved),
        divergence,
        diverged: false,
        evaluated: None,
    })
}

/// Tells whether the run goes on, from where, and what is different from before.
fn tell_how(start: &Start, ahead: &Changes, here: &Origin, reporter: &mut Reporter) {
    let (step, before) = match start {
        Start::Fresh => return,
        Start::Anew => (Progress::start().step, None),
        Start::Resumed { progress, origin, .. } => (progress.step, origin.as_ref()),
    };
    // So that they are known still if this process is killed before their steps: said before what
    // was there becomes void, so that no moment is without them.
    repeat(ahead, reporter);
    reporter.emit(TrainEvent::Resumed { step });
    if let Some(Origin { version, device }) = before.filter(|before| *before != here) {
        let message = format!("up to here {version} computed on {device}: bits may differ now");
        reporter.warn("resumed", message);
    }
}

/// Tells of `changes` that are still to be made.
pub(super) fn repeat(changes: &Changes, reporter: &mut Reporter) {
    let rates = changes.rates().iter().cloned().map(TrainEvent::LearningRate);
    let extensions = changes.extensions().iter().cloned().map(TrainEvent::Extended);
    rates.chain(extensions).for_each(|change| reporter.emit(change));
}

fn batches(
    config: &TrainConfig,
    dataset: &Dataset,
    images: &Images,
    steps_per_epoch: u64,
) -> Batches {
    let plan = BatchPlan {
        batch_size: config.batch_size,
        shuffle: config.shuffle,
        augment: config.augment,
        normalize: config.normalize,
        statistics: dataset.statistics,
        seed: config.seed,
    };
    Batches {
        images: Arc::clone(&images.train),
        indices: Arc::clone(&images.indices),
        plan,
        epochs: config.epochs,
        per_epoch: steps_per_epoch,
    }
}

fn metadata(config: &TrainConfig, dataset: &Dataset, resolution: usize) -> Metadata {
    let statistics = dataset.statistics;
    Metadata {
        class_names: Some(dataset.class_names.clone()),
        normalize: Some(config.normalize),
        resolution: Some(resolution),
        statistics: Some((statistics.mean, statistics.std)),
    }
}

fn started(setup: &Setup, run: &RunDir, images: &Images, steps_per_epoch: u64) -> RunStarted {
    let Setup { config, dataset, network, .. } = setup;
    let val_images = match images.validation.0 {
        Split::Validation => images.validation.1.len(),
        Split::Test => 0,
    };
    RunStarted {
        run_id: run.id().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        device: setup.device_description.clone(),
        dataset: dataset.title.clone(),
        official: dataset.official,
        classes: dataset.class_names.clone(),
        train_images: images.indices.len(),
        val_images,
        test_images: images.test.len(),
        parameters: network.spec.parameters(),
        macs: network.spec.macs(),
        resolution: network.spec.resolution,
        steps_per_epoch,
        banner: setup.banner.clone(),
        config: config.clone(),
    }
}
