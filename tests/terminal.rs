//! What is left of the terminal, and what of the training, however the program ends.
//!
//! Each way of ending is tried once. `MNV1_TUI_ROUNDS=25 cargo test --release --test terminal`
//! tries each 25 times.
#![cfg(all(feature = "train", target_os = "linux"))] // reads /proc
#![expect(clippy::print_stdout, reason = "how often and how soon is worth reading, too")]

mod person;

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use mnv1_tui::{
    domain::{
        events::{Phase, Record, TrainEvent},
        state::RunState,
    },
    run::{EventReader, RunDir, checkpoint},
};
use person::{Orphan, PATIENCE, Person, events, only_run, phases, steps, training};
use portable_pty::{CommandBuilder, ExitStatus};
use rustix::process::Signal;
use tempfile::TempDir;

const ROUNDS: &str = "MNV1_TUI_ROUNDS";
const FAULT: &str = "MNV1_TUI_FAULT";

/// A training that goes on for longer than any of these tests.
const LONG: [&str; 6] = ["--limit", "400", "--batch-size", "16", "--epochs", "5000"];
/// The same with steps of a second or more.
#[rustfmt::skip] // a line of words
const SLOW: [&str; 8] =
    ["--limit", "2000", "--resolution", "64", "--batch-size", "512", "--threads", "1"];

fn rounds() -> usize {
    std::env::var(ROUNDS).map_or(1, |rounds| rounds.parse().unwrap())
}

struct Seat {
    person: Person,
    folder: TempDir,
}

impl Seat {
    /// A training with the faults that are asked for, parted by commas.
    fn with_faults(faults: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = training(folder.path(), flags);
        command.env(FAULT, faults);
        Self { person: Person::starting(100, 30, command), folder }
    }

    fn training(flags: &[&str]) -> Self {
        let mut seat = Self::with_faults("", flags);
        seat.person.sees("RUNNING");
        seat
    }

    fn run(&self) -> RunDir {
        only_run(self.folder.path())
    }

    /// Waits until the program has ended; the terminal must be as it was before.
    fn end(&mut self, code: u32) -> ExitStatus {
        let status = self.person.waits_for_the_end();
        assert_eq!(self.person.state(), self.person.before, "after {status:?}");
        assert!(ends_with_line_wrap(&self.person.written), "lines are not wrapped any more");
        assert_eq!(status.exit_code(), code, "{}", self.person.screen.screen().contents());
        status
    }

    fn shows(&self, text: &str) {
        let shown = self.person.screen.screen().contents().replace('\n', "");
        assert!(shown.contains(text), "no '{text}' on the screen:\n{shown}");
    }

    fn logged(&self, text: &str) {
        let log = fs::read_to_string(self.run().log_path()).unwrap();
        assert!(log.contains(text), "no '{text}' in the log:\n{log}");
    }
}

/// vt100 does not know of this mode.
fn ends_with_line_wrap(written: &[u8]) -> bool {
    let last = |sequence: &[u8]| written.windows(sequence.len()).rposition(|w| w == sequence);
    last(b"\x1b[?7h") >= last(b"\x1b[?7l")
}

fn assert_saved(run: &RunDir) {
    assert!(checkpoint::newest_good(run).unwrap().0.is_some(), "nothing was saved");
    assert_eq!(phases(run).last(), Some(&Phase::Ended));
}

/// Tries a way of ending as often as is asked for, and counts.
fn each_round(way: &str, end: impl Fn()) {
    let rounds = rounds();
    (0..rounds).for_each(|_| end());
    println!("{way}: {rounds} of {rounds} times in order");
}

#[test]
fn quit() {
    each_round("quit", || {
        let mut seat = Seat::training(&LONG);
        seat.person.presses("q");
        seat.person.sees("enter");
        seat.person.presses("\r");
        seat.end(0);
        seat.shows("saved in");
        assert_saved(&seat.run());
    });
}

#[test]
fn panic_in_the_dashboard() {
    each_round("panic in the dashboard", || {
        let mut seat = Seat::with_faults("dashboard", &LONG);
        seat.end(1);
        seat.shows("a fault in the dashboard");
        seat.logged("a fault in the dashboard");
        assert_saved(&seat.run());
    });
}

