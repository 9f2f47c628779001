//! What several test files need.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{path::Path, time::Duration};

use mnv1_tui::{
    data::{self, DataRequest, Dataset},
    domain::{
        architecture::ArchSpec,
        changes::Changes,
        config::{DatasetChoice, DeviceChoice, TrainConfig},
        events::{Command, Phase, TrainEvent},
    },
    model::weights::{self, Metadata, SavedNetwork},
    run::RunDir,
    train::{
        Divergence, Setup, Start, TrainerHandle, device, handle::Line, pictures::Pictures,
        reporter::Overflow,
    },
};
use tempfile::TempDir;

/// Longer than any event is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A training under way, driven by commands and followed by its events.
pub struct Training {
    pub handle: TrainerHandle,
    pub run: RunDir,
    /// The run goes with it.
    pub folder: TempDir,
}

impl Training {
    pub fn begin(setup: Setup) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("test")).unwrap();
        let handle = TrainerHandle::spawn(setup, run.clone(), Overflow::Keep).unwrap();
        Self { handle, run, folder }
    }

    /// The same, asked for `commands` before there is a trainer.
    pub fn begin_asked(setup: Setup, commands: &[Command]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("test")).unwrap();
        Self::asked(setup, run, folder, commands)
    }

    /// The same, held before its first step.
    pub fn begin_held(setup: Setup) -> Self {
        let training = Self::begin_asked(setup, &[Command::Pause]);
        training.wait_for_phase(Phase::Paused);
        training
    }

    fn asked(setup: Setup, run: RunDir, folder: TempDir, commands: &[Command]) -> Self {
        let line = Line::default();
        commands.iter().for_each(|command| line.commands.send(*command).unwrap());
        let handle = TrainerHandle::spawn_on(line, setup, run.clone(), Overflow::Keep).unwrap();
        Self { handle, run, folder }
    }

    /// Goes on in the directory of a run, which whoever began it sees to.
    pub fn going_on(setup: Setup, run: &RunDir) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let handle = TrainerHandle::spawn(setup, run.clone(), Overflow::Keep).unwrap();
        Self { handle, run: run.clone(), folder }
    }

    /// The same, held before it goes on.
    pub fn going_on_held(setup: Setup, run: &RunDir) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let training = Self::asked(setup, run.clone(), folder, &[Command::Pause]);
        training.wait_for_phase(Phase::Paused);
        training
    }

    /// Waits for the next event that `pick` takes.
    pub fn wait<T>(&self, pick: impl Fn(&TrainEvent) -> Option<T>) -> T {
        loop {
            let next = self.handle.events.recv_timeout(PATIENCE);
            let record = next.expect("the trainer neither tells it nor goes on");
            if let Some(found) = pick(&record.event) {
                return found;
            }
        }
    }

    pub fn wait_for_phase(&self, wanted: Phase) {
        self.wait(|event| match event {
            TrainEvent::Phase { phase } if *phase == wanted => Some(()),
            _ => None,
        });
    }

    /// Has a trainer that is held make so many steps, and waits until it holds again.
    pub fn makes(&self, steps: u64) {
        self.ask(Command::Step(steps));
        self.wait_for_phase(Phase::Training);
        self.wait_for_phase(Phase::Paused);
    }

    pub fn ask(&self, command: Command) {
        self.handle.commands.send(command).unwrap();
    }
}

/// Few and small steps on built-in pictures.
pub fn small() -> TrainConfig {
    TrainConfig {
        dataset: DatasetChoice::Shapes,
        device: DeviceChoice::Cpu,
        alpha: 0.25,
        epochs: 1,
        batch_size: 16,
        limit: Some(80),
        layers_every: 3,
        ..TrainConfig::default()
    }
}

/// The first pictures of `shapes`, and few of them to test on.
pub fn shapes(config: &TrainConfig) -> Dataset {
    let mut dataset = whole_shapes(config);
    let few: Vec<u32> = (0..64).collect();
    dataset.test = dataset.test.subset(&few);
    dataset
}

pub fn whole_shapes(config: &TrainConfig) -> Dataset {
    let request = DataRequest {
        choice: &config.dataset,
        data_dir: Path::new("nowhere"),
        seed: config.seed,
        resolution: config.resolution,
        limit: config.limit,
        download: false,
    };
    data::open(&request, &mut |_| {}).unwrap()
}

/// Everything for a training from random weights on the CPU.
pub fn setup(config: &TrainConfig) -> Setup {
    let dataset = shapes(config);
    let spec = ArchSpec {
        alpha: config.alpha,
        classes: dataset.class_names.len(),
        resolution: dataset.train.side,
    };
    let weights = weights::random(&spec, config.seed);
    let opened = device::open(config.device, None).unwrap();
    Setup {
        config: config.clone(),
        pictures: Pictures::of(&dataset),
        dataset,
        device: opened.device,
        device_description: opened.description,
        banner: None,
        network: SavedNetwork { spec, weights, metadata: Metadata::default() },
        start: Start::Fresh,
        ahead: Changes::default(),
        divergence: Divergence::End { patience: 3 },
    }
}
