//! Between the trainer and the dashboard: takes what the trainer tells at once, and gives it on as
//! fast as the screen takes it, which may be not at all while nobody reads the terminal.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, SendError, Sender, bounded, never, select};

use crate::{
    domain::{
        confusion::Confusion,
        events::{Record, TrainEvent},
    },
    run::LogTail,
    tui::Input,
};

/// How long the dashboard may take to show what has been written to the log.
const LOG_INTERVAL: Duration = Duration::from_millis(250);
/// What waits for the dashboard before samples are dropped. Milestones never are: an epoch has four.
const MOST: usize = 1_024;
/// Counts in the matrices of all evaluations that wait: 64 MB. Ten classes have a hundred in each
/// matrix, a thousand classes a million, and a screen may stand still for a night.
const MOST_CELLS: usize = 16 << 20;

/// What waits for the dashboard, in the order in which it happened.
#[derive(Debug)]
pub struct Bridge {
    told: Sender<Input>,
    log: LogTail,
    log_read: Instant,
    waiting: VecDeque<Input>,
    /// Counts in the matrices of all evaluations that wait.
    cells: usize,
    /// Samples that there was no room for, here or before.
    dropped: Arc<AtomicU64>,
    /// How many of them the dashboard knows of.
    known: u64,
}

impl Bridge {
    pub fn new(told: Sender<Input>, log: LogTail, dropped: Arc<AtomicU64>) -> Self {
        let (waiting, cells, known) = (VecDeque::new(), 0, 0);
        Self { told, log, log_read: Instant::now(), waiting, cells, dropped, known }
    }

    /// Passes on `events` until they end, once `past`, which tells what was before them, is closed.
    ///
    /// # Errors
    /// The dashboard is gone: nobody is left to be told.
    pub fn pass_on(
        mut self,
        past: Receiver<Infallible>,
        events: &Receiver<Record>,
    ) -> Result<(), SendError<Input>> {
        let (told, (nowhere, _stays), silence) = (self.told.clone(), bounded(0), never());
        let mut past = Some(past);
        loop {
            let told = if past.is_none() && self.has_news() { &told } else { &nowhere };
            select! {
                recv(events) -> record => match record {
                    Ok(record) => self.take(record),
                    Err(_) => return self.end(past),
                },
                recv(past.as_ref().unwrap_or(&silence)) -> _ => past = None, // only ever closed
                send(told, self.news()) -> sent => sent?,
                default(LOG_INTERVAL) => {}
            }
            if self.log_read.elapsed() >= LOG_INTERVAL && self.waiting.len() < MOST {
                self.read_log();
            }
        }
    }

