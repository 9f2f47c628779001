//! `mnv1-tui train`: everything is checked before a run directory is made, then training begins.

use std::{fs, io::IsTerminal, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, bail};

use super::{
    args::TrainArgs,
    dataset::{self, Wanted},
    headless::{self, Report},
    live, logging, output,
    plain::Speaker,
    signals::OnHangup,
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
    run::{self, RunDir, RunLock, checkpoint},
    train::{
        Divergence, Setup, Start,
        checkpoint::{self as state, Progress, Resumed},
        device, memory,
    },
    tui::Preferences,
};

pub fn run(args: &TrainArgs) -> anyhow::Result<ExitCode> {
    let shown = Shown::of(args)?;
    let taken_up = args.resume.as_deref().map(|name| take_up(args, name)).transpose()?;
    let mut config = args.resolve()?;
    if let Some(other) = &args.compare {
        RunDir::find(&config.runs_dir, other)?;
    }
    if let Some(taken) = taken_up.as_ref().filter(|_| args.settings.epochs.is_none()) {
        config.epochs = taken.changes.epochs().unwrap_or(config.epochs);
    }
    let dataset = dataset::open(&Wanted::from(&config))?;
    // What `auto` took, so that the run goes on with the same pictures whatever is there then.
    config.dataset = settled(config.dataset, &dataset.id);
    let opened = logging::quietly(|| device::open(config.device, config.threads))?;
    check_size(&config, &dataset)?;
    let spec = ArchSpec {
        alpha: config.alpha,
        classes: dataset.class_names.len(),
        resolution: dataset.train.side,
    };
    let Beginning { network, start, run, mut ahead, epochs } = match taken_up {
        Some(taken) => taken.go_on(&config, spec)?,
        None => fresh(&config, spec)?,
    };
    // Whoever asks for a number of epochs now means it from here on.
    let epochs = match args.settings.epochs {
        Some(epochs) => {
            ahead.forget_extensions();
            epochs
        }
        None => epochs,
    };
    let notices = [dataset.banner.clone(), opened.notice.clone()];
    let notices: Vec<String> = notices.into_iter().flatten().collect();
    let setup = Setup {
        config,
        dataset,
        device: opened.device,
        device_description: opened.description,
        banner: (!notices.is_empty()).then(|| notices.join("; ")),
        network,
        start,
        ahead,
        divergence: match shown {
            Shown::Headless | Shown::Spoken(_) => Divergence::End { patience: args.nan_patience },
            Shown::Dashboard(_) => Divergence::Pause,
        },
    };
    memory::check(&setup.device, spec, setup.config.batch_size)?;
    match run {
        Some((run, _lock)) => {
            run.save_config(&as_toml(&setup.config)?)?;
            let config = TrainConfig { epochs, ..setup.config };
            train(args, shown, Setup { config, ..setup }, &run)
        }
        None => train_anew(args, shown, setup),
    }
}

