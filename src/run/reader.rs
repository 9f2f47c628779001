//! Reads `events.jsonl` while it grows, and makes the state of a run from it.

use std::path::{Path, PathBuf};

use super::{
    RunError,
    lines::{Found, Limits, Lines},
};
use crate::domain::{events::Record, state::RunState};

/// The longest line that is believed to be an event: 1,000 classes make a matrix of 6 MB.
const LIMITS: Limits = Limits { line: 16 << 20, newest: u64::MAX };

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
            None => polled.restarted = true,
        })?;
        Ok(polled)
    }

    /// Lines skipped so far: of a later version, too long, or damaged.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Gives each new record, and `None` where the file began anew.
    pub(super) fn each(&mut self, mut give: impl FnMut(Option<Record>)) -> Result<(), RunError> {
        let Self { path, lines, skipped } = self;
        let read = lines.poll(|found| match found {
            Found::Restarted => {
                *skipped = 0;
                give(None);
            }
            Found::LeftOut => *skipped += 1,
            Found::Line(line) => match serde_json::from_slice(line) {
                Ok(record) => give(Some(record)),
                Err(_) => *skipped += 1,
            },
        });
        read.map_err(RunError::read(path))
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
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        domain::events::{Phase, StepSample, TrainEvent},
        run::{Recorder, RunDir, serialize_line},
    };

    fn run() -> (tempfile::TempDir, RunDir) {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        (folder, run)
    }

    fn phase(time: u64, phase: Phase) -> Record {
        Record { time, event: TrainEvent::Phase { phase } }
    }

    fn step(step: u64) -> Record {
        let event = TrainEvent::Step(StepSample {
            step,
            epoch: 1,
            loss: 0.5,
            accuracy: 0.25,
            lr: 1e-3,
            images_per_s: 100.0,
            data_ms: 0.5,
            step_ms: 640.0,
            grad_norm: 2.0,
        });
        Record { time: step, event }
    }

    #[test]
    fn each_event_is_seen_once_as_it_is_recorded() {
        let (_folder, run) = run();
        let mut reader = EventReader::new(run.events_path());
        assert_eq!(reader.poll().unwrap(), Polled::default());
        let mut recorder = Recorder::open(&run).unwrap();
        for record in [phase(1, Phase::Training), step(1), step(2)] {
            recorder.append(&record).unwrap();
            assert_eq!(reader.poll().unwrap().records, [record]);
            assert_eq!(reader.poll().unwrap(), Polled::default());
        }
    }

    #[test]
    fn a_torn_last_line_waits_wherever_it_is_cut() {
        let (_folder, run) = run();
        let (first, last) = (serialize_line(&step(1)), serialize_line(&step(2)));
        for cut in 0..last.len() {
            fs::write(run.events_path(), first.clone() + &last[..cut]).unwrap();
            let mut reader = EventReader::new(run.events_path());
            assert_eq!(reader.poll().unwrap().records, [step(1)], "cut at {cut}");
            assert_eq!(read_all(&run.events_path()).unwrap().steps(), 1, "cut at {cut}");
            fs::write(run.events_path(), first.clone() + &last).unwrap();
            let polled = reader.poll().unwrap();
            assert_eq!((&polled.records[..], polled.restarted), (&[step(2)][..], false));
            assert_eq!(reader.skipped(), 0);
        }
    }

    #[test]
    fn a_run_taken_up_again_after_a_crash_is_followed_without_a_restart() {
        let (_folder, run) = run();
        let torn = serialize_line(&step(2));
        fs::write(run.events_path(), serialize_line(&step(1)) + &torn[..20]).unwrap();
        let mut reader = EventReader::new(run.events_path());
        assert_eq!(reader.poll().unwrap().records, [step(1)]);
        Recorder::open(&run).unwrap().append(&step(3)).unwrap();
        assert_eq!(reader.poll().unwrap(), Polled { records: vec![step(3)], restarted: false });
    }

    #[test]
    fn lines_that_are_no_known_event_are_skipped_and_counted() {
        let (_folder, run) = run();
        let strange = "{\"type\":\"dream\",\"time\":1}\nno json\n\n\u{0}\n{\"time\":1}\n[]\n";
        let deep = "[".repeat(100_000) + "\n";
        let text = serialize_line(&step(1)) + strange + &deep + &serialize_line(&step(2));
        let bytes = [text.as_bytes(), b"\xff\xfe\n"].concat();
        fs::write(run.events_path(), bytes).unwrap();
        let mut reader = EventReader::new(run.events_path());
        assert_eq!(reader.poll().unwrap().records, [step(1), step(2)]);
        assert_eq!(reader.skipped(), 8);
    }

    #[test]
    fn a_line_beyond_the_bound_is_skipped() {
        let (_folder, run) = run();
        let long = "x".repeat(LIMITS.line as usize + 1) + "\n";
        fs::write(run.events_path(), long + &serialize_line(&step(1))).unwrap();
        let mut reader = EventReader::new(run.events_path());
        assert_eq!(reader.poll().unwrap().records, [step(1)]);
        assert_eq!(reader.skipped(), 1);
    }

    #[test]
    fn a_file_that_was_cut_starts_over() {
        let (_folder, run) = run();
        fs::write(run.events_path(), serialize_line(&step(1)) + "?\n").unwrap();
        let mut reader = EventReader::new(run.events_path());
        reader.poll().unwrap();
        fs::write(run.events_path(), "").unwrap();
        assert_eq!(reader.poll().unwrap(), Polled { records: vec![], restarted: true });
        assert_eq!(reader.skipped(), 0);
        fs::write(run.events_path(), serialize_line(&step(7))).unwrap();
        assert_eq!(reader.poll().unwrap(), Polled { records: vec![step(7)], restarted: false });
    }

    #[test]
    fn all_events_fold_into_the_state() {
        let (_folder, run) = run();
        assert_eq!(read_all(&run.events_path()).unwrap(), RunState::default());
        let mut recorder = Recorder::open(&run).unwrap();
        let records = [phase(1, Phase::Training), step(1), step(2), phase(9, Phase::Paused)];
        records.iter().for_each(|record| recorder.append(record).unwrap());
        let state = read_all(&run.events_path()).unwrap();
        assert_eq!((state.steps(), state.phase, state.now), (2, Some(Phase::Paused), 9));
    }
}
