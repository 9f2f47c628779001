use std::{
    fs::{self, OpenOptions},
    io::Write,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

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
        step_ms: 640.0,
        ..StepSample::default()
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

#[test]
fn a_file_that_a_longer_one_took_the_place_of_starts_over() {
    let (_folder, run) = run();
    fs::write(run.events_path(), serialize_line(&step(1))).unwrap();
    let mut reader = EventReader::new(run.events_path());
    assert_eq!(reader.poll().unwrap().records, [step(1)]);
    // Of the same length up to the place where the reader is.
    fs::write(run.events_path(), serialize_line(&step(2)) + &serialize_line(&step(3))).unwrap();
    let expected = Polled { records: vec![step(2), step(3)], restarted: true };
    assert_eq!(reader.poll().unwrap(), expected);
}

/// A file that is torn, cut, replaced and appended to at random, with new events each time.
struct Fate {
    path: PathBuf,
    rng: ChaCha8Rng,
    /// Events so far: no two are the same.
    events: u64,
}

impl Fate {
    fn lines(&mut self, most: u64) -> Vec<u8> {
        let count = self.rng.random_range(0..=most);
        let lines = (0..count).map(|_| {
            self.events += 1;
            match self.rng.random_range(0..8) {
                0 => format!("no event {}\n", self.events),
                1 => serialize_line(&phase(self.events, Phase::Training)),
                _ => serialize_line(&step(self.events)),
            }
        });
        lines.collect::<String>().into_bytes()
    }

    /// Some lines, of which the last may be torn.
    fn torn_lines(&mut self) -> Vec<u8> {
        let mut lines = self.lines(3);
        let torn = if self.rng.random() { 0 } else { self.rng.random_range(0..=lines.len()) };
        lines.truncate(lines.len() - torn);
        lines
    }

    fn strike(&mut self) {
        let written = self.torn_lines();
        let mut options = OpenOptions::new();
        match self.rng.random_range(0..10) {
            0 => fs::write(&self.path, written).unwrap(),
            1 => {
                let longer = [written, self.lines(40)].concat();
                fs::write(&self.path, longer).unwrap();
            }
            2 => {
                let other = self.path.with_extension("new");
                fs::write(&other, written).unwrap();
                fs::rename(&other, &self.path).unwrap();
            }
            3 => drop(fs::remove_file(&self.path)), // it may be gone already
            4 => {
                let file = options.write(true).create(true).truncate(false).open(&self.path);
                let (file, goes_on) = (file.unwrap(), self.rng.random::<bool>());
                let length = file.metadata().unwrap().len();
                file.set_len(self.rng.random_range(0..=length)).unwrap();
                if goes_on {
                    options.append(true).open(&self.path).unwrap().write_all(&written).unwrap();
                }
            }
            _ => {
                let mut file = options.append(true).create(true).open(&self.path).unwrap();
                file.write_all(&written).unwrap();
            }
        }
    }
}

#[test]
fn whatever_befalls_the_file_what_is_shown_is_what_stands_there() {
    for seed in 0..20 {
        let (_folder, run) = run();
        let path = run.events_path();
        let mut fate = Fate { path: path.clone(), rng: ChaCha8Rng::seed_from_u64(seed), events: 0 };
        let (mut reader, mut shown) = (EventReader::new(&path), Vec::new());
        for strike in 0..1_000 {
            fate.strike();
            let polled = reader.poll().unwrap();
            if polled.restarted {
                shown.clear();
            }
            shown.extend(polled.records);
            if !path.exists() {
                continue; // what was read of it stays, as the newest that is known
            }
            let mut fresh = EventReader::new(&path);
            let stands = fresh.poll().unwrap().records;
            assert_eq!(shown, stands, "seed {seed}, strike {strike}");
            assert_eq!(reader.skipped(), fresh.skipped(), "seed {seed}, strike {strike}");
        }
    }
}
