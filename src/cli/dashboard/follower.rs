//! Follows a run directory on a thread of its own, and tells the dashboard what is new.

use std::{
    io,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendError, Sender, bounded};

use crate::{
    domain::events::{Phase, TrainEvent},
    run::{EventReader, LogTail, RunDir},
    tui::Input,
};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_millis(100);
/// How long nothing may happen before it is asked whether the run's process still lives.
const QUIET: Duration = Duration::from_secs(2);
/// What the dashboard may be behind by before the reader waits for it.
const CAPACITY: usize = 4096;

/// The thread that follows a run. It ends when this is dropped, after [`Follower::inputs`].
#[derive(Debug)]
pub struct Follower {
    inputs: Receiver<Input>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Starts to follow `run` from its first event on.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(run: &RunDir) -> io::Result<Self> {
        let (told, inputs) = bounded(CAPACITY);
        let (stop, stopped) = bounded(0);
        let mut files = Files::new(run.clone(), told);
        let thread = thread::Builder::new().name("follower".to_owned()).spawn(move || {
            // Nothing is ever sent there: the other end is dropped when it is time to end.
            while files.pass_on().is_ok()
                && stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout)
            {}
        })?;
        Ok(Self { inputs, stop: Some(stop), thread: Some(thread) })
    }

    /// What is new, in order.
    pub fn inputs(&self) -> Receiver<Input> {
        self.inputs.clone()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // Whoever waits for room in the channel must not wait for ever: all receivers go first.
        self.inputs = crossbeam_channel::never();
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it only reads, so a panic of it has harmed nothing
        }
    }
}

/// Nobody listens any more, or there is no more to tell.
#[derive(Debug)]
struct Over;

impl From<SendError<Input>> for Over {
    fn from(_: SendError<Input>) -> Self {
        Self
    }
}

/// The growing files of a run.
struct Files {
    run: RunDir,
    events: EventReader,
    log: LogTail,
    told: Sender<Input>,
    has_ended: bool,
    last_news: Instant,
}

impl Files {
    fn new(run: RunDir, told: Sender<Input>) -> Self {
        let (events, log) = (EventReader::new(run.events_path()), LogTail::new(run.log_path()));
        Self { run, events, log, told, has_ended: false, last_news: Instant::now() }
    }

    /// Tells what was appended since the last time.
    fn pass_on(&mut self) -> Result<(), Over> {
        for line in self.log.poll() {
            self.told.send(Input::Log(line))?;
        }
        let polled = match self.events.poll() {
            Ok(polled) => polled,
            Err(error) => return self.end(error.to_string()),
        };
        if polled.restarted {
            return self.end("the run's events were replaced; open it again".to_owned());
        }
        if !polled.records.is_empty() {
            self.last_news = Instant::now();
        }
        for record in polled.records {
            if let TrainEvent::Phase { phase } = record.event {
                self.has_ended = phase == Phase::Ended;
            }
            self.told.send(Input::Record(record))?;
        }
        self.check_its_process()
    }

    /// A run that has ended may be taken up again and is followed on; one whose process died has
    /// no word for it, so it is looked for.
    fn check_its_process(&mut self) -> Result<(), Over> {
        if self.has_ended || self.last_news.elapsed() < QUIET {
            return Ok(());
        }
        if self.run.holder().is_none() {
            let id = self.run.id();
            return self.end(format!("its process is gone; `train --resume {id}` goes on"));
        }
        self.last_news = Instant::now();
        Ok(())
    }

    fn end(&self, why: String) -> Result<(), Over> {
        self.told.send(Input::Disconnected(Some(why)))?;
        Err(Over)
    }
}
