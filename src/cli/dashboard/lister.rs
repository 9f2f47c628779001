//! Reads what became of every run on a thread of its own: that may take a moment.

use std::{
    path::Path,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use crossbeam_channel::{Receiver, bounded};

use crate::{domain::runs::Overview, run::RunDir};

/// Begins with the newest run; each is told as soon as it is read. The thread waits for whoever
/// reads, and ends with it.
///
/// # Errors
/// A folder that cannot be read, or no thread, in words.
pub fn start(runs_dir: &Path) -> Result<Receiver<Overview>, String> {
    let runs = RunDir::list(runs_dir).map_err(|error| error.to_string())?;
    let (told, rows) = bounded(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let read = move || {
        for run in runs.iter().rev() {
            if told.send(Overview::of(run, since.as_millis() as u64)).is_err() {
                return;
            }
        }
    };
    let thread = thread::Builder::new().name("runs".to_owned()).spawn(read);
    thread.map_err(|error| format!("no thread can be started: {error}"))?;
    Ok(rows)
}