/// Makes the run directory and trains in it; takes it away again if nothing came of it.
fn train_anew(args: &TrainArgs, shown: Shown, setup: Setup) -> anyhow::Result<ExitCode> {
    let text = as_toml(&setup.config)?;
    let run = RunDir::create(&setup.config.runs_dir, args.run_id.as_deref())?;
    let outcome = (|| {
        let _lock = run.lock()?;
        run.save_config(&text)?;
        train(args, shown, setup, &run)
    })();
    if outcome.is_err() && fs::metadata(run.events_path()).is_err() {
        run.discard()?;
    }
    outcome
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

fn as_toml(config: &TrainConfig) -> anyhow::Result<String> {
    toml::to_string(config).context("the settings cannot be written as TOML")
}

/// How a training is shown.
enum Shown {
    Headless,
    /// In words, steps so often.
    Spoken(Duration),
    Dashboard(Preferences),
}

impl Shown {
    fn of(args: &TrainArgs) -> anyhow::Result<Self> {
        if let Some(every) = args.dashboard.spoken_every() {
            return Ok(Self::Spoken(every));
        }
        if args.headless || !std::io::stdout().is_terminal() {
            return Ok(Self::Headless);
        }
        Ok(Self::Dashboard(args.dashboard.preferences()?))
    }
}

/// What a training begins with.
struct Beginning {
    network: SavedNetwork,
    start: Start,
    /// The directory to go on in, locked; `None` for a new one.
    run: Option<(RunDir, RunLock)>,
    /// What somebody changed after the checkpoint.
    ahead: Changes,
    /// Epochs before those changes.
    epochs: u32,
}

/// A run that is to go on: locked, with its newest good checkpoint read, if it ever had one.
struct TakenUp {
    run: RunDir,
    lock: RunLock,
    newest: Option<(PathBuf, Resumed)>,
    /// The step at which the run was completed, if it was.
    completed: Option<u64>,
    /// What somebody changed while it went on.
    changes: Changes,
    /// Epochs that it began with the last time.
    begun_with: Option<u32>,
}

impl TakenUp {
    fn go_on(self, config: &TrainConfig, spec: ArchSpec) -> anyhow::Result<Beginning> {
        let Self { run, lock, newest, completed, changes, begun_with } = self;
        let begun_with = begun_with.filter(|_| changes.epochs().is_some());
        let Some((folder, resumed)) = newest else {
            let begun = fresh(config, spec)?;
            let (run, epochs) = (Some((run, lock)), begun_with.unwrap_or(config.epochs));
            return Ok(Beginning { start: Start::Anew, run, ahead: changes, epochs, ..begun });
        };
        let Resumed { network, optimizer, progress, origin } = resumed;
        let epochs = changes.epochs_before(progress.step).or(begun_with).unwrap_or(config.epochs);
        let ahead = changes.since(progress.step);
        // Without its end on record the last evaluation is still due.
        if let Some((what, flag)) = had_all(config, &progress)
            && completed == Some(progress.step)
        {
            bail!("{}: this run has had its {what}; give more with {flag}", run.id());
        }
        weights::check(&folder.join(state::MODEL), &spec, &network.weights)?;
        checkpoint::void_after(&run, progress.step)?;
        let network = SavedNetwork { spec, ..network };
        let start = Start::Resumed { progress, optimizer, origin, folder };
        Ok(Beginning { network, start, run: Some((run, lock)), ahead, epochs })
    }
}

fn take_up(args: &TrainArgs, name: &str) -> anyhow::Result<TakenUp> {
    let run = RunDir::find(&args.runs_dir(), name)?;
    let lock = run.lock()?;
    let (newest, skipped) = checkpoint::newest_good(&run)?;
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
    let RunState { started, finished, changes, .. } = run::read_all(&run.events_path())?;
    let completed = finished.filter(|end| end.reason == "completed").map(|end| end.step);
    let begun_with = started.map(|started| started.config.epochs);
    Ok(TakenUp { run, lock, newest, completed, changes, begun_with })
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
    Ok(Beginning { network, start: Start::Fresh, run: None, ahead, epochs })
}

/// Whether anything is left to train on.
fn check_size(config: &TrainConfig, dataset: &Dataset) -> anyhow::Result<()> {
    let parts = crate::data::split::split(dataset.train.len(), config.val_split, config.seed);
    if parts.train.is_empty() || dataset.test.is_empty() {
        bail!("{}: no images are left to train or test on; raise --limit", dataset.title);
    }
    Ok(())
}

fn train(args: &TrainArgs, shown: Shown, setup: Setup, run: &RunDir) -> anyhow::Result<ExitCode> {
    let _log = logging::to_file(&run.log_path())?;
    let on_hangup = match args.detach_on_hangup {
        true => OnHangup::Detach,
        false => OnHangup::SaveAndEnd,
    };
    match shown {
        Shown::Headless => {
            headless::train(setup, run, Report::Lines(args.format), on_hangup)?;
        }
        Shown::Spoken(every) => {
            headless::train(setup, run, Report::Spoken(Speaker::new(every, 0)), on_hangup)?;
        }
        Shown::Dashboard(preferences) => {
            let finished = live::train(setup, run, args.compare.clone(), on_hangup, preferences)?;
            let (closing, path) = (headless::closing(&finished), run.path().display());
            output::line(format_args!("{closing}saved in {path}; --resume {} goes on", run.id()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
