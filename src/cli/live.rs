//! Training with the dashboard in the same process.

use std::{
    io,
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{dashboard::RunHost, logging::Redirect, signals::StopOnSignal};
use crate::{
    domain::events::{Command, RunFinished},
    run::{LogTail, RunDir},
    train::{Setup, TrainerHandle, reporter::Overflow},
    tui::{self, Input, Options, Source},
};

/// How long the dashboard may take to show what has been written to the log.
const LOG_INTERVAL: Duration = Duration::from_millis(250);
/// Inputs that wait for the dashboard; behind them samples are dropped.
const INPUTS: usize = 256;

pub fn train(setup: Setup, run: &RunDir) -> anyhow::Result<RunFinished> {
    // From here on nothing but the dashboard writes to the terminal.
    let (redirect, screen) = Redirect::to(&run.log_path())?;
    let handle = TrainerHandle::spawn(setup, run.clone(), Overflow::Drop)?;
    let signals = StopOnSignal::new(handle.commands.clone())?;
    let (told, inputs) = bounded(INPUTS);
    let bridge = bridge(&handle, run, told)?;
    let options = Options {
        title: run.id().to_owned(),
        source: Source::Live,
        run_dir: run.path().to_owned(),
        screen,
        stop: signals.asked.clone(),
    };
    let images = (handle.validation.clone(), handle.test.clone());
    let mut host = RunHost::live(run.clone(), handle.commands.clone(), images);
    let left = tui::run(options, inputs, &mut host);
    drop((host, redirect));
    // However the person left, by closing the terminal too: what has been learned is saved. A
    // trainer that has ended already does not listen.
    let _ = handle.commands.send(Command::Stop);
    let outcome = handle.join();
    drop(signals);
    // The bridge ends with the trainer; it has nothing to say.
    let _ = bridge.join();
    left?;
    Ok(outcome?)
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
