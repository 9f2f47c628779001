//! Telling the world: every event goes to the run directory, then to the screen.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crossbeam_channel::Sender;

use crate::{
    domain::{
        events::{Command, Phase, Record, TrainEvent},
        stops::Stops,
    },
    run::Recorder,
};

/// Events that the screen's queue holds. The other end takes them out at once, however long the
/// screen stands still: the queue is only full where that thread gets no turn.
pub const CAPACITY: usize = 1024;
/// Places of that queue kept for milestones, which are never dropped.
const MILESTONE_RESERVE: usize = 128;

/// What to do with samples when the queue is nearly full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// Drop and count them: training never waits for a screen.
    Drop,
    /// Keep them: whoever listens takes each event at once, and sees to those that wait.
    Keep,
}

/// Records events and passes them on.
pub struct Reporter {
    recorder: Recorder,
    queue: Sender<Record>,
    overflow: Overflow,
    dropped: Arc<AtomicU64>,
    recording: Recording,
    phase: Option<Phase>,
    stops: Arc<Stops>,
    /// Stops that have been told of.
    told_stops: usize,
}

#[derive(PartialEq)]
enum Recording {
    Works,
    Failed,
}

impl Reporter {
    /// `stops` is where it is told that the process stood still.
    pub fn new(
        recorder: Recorder,
        queue: Sender<Record>,
        overflow: Overflow,
        stops: Arc<Stops>,
    ) -> Self {
        let (dropped, recording) = (Arc::default(), Recording::Works);
        let (phase, told_stops) = (None, 0);
        Self { recorder, queue, overflow, dropped, recording, phase, stops, told_stops }
    }

    /// The time since `began` in which the process ran.
    pub fn running_since(&self, began: Instant) -> Duration {
        self.stops.running_since(began)
    }

    /// Whether the process stood still after `began`.
    pub fn stopped_since(&self, began: Instant) -> bool {
        self.stops.any_since(began)
    }

    /// How many samples the queue had no room for; shared with the screen.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.dropped)
    }

    /// Tells of `event`, stamped with the present time.
    pub fn emit(&mut self, event: TrainEvent) {
        self.tell_of_stops();
        self.record(Record { time: now(), event });
    }

    /// A stop of the process is a pause for which nobody asked the trainer; told as one, it counts
    /// in no time that anybody makes of the events.
    fn tell_of_stops(&mut self) {
        while let Some((from, until)) = self.stops.get(self.told_stops) {
            self.told_stops += 1;
            if let Some(phase) = self.phase.filter(|phase| *phase != Phase::Paused) {
                for (time, phase) in [(from, Phase::Paused), (until, phase)] {
                    self.record(Record { time, event: TrainEvent::Phase { phase } });
                }
            }
        }
    }

    fn record(&mut self, record: Record) {
        match self.recorder.append(&record) {
            Ok(()) => self.recording = Recording::Works,
            Err(error) if self.recording == Recording::Works => {
                // Said once, and on the screen only: the file is what failed.
                self.recording = Recording::Failed;
                tracing::error!("{error}");
                let (kind, message) = ("recording".to_owned(), error.to_string());
                self.pass_on(Record { time: now(), event: TrainEvent::Warning { kind, message } });
            }
            Err(_) => {}
        }
        self.pass_on(record);
    }

    /// Tells of a warning, in the log as well.
    pub fn warn(&mut self, kind: &str, message: String) {
        tracing::warn!("{message}");
        self.emit(TrainEvent::Warning { kind: kind.to_owned(), message });
    }

    /// Tells that `command` is not obeyed, and why.
    pub fn refuse(&mut self, command: Command, why: &str) {
        tracing::warn!("{} is refused: {why}", command.name());
        let (command, why) = (command.name().to_owned(), why.to_owned());
        self.emit(TrainEvent::Refused { command, why });
    }

    /// Tells of `phase` though it may be the present one: somebody waits for an answer.
    pub fn enter_again(&mut self, phase: Phase) {
        self.tell_of_stops();
        self.phase = Some(phase);
        self.emit(TrainEvent::Phase { phase });
    }

    /// Enters `phase`, if it is not the present one.
    pub fn enter(&mut self, phase: Phase) {
        if self.phase != Some(phase) {
            self.enter_again(phase);
        }
    }

    fn pass_on(&self, record: Record) {
        let nearly_full = self.queue.len() >= CAPACITY - MILESTONE_RESERVE;
        if record.event.is_sample() && nearly_full && self.overflow == Overflow::Drop {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // Nobody listens any more: the run goes on, and its directory has it all.
        let _ = self.queue.send(record);
    }
}

/// Unix time in milliseconds.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis() as u64
}
