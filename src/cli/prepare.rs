//! From settings to all that a training needs: pictures, a device, a network.

use std::path::PathBuf;

use anyhow::{Context, bail};

use super::{
    dataset::{self, Wanted},
    logging, output,
};
use crate::{
    data::Dataset,
    domain::{
        architecture::ArchSpec,
        changes::Changes,
        config::{DatasetChoice, TrainConfig},
        state::RunState,
    },
    model::weights::{self, Metadata, SavedNetwork, Weights},
    run::{self, RunDir, checkpoint},
    train::{
        Divergence, Setup, Start,
        checkpoint::{self as state, Progress, Resumed},
        device, memory,
        pictures::Pictures,
    },
};

/// What is to be trained, as far as it can be told in a moment.
pub struct Plan {
    pub config: TrainConfig,
    /// Epochs that were asked for now, whatever the run had.
    pub epochs: Option<u32>,
    /// The data set, if it has been opened.
    pub dataset: Option<Dataset>,
    /// The run that is to go on; `None` for a new one.
    pub taken_up: Option<TakenUp>,
    pub divergence: Divergence,
    /// Whether the dashboard has the screen: then what drivers say is led to the log.
    pub on_screen: bool,
}

/// A training that can begin.
pub struct Prepared {
    pub setup: Setup,
    /// What the run's directory keeps of its settings, as TOML.
    pub settings: String,
}

impl Plan {
    /// Does all that takes time before a training; `tell` hears of each thing that is begun.
    ///
    /// # Errors
    /// Something is missing or does not fit.
    pub fn prepare(self, tell: impl Fn(&'static str)) -> anyhow::Result<Prepared> {
        let Self { mut config, epochs: asked, dataset, taken_up, divergence, on_screen } = self;
        tell("reading the pictures…");
        let dataset = match dataset {
            Some(opened) => opened,
            None => dataset::open(&Wanted::from(&config))?,
        };
        // What `auto` took, so that the run goes on with the same pictures whatever is there then.
        config.dataset = settled(config.dataset, &dataset.id);
        tell("opening the device…");
        let open = || device::open(config.device, config.threads);
        let opened = if on_screen { open()? } else { logging::quietly(open)? };
        let held_out = check_size(&config, &dataset)?;
        let pictures = Pictures::of(&dataset);
        let (classes, resolution) = (dataset.class_names.len(), dataset.train.side);
        let spec = ArchSpec { alpha: config.alpha, classes, resolution };
        tell("building the network…");
        let Beginning { network, start, mut ahead, epochs } = match taken_up {
            Some(taken) => taken.go_on(&config, spec, &pictures)?,
            None => fresh(&config, spec)?,
        };
        memory::check(&opened.device, spec, config.batch_size, held_out)?;
        // Whoever asks for a number of epochs now means it from here on.
        if asked.is_some() {
            ahead.forget_extensions();
        }
        let settings = toml::to_string(&config);
        let settings = settings.context("the settings cannot be written as TOML")?;
        let setup = Setup {
            config: TrainConfig { epochs: asked.unwrap_or(epochs), ..config },
            banner: both(dataset.banner.clone(), opened.notice),
            dataset,
            device: opened.device,
            device_description: opened.description,
            network,
            start,
            ahead,
            divergence,
            pictures,
        };
        Ok(Prepared { setup, settings })
    }
}

/// Two things to be said in one line, if there is one at all.
fn both(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}; {second}")),
        (first, second) => first.or(second),
    }
}

/// What a training at `progress` has had all of, and the flag that gives more.
fn had_all(config: &TrainConfig, progress: &Progress) -> Option<(String, &'static str)> {
    let enough = config.max_steps.filter(|most| progress.step >= *most);
    match enough {
        Some(most) => Some((format!("{most} steps"), "--max-steps")),
        None if progress.epoch > config.epochs => {
            Some((format!("{} epochs", config.epochs), "--epochs"))
        }
        None => None,
    }
}

/// The choice by which `id` is opened again.
fn settled(choice: DatasetChoice, id: &str) -> DatasetChoice {
    match (choice, id) {
        (DatasetChoice::Auto, "cifar10") => DatasetChoice::Cifar10,
        (DatasetChoice::Auto, _) => DatasetChoice::Shapes,
        (given, _) => given,
    }
}

