//! Training with the dashboard in the same process.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::Context;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::{
    dashboard::{Features, RunHost},
    logging::Redirect,
    output,
    signals::{Concerned, Listener, OnHangup},
};
use crate::{
    domain::events::{Command, RunFinished},
    run::{LogTail, RunDir},
    train::{Setup, TrainerHandle, error::panic_message, reporter::Overflow},
    tui::{self, Exit, Input, Options, Preferences, Source},
};

/// How long the dashboard may take to show what has been written to the log.
const LOG_INTERVAL: Duration = Duration::from_millis(250);
/// A stop that takes no longer needs no explanation.
const SOON: Duration = Duration::from_millis(300);
/// Inputs that wait for the dashboard; behind them samples are dropped.
const INPUTS: usize = 256;

/// Trains and shows it, `compare` behind it if there is one; returns when the training has ended.
///
/// # Errors
/// The training failed, or the dashboard did: then what has been learned is saved first.
pub fn train(
    setup: Setup,
    run: &RunDir,
    compare: Option<String>,
    on_hangup: OnHangup,
    preferences: Preferences,
) -> anyhow::Result<RunFinished> {
    // From here on nothing but the dashboard writes to the terminal.
    let (redirect, screen) = Redirect::to(&run.log_path())?;
    let handle = TrainerHandle::spawn(setup, run.clone(), Overflow::Drop)?;
    let (wish, wishes) = unbounded();
    let signals = Listener::start(Concerned {
        trainer: Some(handle.commands.clone()),
        dashboard: Some(wish),
        on_hangup,
        stops: handle.stops.clone(),
    })?;
    let (told, inputs) = bounded(INPUTS);
    let bridge = bridge(&handle, run, told)?;
    let options = Options {
        title: run.id().to_owned(),
        source: Source::Live,
        run_dir: run.path().to_owned(),
        compare,
        lists_runs: false,
        screen,
        wishes,
        preferences,
    };
    let left = show(options, inputs, run, &handle);
    let hung_up = matches!(left, Ok(Exit::HungUp));
    // Nothing must be written to a terminal that is no more.
    let redirect = hung_up.then_some(redirect);
    if hung_up && on_hangup == OnHangup::Detach {
        tracing::info!("the terminal is gone; training goes on without it");
        // There is nobody left to end a pause. A trainer that has ended does not listen.
        let _ = handle.commands.send(Command::Resume);
    } else {
        stop(&handle, &signals, hung_up);
    }
    let outcome = handle.join();
    drop((signals, redirect));
    // The bridge ends with the trainer; it has nothing to say.
    let _ = bridge.join();
    let finished = outcome?;
    left.context("the dashboard failed; what was learned until then is saved")?;
    Ok(finished)
}

/// Shows the run until the person leaves; a panic of the dashboard is a failure like others.
fn show(
    options: Options,
    inputs: Receiver<Input>,
    run: &RunDir,
    handle: &TrainerHandle,
) -> io::Result<Exit> {
    let images = (handle.validation.clone(), handle.test.clone());
    let trainer = (handle.commands.clone(), handle.stops.clone());
    let features = Features::of_trainer(handle.queries.clone());
    let mut host = RunHost::live(run.clone(), trainer, images, features);
    let shown = AssertUnwindSafe(|| tui::run(options, inputs, &mut host));
    catch_unwind(shown).unwrap_or_else(|panic| Err(io::Error::other(panic_message(&*panic))))
}

/// Has what was learned saved, however the screen was left, and says so if that takes long.
fn stop(handle: &TrainerHandle, signals: &Listener, hung_up: bool) {
    let _ = handle.commands.send(Command::Stop); // a trainer that has ended does not listen
    if !hung_up {
        signals.stop_is_under_way();
        if !handle.ends_within(SOON) {
            output::note("finishing the step and saving a checkpoint; Ctrl-C ends at once");
        }
    }
}

/// Passes on to the dashboard what the trainer tells and what is written to the log.
fn bridge(handle: &TrainerHandle, run: &RunDir, told: Sender<Input>) -> io::Result<JoinHandle<()>> {
    let (events, dropped) = (handle.events.clone(), handle.dropped.clone());
    let log = LogTail::new(run.log_path());
    let name = "bridge".to_owned();
    thread::Builder::new().name(name).spawn(move || {
        let dropped = || dropped.load(std::sync::atomic::Ordering::Relaxed);
        // An error means that the dashboard is gone: nobody is left to be told.
        let _ = pass_on(&events, &told, log, dropped);
    })
}

fn pass_on(
    events: &Receiver<crate::domain::events::Record>,
    told: &Sender<Input>,
    mut log: LogTail,
    dropped: impl Fn() -> u64,
) -> Result<(), crossbeam_channel::SendError<Input>> {
    let (mut read, mut known) = (std::time::Instant::now(), 0);
    loop {
        let received = events.recv_timeout(LOG_INTERVAL);
        if read.elapsed() >= LOG_INTERVAL || received.is_err() {
            read = std::time::Instant::now();
            log.poll().into_iter().try_for_each(|line| told.send(Input::Log(line)))?;
        }
        if dropped() != known {
            known = dropped();
            told.send(Input::Dropped(known))?;
        }
        match received {
            Ok(record) => told.send(Input::Record(record))?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return told.send(Input::Disconnected(None)),
        }
    }
}
