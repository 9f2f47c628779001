//! `mnv1-tui train`: everything is checked before a run directory is made, then training begins.

use std::{fs, io::IsTerminal, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};

use super::{
    args::TrainArgs,
    dataset::{self, Wanted},
    headless, live, logging, output,
};
use crate::{
    data::Dataset,
    domain::{architecture::ArchSpec, config::TrainConfig},
    model::weights::{self, Metadata, SavedNetwork, Weights},
    run::{RunDir, RunLock, checkpoint},
    train::{
        Setup, Start,
        checkpoint::{self as state, Resumed},
        device,
    },
};

pub fn run(args: &TrainArgs) -> anyhow::Result<ExitCode> {
    let taken_up = args.resume.as_deref().map(|name| take_up(args, name)).transpose()?;
    let config = args.resolve()?;
    let dataset = dataset::open(&Wanted::from(&config))?;
    let opened = logging::quietly(|| device::open(config.device, config.threads))?;
    let spec = ArchSpec {
        alpha: config.alpha,
        classes: dataset.class_names.len(),
        resolution: dataset.train.side,
    };
    check_size(&config, &dataset)?;
    let (network, start, begun) = match taken_up {
        Some(taken) => {
            let TakenUp { run, lock, folder, resumed } = taken;
            if resumed.progress.epoch > config.epochs {
                let (id, epochs) = (run.id(), config.epochs);
                bail!("{id}: this run has had its {epochs} epochs; give more with --epochs");
            }
            weights::check(&folder.join(state::MODEL), &spec, &resumed.network.weights)?;
            let Resumed { network, optimizer, progress } = resumed;
            let network = SavedNetwork { spec, ..network };
            checkpoint::void_after(&run, progress.step)?;
            (network, Start::Resumed { progress, optimizer, folder }, Some((run, lock)))
        }
        None => (fresh(&config, &spec)?, Start::Fresh, None),
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
    };
    let fresh = begun.is_none();
    let (run, lock) = begun.map_or_else(|| make(args, &setup.config), Ok)?;
    match train(args, setup, &run) {
        Err(error) if fresh && fs::metadata(run.events_path()).is_err() => {
            drop(lock);
            run.discard()?;
            Err(error)
        }
        outcome => outcome,
    }
}

/// A run that is to go on: locked, with its newest good checkpoint read.
struct TakenUp {
    run: RunDir,
    lock: RunLock,
    folder: PathBuf,
    resumed: Resumed,
}

fn take_up(args: &TrainArgs, name: &str) -> anyhow::Result<TakenUp> {
    let run = RunDir::find(&args.runs_dir(), name)?;
    let lock = run.lock()?;
    let (newest, skipped) = checkpoint::newest_good(&run)?;
    for passed in &skipped {
        output::note(format_args!("{}: passed over ({})", passed.path.display(), passed.reason));
    }
    let newest = newest.with_context(|| {
        format!("{}: no good checkpoint to go on from; start a new run", run.path().display())
    })?;
    let resumed = state::load(&newest.path)?;
    Ok(TakenUp { run, lock, folder: newest.path, resumed })
}

/// Random weights, or those of `--init-from`, which must fit.
fn fresh(config: &TrainConfig, spec: &ArchSpec) -> anyhow::Result<SavedNetwork> {
    let weights: Weights = match &config.init_from {
        None => weights::random(spec, config.seed),
        Some(path) => {
            let loaded = weights::load(path)?;
            weights::check(path, spec, &loaded.weights)?;
            loaded.weights
        }
    };
    Ok(SavedNetwork { spec: *spec, weights, metadata: Metadata::default() })
}

/// Whether anything is left to train on.
fn check_size(config: &TrainConfig, dataset: &Dataset) -> anyhow::Result<()> {
    let parts = crate::data::split::split(dataset.train.len(), config.val_split, config.seed);
    if parts.train.is_empty() || dataset.test.is_empty() {
        bail!("{}: no images are left to train or test on; raise --limit", dataset.title);
    }
    Ok(())
}

fn make(args: &TrainArgs, config: &TrainConfig) -> anyhow::Result<(RunDir, RunLock)> {
    let text = toml::to_string(config).context("the settings cannot be written as TOML")?;
    let run = RunDir::create(&config.runs_dir, args.run_id.as_deref())?;
    let lock = run.lock()?;
    let path = run.config_path();
    fs::write(&path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok((run, lock))
}

fn train(args: &TrainArgs, setup: Setup, run: &RunDir) -> anyhow::Result<ExitCode> {
    let _log = logging::to_file(&run.log_path())?;
    if args.headless || !std::io::stdout().is_terminal() {
        headless::train(setup, run, args.format)?;
        return Ok(ExitCode::SUCCESS);
    }
    let finished = live::train(setup, run)?;
    let (closing, path) = (headless::closing(&finished), run.path().display());
    output::line(format_args!("{closing}saved in {path}; --resume {} goes on", run.id()))?;
    Ok(ExitCode::SUCCESS)
}