#[test]
fn panic_in_the_trainer() {
    each_round("panic in the trainer", || {
        let mut seat = Seat::with_faults("trainer", &LONG);
        seat.person.sees("FAILED");
        seat.person.sees("a fault in the trainer");
        seat.person.presses("q");
        seat.end(1);
        seat.shows("a fault in the trainer");
        seat.logged("a fault in the trainer");
        assert_eq!(phases(&seat.run()).last(), Some(&Phase::Ended));
    });
}

#[test]
fn panic_in_the_loader_is_a_failed_run() {
    let mut seat = Seat::with_faults("loader", &LONG);
    seat.person.sees("FAILED"); // before that, `q` asks whether to stop
    seat.person.sees("a fault in the loader");
    seat.person.presses("q");
    seat.end(1);
    seat.logged("a fault in the loader");
}

#[test]
fn panic_in_a_drop() {
    each_round("panic in a drop", || {
        let mut seat = Seat::with_faults("drop", &LONG);
        seat.person.sees("RUNNING");
        seat.person.presses("q");
        seat.person.sees("enter");
        seat.person.presses("\r");
        seat.end(1);
        seat.shows("a fault in the drop");
    });
}

/// Such a panic leaves no time for anything: the process aborts.
#[test]
fn panic_in_a_drop_during_a_panic() {
    each_round("panic in a drop during a panic", || {
        let mut seat = Seat::with_faults("dashboard,drop", &LONG);
        let status = seat.end(1);
        assert_eq!(status.signal(), Some("Aborted"));
        seat.shows("a fault in the drop");
    });
}

fn ends_by(name: &str, signal: Signal) {
    each_round(name, || {
        let mut seat = Seat::training(&LONG);
        seat.person.signals(signal);
        seat.end(0);
        assert_saved(&seat.run());
    });
}

#[test]
fn sigterm() {
    ends_by("SIGTERM", Signal::TERM);
}

#[test]
fn sigint() {
    ends_by("SIGINT", Signal::INT);
}

#[test]
fn sighup() {
    ends_by("SIGHUP", Signal::HUP);
}

#[test]
fn sigquit() {
    ends_by("SIGQUIT", Signal::QUIT);
}

#[test]
fn a_second_signal_ends_at_once() {
    each_round("a second signal", || {
        let mut seat = Seat::training(&SLOW);
        seat.person.signals(Signal::TERM);
        seat.person.sees("stopping…");
        let asked = Instant::now();
        seat.person.signals(Signal::TERM);
        let status = seat.end(1);
        assert_eq!(status.signal(), Some("Terminated"));
        println!("ended {} ms after the second signal", asked.elapsed().as_millis());
        assert_ne!(phases(&seat.run()).last(), Some(&Phase::Ended));
    });
}

