//! The thread that waits for keys.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};
use ratatui::crossterm::event::{self, Event};

/// How soon the thread notices that it is to end, and a terminal that has changed its size.
const GLANCE: Duration = Duration::from_millis(100);

/// Keys on their way to the dashboard.
const CAPACITY: usize = 256;

/// The keys of the terminal, read by a thread of their own until this is dropped.
#[derive(Debug)]
pub struct Keyboard {
    pub events: Receiver<Event>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keyboard {
    /// Starts reading.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start() -> io::Result<Self> {
        let (sender, events) = bounded(CAPACITY);
        let done = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&done);
        let thread = thread::Builder::new()
            .name("keyboard".to_owned())
            .spawn(move || read_until(&stop, &sender))?;
        Ok(Self { events, done, thread: Some(thread) })
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        // Whoever is blocked on a full channel is let go first.
        while self.events.try_recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Sends events until told to end, or until the terminal or the dashboard is gone.
fn read_until(done: &AtomicBool, events: &Sender<Event>) {
    while !done.load(Ordering::Relaxed) {
        if wait::for_input(GLANCE).is_err() {
            return;
        }
        // Everything that can be read now; a sequence that is half there waits for the rest.
        while event::poll(Duration::ZERO).is_ok_and(|ready| ready) {
            let Ok(event) = event::read() else { return };
            if events.send(event).is_err() {
                return;
            }
        }
    }
}

#[cfg(unix)]
mod wait {
    use std::{
        fs::File,
        io::{self, IsTerminal, Stdin},
        os::fd::{AsFd, BorrowedFd},
        sync::OnceLock,
        time::Duration,
    };

    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
    };

    /// Waits until there is something to read, or for `limit`.
    ///
    /// crossterm must not do the waiting: once the terminal has hung up, it reads end of file
    /// without end.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn for_input(limit: Duration) -> io::Result<()> {
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        let stdin = io::stdin();
        let mut watched = [PollFd::from_borrowed_fd(terminal(&stdin)?, PollFlags::IN)];
        match poll(&mut watched, Some(&limit)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
        match watched[0].revents().intersects(gone) {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        }
    }

    /// The terminal that crossterm reads: standard input, else the controlling one.
    fn terminal(stdin: &Stdin) -> io::Result<BorrowedFd<'_>> {
        static TTY: OnceLock<File> = OnceLock::new();
        if stdin.is_terminal() {
            return Ok(stdin.as_fd());
        }
        if let Some(tty) = TTY.get() {
            return Ok(tty.as_fd());
        }
        let tty = File::open("/dev/tty")?;
        Ok(TTY.get_or_init(|| tty).as_fd())
    }
}

#[cfg(not(unix))]
mod wait {
    use std::{io, time::Duration};

    /// Waits until there is something to read, or for `limit`.
    pub fn for_input(limit: Duration) -> io::Result<()> {
        ratatui::crossterm::event::poll(limit).map(|_| ())
    }
}
