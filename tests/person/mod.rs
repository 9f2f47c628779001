//! A person before a terminal in which the real program runs.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    io::{self, Read, Write},
    num::NonZero,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, unbounded};
use mnv1_tui::{
    domain::events::{Phase, TrainEvent},
    run::{EventReader, RunDir},
};
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// Far more than anything here takes, on a machine that does other things as well.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Asks for the title to be kept, and to be given back.
pub const KEEP_TITLE: &[u8] = b"\x1b[22;2t";
pub const GIVE_TITLE_BACK: &[u8] = b"\x1b[23;2t";

/// What a program may leave changed behind it.
#[derive(Debug, PartialEq)]
pub struct TerminalState {
    /// What `stty -g` shows.
    modes: String,
    alternate_screen: bool,
    cursor_hidden: bool,
    bracketed_paste: bool,
    application_keys: (bool, bool),
    mouse: String,
    /// Titles that the terminal keeps for whoever had it before.
    kept_titles: usize,
}

pub struct Person {
    pub screen: vt100::Parser,
    pub output: Receiver<Vec<u8>>,
    /// All that was written to the terminal.
    pub written: Vec<u8>,
    kept_titles: usize,
    keys: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    closing: Arc<AtomicBool>,
    /// Whether nothing is read for now.
    looking_away: Arc<AtomicBool>,
    reader: JoinHandle<()>,
    /// The terminal before the program began.
    pub before: TerminalState,
}

/// What the terminal says in which somebody runs the tests.
const SAID: [&str; 11] = [
    "TMUX",
    "STY",
    "NO_COLOR",
    "COLORFGBG",
    "TERM_PROGRAM",
    "LC_TERMINAL",
    "KITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "ALACRITTY_WINDOW_ID",
    "VTE_VERSION",
    "XTERM_VERSION",
];

/// The program as anybody has it, whatever terminal and preferences the one who runs the tests has.
pub fn program() -> CommandBuilder {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_mnv1-tui"));
    SAID.iter().for_each(|name| command.env_remove(name));
    command.env("XDG_CONFIG_HOME", "/nowhere");
    command
}

/// A training on small built-in pictures.
pub fn training(runs_dir: &Path, flags: &[&str]) -> CommandBuilder {
    let mut command = program();
    command.args(["--dataset", "shapes", "--device", "cpu", "--alpha", ".25"]);
    command.args(flags);
    command.arg("--runs-dir");
    command.arg(runs_dir);
    command.cwd(runs_dir);
    command
}

