//! `mnv1-tui watch`: the dashboard over a run of another process, or one that is over.

use std::{
    io::{self, IsTerminal, stdout},
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use anyhow::Context;

use super::{
    args::WatchArgs,
    dashboard::{Follower, RunHost},
    failure::UsageError,
    logging,
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
    let run = RunDir::find(&args.runs_dir, &args.run)?;
    if !stdout().is_terminal() {
        let events = run.events_path().display().to_string();
        let message = format!("watch: standard output is no terminal; {events} has it all");
        return Err(UsageError::new(message).into());
    }
    let options = Options {
        title: run.id().to_owned(),
        source: Source::Watch,
        run_dir: run.path().to_owned(),
        screen: logging::screen().context("standard output: cannot be drawn on")?,
        stop: stop_flag().context("signals cannot be waited for")?,
    };
    let follower = Follower::start(&run).context("the thread 'follower' cannot be started")?;
    let mut host = RunHost::watch(run);
    tui::run(options, follower.inputs(), &mut host).context("the terminal")?;
    Ok(ExitCode::SUCCESS)
}

/// Set when the process is asked to end, so that the terminal is given back before it does.
fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    use signal_hook::{consts, flag};

    let stop = Arc::new(AtomicBool::new(false));
    flag::register(consts::SIGINT, Arc::clone(&stop))?;
    flag::register(consts::SIGTERM, Arc::clone(&stop))?;
    #[cfg(unix)]
    flag::register(consts::SIGHUP, Arc::clone(&stop))?;
    Ok(stop)
}
