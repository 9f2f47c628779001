//! What passes between the dashboard and a terminal that answers.
#![cfg(target_os = "linux")]

mod person;

use std::fs;

use mnv1_tui::{
    domain::events::{Phase, Record, TrainEvent},
    run::{Recorder, RunDir},
};
use person::Person;
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
        self.person.written.windows(bytes.len()).any(|window| window == bytes)
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
    seat.person.presses("\x1b[<0;24;1M\x1b[<0;24;1m"); // on the second tab
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