    fn take(&mut self, record: Record) {
        if record.event.is_sample() && self.waiting.len() >= MOST {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        self.cells += cells(&record);
        self.waiting.push_back(Input::Record(record));
        if self.cells > MOST_CELLS {
            self.lighten();
        }
    }

    /// Only the newest evaluations keep their matrices: there is no memory for those of a night.
    /// The run's directory has them all.
    fn lighten(&mut self) {
        let mut room = MOST_CELLS;
        for input in self.waiting.iter_mut().rev() {
            let Input::Record(Record { event: TrainEvent::Evaluated(evaluation), .. }) = input
            else {
                continue;
            };
            match room.checked_sub(evaluation.confusion.cells()) {
                Some(left) => room = left,
                None => evaluation.confusion = Confusion::new(0),
            }
        }
        self.cells = MOST_CELLS - room;
    }

    fn read_log(&mut self) {
        self.log_read = Instant::now();
        self.waiting.extend(self.log.poll().into_iter().map(Input::Log));
    }

    fn has_news(&self) -> bool {
        !self.waiting.is_empty() || self.dropped.load(Ordering::Relaxed) != self.known
    }

    /// What is told next: how many samples were dropped, if that has changed or nothing waits.
    fn news(&mut self) -> Input {
        let before = self.known;
        self.known = self.dropped.load(Ordering::Relaxed);
        let next = if self.known == before { self.waiting.pop_front() } else { None };
        if let Some(Input::Record(record)) = &next {
            self.cells -= cells(record);
        }
        next.unwrap_or(Input::Dropped(self.known))
    }

    /// The trainer has ended: from here on waiting keeps nobody.
    fn end(mut self, past: Option<Receiver<Infallible>>) -> Result<(), SendError<Input>> {
        let _ = past.map(|past| past.recv());
        self.read_log();
        while self.has_news() {
            let news = self.news();
            self.told.send(news)?;
        }
        self.told.send(Input::Disconnected(None))
    }
}

/// Counts in the matrix of an evaluation.
fn cells(record: &Record) -> usize {
    match &record.event {
        TrainEvent::Evaluated(evaluation) => evaluation.confusion.cells(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{self, JoinHandle};

    use crossbeam_channel::RecvTimeoutError;

    use super::*;
    use crate::domain::events::{Evaluation, Split, StepSample};

    /// Far more than any of these tests needs: only a failure waits so long.
    const PATIENCE: Duration = Duration::from_secs(20);
    /// Events that wait in the queues before and behind the bridge.
    const QUEUE: usize = 64;

    /// A trainer and a dashboard, and the bridge between them.
    struct Ends {
        trainer: Sender<Record>,
        dashboard: Receiver<Input>,
        bridge: JoinHandle<Result<(), SendError<Input>>>,
    }

    fn bridge() -> Ends {
        bridge_after(bounded(0).1)
    }

    fn bridge_after(past: Receiver<Infallible>) -> Ends {
        let ((trainer, events), (told, dashboard)) = (bounded(QUEUE), bounded(QUEUE));
        let bridge = Bridge::new(told, LogTail::new("no/log.txt"), Arc::default());
        let bridge = thread::spawn(move || bridge.pass_on(past, &events));
        Ends { trainer, dashboard, bridge }
    }

    fn tell(trainer: &Sender<Record>, time: u64, event: TrainEvent) {
        let told = trainer.send_timeout(Record { time, event }, PATIENCE);
        told.expect("the trainer never waits");
    }

    fn milestone() -> TrainEvent {
        TrainEvent::Resumed { step: 1 }
    }

    fn sample() -> TrainEvent {
        TrainEvent::Step(StepSample::default())
    }

    fn evaluated(classes: usize) -> TrainEvent {
        TrainEvent::Evaluated(Evaluation {
            step: 1,
            epoch: 1,
            split: Split::Validation,
            loss: 1.0,
            accuracy: 0.5,
            confusion: Confusion::new(classes),
            predictions: None,
        })
    }

    /// All that the dashboard is told once it reads: the records, and how many were dropped.
    fn read(ends: Ends) -> (Vec<Record>, u64) {
        drop(ends.trainer);
        let (mut records, mut dropped) = (Vec::new(), 0);
        loop {
            match ends.dashboard.recv_timeout(PATIENCE).unwrap() {
                Input::Record(record) => records.push(record),
                Input::Dropped(count) => dropped = count,
                Input::Disconnected(None) => break,
                other => panic!("{other:?}"),
            }
        }
        ends.bridge.join().unwrap().unwrap();
        (records, dropped)
    }

    #[test]
    fn a_screen_that_stands_still_holds_nobody_up_and_misses_no_milestone() {
        let ends = bridge();
        let (samples, milestones) = (10_000, 5_000);
        for time in 0..samples {
            tell(&ends.trainer, time, sample());
            if time % 2 == 0 {
                tell(&ends.trainer, time, milestone());
            }
        }
        let (records, dropped) = read(ends);
        assert!(records.is_sorted_by_key(|record| record.time));
        let (shown, told): (Vec<_>, Vec<_>) =
            records.into_iter().partition(|record| record.event.is_sample());
        let times: Vec<u64> = told.iter().map(|record| record.time).collect();
        assert_eq!(times, (0..milestones).map(|i| 2 * i).collect::<Vec<_>>());
        assert!(dropped > samples / 2, "{dropped}");
        assert_eq!(shown.len() as u64 + dropped, samples);
    }

    #[test]
    fn a_screen_that_keeps_up_misses_nothing() {
        let ends = bridge();
        for time in 0..10_000 {
            tell(&ends.trainer, time, sample());
            let input = ends.dashboard.recv_timeout(PATIENCE).unwrap();
            assert!(matches!(input, Input::Record(record) if record.time == time));
        }
        assert_eq!(read(ends), (Vec::new(), 0));
    }

    #[test]
    fn what_was_before_comes_first_and_holds_nobody_up() {
        let (tells, past) = bounded(0);
        let ends = bridge_after(past);
        (0..1_000).for_each(|time| tell(&ends.trainer, time, milestone()));
        let nothing = ends.dashboard.recv_timeout(Duration::from_millis(50));
        assert_eq!(nothing.err(), Some(RecvTimeoutError::Timeout));
        drop(tells);
        assert_eq!(read(ends).0.len(), 1_000);
    }

    #[test]
    fn of_many_evaluations_the_newest_have_their_matrices() {
        let ends = bridge();
        (0..100).for_each(|time| tell(&ends.trainer, time, evaluated(1_000)));
        // While some are still on their way to the bridge, it need not give anything up.
        let deadline = Instant::now() + PATIENCE;
        while !ends.trainer.is_empty() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        let (records, _) = read(ends);
        let cells = |record: &Record| match &record.event {
            TrainEvent::Evaluated(evaluation) => evaluation.confusion.cells(),
            other => panic!("{other:?}"),
        };
        let cells: Vec<usize> = records.iter().map(cells).collect();
        assert_eq!(cells.len(), 100);
        assert!(cells.contains(&0), "all of them were kept");
        assert!(cells.ends_with(&[1_000_000; MOST_CELLS / 1_000_000]));
    }

    #[test]
    fn a_dashboard_that_is_gone_ends_it() {
        let ends = bridge();
        drop(ends.dashboard);
        tell(&ends.trainer, 0, milestone());
        ends.bridge.join().unwrap().unwrap_err();
    }
}
