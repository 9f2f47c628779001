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
    };
    match run {
        Some((run, _lock)) => train(args, setup, &run),
        None => train_anew(args, setup),
    }
}

/// Makes the run directory and trains in it; takes it away again if nothing came of it.
fn train_anew(args: &TrainArgs, setup: Setup) -> anyhow::Result<ExitCode> {
    let text = toml::to_string(&setup.config).context("the settings cannot be written as TOML")?;
    let run = RunDir::create(&setup.config.runs_dir, args.run_id.as_deref())?;
    let outcome = (|| {
        let _lock = run.lock()?;
        let path = run.config_path();
        fs::write(&path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
        train(args, setup, &run)
    })();
    if outcome.is_err() && fs::metadata(run.events_path()).is_err() {
        run.discard()?;
    }
    outcome
}

/// What a training begins with.
struct Beginning {
    network: SavedNetwork,
    start: Start,
    /// The directory to go on in, locked; `None` for a new one.
    run: Option<(RunDir, RunLock)>,
}

/// A run that is to go on: locked, with its newest good checkpoint read.
struct TakenUp {
    run: RunDir,
    lock: RunLock,
    folder: PathBuf,
    resumed: Resumed,
}

impl TakenUp {
    fn go_on(self, config: &TrainConfig, spec: ArchSpec) -> anyhow::Result<Beginning> {
        let Self { run, lock, folder, resumed } = self;
        let Resumed { network, optimizer, progress } = resumed;
        if progress.epoch > config.epochs {
            let (id, epochs) = (run.id(), config.epochs);
            bail!("{id}: this run has had its {epochs} epochs; give more with --epochs");
        }
        weights::check(&folder.join(state::MODEL), &spec, &network.weights)?;
        checkpoint::void_after(&run, progress.step)?;
        let network = SavedNetwork { spec, ..network };
        let start = Start::Resumed { progress, optimizer, folder };
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
    let newest = newest.with_context(|| {
        format!("{}: no good checkpoint to go on from; start a new run", run.path().display())
    })?;
    let resumed = state::load(&newest.path)?;
    Ok(TakenUp { run, lock, folder: newest.path, resumed })
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

fn train(args: &TrainArgs, setup: Setup, run: &RunDir) -> anyhow::Result<ExitCode> {
    let _log = logging::to_file(&run.log_path())?;
    let on_hangup = match args.detach_on_hangup {
        true => OnHangup::Detach,
        false => OnHangup::SaveAndEnd,
    };
    if args.headless || !std::io::stdout().is_terminal() {
        headless::train(setup, run, args.format, on_hangup)?;
        return Ok(ExitCode::SUCCESS);
    }
    let finished = live::train(setup, run, on_hangup)?;
    let (closing, path) = (headless::closing(&finished), run.path().display());
    output::line(format_args!("{closing}saved in {path}; --resume {} goes on", run.id()))?;
    Ok(ExitCode::SUCCESS)
}