/// As over a connection that stands still: nothing more is read, until the screen cannot be drawn.
fn stands_still(seat: &mut Seat) {
    seat.person.stops_reading(true);
    let keys = ["2", "3", "4", "5", "1"].concat();
    for _ in 0..40 {
        seat.person.presses(&keys);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Nothing more is read until the program has ended.
fn ends_while_nobody_reads(seat: &mut Seat, code: u32) {
    stands_still(seat);
    let run = seat.run();
    seat.person.signals(Signal::TERM);
    wait_until("everything is saved", || phases(&run).last() == Some(&Phase::Ended));
    seat.person.signals(Signal::TERM);
    assert!(seat.person.ended_within(person::PATIENCE).is_some(), "it goes on");
    seat.person.stops_reading(false);
    seat.end(code);
}

#[test]
fn a_terminal_that_takes_nothing_is_given_back_when_it_goes_on() {
    each_round("a terminal that takes nothing", || {
        let mut seat = Seat::training(&LONG);
        ends_while_nobody_reads(&mut seat, 1);
        assert_saved(&seat.run());
    });
}

/// Every queue between the trainer and the screen is full long before.
#[test]
fn a_terminal_that_takes_nothing_stops_no_training() {
    let mut seat = Seat::training(&["--limit", "20", "--batch-size", "16", "--epochs", "9000"]);
    stands_still(&mut seat);
    let run = seat.run();
    let evaluations = || {
        let is_one = |event: &TrainEvent| matches!(event, TrainEvent::Evaluated(_));
        events(&run).iter().filter(|event| is_one(event)).count()
    };
    let until = evaluations() + 400;
    while evaluations() < until {
        let made = evaluations();
        wait_until("the training goes on", || evaluations() > made);
    }
    seat.person.stops_reading(false);
    seat.person.presses("6");
    seat.person.sees("[6 Log]");
    seat.person.signals(Signal::TERM);
    seat.end(0);
    assert_saved(&run);
}

/// By keys: the first asks, the second stops, the third leaves the screen; then it is a signal.
#[test]
fn whoever_does_not_wait_for_a_stop_ends_it_at_once() {
    let mut seat = Seat::training(&SLOW);
    seat.person.presses("\x03\x03");
    seat.person.sees("stopping…");
    seat.person.presses("\x03");
    seat.person.sees("Ctrl-C ends at once");
    assert_eq!(seat.person.state(), seat.person.before);
    seat.person.presses("\x03");
    assert_eq!(seat.end(1).signal(), Some("Interrupt"));
}

/// A closing terminal, its shell and the end of the session each send a signal.
#[test]
fn signals_that_come_with_a_hangup_leave_time_to_save() {
    let mut seat = Seat::training(&SLOW);
    for signal in [Signal::HUP, Signal::HUP, Signal::TERM] {
        seat.person.signals(signal);
    }
    seat.end(0);
    assert_saved(&seat.run());
}

#[test]
fn a_hangup_with_the_terminal_still_there_detaches_if_that_was_asked_for() {
    let mut seat = Seat::training(&[&LONG[..], &["--detach-on-hangup"]].concat());
    seat.person.presses(" ");
    seat.person.sees("PAUSED");
    seat.person.signals(Signal::HUP);
    let run = seat.run();
    let made = steps(&run);
    wait_until("the training goes on", || steps(&run) > made + 3);
    seat.person.gets_the_terminal_back();
    seat.person.signals(Signal::TERM);
    seat.end(0);
    assert_saved(&run);
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A shell that does what is typed, after it has started the program as a job.
const SHELL: &str = r#"set -m; "$@"; while read line; do eval "$line"; echo "[$line: $?]"; done"#;

fn in_a_shell(flags: &[&str], shows: &str) -> Seat {
    let folder = tempfile::tempdir().unwrap();
    let program = training(folder.path(), flags);
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", SHELL, "sh"]);
    command.args(program.get_argv());
    command.cwd(folder.path());
    let mut seat = Seat { person: Person::starting(100, 30, command), folder };
    seat.person.sees(shows);
    seat
}

impl Seat {
    /// Has the shell tell when it is the shell that listens.
    fn is_at_the_shell(&mut self) {
        self.person.gets_the_terminal_back();
        self.person.presses("echo here\n");
        self.person.sees("[echo here: 0]");
        assert_eq!(self.person.state(), self.person.before);
    }

    fn leaves_the_shell(&mut self) {
        self.person.presses("q");
        self.person.sees("enter");
        self.person.presses("\r");
        self.person.sees("[fg: 0]");
        assert_saved(&self.run());
        self.person.presses("exit 0\n");
        self.end(0);
    }

    /// Lets a time pass in which the program stands still.
    fn stands_still(&self, time: Duration) {
        let run = self.run();
        let made = steps(&run);
        thread::sleep(time);
        assert_eq!(steps(&run), made);
    }
}

/// That so much time is told as a pause, and is no part of any step.
fn assert_counts_nowhere(run: &RunDir, time: Duration) {
    let records = EventReader::new(run.events_path()).poll().unwrap().records;
    let mut state = RunState::default();
    records.iter().for_each(|record| state.apply(record));
    let is_pause =
        |record: &Record| matches!(record.event, TrainEvent::Phase { phase: Phase::Paused });
    let pause = records.windows(2).find(|pair| is_pause(&pair[0])).expect("the stop is a pause");
    assert!(u128::from(pause[1].time - pause[0].time) >= time.as_millis(), "{pause:?}");
    let step = |record: &Record| match &record.event {
        TrainEvent::Step(sample) => Some(sample.step_ms),
        _ => None,
    };
    let in_steps: f64 = records.iter().filter_map(step).sum();
    let in_all = (records.last().unwrap().time - records[0].time) as f64;
    assert!(in_steps + time.as_secs_f64() * 1e3 <= in_all, "{in_steps} ms of {in_all} in steps");
    let trained = state.trained_ms as f64;
    assert!(trained + time.as_secs_f64() * 1e3 <= in_all, "{trained} ms of {in_all} trained");
}

const A_WHILE: Duration = Duration::from_secs(2);

#[test]
fn ctrl_z_and_fg() {
    each_round("Ctrl-Z and fg", || {
        let mut seat = in_a_shell(&LONG, "RUNNING");
        seat.person.presses("\x1a");
        seat.is_at_the_shell();
        seat.stands_still(A_WHILE);
        seat.person.presses("fg\n");
        seat.person.sees("was stopped for 0:0");
        seat.person.sees("RUNNING");
        let run = seat.run();
        let made = steps(&run);
        wait_until("training goes on", || steps(&run) > made + 3);
        seat.leaves_the_shell();
        assert_counts_nowhere(&run, A_WHILE);
        seat.logged("the program was stopped for 0:0");
    });
}

#[test]
fn a_job_in_the_background_trains_on_and_leaves_the_terminal_alone() {
    let mut seat = in_a_shell(&LONG, "RUNNING");
    seat.person.presses("\x1a");
    seat.is_at_the_shell();
    seat.person.presses("bg\n");
    seat.person.sees("[bg: 0]");
    let run = seat.run();
    let made = steps(&run);
    wait_until("training goes on", || steps(&run) > made + 20);
    seat.person.presses("echo still here\n");
    seat.person.sees("[echo still here: 0]");
    assert_eq!(seat.person.state(), seat.person.before);
    seat.person.presses("fg\n");
    seat.person.sees("RUNNING");
    seat.leaves_the_shell();
}

#[test]
fn a_signal_from_outside_stops_it_as_ctrl_z_does() {
    let mut seat = Seat::training(&LONG);
    seat.person.stops_the_program();
    seat.stands_still(A_WHILE);
    seat.person.signals(Signal::CONT);
    seat.person.sees("was stopped for 0:0");
    seat.person.signals(Signal::TERM);
    seat.end(0);
    assert_counts_nowhere(&seat.run(), A_WHILE);
}

#[test]
fn ctrl_z_stops_a_training_without_a_dashboard_too() {
    let mut seat = in_a_shell(&[&LONG[..], &["--headless"]].concat(), "images/s");
    seat.person.presses("\x1a");
    seat.is_at_the_shell();
    seat.stands_still(A_WHILE);
    let run = seat.run();
    let made = steps(&run);
    seat.person.presses("fg\n");
    wait_until("training goes on", || steps(&run) > made + 3);
    seat.person.presses("\x03");
    seat.person.sees("[fg: 0]");
    assert_counts_nowhere(&run, A_WHILE);
    assert_saved(&run);
    seat.person.presses("exit 0\n");
    seat.end(0);
}

#[test]
fn keys_come_from_the_terminal_whatever_standard_input_is() {
    let folder = tempfile::tempdir().unwrap();
    let program = training(folder.path(), &LONG);
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", "true | \"$@\"", "sh"]);
    command.args(program.get_argv());
    let mut seat = Seat { person: Person::starting(100, 30, command), folder };
    seat.person.sees("RUNNING");
    seat.person.presses("q");
    seat.person.sees("enter");
    seat.person.presses("\r");
    seat.end(0);
}

/// In a window of its own nobody could let it go on again.
#[test]
fn ctrl_z_without_a_shell_is_refused() {
    let mut seat = Seat::training(&LONG);
    seat.person.presses("\x1a");
    seat.person.sees("there is no shell to go back to");
    seat.person.signals(Signal::TERM);
    seat.end(0);
}

/// How soon after its terminal was closed a program must have found its way.
const SOON: Duration = Duration::from_secs(5);
/// Threads that compute. All others have nothing to do when nobody looks.
const COMPUTING: [&str; 3] = ["trainer", "loader", "kernel-"];

/// Processor time of the threads that do not compute, in ticks of 10 ms.
fn idle_ticks(process: u32) -> u64 {
    let tasks = fs::read_dir(Path::new("/proc").join(process.to_string()).join("task")).unwrap();
    let ticks = |stat: String| {
        let (name, numbers) = stat.split_once('(').unwrap().1.rsplit_once(") ").unwrap();
        let mut numbers = numbers.split(' ').skip(11).map(|n| n.parse::<u64>().unwrap());
        let ticks = numbers.next().unwrap() + numbers.next().unwrap();
        if COMPUTING.iter().any(|computing| name.starts_with(computing)) { 0 } else { ticks }
    };
    tasks
        .filter_map(|task| fs::read_to_string(task.unwrap().path().join("stat")).ok())
        .map(ticks)
        .sum()
}

/// Five seconds after the terminal was closed all threads that do not compute take less than a
/// hundredth of a core.
fn assert_idle(orphan: &Orphan) {
    thread::sleep(SOON);
    let (began, ticks) = (Instant::now(), idle_ticks(orphan.process()));
    thread::sleep(SOON);
    let used = (idle_ticks(orphan.process()) - ticks) as f64 * 10.0;
    let percent = used / began.elapsed().as_millis() as f64 * 100.0;
    println!("{percent:.2} % of a core five seconds after the terminal was closed");
    assert!(percent < 1.0, "{percent} %");
}

fn closes(seat: Seat) -> (Orphan, TempDir, RunDir) {
    let run = seat.run();
    (seat.person.closes_the_terminal(), seat.folder, run)
}

#[test]
fn a_closed_terminal_ends_the_training_with_a_checkpoint() {
    each_round("the terminal closed", || {
        let (mut orphan, _folder, run) = closes(Seat::training(&LONG));
        let status = orphan.ended_within(SOON).expect("it lives on without a terminal");
        assert_eq!(status.exit_code(), 0);
        assert_saved(&run);
    });
}

#[test]
fn a_closed_terminal_is_noticed_even_where_hangups_are_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let program = training(folder.path(), &LONG);
    let mut command = CommandBuilder::new("/bin/sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]);
    command.args(program.get_argv());
    let mut seat = Seat { person: Person::starting(100, 30, command), folder };
    seat.person.sees("RUNNING");
    let (mut orphan, _folder, run) = closes(seat);
    orphan.ended_within(SOON).expect("it lives on without a terminal");
    assert_saved(&run);
}

/// Also when the terminal closes in the middle of a key, of which crossterm wants to read the rest.
#[test]
fn a_detached_training_goes_on_without_a_terminal_and_never_spins() {
    for keys in ["", "\x1b["] {
        let mut seat = Seat::training(&[&LONG[..], &["--detach-on-hangup"]].concat());
        seat.person.presses(keys);
        let (mut orphan, _folder, run) = closes(seat);
        let made = steps(&run);
        assert_idle(&orphan);
        assert!(steps(&run) > made, "training does not go on");
        orphan.signals(Signal::TERM);
        let status = orphan.ended_within(SOON).expect("it does not end");
        assert_eq!(status.exit_code(), 0);
        assert_saved(&run);
    }
}

#[test]
fn a_detached_training_ends_when_it_is_done() {
    for flags in [&["--detach-on-hangup"][..], &["--detach-on-hangup", "--headless"]] {
        let folder = tempfile::tempdir().unwrap();
        let long_enough = ["--limit", "2000", "--batch-size", "16", "--epochs", "2"];
        let command = training(folder.path(), &[&long_enough[..], flags].concat());
        let mut seat = Seat { person: Person::starting(100, 30, command), folder };
        seat.person.sees("epoch 1");
        let (mut orphan, _folder, run) = closes(seat);
        let status = orphan.ended_within(PATIENCE).expect("it does not end");
        assert_eq!(status.exit_code(), 0);
        let finished = |event: &TrainEvent| matches!(event, TrainEvent::RunFinished(end) if end.reason == "completed");
        assert!(events(&run).iter().any(finished));
    }
}

#[test]
fn a_closed_terminal_ends_a_headless_training_with_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let command = training(folder.path(), &[&LONG[..], &["--headless"]].concat());
    let mut seat = Seat { person: Person::starting(100, 30, command), folder };
    seat.person.sees("images/s");
    let (mut orphan, _folder, run) = closes(seat);
    assert_eq!(orphan.ended_within(SOON).expect("it lives on").exit_code(), 0);
    assert_saved(&run);
}

fn watching(seat: &Seat) -> Person {
    let mut command = person::program();
    command.args(["watch", seat.run().id(), "--runs-dir"]);
    command.arg(seat.folder.path());
    let mut person = Person::starting(100, 30, command);
    person.sees("RUNNING");
    person
}

#[test]
fn whoever_watches_gives_the_terminal_back_too() {
    let mut trained = Seat::training(&LONG);
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
        let mut person = watching(&trained);
        person.signals(signal);
        assert_eq!(person.waits_for_the_end().exit_code(), 0);
        assert_eq!(person.state(), person.before);
    }
    let mut person = watching(&trained);
    person.stops_the_program();
    person.signals(Signal::CONT);
    person.sees("was stopped for");
    let mut orphan = person.closes_the_terminal();
    orphan.ended_within(SOON).expect("it watches on without a terminal");
    trained.person.signals(Signal::TERM);
    trained.end(0);
}
