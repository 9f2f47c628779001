//! A person at the keys of the real program, in a pseudo-terminal.
#![cfg(all(feature = "train", unix))]

use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, unbounded};
use mnv1_tui::{
    domain::events::{Phase, TrainEvent},
    run::{EventReader, RunDir, checkpoint},
};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Far more than anything here takes, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(120);

struct Person {
    screen: vt100::Parser,
    output: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
}

impl Person {
    /// Sits down before a terminal of `columns` × `rows` in which the program trains.
    fn starting(columns: u16, rows: u16, runs_dir: &Path, flags: &[&str]) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mnv1-tui"));
        command.args(["--dataset", "shapes", "--device", "cpu", "--alpha", ".25"]);
        command.args(flags);
        command.arg("--runs-dir");
        command.arg(runs_dir);
        command.cwd(runs_dir);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        let child = pair.slave.spawn_command(command).unwrap();
        let (chunks, output) = unbounded();
        let mut reader = pair.master.try_clone_reader().unwrap();
        thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if chunks.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        let cells = |count| NonZero::new(count).unwrap();
        let screen = vt100::Parser::new(cells(rows), cells(columns), 0);
        Self { screen, output, keys, master: pair.master, child }
    }

    fn presses(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Looks at the screen until it shows `text`.
    fn sees(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.screen.screen().contents().contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.screen.process(&bytes),
                Err(_) => panic!("never saw '{text}':\n{}", self.screen.screen().contents()),
            }
        }
    }

    /// Reads on until the program has ended; its exit status.
    fn waits_for_the_end(&mut self) -> u32 {
        // On Linux the reader ends when the last writer of the terminal has gone.
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.screen.process(&bytes);
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
        }
        self.child.wait().unwrap().exit_code()
    }

    fn terminal_modes(&self) -> String {
        format!("{:?}", self.master.get_termios().expect("a terminal has modes"))
    }
}

fn only_run(runs_dir: &Path) -> RunDir {
    let mut runs = RunDir::list(runs_dir).unwrap();
    assert_eq!(runs.len(), 1);
    runs.remove(0)
}

fn events(run: &RunDir) -> Vec<TrainEvent> {
    let records = EventReader::new(run.events_path()).poll().unwrap().records;
    records.into_iter().map(|record| record.event).collect()
}

fn phases(run: &RunDir) -> Vec<Phase> {
    let phase = |event| match event {
        TrainEvent::Phase { phase } => Some(phase),
        _ => None,
    };
    events(run).into_iter().filter_map(phase).collect()
}

fn steps(run: &RunDir) -> usize {
    events(run).iter().filter(|event| matches!(event, TrainEvent::Step(_))).count()
}

/// Six tabs, pause, three steps, resume, from a confused pair to its pictures and back, quit.
fn the_whole_way_round(columns: u16, rows: u16) {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--limit", "400", "--batch-size", "16", "--epochs", "500"];
    let mut person = Person::starting(columns, rows, folder.path(), &flags);
    let modes = person.terminal_modes();
    person.sees("RUNNING");
    for (key, tab) in [("2", "Layers"), ("3", "Confusion"), ("4", "Samples"), ("5", "Network")] {
        person.presses(key);
        person.sees(&format!("[{key} {tab}]"));
    }
    person.presses("6");
    person.sees("validation epoch 1"); // the first epoch is over
    person.presses("1");
    person.sees("[1 Train]");
    person.presses(" ");
    person.sees("PAUSED");
    let run = only_run(folder.path());
    assert_eq!(phases(&run).last(), Some(&Phase::Paused));

    let before = steps(&run);
    person.presses("3.");
    let deadline = Instant::now() + PATIENCE;
    while steps(&run) < before + 3 || phases(&run).last() != Some(&Phase::Paused) {
        assert!(Instant::now() < deadline, "{before} steps, then {}", steps(&run));
        thread::yield_now();
    }
    assert_eq!(steps(&run), before + 3);

    person.presses("3");
    person.sees("[3 Confusion]");
    person.presses("\r");
    person.sees("[4 Samples]");
    person.presses("\x1b");
    person.sees("[3 Confusion]");
    person.presses(" ");
    person.sees("RUNNING");
    person.presses("q");
    person.sees("enter");
    person.presses("\r");
    assert_eq!(person.waits_for_the_end(), 0);
    assert_eq!(person.terminal_modes(), modes);
    assert!(!person.screen.screen().alternate_screen());
    let events = events(&run);
    assert!(
        events.iter().any(|e| matches!(e, TrainEvent::RunFinished(f) if f.reason == "stopped"))
    );
    assert!(checkpoint::newest_good(&run).unwrap().0.is_some());
}

#[test]
fn the_whole_way_round_at_120_by_40() {
    the_whole_way_round(120, 40);
}

#[test]
fn the_whole_way_round_at_80_by_24() {
    the_whole_way_round(80, 24);
}

#[test]
fn a_signal_stops_the_run_with_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let mut person = Person::starting(100, 30, folder.path(), &["--epochs", "500"]);
    let modes = person.terminal_modes();
    person.sees("RUNNING");
    let process = person.child.process_id().unwrap();
    let status = std::process::Command::new("kill").arg(process.to_string()).status().unwrap();
    assert!(status.success());
    assert_eq!(person.waits_for_the_end(), 0);
    assert_eq!(person.terminal_modes(), modes);
    let run = only_run(folder.path());
    assert!(checkpoint::newest_good(&run).unwrap().0.is_some());
    assert_eq!(phases(&run).last(), Some(&Phase::Ended));
}
