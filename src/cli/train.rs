//! `mnv1-tui train`: everything is checked before a run directory is made, then training begins.

use std::{fs, io::IsTerminal, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};

use super::{
    args::TrainArgs,
    dataset::{self, Wanted},
    headless, live, logging, output,
    signals::OnHangup,
};
use crate::{
    data::Dataset,
    domain::{
        architecture::ArchSpec,
        config::{DatasetChoice, TrainConfig},
    },
    model::weights::{self, Metadata, SavedNetwork, Weights},
    run::{RunDir, RunLock, checkpoint},
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
    let Beginning { network, start, run } = match taken_up {
        Some(taken) => taken.go_on(&config, spec)?,
        None => fresh(&config, spec)?,
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
        divergence: match shown {
            Shown::Headless => Divergence::End { patience: args.nan_patience },
            Shown::Dashboard(_) => Divergence::Pause,
        },
    };
    memory::check(&setup.device, spec, setup.config.batch_size)?;
    match run {
        Some((run, _lock)) => {
            run.save_config(&as_toml(&setup.config)?)?;
            train(args, shown, setup, &run)
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

/// The step at which the run was completed, if it was.
fn ended_at(run: &RunDir) -> anyhow::Result<Option<u64>> {
    let finished = crate::run::read_all(&run.events_path())?.finished;
    Ok(finished.filter(|end| end.reason == "completed").map(|end| end.step))
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
    Dashboard(Preferences),
}

impl Shown {
    fn of(args: &TrainArgs) -> anyhow::Result<Self> {
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
}

/// A run that is to go on: locked, with its newest good checkpoint read, if it ever had one.
struct TakenUp {
    run: RunDir,
    lock: RunLock,
    newest: Option<(PathBuf, Resumed)>,
}

impl TakenUp {
    fn go_on(self, config: &TrainConfig, spec: ArchSpec) -> anyhow::Result<Beginning> {
        let Self { run, lock, newest } = self;
        let Some((folder, resumed)) = newest else {
            let begun = fresh(config, spec)?;
            return Ok(Beginning { start: Start::Anew, run: Some((run, lock)), ..begun });
        };
        let Resumed { network, optimizer, progress, origin } = resumed;
        // Without its end on record the last evaluation is still due.
        if let Some((what, flag)) = had_all(config, &progress)
            && ended_at(&run)? == Some(progress.step)
        {
            bail!("{}: this run has had its {what}; give more with {flag}", run.id());
        }
        weights::check(&folder.join(state::MODEL), &spec, &network.weights)?;
        checkpoint::void_after(&run, progress.step)?;
        let network = SavedNetwork { spec, ..network };
        let start = Start::Resumed { progress, optimizer, origin, folder };
        Ok(Beginning { network, start, run: Some((run, lock)) })
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
    Ok(TakenUp { run, lock, newest })
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
    Ok(Beginning { network, start: Start::Fresh, run: None })
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
        Shown::Headless => _ = headless::train(setup, run, args.format, on_hangup)?,
        Shown::Dashboard(preferences) => {
            let finished = live::train(setup, run, args.compare.clone(), on_hangup, preferences)?;
            let (closing, path) = (headless::closing(&finished), run.path().display());
            output::line(format_args!("{closing}saved in {path}; --resume {} goes on", run.id()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
