//! A person at the keys of the real program, in a pseudo-terminal.
#![cfg(all(feature = "train", unix))]

mod person;

use std::{fs, path::Path, thread, time::Instant};

use mnv1_tui::{
    domain::events::{Phase, TrainEvent},
    run::checkpoint,
};
use person::{PATIENCE, Person, events, only_run, phases, program, steps, training};

fn starting(columns: u16, rows: u16, runs_dir: &Path, flags: &[&str]) -> Person {
    Person::starting(columns, rows, training(runs_dir, flags))
}

/// Six tabs, pause, three steps, resume, from a confused pair to its pictures and back, quit.
fn the_whole_way_round(columns: u16, rows: u16) {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--limit", "400", "--batch-size", "16", "--epochs", "500"];
    let mut person = starting(columns, rows, folder.path(), &flags);
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
    assert_eq!(person.waits_for_the_end().exit_code(), 0);
    assert_eq!(person.state(), person.before);
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
fn what_is_missing_is_told_in_a_line_once_the_terminal_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("none.safetensors");
    let mut person =
        starting(300, 24, folder.path(), &["--init-from", &missing.display().to_string()]);
    let code = person.waits_for_the_end().exit_code();
    assert_eq!(person.state(), person.before);
    let screen = person.screen.screen().contents();
    let told: Vec<_> = screen.lines().filter(|line| !line.is_empty()).collect();
    assert!(told.len() == 1 && told[0].contains("none.safetensors"), "{code}: {screen}");
    assert_eq!(code, 1);
    let left: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_run_that_is_taken_up_shows_what_it_was_before() {
    let folder = tempfile::tempdir().unwrap();
    let few = ["--limit", "400", "--batch-size", "64", "--epochs", "2"];
    let mut first = starting(120, 40, folder.path(), &[&few[..], &["--headless"]].concat());
    assert_eq!(first.waits_for_the_end().exit_code(), 0);

    let run = only_run(folder.path());
    let mut command = program();
    command.args(["--resume", run.id(), "--epochs", "3", "--device", "cpu", "--runs-dir"]);
    command.arg(folder.path());
    command.cwd(folder.path());
    let mut person = Person::starting(120, 40, command);
    person.sees("epoch 3/3");
    person.sees("ENDED");
    person.presses("1c");
    person.sees("@1 ");
    person.presses("6");
    person.sees("validation epoch 1");
    // What is asked for is whole, though the person leaves at once.
    person.presses("1ecepq");
    assert_eq!(person.waits_for_the_end().exit_code(), 0);
    let saved = |kind: &str| folder.path().join(format!("{}-train.{kind}", run.id()));
    let numbers = fs::read_to_string(saved("csv")).unwrap();
    assert_eq!(numbers.lines().count(), 1 + steps(&run));
    image::open(saved("png")).unwrap();
}
