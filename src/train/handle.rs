//! The trainer's thread: how it is started, asked, and waited for.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use burn::tensor::Device;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::{
    batches::Batches,
    checkpoint::{self, Origin, Progress},
    control::Control,
    error::TrainError,
    evaluate::InputForm,
    reporter::{CAPACITY, Overflow, Reporter},
    safekeeping::{Divergence, Saving},
    schedule::LearningRate,
    step_log::StepLog,
    trainer::Trainer,
};
use crate::{
    data::{
        Dataset,
        loader::{BatchPlan, batches_per_epoch},
        split::split,
    },
    domain::{
        config::TrainConfig,
        events::{Command, Phase, Record, RunFinished, RunStarted, Split, TrainEvent},
        images::ImageSet,
        stops::Stops,
    },
    kernels::{self, Engine},
    model::weights::{Metadata, SavedNetwork, TensorFile},
    run::{Recorder, RunDir},
};

/// What a trainer's thread may use of its stack: autodiff walks deep graphs.
const STACK_BYTES: usize = 16 << 20;
/// Commands that may wait; a person presses keys no faster.
const COMMANDS: usize = 64;

/// Everything that a training needs, checked before its run directory is made.
pub struct Setup {
    pub config: TrainConfig,
    pub dataset: Dataset,
    /// Without autodiff.
    pub device: Device,
    /// For people.
    pub device_description: String,
    /// What the screen must say for the whole run.
    pub banner: Option<String>,
    pub network: SavedNetwork,
    pub start: Start,
    pub divergence: Divergence,
}

/// Where a training begins.
pub enum Start {
    Fresh,
    /// At the beginning, in a directory where a training broke off before its first checkpoint.
    Anew,
    Resumed {
        progress: Progress,
        optimizer: TensorFile,
        /// What computed this state, if it says so.
        origin: Option<Origin>,
        /// The checkpoint, for messages.
        folder: PathBuf,
    },
}

/// A training under way on its own thread.
pub struct TrainerHandle {
    pub commands: Sender<Command>,
    pub events: Receiver<Record>,
    /// Samples that the queue had no room for.
    pub dropped: Arc<AtomicU64>,
    /// To be told when the process stood still.
    pub stops: Arc<Stops>,
    /// What is classified after each epoch, and at the end: for whoever shows the pictures.
    pub validation: Arc<ImageSet>,
    pub test: Arc<ImageSet>,
    thread: JoinHandle<Result<RunFinished, TrainError>>,
}

impl TrainerHandle {
    /// Starts training in `run`, which must be locked by the caller until it has ended.
    pub fn spawn(mut setup: Setup, run: RunDir, overflow: Overflow) -> Result<Self, TrainError> {
        let (commands, asked) = bounded(COMMANDS);
        let (told, events) = match overflow {
            Overflow::Drop => bounded(CAPACITY),
            Overflow::Wait => unbounded(),
        };
        let mut reporter = Reporter::new(Recorder::open(&run)?, told, overflow);
        let (dropped, stops) = (reporter.dropped(), reporter.stops());
        let images = Images::of(&mut setup);
        let (validation, test) = (Arc::clone(&images.validation.1), Arc::clone(&images.test));
        let name = "trainer";
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || supervised(setup, run, images, Control::new(asked), &mut reporter))
            .map_err(|e| TrainError::Thread { name, reason: e.to_string() })?;
        Ok(Self { commands, events, dropped, stops, validation, test, thread })
    }

    /// Whether the trainer ends within `limit`.
    pub fn ends_within(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while !self.thread.is_finished() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        self.thread.is_finished()
    }

    /// Waits for the trainer. Drops the receiver first, so a trainer blocked on `send` can leave.
    pub fn join(self) -> Result<RunFinished, TrainError> {
        drop((self.events, self.commands));
        self.thread.join().unwrap_or_else(|payload| Err(TrainError::panicked(&*payload)))
    }
}

/// The pictures of a run by their use.
struct Images {
    train: Arc<ImageSet>,
    /// Which of `train` are trained on.
    indices: Arc<[u32]>,
    validation: (Split, Arc<ImageSet>),
    test: Arc<ImageSet>,
}

impl Images {
    /// Takes the pictures out of the data set: they are many, and needed once.
    fn of(setup: &mut Setup) -> Self {
        let Setup { config, dataset, .. } = setup;
        let train = Arc::new(std::mem::take(&mut dataset.train));
        let test = Arc::new(std::mem::take(&mut dataset.test));
        let parts = split(train.len(), config.val_split, config.seed);
        let validation = if parts.validation.is_empty() {
            (Split::Test, Arc::clone(&test))
        } else {
            (Split::Validation, Arc::new(train.subset(&parts.validation)))
        };
        Self { train, indices: parts.train.into(), validation, test }
    }
}

/// Trains, and makes every end of it known, that by a panic too.
fn supervised(
    setup: Setup,
    run: RunDir,
    images: Images,
    control: Control,
    reporter: &mut Reporter,
) -> Result<RunFinished, TrainError> {
    reporter.enter(Phase::Starting);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        begin(setup, run, images, control, reporter)?.train(reporter)
    }));
    let outcome = outcome.unwrap_or_else(|payload| Err(TrainError::panicked(&*payload)));
    // The screen may stay for hours; buffers that wait for another step need not.
    kernels::cpu::memory::release();
    match &outcome {
        Ok(finished) => reporter.emit(TrainEvent::RunFinished(finished.clone())),
        Err(error) => {
            tracing::error!("{error}");
            reporter.warn("failed", error.to_string());
        }
    }
    reporter.enter(Phase::Ended);
    outcome
}

/// Tells what begins, and puts the trainer together.
fn begin(
    setup: Setup,
    run: RunDir,
    images: Images,
    control: Control,
    reporter: &mut Reporter,
) -> Result<Trainer, TrainError> {
    let steps_per_epoch = batches_per_epoch(images.indices.len(), setup.config.batch_size);
    let started = started(&setup, &run, &images, steps_per_epoch);
    let Setup { config, dataset, device, network, start, divergence, .. } = setup;
    let here = Origin::here(&started.device);
    let goes_on = !matches!(start, Start::Fresh);
    let (progress, state, origin) = match start {
        Start::Fresh | Start::Anew => (Progress::start(), None, None),
        Start::Resumed { progress, optimizer, origin, folder } => {
            (progress, Some((optimizer, folder)), origin)
        }
    };
    reporter.emit(TrainEvent::RunStarted(Box::new(started)));
    if goes_on {
        reporter.emit(TrainEvent::Resumed { step: progress.step });
    }
    if let Some(before) = origin.filter(|before| *before != here) {
        let Origin { version, device } = before;
        let message = format!("up to here {version} computed on {device}: bits may differ now");
        reporter.warn("resumed", message);
    }
    let saved = state.is_some().then_some(progress.step);
    let state = state.as_ref().map(|(state, folder)| (state.clone(), folder.as_path()));
    let learner = checkpoint::learner(&config, &network, (&device, Engine::default()), state)?;
    let batches = batches(&config, &dataset, &images, steps_per_epoch);
    let form = InputForm { normalize: config.normalize, statistics: dataset.statistics };
    let total = steps_per_epoch * u64::from(config.epochs);
    Ok(Trainer {
        rate: LearningRate::new(&config, config.max_steps.map_or(total, |m| m.min(total))),
        origin: here,
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
        saving: Saving::since(saved),
        divergence,
        diverged: false,
        evaluated: None,
    })
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
