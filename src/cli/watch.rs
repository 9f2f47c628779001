//! `mnv1-tui watch`: the dashboard over a run of another process, or one that is over.

use std::{
    io::{IsTerminal, stdout},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use crossbeam_channel::unbounded;

use super::{
    args::WatchArgs,
    dashboard::{Follower, RunHost},
    failure::UsageError,
    logging,
    signals::{Concerned, Listener, OnHangup},
};
use crate::{
    run::RunDir,
    tui::{self, Options, Source},
};

/// Shows the run until the person leaves; reads only.
///
/// # Errors
/// An unknown run, or no terminal to draw on.
pub fn run(args: &WatchArgs) -> anyhow::Result<ExitCode> {
    let preferences = args.dashboard.preferences()?;
    let run = RunDir::find(&args.runs_dir, &args.run)?;
    if let Some(other) = &args.compare {
        RunDir::find(&args.runs_dir, other)?;
    }
    if !stdout().is_terminal() {
        let events = run.events_path().display().to_string();
        let message = format!("watch: standard output is no terminal; {events} has it all");
        return Err(UsageError::new(message).into());
    }
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
        compare: args.compare.clone(),
        screen: logging::screen().context("standard output: cannot be drawn on")?,
        wishes,
        preferences,
    };
    let follower = Follower::start(&run).context("the thread 'follower' cannot be started")?;
    let mut host = RunHost::watch(run);
    tui::run(options, follower.inputs(), &mut host).context("the terminal")?;
    Ok(ExitCode::SUCCESS)
}
