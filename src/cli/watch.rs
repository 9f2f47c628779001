//! `mnv1-tui watch`: the dashboard over a run of another process, or one that is over.

use std::{
    io::{IsTerminal, stdout},
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, bail};
use crossbeam_channel::unbounded;

use super::{
    args::WatchArgs,
    dashboard::{Follower, RunHost},
    failure::UsageError,
    logging, output,
    plain::Speaker,
    signals::{Concerned, Listener, OnHangup},
};
use crate::{
    run::RunDir,
    tui::{self, Input, Options, Source},
};

/// What else was recorded with the end of a run comes no later.
const SOON: Duration = Duration::from_millis(500);

/// Shows the run until the person leaves; reads only.
///
/// # Errors
/// An unknown run, or no terminal to draw on.
pub fn run(args: &WatchArgs) -> anyhow::Result<ExitCode> {
    if let Some(every) = args.dashboard.spoken_every() {
        let Some(run) = &args.run else {
            return Err(UsageError::new("watch --plain: which RUN? `runs` lists them").into());
        };
        return speak(&RunDir::find(&args.runs_dir, run)?, every);
    }
    let run = match &args.run {
        Some(run) => RunDir::find(&args.runs_dir, run)?,
        None => newest(&args.runs_dir)?,
    };
    let preferences = args.dashboard.preferences()?;
    let other = args.compare.as_deref().map(|name| RunDir::find(&args.runs_dir, name));
    let compare = other.transpose()?.map(|other| other.full_name());
    check_terminal(&run)?;
    let (wish, wishes) = unbounded();
    let concerned = Concerned {
        trainer: None,
        dashboard: Some(wish),
        on_hangup: OnHangup::SaveAndEnd,
        stops: Arc::default(),
    };
    let _signals = Listener::start(concerned).context("signals cannot be waited for")?;
    let options = Options {
        title: run.id().to_owned(),
        source: Source::Watch,
        run_dir: run.path().to_owned(),
        compare,
        lists_runs: args.run.is_none(),
        screen: logging::screen().context("standard output: cannot be drawn on")?,
        wishes,
        preferences,
    };
    let followed = RunHost::follow(run);
    let (mut host, inputs) = followed.context("the thread 'follower' cannot be started")?;
    tui::run(options, inputs, &mut host).context("the terminal")?;
    Ok(ExitCode::SUCCESS)
}

/// # Errors
/// There is nothing to draw on.
fn check_terminal(run: &RunDir) -> Result<(), UsageError> {
    if stdout().is_terminal() {
        return Ok(());
    }
    let events = run.events_path().display().to_string();
    Err(UsageError::new(format!(
        "watch: standard output is no terminal; --plain tells it in words, {events} has it all"
    )))
}

/// What lies under the list of runs until one is picked.
fn newest(runs_dir: &Path) -> anyhow::Result<RunDir> {
    let runs = RunDir::list(runs_dir)?;
    let Some(newest) = runs.last() else {
        bail!("{}: no run in here; `mnv1-tui` makes one", runs_dir.display());
    };
    Ok(RunDir::find(runs_dir, newest.id())?)
}

/// Tells what happens in words, until the run is over.
fn speak(run: &RunDir, every: Duration) -> anyhow::Result<ExitCode> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut speaker = Speaker::new(every, now.as_millis() as u64);
    let follower = Follower::start(run).context("the thread 'follower' cannot be started")?;
    let inputs = follower.inputs();
    loop {
        // A run that was taken up again ended more than once.
        let input = match speaker.has_ended() {
            true => inputs.recv_timeout(SOON).ok(),
            false => inputs.recv().ok(),
        };
        match input {
            Some(Input::Record(record)) => {
                if let Some(line) = speaker.line(&record) {
                    output::line(line)?;
                }
            }
            Some(Input::Log(_) | Input::Dropped(_) | Input::Preparing(_)) => {}
            Some(Input::Disconnected(Some(why))) => {
                output::line(format_args!("The run cannot be followed: {why}."))?;
                return Ok(ExitCode::SUCCESS);
            }
            Some(Input::Disconnected(None)) | None => return Ok(ExitCode::SUCCESS),
        }
    }
}
