//! The thread that waits for keys.

mod answer;

pub use answer::QUESTION;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use ratatui::crossterm::event::{self, Event};

use self::answer::Answer;
use super::{theme::Rgb, tty};

/// How soon the thread notices that it is to end, and a terminal that has changed its size.
const GLANCE: Duration = Duration::from_millis(100);

/// How long the thread is waited for. It may hold half of a key's bytes, and the rest may never
/// come.
const PATIENCE: Duration = Duration::from_millis(300);

/// Keys on their way to the dashboard.
const CAPACITY: usize = 256;

/// What comes from the terminal.
#[derive(Debug, Clone, PartialEq)]
pub enum Typed {
    Event(Event),
    /// The colour of its background, if it was asked.
    Background(Rgb),
}

/// The keys of the terminal, read by a thread of their own until this is dropped.
#[derive(Debug)]
pub struct Keyboard {
    pub events: Receiver<Typed>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keyboard {
    /// Starts reading; `asked` if the terminal has been asked for its background.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(asked: bool) -> io::Result<Self> {
        let (sender, events) = bounded(CAPACITY);
        let done = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&done);
        let thread = thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || read_until(&stop, &sender, Answer::expected(asked)))?;
        Ok(Self { events, done, thread: Some(thread) })
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        let deadline = Instant::now() + PATIENCE;
        // Receiving lets go a thread that is blocked on a full channel, and tells when it ends.
        let ended = loop {
            match self.events.recv_deadline(deadline) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break true,
                Err(RecvTimeoutError::Timeout) => break false,
            }
        };
        if let Some(thread) = self.thread.take().filter(|_| ended) {
            let _ = thread.join();
        }
    }
}

/// Sends events until told to end, or until the terminal or the dashboard is gone.
fn read_until(done: &AtomicBool, events: &Sender<Typed>, mut answer: Answer) {
    while !done.load(Ordering::Relaxed) {
        if tty::wait_for_input(GLANCE).is_err() {
            return;
        }
        // Everything that can be read now; a sequence that is half there waits for the rest.
        while !tty::is_gone() && event::poll(Duration::ZERO).is_ok_and(|ready| ready) {
            let Ok(event) = event::read() else { return };
            if answer.sift(event).into_iter().any(|typed| events.send(typed).is_err()) {
                return;
            }
        }
    }
}
