//! Reads a run to compare with on a thread of its own: one of a million steps takes seconds.

use std::{
    ops::ControlFlow,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::{
    domain::state::RunState,
    run::{EventReader, RunDir},
    tui::Reading,
};

/// How often it is told how far it is.
const PERIOD: Duration = Duration::from_millis(200);
/// Events between two looks at the clock.
const GLANCE: u64 = 1_000;

/// Reads what `run` has come to. The thread ends early where nobody listens any more.
///
/// # Errors
/// No thread, in words.
pub fn start(run: &RunDir) -> Result<Receiver<Reading>, String> {
    let (told, reading) = bounded(1);
    let events = EventReader::new(run.events_path());
    let read = move || read(events, &told);
    let thread = thread::Builder::new().name("compared".to_owned()).spawn(read);
    thread.map_err(|error| format!("no thread can be started: {error}"))?;
    Ok(reading)
}

fn read(mut events: EventReader, told: &Sender<Reading>) {
    let (mut run, mut count, mut last) = (RunState::default(), 0_u64, Instant::now());
    let mut listens = true;
    let read = events.each_until(|record| {
        match record {
            Some(record) => run.apply_outline(&record),
            None => run = RunState::default(),
        }
        count += 1;
        if count.is_multiple_of(GLANCE) && last.elapsed() >= PERIOD {
            last = Instant::now();
            listens = told.send(Reading::UnderWay(run.steps())).is_ok();
        }
        if listens { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if listens {
        let outcome = match read {
            Ok(()) => Reading::Complete(Box::new(run)),
            Err(error) => Reading::Failed(error.to_string()),
        };
        let _ = told.send(outcome); // nobody may listen any more
    }
}
