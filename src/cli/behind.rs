//! What goes on behind the dashboard: the preparation of a training, then the passing on of what
//! the trainer tells.

use std::{
    io,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{
    bridge::Bridge,
    dashboard::Coming,
    prepare::{Plan, Prepared},
};
use crate::{
    run::{EventReader, LogTail, RunDir},
    train::{TrainerHandle, error::TrainError, handle::Line, reporter::Overflow},
    tui::{Input, Wish},
};

/// How far it is.
pub enum Stage {
    Preparing,
    Training(TrainerHandle),
    Failed(anyhow::Error),
    /// The person has left; no training must begin.
    Abandoned,
}

/// What there is to do, and whom to tell.
pub struct Behind {
    pub plan: Plan,
    pub run: RunDir,
    pub line: Line,
    pub images: Coming,
    pub told: Sender<Input>,
    /// Ends the dashboard if there will be no training.
    pub wish: Sender<Wish>,
}

/// The thread that does it.
pub struct Doing {
    stage: Arc<Mutex<Stage>>,
    /// Closed when the preparation is over.
    preparing: Receiver<()>,
    thread: JoinHandle<()>,
}

impl Behind {
    /// # Errors
    /// There is no thread to be had.
    pub fn start(self) -> io::Result<Doing> {
        let (prepares, preparing) = bounded(0);
        let stage = Arc::new(Mutex::new(Stage::Preparing));
        let shared = Arc::clone(&stage);
        let thread = thread::Builder::new()
            .name("bridge".to_owned())
            .spawn(move || self.work(&shared, prepares))?;
        Ok(Doing { stage, preparing, thread })
    }

    fn work(self, stage: &Mutex<Stage>, prepares: Sender<()>) {
        let Self { plan, run, line, images, told, wish } = self;
        let log = LogTail::new(run.log_path());
        let prepared = catch_unwind(AssertUnwindSafe(|| {
            // Whoever does not listen has left.
            plan.prepare(|what| _ = told.send(Input::Preparing(what)))
        }));
        let prepared = prepared.unwrap_or_else(|panic| Err(TrainError::panicked(&*panic).into()));
        if prepared.is_ok() {
            tell_history(&run, &told);
        }
        let begun = {
            let mut stage = stage.lock().unwrap_or_else(PoisonError::into_inner);
            if matches!(*stage, Stage::Abandoned) {
                return;
            }
            match prepared.and_then(|prepared| begin(prepared, &run, line)) {
                Ok(handle) => {
                    // Set once, here.
                    let _ = images.set((handle.validation.clone(), handle.test.clone()));
                    let told_by = (handle.events.clone(), handle.dropped.clone());
                    *stage = Stage::Training(handle);
                    Some(told_by)
                }
                Err(error) => {
                    *stage = Stage::Failed(error);
                    None
                }
            }
        };
        drop(prepares);
        let Some((events, dropped)) = begun else {
            let _ = wish.send(Wish::Stop);
            return;
        };
        drop(wish);
        // An error means that the dashboard is gone: nobody is left to be told.
        let _ = Bridge::new(told, log, dropped).pass_on(&events);
    }
}

/// Tells what a run that is taken up again was before, so that its curves, its evaluations and its
/// best go on from there. A run that begins has no events yet.
fn tell_history(run: &RunDir, told: &Sender<Input>) {
    let read = EventReader::new(run.events_path()).each_until(|record| {
        match record.map(|record| told.send(Input::Record(record))) {
            Some(Ok(())) => ControlFlow::Continue(()),
            // Whoever does not listen has left; and nobody else writes to a run that is ours.
            Some(Err(_)) | None => ControlFlow::Break(()),
        }
    });
    if let Err(error) = read {
        tracing::warn!("what the run was before cannot be shown: {error}");
    }
}

fn begin(prepared: Prepared, run: &RunDir, line: Line) -> anyhow::Result<TrainerHandle> {
    run.save_config(&prepared.settings)?;
    Ok(TrainerHandle::spawn_on(line, prepared.setup, run.clone(), Overflow::Drop)?)
}

impl Doing {
    /// What there is when the person leaves; `goes_on`: the training is to begin nevertheless.
    pub fn leave(&mut self, goes_on: bool) -> Stage {
        if goes_on {
            let _ = self.preparing.recv(); // only ever closed
        }
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *stage, Stage::Abandoned)
    }

    /// Waits for the thread, which ends with the trainer.
    pub fn join(self) {
        let _ = self.thread.join(); // it has nothing to say
    }
}
