//! `mnv1-tui train`: what can be checked in a moment is checked before a run directory is made;
//! what takes longer happens before it without a screen, and behind it with one.

use std::{io::IsTerminal, path::Path, process::ExitCode, time::Duration};

use anyhow::bail;

use super::{
    args::TrainArgs,
    dataset,
    headless::{self, Report},
    live, logging, output,
    plain::Speaker,
    prepare::{self, Plan, Prepared},
    signals::OnHangup,
};
use crate::{
    run::{self, RunDir, RunLock},
    train::Divergence,
    tui::Preferences,
};

pub fn run(args: &TrainArgs) -> anyhow::Result<ExitCode> {
    let shown = Shown::of(args)?;
    let old = args.resume.as_deref().map(|name| lock(args, name)).transpose()?;
    let taken_up = old.as_ref().map(|(run, _)| prepare::take_up(run)).transpose()?;
    let mut config = args.resolve()?;
    let other = args.compare.as_deref().map(|name| RunDir::find(&config.runs_dir, name));
    let compare = other.transpose()?.map(|other| other.full_name());
    if let Some(taken) = &taken_up {
        if args.settings.epochs.is_none() {
            config.epochs = taken.epochs().unwrap_or(config.epochs);
        }
        taken.check(&config)?;
    }
    let runs_dir = config.runs_dir.clone();
    let on_screen = matches!(shown, Shown::Dashboard(_));
    let divergence = match on_screen {
        true => Divergence::Pause,
        false => Divergence::End { patience: args.nan_patience },
    };
    // A download shows its progress in lines, and may take minutes.
    let dataset = if on_screen { dataset::open_if_missing(&config)? } else { None };
    let epochs = args.settings.epochs;
    let plan = Plan { epochs, config, dataset, taken_up, divergence, on_screen };
    let first = match shown {
        Shown::Dashboard(preferences) => {
            let patience = args.nan_patience;
            First::Screen(live::Look { compare, preferences, patience }, Box::new(plan))
        }
        Shown::Headless => First::Lines(None, Box::new(plan.prepare(|_| ())?)),
        Shown::Spoken(every) => First::Lines(Some(every), Box::new(plan.prepare(|_| ())?)),
    };
    match old {
        Some((run, _lock)) => train(args, first, &run),
        None => train_anew(args, first, &runs_dir),
    }
}

/// Trains in a directory of its own, of which nothing is left if nothing comes of it.
fn train_anew(args: &TrainArgs, first: First, runs_dir: &Path) -> anyhow::Result<ExitCode> {
    let (run, lock) = RunDir::begin(runs_dir, args.run_id.as_deref())?;
    let outcome = train(args, first, &run);
    let given_back = run.give_back(lock);
    let status = outcome?; // how it went matters more
    given_back?;
    Ok(status)
}

fn lock(args: &TrainArgs, name: &str) -> anyhow::Result<(RunDir, RunLock)> {
    let run = RunDir::find(&args.runs_dir(), name)?;
    let lock = run.lock()?;
    Ok((run, lock))
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

/// What comes first.
enum First {
    /// The screen, before anything is prepared.
    Screen(live::Look, Box<Plan>),
    /// The preparation; then lines, or words so often.
    Lines(Option<Duration>, Box<Prepared>),
}

fn train(args: &TrainArgs, first: First, run: &RunDir) -> anyhow::Result<ExitCode> {
    let _log = logging::to_file(&run.log_path())?;
    let on_hangup = match args.detach_on_hangup {
        true => OnHangup::Detach,
        false => OnHangup::SaveAndEnd,
    };
    match first {
        First::Lines(spoken, prepared) => {
            let report = match spoken {
                Some(every) => {
                    let before = run::read_all(&run.events_path())?;
                    Report::Spoken(Box::new(Speaker::new(every, 0).knowing(before)))
                }
                None => Report::Lines(args.format),
            };
            run.save_config(&prepared.settings)?;
            headless::train(prepared.setup, run, report, on_hangup)?;
        }
        First::Screen(look, plan) => {
            let Some(finished) = live::train(*plan, run, on_hangup, look)? else {
                output::line("stopped before the training began; there was nothing to save")?;
                return Ok(ExitCode::SUCCESS);
            };
            let (closing, path) = (headless::closing(&finished), run.path().display());
            output::line(format_args!("{closing}saved in {path}; --resume {} goes on", run.id()))?;
        }
    }
    check_record(run)?;
    Ok(ExitCode::SUCCESS)
}

/// # Errors
/// Of a run that was trained the events are gone: what it has learned is all that is left.
fn check_record(run: &RunDir) -> anyhow::Result<()> {
    let path = run.events_path();
    if !path.exists() {
        bail!("{}: gone, with all that happened; the checkpoints are kept", path.display());
    }
    Ok(())
}