/// What a training begins with.
struct Beginning {
    network: SavedNetwork,
    start: Start,
    /// What somebody changed after the checkpoint.
    ahead: Changes,
    /// Epochs before those changes.
    epochs: u32,
}

/// A run that is to go on, with its newest good checkpoint read, if it ever had one.
pub struct TakenUp {
    run: RunDir,
    newest: Option<(PathBuf, Resumed)>,
    /// The step at which the run was completed, if it was.
    completed: Option<u64>,
    /// What somebody changed while it went on.
    changes: Changes,
}

impl TakenUp {
    /// Epochs that somebody gave it while it went on.
    pub fn epochs(&self) -> Option<u32> {
        self.changes.epochs()
    }

    /// # Errors
    /// The run has had all that `config` gives it. Without its end on record the last evaluation
    /// is still due.
    pub fn check(&self, config: &TrainConfig) -> anyhow::Result<()> {
        if let Some((_, resumed)) = &self.newest
            && let Some((what, flag)) = had_all(config, &resumed.progress)
            && self.completed == Some(resumed.progress.step)
        {
            bail!("{}: this run has had its {what}; give more with {flag}", self.run.id());
        }
        Ok(())
    }

    fn go_on(
        self,
        config: &TrainConfig,
        spec: ArchSpec,
        pictures: &Pictures,
    ) -> anyhow::Result<Beginning> {
        let Self { run, newest, changes, .. } = self;
        let Some((folder, resumed)) = newest else {
            let begun = fresh(config, spec)?;
            let epochs = changes.epochs_before(0).unwrap_or(config.epochs);
            return Ok(Beginning { start: Start::Anew, ahead: changes.since(0), epochs, ..begun });
        };
        let Resumed { network, optimizer, progress, origin, pictures: known } = resumed;
        if let Some(known) = known.filter(|known| !known.are(pictures)) {
            bail!(
                "{}: it was trained on {known}, and this is {pictures}, with other pictures or \
                 labels; put back what there was, or begin a new run with its weights: --init-from",
                run.id()
            );
        }
        let epochs = changes.epochs_before(progress.step).unwrap_or(config.epochs);
        let ahead = changes.since(progress.step);
        weights::check(&folder.join(state::MODEL), &spec, &network.weights)?;
        checkpoint::void_after(&run, progress.step)?;
        let network = SavedNetwork { spec, ..network };
        let start = Start::Resumed { progress, optimizer, origin, folder };
        Ok(Beginning { network, start, ahead, epochs })
    }
}

/// The newest good state of `run`, which is locked.
pub fn take_up(run: &RunDir) -> anyhow::Result<TakenUp> {
    let (newest, skipped) = checkpoint::newest_good(run)?;
    for passed in &skipped {
        output::note(format_args!("{}: passed over ({})", passed.path.display(), passed.reason));
    }
    let newest = match newest {
        Some(newest) => Some((newest.path.clone(), state::load(&newest.path)?)),
        None if skipped.is_empty() => {
            output::note(format_args!("{}: no checkpoint yet; it begins again", run.id()));
            None
        }
        None => {
            bail!("{}: no good checkpoint to go on from; start a new run", run.path().display())
        }
    };
    let RunState { finished, changes, .. } = run::read_all(&run.events_path())?;
    let completed = finished.filter(|end| end.reason == "completed").map(|end| end.step);
    Ok(TakenUp { run: run.clone(), newest, completed, changes })
}

/// Random weights, or those of `--init-from`, which must fit.
fn fresh(config: &TrainConfig, spec: ArchSpec) -> anyhow::Result<Beginning> {
    let weights: Weights = match &config.init_from {
        None => weights::random(&spec, config.seed),
        Some(path) => {
            let loaded = weights::load(path)?;
            weights::check(path, &spec, &loaded.weights)?;
            loaded.weights
        }
    };
    let network = SavedNetwork { spec, weights, metadata: Metadata::default() };
    let (ahead, epochs) = (Changes::default(), config.epochs);
    Ok(Beginning { network, start: Start::Fresh, ahead, epochs })
}

/// Whether anything is left to train on; how many pictures are held out of it.
fn check_size(config: &TrainConfig, dataset: &Dataset) -> anyhow::Result<usize> {
    let parts = crate::data::split::split(dataset.train.len(), config.val_split, config.seed);
    if parts.train.is_empty() || dataset.test.is_empty() {
        bail!("{}: no images are left to train or test on; raise --limit", dataset.title);
    }
    Ok(parts.validation.len())
}
