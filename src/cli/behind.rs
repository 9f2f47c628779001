//! What goes on behind the dashboard: the preparation of a training, then the passing on of what
//! the trainer tells.

use std::{
    convert::Infallible,
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
    domain::events::Record,
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
        let past = past(&run, &told, &events);
        // An error means that the dashboard is gone: nobody is left to be told.
        let _ = Bridge::new(told, log, dropped).pass_on(past, &events);
    }
}

/// Tells what a run that is taken up again was before it began now, on a thread of its own: the
/// training waits for nobody who reads that. Closed once it is told.
fn past(run: &RunDir, told: &Sender<Input>, events: &Receiver<Record>) -> Receiver<Infallible> {
    let (tells, past) = bounded(0);
    // The trainer says at once that it starts. What is on record before that is the past.
    if let Ok(now) = events.recv() {
        let (run, told) = (run.clone(), told.clone());
        let history = move || {
            tell_history(&run, &told, &now);
            let _ = told.send(Input::Record(now)); // whoever does not listen has left
            drop(tells);
        };
        if let Err(error) = thread::Builder::new().name("history".to_owned()).spawn(history) {
            tracing::warn!("what the run was before cannot be shown: {error}");
        }
    }
    past
}

/// Tells what a run was before it says `now`, so that its curves, its evaluations and its best go on
/// from there. A run that begins has no events before.
fn tell_history(run: &RunDir, told: &Sender<Input>, now: &Record) {
    let read = EventReader::new(run.events_path()).each_until(|record| {
        let before = record.filter(|record| record != now);
        match before.map(|record| told.send(Input::Record(record))) {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        domain::events::{Phase, TrainEvent},
        run::Recorder,
    };

    #[test]
    fn what_a_run_was_is_told_up_to_now_and_whoever_does_not_read_it_keeps_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        let phase = |time| Record { time, event: TrainEvent::Phase { phase: Phase::Starting } };
        let mut recorder = Recorder::open(&run).unwrap();
        let (trainer, events) = bounded(8);
        let (told, dashboard) = bounded(8);
        (0..200).for_each(|time| recorder.append(&phase(time)).unwrap());
        for later in [phase(200), phase(201)] {
            recorder.append(&later).unwrap();
            trainer.send(later).unwrap();
        }
        let past = past(&run, &told, &events);
        drop(told);
        assert_eq!(events.recv(), Ok(phase(201)), "the bridge begins with what follows");
        assert!(past.recv_timeout(Duration::from_millis(50)).is_err_and(|e| e.is_timeout()));
        let records = dashboard.iter().map(|input| match input {
            Input::Record(record) => record.time,
            other => panic!("{other:?}"),
        });
        assert!(records.eq(0..=200));
        assert!(past.recv_timeout(Duration::from_secs(60)).is_err_and(|e| e.is_disconnected()));
    }
}
