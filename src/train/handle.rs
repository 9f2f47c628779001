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
    begin::begin,
    checkpoint::{Origin, Progress},
    control::{Company, Control},
    error::TrainError,
    features::FeatureQuery,
    pictures::Pictures,
    reporter::{CAPACITY, Overflow, Reporter},
    safekeeping::Divergence,
};
use crate::{
    data::{Dataset, split::split},
    domain::{
        changes::Changes,
        config::TrainConfig,
        events::{Command, Phase, Record, RunFinished, Split, TrainEvent},
        images::ImageSet,
        stops::Stops,
    },
    kernels,
    model::weights::{SavedNetwork, TensorFile},
    run::{Recorder, RunDir},
};

/// What a trainer's thread may use of its stack: autodiff walks deep graphs.
const STACK_BYTES: usize = 16 << 20;
/// Commands that may wait; a person presses keys no faster.
const COMMANDS: usize = 64;
/// Questions that may wait: whoever asks more before an answer has changed their mind.
const QUERIES: usize = 4;

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
    /// Changes to be made again at their steps: `config.epochs` is what there was before them.
    pub ahead: Changes,
    pub divergence: Divergence,
    /// Those of `dataset`.
    pub pictures: Pictures,
}

/// Where a training begins.
#[expect(clippy::large_enum_variant, reason = "there is one of it in a process")]
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

impl Start {
    /// Where the training is when it begins.
    fn progress(&self) -> Progress {
        match self {
            Self::Fresh | Self::Anew => Progress::start(),
            Self::Resumed { progress, .. } => *progress,
        }
    }
}

/// How a trainer is asked, made before there is one: what is asked meanwhile waits for it.
pub struct Line {
    pub commands: Sender<Command>,
    pub queries: Sender<FeatureQuery>,
    pub stops: Arc<Stops>,
    control: Control,
}

impl Default for Line {
    fn default() -> Self {
        let (commands, asked) = bounded(COMMANDS);
        let (queries, queried) = bounded(QUERIES);
        Self { commands, queries, stops: Arc::default(), control: Control::new(asked, queried) }
    }
}

/// A training under way on its own thread.
pub struct TrainerHandle {
    pub commands: Sender<Command>,
    /// For feature maps; answered between two steps, and while paused.
    pub queries: Sender<FeatureQuery>,
    pub events: Receiver<Record>,
    /// Samples that the queue had no room for.
    pub dropped: Arc<AtomicU64>,
    /// To be told when the process stood still.
    pub stops: Arc<Stops>,
    /// What is classified after each epoch, and at the end: for whoever shows the pictures.
    pub validation: Arc<ImageSet>,
    pub test: Arc<ImageSet>,
    company: Company,
    thread: JoinHandle<Result<RunFinished, TrainError>>,
}

impl TrainerHandle {
    /// Starts training in `run`, which must be locked by the caller until it has ended.
    ///
    /// # Errors
    /// The events cannot be recorded, or there is no thread to be had.
    pub fn spawn(setup: Setup, run: RunDir, overflow: Overflow) -> Result<Self, TrainError> {
        Self::spawn_on(Line::default(), setup, run, overflow)
    }

    /// The same, asked by a line that was there before.
    ///
    /// # Errors
    /// Those of [`Self::spawn`].
    pub fn spawn_on(
        line: Line,
        mut setup: Setup,
        run: RunDir,
        overflow: Overflow,
    ) -> Result<Self, TrainError> {
        let Line { commands, queries, stops, control } = line;
        let company = control.company();
        let (told, events) = match overflow {
            Overflow::Drop => bounded(CAPACITY),
            Overflow::Keep => unbounded(),
        };
        let mut reporter = Reporter::new(Recorder::open(&run)?, told, overflow, Arc::clone(&stops));
        let dropped = reporter.dropped();
        let images = Images::of(&mut setup);
        let (validation, test) = (Arc::clone(&images.validation.1), Arc::clone(&images.test));
        let name = "trainer";
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || supervised(setup, run, images, control, &mut reporter))
            .map_err(|e| TrainError::Thread { name, reason: e.to_string() })?;
        Ok(Self { commands, queries, events, dropped, stops, validation, test, company, thread })
    }

    /// Has the run go on by itself, whoever could still ask something of it: it waits for nobody,
    /// and ends after so many steps in a row whose loss is not finite.
    pub fn leave_alone(&self, patience: u64) {
        self.company.leave(patience);
        let _ = self.commands.send(Command::Resume); // a trainer that has ended does not listen
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
    ///
    /// # Errors
    /// The training failed.
    pub fn join(self) -> Result<RunFinished, TrainError> {
        drop((self.events, self.commands, self.queries));
        self.thread.join().unwrap_or_else(|payload| Err(TrainError::panicked(&*payload)))
    }
}

/// The pictures of a run by their use.
pub(super) struct Images {
    pub train: Arc<ImageSet>,
    /// Which of `train` are trained on.
    pub indices: Arc<[u32]>,
    pub validation: (Split, Arc<ImageSet>),
    pub test: Arc<ImageSet>,
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
    let (mut at, mut epochs) = (setup.start.progress(), setup.config.epochs);
    let outcome = caught(|| {
        let mut trainer = begin(setup, run, images, control, reporter)?;
        let outcome = caught(|| trainer.train(reporter));
        (at, epochs) = (trainer.at, trainer.config.epochs);
        outcome
    });
    // The screen may stay for hours; buffers that wait for another step need not.
    kernels::cpu::memory::release();
    match &outcome {
        Ok(finished) => reporter.emit(TrainEvent::RunFinished(finished.clone())),
        Err(error) => {
            tracing::error!("{error}");
            reporter.emit(TrainEvent::RunFinished(at.end(epochs, error.reason())));
            // The last word is the one that says what can be done.
            reporter.warn("failed", error.to_string());
        }
    }
    reporter.enter(Phase::Ended);
    outcome
}

/// Does `work`, of which a panic is an outcome.
fn caught<T>(work: impl FnOnce() -> Result<T, TrainError>) -> Result<T, TrainError> {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    outcome.unwrap_or_else(|payload| Err(TrainError::panicked(&*payload)))
}
