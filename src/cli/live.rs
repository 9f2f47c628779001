//! Training with the dashboard in the same process.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::{
    behind::{Behind, Doing, Stage},
    dashboard::{Coming, Features, RunHost},
    logging::Redirect,
    output,
    prepare::Plan,
    signals::{Concerned, Listener, OnHangup},
};
use crate::{
    domain::{
        events::{Command, RunFinished},
        stops::Stops,
    },
    run::RunDir,
    train::{TrainerHandle, error::panic_message, features::FeatureQuery, handle::Line},
    tui::{self, Exit, Input, Options, Preferences, Source},
};

/// A stop that takes no longer needs no explanation.
const SOON: Duration = Duration::from_millis(300);
/// Inputs that wait for the dashboard, whatever their size; what does not fit waits at the bridge.
const INPUTS: usize = 64;

/// How the dashboard is to look at the beginning.
pub struct Look {
    /// A run to be shown behind this one.
    pub compare: Option<String>,
    pub preferences: Preferences,
    /// Steps in a row with a loss that is not finite before a run ends that nobody looks at.
    pub patience: u64,
}

/// Shows the screen, prepares what is planned behind it, and trains; returns when the training has
/// ended, with `None` if the person left before it began.
///
/// # Errors
/// There is nothing to train with; the training failed, or the dashboard did: then what has been
/// learned is saved first.
pub fn train(
    plan: Plan,
    run: &RunDir,
    on_hangup: OnHangup,
    look: Look,
) -> anyhow::Result<Option<RunFinished>> {
    // From here on nothing but the dashboard writes to the terminal.
    let (redirect, screen) = Redirect::to(&run.log_path())?;
    let line = Line::default();
    let (commands, stops) = (line.commands.clone(), line.stops.clone());
    let (wish, wishes) = unbounded();
    let signals = Listener::start(Concerned {
        trainer: Some(commands.clone()),
        dashboard: Some(wish.clone()),
        on_hangup,
        stops: stops.clone(),
    })?;
    let asked = Asked { commands, queries: line.queries.clone(), stops };
    let ((told, inputs), images) = (bounded(INPUTS), Coming::default());
    let behind = Behind { plan, run: run.clone(), line, images: images.clone(), told, wish };
    let behind = behind.start()?;
    let options = Options {
        title: run.id().to_owned(),
        source: Source::Live,
        run_dir: run.path().to_owned(),
        compare: look.compare,
        lists_runs: false,
        screen,
        wishes,
        preferences: look.preferences,
    };
    let left = show(options, inputs, run, (asked, images));
    let detaches = matches!(left, Ok(Exit::HungUp)) && on_hangup == OnHangup::Detach;
    conclude(left, behind, detaches.then_some(look.patience), (signals, redirect))
}

/// Ends the training once the screen was `left`, or, with the patience of a run that nobody looks
/// at, lets it go on to its own end.
fn conclude(
    left: io::Result<Exit>,
    mut behind: Doing,
    detached: Option<u64>,
    (signals, redirect): (Listener, Redirect),
) -> anyhow::Result<Option<RunFinished>> {
    let hung_up = matches!(left, Ok(Exit::HungUp));
    // Nothing must be written to a terminal that is no more.
    let redirect = hung_up.then_some(redirect);
    let handle = match behind.leave(detached.is_some()) {
        Stage::Training(handle) => handle,
        Stage::Failed(error) => return Err(error),
        Stage::Preparing | Stage::Abandoned => {
            left.context("the dashboard failed")?;
            return Ok(None);
        }
    };
    if let Some(patience) = detached {
        tracing::info!("the terminal is gone; training goes on without it");
        handle.leave_alone(patience);
    } else {
        stop(&handle, &signals, hung_up);
    }
    let outcome = handle.join();
    drop((signals, redirect));
    behind.join();
    let finished = outcome?;
    left.context("the dashboard failed; what was learned until then is saved")?;
    Ok(Some(finished))
}

/// How the trainer is asked.
struct Asked {
    commands: Sender<Command>,
    queries: Sender<FeatureQuery>,
    stops: Arc<Stops>,
}

/// Shows the run until the person leaves; a panic of the dashboard is a failure like others.
fn show(
    options: Options,
    inputs: Receiver<Input>,
    run: &RunDir,
    (asked, images): (Asked, Coming),
) -> io::Result<Exit> {
    let features = Features::of_trainer(asked.queries);
    let mut host = RunHost::live(run.clone(), (asked.commands, asked.stops), images, features);
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