impl Person {
    /// Sits down before a terminal of `columns` × `rows` and starts `command`.
    pub fn starting(columns: u16, rows: u16, mut command: CommandBuilder) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let cells = |count| NonZero::new(count).unwrap();
        let screen = vt100::Parser::new(cells(rows), cells(columns), 0);
        let before = state_of(&*pair.master, &screen, 0);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        let child = pair.slave.spawn_command(command).unwrap();
        let (chunks, output) = unbounded();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let closing = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&closing);
        let looking_away = Arc::new(AtomicBool::new(false));
        let away = Arc::clone(&looking_away);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if closed.load(Ordering::Relaxed) || chunks.send(buffer[..count].to_vec()).is_err()
                {
                    return;
                }
                while away.load(Ordering::Relaxed) {
                    thread::sleep(Duration::from_millis(10));
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self {
            screen,
            output,
            written: Vec::new(),
            kept_titles: 0,
            keys,
            master: pair.master,
            child,
            closing,
            looking_away,
            reader,
            before,
        }
    }

    pub fn presses(&mut self, keys: &str) {
        self.types(keys.as_bytes()).unwrap();
    }

    /// Sends what may be no keys at all.
    ///
    /// # Errors
    /// Nobody reads it: the program has ended.
    pub fn types(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.keys.write_all(bytes)?;
        self.keys.flush()
    }

    /// Gives the terminal another size.
    pub fn resizes(&mut self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
        let cells = |count| NonZero::new(count).unwrap();
        self.screen.screen_mut().set_size(cells(rows), cells(columns));
    }

    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub fn signals(&self, signal: Signal) {
        send(self.process(), signal);
    }

    /// Looks at the screen until it shows `text`.
    pub fn sees(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.screen.screen().contents().contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.take_in(&bytes),
                Err(_) => panic!("never saw '{text}':\n{}", self.screen.screen().contents()),
            }
        }
    }

    /// Whether the screen, which must have kept its size, showed `text` at any time, however short.
    pub fn has_seen(&self, text: &str) -> bool {
        let (rows, columns) = self.screen.screen().size();
        let mut screen = vt100::Parser::new(rows, columns, 0);
        self.written.split_inclusive(|byte| *byte == b'\x1b').any(|piece| {
            screen.process(piece);
            screen.screen().contents().contains(text)
        })
    }

    /// Looks at the screen for so long.
    pub fn looks_on(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while let Ok(bytes) = self.output.recv_deadline(deadline) {
            self.take_in(&bytes);
        }
    }

    /// Lets what the program writes wait in the terminal, or reads on.
    pub fn stops_reading(&self, stops: bool) {
        self.looking_away.store(stops, Ordering::Relaxed);
    }

    /// Looks on until the terminal is as it was before.
    pub fn gets_the_terminal_back(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.state() != self.before {
            assert!(Instant::now() < deadline, "never given back: {:?}", self.state());
            if let Ok(bytes) = self.output.recv_timeout(Duration::from_millis(20)) {
                self.take_in(&bytes);
            }
        }
    }

    /// Suspends the program and waits until the system has stopped it.
    pub fn stops_the_program(&mut self) {
        self.signals(Signal::TSTP);
        self.gets_the_terminal_back();
        let (deadline, process) = (Instant::now() + PATIENCE, self.process());
        let stat = || std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        while !stat().contains(") T ") {
            assert!(Instant::now() < deadline, "it goes on");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn take_in(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        // A sequence may come in two halves.
        let seen = self.written.len().saturating_sub(KEEP_TITLE.len() - 1);
        self.written.extend_from_slice(bytes);
        for window in self.written[seen..].windows(KEEP_TITLE.len()) {
            match window {
                KEEP_TITLE => self.kept_titles += 1,
                GIVE_TITLE_BACK => {
                    self.kept_titles = self.kept_titles.checked_sub(1).expect("a title is kept");
                }
                _ => {}
            }
        }
    }

    /// Reads on until the program has ended.
    pub fn waits_for_the_end(&mut self) -> ExitStatus {
        // On Linux the reader ends when the last writer of the terminal has gone.
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.take_in(&bytes);
        }
        self.ended_within(PATIENCE).expect("the program goes on without end")
    }

    /// How the program ended, if it does within `limit`.
    pub fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        ended_within(&mut *self.child, limit)
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Closes the terminal. The program must be drawing: the thread that reads it holds it, too.
    pub fn closes_the_terminal(self) -> Orphan {
        self.closing.store(true, Ordering::Relaxed);
        self.reader.join().unwrap();
        Orphan { child: self.child }
    }

    pub fn state(&self) -> TerminalState {
        state_of(&*self.master, &self.screen, self.kept_titles)
    }
}

/// A program whose terminal was closed.
pub struct Orphan {
    child: Box<dyn Child + Send + Sync>,
}

impl Orphan {
    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub fn signals(&self, signal: Signal) {
        send(self.process(), signal);
    }

    /// How the program ended, if it does within `limit`.
    pub fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        ended_within(&mut *self.child, limit)
    }
}

fn ended_within(child: &mut dyn Child, limit: Duration) -> Option<ExitStatus> {
    const GLANCE: Duration = Duration::from_millis(10);
    // Glances are counted, not time: a machine that stood still was no chance to end.
    for _ in 0..limit.as_millis() / GLANCE.as_millis() {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        thread::sleep(GLANCE);
    }
    None
}

fn send(process: u32, signal: Signal) {
    kill_process(Pid::from_raw(process as i32).unwrap(), signal).unwrap();
}

impl Drop for Orphan {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn state_of(master: &dyn MasterPty, parser: &vt100::Parser, kept_titles: usize) -> TerminalState {
    let screen = parser.screen();
    TerminalState {
        modes: format!("{:?}", master.get_termios().expect("a terminal has modes")),
        alternate_screen: screen.alternate_screen(),
        cursor_hidden: screen.hide_cursor(),
        bracketed_paste: screen.bracketed_paste(),
        application_keys: (screen.application_keypad(), screen.application_cursor()),
        mouse: format!("{:?} {:?}", screen.mouse_protocol_mode(), screen.mouse_protocol_encoding()),
        kept_titles,
    }
}

pub fn only_run(runs_dir: &Path) -> RunDir {
    let mut runs = RunDir::list(runs_dir).unwrap();
    assert_eq!(runs.len(), 1);
    runs.remove(0)
}

pub fn events(run: &RunDir) -> Vec<TrainEvent> {
    let records = EventReader::new(run.events_path()).poll().unwrap().records;
    records.into_iter().map(|record| record.event).collect()
}

pub fn phases(run: &RunDir) -> Vec<Phase> {
    let phase = |event| match event {
        TrainEvent::Phase { phase } => Some(phase),
        _ => None,
    };
    events(run).into_iter().filter_map(phase).collect()
}

pub fn steps(run: &RunDir) -> usize {
    events(run).iter().filter(|event| matches!(event, TrainEvent::Step(_))).count()
}
