//! Reads `events.jsonl` while it grows, and makes the state of a run from it.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::{
    RunError,
    lines::{Found, Limits, Lines},
};
use crate::domain::{events::Record, state::RunState};

/// The longest line that is believed to be an event: 1,000 classes make a matrix of 6 MB. What is
/// made of a line while it is read takes up to 40 times as much.
const LIMITS: Limits = Limits { line: 8 << 20, newest: u64::MAX };

/// Follows the events of a run, live or finished; never writes.
#[derive(Debug)]
pub struct EventReader {
    path: PathBuf,
    lines: Lines,
    skipped: u64,
}

/// What was appended since the last look.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Polled {
    pub records: Vec<Record>,
    /// The file was cut or replaced: `records` begin anew, and what was read before is void.
    pub restarted: bool,
}

impl EventReader {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { lines: Lines::new(path.clone(), LIMITS), path, skipped: 0 }
    }

    /// Reads what was appended since the last call; nothing while there is no such file.
    /// A torn last line waits until it is whole, and a line that is no known event is skipped.
    pub fn poll(&mut self) -> Result<Polled, RunError> {
        let mut polled = Polled::default();
        self.each(|event| match event {
            Some(record) => polled.records.push(record),
            None => polled = Polled { restarted: true, ..Polled::default() },
        })?;
        Ok(polled)
    }

    /// Lines skipped so far: of a later version, too long, or damaged.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Gives each new record, and `None` where the file began anew; as [`EventReader::poll`], but
    /// of a long file never more than a line is in memory.
    pub fn each(&mut self, mut give: impl FnMut(Option<Record>)) -> Result<(), RunError> {
        self.each_until(|event| {
            give(event);
            ControlFlow::Continue(())
        })
    }

    /// The same until `give` breaks off; the next call goes on from there.
    pub fn each_until(
        &mut self,
        mut give: impl FnMut(Option<Record>) -> ControlFlow<()>,
    ) -> Result<(), RunError> {
        let Self { path, lines, skipped } = self;
        let read = lines.poll(|found| {
            let record = match found {
                Found::Restarted => {
                    *skipped = 0;
                    return give(None);
                }
                Found::LeftOut => None,
                Found::Line(line) => Record::of_line(line).ok(),
            };
            if record.is_none() {
                *skipped += 1;
                return ControlFlow::Continue(());
            }
            give(record)
        });
        read.map_err(RunError::read(path))
    }

    /// Gives each new line as it stands.
    pub(super) fn each_line(&mut self, mut give: impl FnMut(Found<'_>)) -> Result<(), RunError> {
        let read = self.lines.poll(|found| {
            give(found);
            ControlFlow::Continue(())
        });
        read.map_err(RunError::read(&self.path))
    }
}

/// The state that all events in the file lead to; the initial one while there is no such file.
pub fn read_all(path: &Path) -> Result<RunState, RunError> {
    let mut state = RunState::default();
    EventReader::new(path).each(|event| match event {
        Some(record) => state.apply(&record),
        None => state = RunState::default(),
    })?;
    Ok(state)
}

#[cfg(test)]
mod tests;
