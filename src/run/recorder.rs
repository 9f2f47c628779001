//! Writes `events.jsonl`: one event a line, each line in one write.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

use super::{RunDir, RunError, files};
use crate::domain::{events::Record, text::escape_json};

/// How much is read at a time while looking for the end of the last whole line.
const BLOCK: u64 = 64 * 1024;

/// The open event file of a run. What is appended is seen by readers at once.
#[derive(Debug)]
pub struct Recorder {
    file: File,
    path: PathBuf,
}

impl Recorder {
    /// Opens the event file, made when missing. A last line that a crash tore is cut off, so that
    /// the next event begins a line of its own.
    pub fn open(run: &RunDir) -> Result<Self, RunError> {
        let path = run.events_path();
        files::plain_file_or_none(&path).map_err(RunError::write(&path))?;
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let mut file = file.map_err(RunError::write(&path))?;
        cut_torn_line(&mut file).map_err(RunError::write(&path))?;
        Ok(Self { file, path })
    }

    /// Appends one event. It survives this process at once, and the machine with the next
    /// checkpoint, which waits for the disk.
    pub fn append(&mut self, record: &Record) -> Result<(), RunError> {
        let line = serialize_line(record);
        let written =
            is_still_there(&self.file).and_then(|()| self.file.write_all(line.as_bytes()));
        if written.is_err() {
            // A full disk may have taken half of the line, to which the next would be glued.
            let _ = cut_torn_line(&mut self.file);
        }
        written.map_err(RunError::write(&self.path))
    }
}

/// The line of `record` as it stands in `events.jsonl`, its line feed included. It may be shown
/// on a terminal as it is.
pub fn serialize_line(record: &Record) -> String {
    let line = serde_json::to_string(record).expect("events hold nothing that JSON lacks");
    let mut line = escape_json(line);
    line.push('\n');
    line
}

/// What is written to a file that was deleted is lost, though writing it does not fail.
#[cfg(unix)]
fn is_still_there(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    match file.metadata()?.nlink() {
        0 => Err(io::Error::new(io::ErrorKind::NotFound, "it was deleted")),
        _ => Ok(()),
    }
}

/// Elsewhere an open file cannot be deleted.
#[cfg(not(unix))]
fn is_still_there(_: &File) -> io::Result<()> {
    Ok(())
}

/// Cuts the file after its last line feed.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let whole = end_of_last_line(file, length)?;
    if whole < length {
        file.set_len(whole)?;
    }
    Ok(())
}

/// Where the last whole line ends: right after the last line feed, or 0 without one.
fn end_of_last_line(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    let mut block = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        block.resize((end - start) as usize, 0);
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        if let Some(at) = block.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use std::{fs, thread};

    use super::*;
    use crate::domain::{
        events::{Phase, TrainEvent},
        text::is_plain,
    };

    fn run() -> (tempfile::TempDir, RunDir) {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        (folder, run)
    }

    fn warning(time: u64, message: &str) -> Record {
        let event = TrainEvent::Warning { kind: "test".into(), message: message.into() };
        Record { time, event }
    }

    #[test]
    fn a_line_is_one_line_whatever_it_says() {
        let message = "two\nlines\r\u{9b}31m\u{7f}\u{202e}";
        let line = serialize_line(&warning(1, message));
        assert!(is_plain(line.strip_suffix('\n').unwrap()), "{line:?}");
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), warning(1, message));
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_it_broke() {
        let (_folder, run) = run();
        let whole = serialize_line(&warning(1, "whole"));
        let torn = serialize_line(&warning(2, "torn"));
        let next = Record { time: 3, event: TrainEvent::Phase { phase: Phase::Training } };
        for cut in 0..torn.len() {
            fs::write(run.events_path(), whole.clone() + &torn[..cut]).unwrap();
            Recorder::open(&run).unwrap().append(&next).unwrap();
            let found = fs::read_to_string(run.events_path()).unwrap();
            assert_eq!(found, whole.clone() + &serialize_line(&next), "cut at {cut}");
        }
    }

    #[test]
    fn a_torn_line_longer_than_a_block_is_cut_off_too() {
        let (_folder, run) = run();
        let whole = serialize_line(&warning(1, "whole"));
        fs::write(run.events_path(), whole.clone() + &"x".repeat(3 * BLOCK as usize)).unwrap();
        Recorder::open(&run).unwrap();
        assert_eq!(fs::read_to_string(run.events_path()).unwrap(), whole);
        fs::write(run.events_path(), "x".repeat(3 * BLOCK as usize)).unwrap();
        Recorder::open(&run).unwrap();
        assert_eq!(fs::read_to_string(run.events_path()).unwrap(), "");
    }

    #[test]
    fn lines_of_two_recorders_never_mix() {
        let (_folder, run) = run();
        thread::scope(|scope| {
            let recorders = [(); 2].map(|()| Recorder::open(&run).unwrap());
            for mut recorder in recorders {
                scope.spawn(move || {
                    for time in 0..500 {
                        let message = "x".repeat(time as usize);
                        recorder.append(&warning(time, &message)).unwrap();
                    }
                });
            }
        });
        let found = fs::read_to_string(run.events_path()).unwrap();
        assert_eq!(found.lines().count(), 1000);
        assert!(found.lines().all(|line| serde_json::from_str::<Record>(line).is_ok()));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_neither_cut_nor_appended_to() {
        let (folder, run) = run();
        let outside = folder.path().join("outside");
        fs::write(&outside, "precious").unwrap();
        std::os::unix::fs::symlink(&outside, run.events_path()).unwrap();
        assert!(Recorder::open(&run).unwrap_err().to_string().contains("no plain file"));
        assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
    }
}
