//! SIGINT and SIGTERM as a wish to stop, once a trainer runs.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use crossbeam_channel::Sender;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::{Handle, Signals},
};

use crate::domain::events::Command;

/// Passes signals on to a trainer until dropped. Training stops after the batch, with a
/// checkpoint; the process does not die of the signal.
pub struct StopOnSignal {
    /// Whether a signal has come.
    pub asked: Arc<AtomicBool>,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl StopOnSignal {
    pub fn new(commands: Sender<Command>) -> io::Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let (handle, asked) = (signals.handle(), Arc::new(AtomicBool::new(false)));
        let noted = Arc::clone(&asked);
        let thread = thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for _ in signals.forever() {
                noted.store(true, Ordering::Relaxed);
                // A trainer that has ended needs no stopping.
                let _ = commands.send(Command::Stop);
            }
        })?;
        Ok(Self { asked, handle, thread: Some(thread) })
    }
}

impl Drop for StopOnSignal {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
