//! Follows a run directory on a thread of its own, and tells the dashboard what is new.

use std::{
    io,
    ops::ControlFlow,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded, select};

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

/// The thread that follows a run, until this is dropped.
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
        let mut files = Files::new(run.clone(), Listener { told, stopped: stopped.clone() });
        let thread = thread::Builder::new().name("follower".to_owned()).spawn(move || {
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
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // it only reads, so a panic of it has harmed nothing
        }
    }
}

/// Nobody listens any more, or there is no more to tell.
#[derive(Debug)]
struct Over;

/// Who is told, while it listens.
struct Listener {
    told: Sender<Input>,
    /// Nothing is ever sent here: the other end is dropped when it is time to end.
    stopped: Receiver<()>,
}

impl Listener {
    fn tell(&self, input: Input) -> Result<(), Over> {
        let input = match self.told.try_send(input) {
            Err(TrySendError::Full(input)) => input,
            sent => return sent.map_err(|_| Over),
        };
        // Whoever waits for room must not wait for ever.
        select! {
            send(self.told, input) -> sent => sent.map_err(|_| Over),
            recv(self.stopped) -> _ => Err(Over),
        }
    }
}

/// The growing files of a run.
struct Files {
    run: RunDir,
    events: EventReader,
    log: LogTail,
    listener: Listener,
    has_ended: bool,
    last_news: Instant,
}

impl Files {
    fn new(run: RunDir, listener: Listener) -> Self {
        let (events, log) = (EventReader::new(run.events_path()), LogTail::new(run.log_path()));
        Self { run, events, log, listener, has_ended: false, last_news: Instant::now() }
    }

    /// Tells what was appended since the last time.
    fn pass_on(&mut self) -> Result<(), Over> {
        for line in self.log.poll() {
            self.listener.tell(Input::Log(line))?;
        }
        let (mut told, mut replaced) = (Ok(()), false);
        let Self { events, listener, last_news, has_ended, .. } = self;
        // One at a time: the history of a long run is read while its beginning is drawn already.
        let read = events.each_until(|record| {
            let Some(record) = record else {
                replaced = true;
                return ControlFlow::Break(());
            };
            *last_news = Instant::now();
            if let TrainEvent::Phase { phase } = record.event {
                *has_ended = phase == Phase::Ended;
            }
            told = listener.tell(Input::Record(record));
            if told.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        told?;
        match read {
            Err(error) => self.end(error.to_string()),
            Ok(()) if replaced => {
                self.end("the run's events were replaced; open it again".to_owned())
            }
            Ok(()) => self.check_its_process(),
        }
    }

    /// A run that has ended may be taken up again and is followed on; one whose process died has
    /// no word for it, so it is looked for.
    fn check_its_process(&mut self) -> Result<(), Over> {
        if self.has_ended || self.last_news.elapsed() < QUIET {
            return Ok(());
        }
        if self.run.holder().is_none() {
            let id = self.run.id();
            return self.end(format!(
                "the trainer's process is gone; `mnv1-tui train --resume {id}` goes on"
            ));
        }
        self.last_news = Instant::now();
        Ok(())
    }

    fn end(&self, why: String) -> Result<(), Over> {
        self.listener.tell(Input::Disconnected(Some(why)))?;
        Err(Over)
    }
}
