//! Files that a person asked for, made and written beside the screen.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::tui::save::{self, Draft};

/// How long leaving waits for files that are still being written.
const PATIENCE: Duration = Duration::from_secs(10);

/// A file that was written, or was not.
#[derive(Debug)]
pub struct Saved {
    pub name: String,
    pub path: io::Result<PathBuf>,
}

/// Those under way.
#[derive(Debug)]
pub struct Saves {
    done: (Sender<Saved>, Receiver<Saved>),
    under_way: usize,
}

impl Saves {
    pub fn new() -> Self {
        Self { done: unbounded(), under_way: 0 }
    }

    /// Tells of each file once it is written.
    pub fn done(&self) -> &Receiver<Saved> {
        &self.done.1
    }

    /// Makes and writes a file on a thread of its own.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn begin(&mut self, name: String, draft: Draft) -> io::Result<()> {
        let told = self.done.0.clone();
        thread::Builder::new().name("save".to_owned()).spawn(move || {
            let path = catch_unwind(AssertUnwindSafe(|| write(&name, draft)));
            let path = path.unwrap_or_else(|_| Err(io::Error::other("it cannot be made")));
            let _ = told.send(Saved { name, path }); // the program has ended
        })?;
        self.under_way += 1;
        Ok(())
    }

    /// One of them has been told of.
    pub fn ended(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Waits for those that are under way, which the end of the program would cut off.
    pub fn finish(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.under_way > 0 && self.done.1.recv_deadline(deadline).is_ok() {
            self.ended();
        }
    }
}

fn write(name: &str, draft: Draft) -> io::Result<PathBuf> {
    let bytes = draft.into_bytes().ok_or_else(|| io::Error::other("there is nothing to draw"))?;
    save::anew(name, &bytes)
}
