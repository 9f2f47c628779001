//! What passes between the dashboard and a terminal that answers.
#![cfg(target_os = "linux")]

mod person;

use std::{
    fs,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mnv1_tui::{
    domain::events::{Phase, Record, RunFinished, TrainEvent},
    run::{Recorder, RunDir},
};
use person::{GIVE_TITLE_BACK as GIVE_BACK, KEEP_TITLE as KEEP, Person};
use rustix::process::Signal;
use tempfile::TempDir;

/// The question for the background, and how a terminal on light paper answers it.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
const LIGHT: &str = "\x1b]11;rgb:fdfd/f6f6/e3e3\x1b\\";
/// The ground of the light theme, and that of the dark one.
const LIGHT_GROUND: &[u8] = b"48;2;253;253;253";
const DARK_GROUND: &[u8] = b"48;2;16;18;24";

struct Seat {
    person: Person,
    _folder: TempDir,
}

impl Seat {
    /// Before the dashboard over a run that is over, with these preferences and flags.
    fn with(preferences: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("r")).unwrap();
        let mut recorder = Recorder::open(&run).unwrap();
        for phase in [Phase::Training, Phase::Ended] {
            recorder.append(&Record { time: 1, event: TrainEvent::Phase { phase } }).unwrap();
        }
        let settings = folder.path().join("mnv1-tui");
        fs::create_dir(&settings).unwrap();
        fs::write(settings.join("config.toml"), preferences).unwrap();
        let mut command = person::program();
        command.args(["watch", "r", "--runs-dir"]);
        command.arg(folder.path());
        command.args(flags);
        command.env("XDG_CONFIG_HOME", folder.path());
        Self { person: Person::starting(80, 24, command), _folder: folder }
    }

    fn leaves(mut self) {
        self.person.presses("q");
        self.person.gets_the_terminal_back();
    }

    fn was_sent(&self, bytes: &[u8]) -> bool {
        self.times_sent(bytes) > 0
    }

    fn times_sent(&self, bytes: &[u8]) -> usize {
        self.person.written.windows(bytes.len()).filter(|window| *window == bytes).count()
    }
}

#[test]
fn the_theme_follows_the_background_and_no_key_is_lost() {
    let mut seat = Seat::with("", &[]);
    seat.person.sees("ENDED");
    assert!(seat.was_sent(QUESTION));
    assert!(seat.was_sent(DARK_GROUND), "the first frame waits for an answer");
    // As late as can be, and in the middle of what is typed.
    seat.person.presses(&format!("2{LIGHT}/st"));
    seat.person.sees("/ st");
    assert!(seat.was_sent(LIGHT_GROUND));
    // Escape and the next key are one key if they are read together.
    seat.person.presses("\x1b");
    seat.person.sees("? help");
    assert!(seat.person.screen.screen().contents().contains("[2 Layers]"));
    seat.leaves();
}

#[test]
fn a_theme_that_was_chosen_asks_nothing() {
    let mut seat = Seat::with("theme = 'light'", &[]);
    seat.person.sees("ENDED");
    assert!(seat.was_sent(LIGHT_GROUND) && !seat.was_sent(QUESTION));
    seat.leaves();
}

#[test]
fn presses_and_the_wheel_are_asked_for_but_no_motion() {
    let mut seat = Seat::with("", &[]);
    seat.person.sees("ENDED");
    assert!(seat.was_sent(b"\x1b[?1000h") && seat.was_sent(b"\x1b[?1002h"));
    assert!(seat.was_sent(b"\x1b[?1006h") && !seat.was_sent(b"\x1b[?1003h"));
    seat.person.presses("\x1b[<0;14;1M\x1b[<0;14;1m"); // on the second tab
    seat.person.sees("[2 Layers]");
    seat.leaves();
}

#[test]
fn the_mouse_can_be_left_to_the_terminal() {
    for (preferences, flags) in [("", &["--no-mouse"][..]), ("mouse = false", &[])] {
        let mut seat = Seat::with(preferences, flags);
        seat.person.sees("ENDED");
        assert!(!seat.was_sent(b"\x1b[?1000h"));
        seat.leaves();
    }
}

#[test]
fn a_changed_key_does_and_shows_its_action() {
    let mut seat = Seat::with("[keys]\nhelp = 'H'\nquit = 'X'", &[]);
    seat.person.sees("H help  X quit");
    seat.person.presses("H");
    seat.person.sees("run");
    seat.person.presses("HqX"); // help again closes it, and q means nothing now
    seat.person.gets_the_terminal_back();
}

#[test]
fn without_a_run_one_is_picked_and_another_later() {
    let folder = tempfile::tempdir().unwrap();
    for id in ["first", "second"] {
        let run = RunDir::create(folder.path(), Some(id)).unwrap();
        let mut recorder = Recorder::open(&run).unwrap();
        for phase in [Phase::Training, Phase::Ended] {
            recorder.append(&Record { time: 1, event: TrainEvent::Phase { phase } }).unwrap();
        }
    }
    let mut command = person::program();
    command.args(["watch", "--theme", "dark", "--runs-dir"]);
    command.arg(folder.path());
    let mut person = Person::starting(80, 24, command);
    person.sees("2 in all");
    person.sees("\u{25b8} second");
    person.presses("\x1b[B");
    person.sees("\u{25b8} first");
    person.presses("\r");
    person.sees("run first");
    person.sees("ENDED");
    person.presses("R");
    person.sees("2 in all");
    person.presses("sec\r");
    person.sees("run second");
    person.presses("q");
    person.gets_the_terminal_back();
}

/// Longer than between two titles.
const A_WHILE: Duration = Duration::from_millis(1_500);

#[test]
fn the_title_is_the_runs_while_it_is_shown_and_what_it_was_behind_it() {
    let mut seat = Seat::with("", &[]);
    seat.person.sees("ENDED");
    seat.person.looks_on(A_WHILE);
    let title = "\x1b]2;ended · mnv1-tui · r\x07".as_bytes();
    assert_eq!((seat.times_sent(KEEP), seat.times_sent(GIVE_BACK)), (1, 0));
    assert_eq!(seat.times_sent(title), 1);
    let written = seat.person.written.len();
    seat.person.looks_on(A_WHILE);
    assert_eq!(seat.person.written.len(), written, "nothing changes, and yet it writes");

    seat.person.stops_the_program();
    assert_eq!((seat.times_sent(KEEP), seat.times_sent(GIVE_BACK)), (1, 1));
    seat.person.signals(Signal::CONT);
    seat.person.sees("was stopped for");
    seat.person.looks_on(A_WHILE);
    let shown = seat.times_sent(title);
    assert!(shown > 1, "the shell's title stays");
    // It goes on where it was not stopped: the title that is kept is the shell's still.
    seat.person.signals(Signal::CONT);
    seat.person.looks_on(A_WHILE);
    assert_eq!((seat.times_sent(KEEP), seat.times_sent(title)), (2, shown + 1));
    seat.person.presses("q");
    seat.person.waits_for_the_end();
    assert_eq!((seat.times_sent(KEEP), seat.times_sent(GIVE_BACK)), (2, 2));
}

#[test]
fn the_title_can_be_left_alone() {
    for (preferences, flags) in [("", &["--no-title"][..]), ("title = false", &[])] {
        let mut seat = Seat::with(preferences, flags);
        seat.person.sees("ENDED");
        seat.person.presses("q");
        seat.person.waits_for_the_end();
        assert!(!seat.was_sent(b"\x1b]2;") && !seat.was_sent(KEEP));
    }
}

#[test]
fn the_end_of_a_run_is_told_to_whoever_looked_on() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunDir::create(folder.path(), Some("r")).unwrap();
    let _lock = run.lock().unwrap();
    let mut recorder = Recorder::open(&run).unwrap();
    let mut append = |time, event| recorder.append(&Record { time, event }).unwrap();
    let finished = |reason: &str| {
        let (best_accuracy, test_accuracy) = (None, None);
        let reason = reason.into();
        let end = RunFinished { step: 7, epoch: 1, reason, best_accuracy, test_accuracy };
        TrainEvent::RunFinished(end)
    };
    append(1, finished("stopped"));
    append(1, TrainEvent::Phase { phase: Phase::Ended });
    append(1, TrainEvent::Phase { phase: Phase::Starting });
    append(1, TrainEvent::Phase { phase: Phase::Training });
    let mut command = person::program();
    command.args(["watch", "r", "--notify", "osc777", "--runs-dir"]);
    command.arg(folder.path());
    let mut person = Person::starting(80, 24, command);
    person.sees("STARTING");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    append(now, finished("completed"));
    append(now, TrainEvent::Phase { phase: Phase::Ended });
    person.sees("ENDED");
    person.presses("q");
    person.waits_for_the_end();
    let sent = String::from_utf8_lossy(&person.written);
    let notices: Vec<&str> = sent.split("\x1b]777;").skip(1).collect();
    let notice = "notify;mnv1-tui r;run completed at step 7\x07";
    assert!(notices.len() == 1 && notices[0].starts_with(notice), "{notices:?}");
}
