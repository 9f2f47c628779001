//! A training without a dashboard, from outside: whatever befalls its folder, its name and its
//! output, what it learns is kept.
#![cfg(all(feature = "train", unix))]

use std::{
    fs,
    path::Path,
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use mnv1_tui::run::{RunDir, checkpoint, read_all};

/// Longer than anything here takes, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// 66 steps with a checkpoint after every third.
#[rustfmt::skip] // a table
const SETTINGS: [&str; 16] = [
    "--dataset", "shapes", "--limit", "600", "--device", "cpu", "--threads", "1", "--alpha", ".25",
    "--batch-size", "16", "--epochs", "2", "--checkpoint-every", "3",
];
const STEPS: u64 = 66;

/// A training of the run `id`.
fn training(folder: &Path, id: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mnv1-tui"));
    command.args(["train", "--headless", "--runs-dir"]).arg(folder).args(SETTINGS);
    command.args(["--run-id", id]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// How it ended, and what it said of that.
fn end(child: Child) -> (ExitStatus, String) {
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    (status, String::from_utf8(stderr).unwrap())
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "{what}: in vain");
        thread::sleep(Duration::from_millis(1));
    }
}

fn newest_step(run: &RunDir) -> Option<u64> {
    checkpoint::newest_good(run).unwrap().0.map(|newest| newest.step)
}

#[test]
fn a_run_whose_events_are_removed_keeps_what_it_learned() {
    let folder = tempfile::tempdir().unwrap();
    let child = training(folder.path(), "r").spawn().unwrap();
    let path = folder.path().join("r");
    wait_until("a checkpoint", || path.join("checkpoints/3").exists());
    fs::remove_file(path.join("events.jsonl")).unwrap();
    let (status, said) = end(child);
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("events.jsonl: gone"), "{said}");
    let run = RunDir::find(folder.path(), "r").unwrap();
    assert_eq!(newest_step(&run), Some(STEPS));
    assert!(run.path().join("predictions").exists());
}

#[test]
fn of_many_starts_under_one_name_one_trains_and_the_others_say_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let starts: Vec<Child> =
        (0..6).map(|_| training(folder.path(), "r").spawn().unwrap()).collect();
    let ends: Vec<(ExitStatus, String)> = starts.into_iter().map(end).collect();
    let (trained, refused): (Vec<_>, Vec<_>) = ends.iter().partition(|(end, _)| end.success());
    assert_eq!((trained.len(), refused.len()), (1, 5), "{ends:?}");
    for (status, said) in refused {
        assert_eq!((status.code(), said.lines().count()), (Some(1), 1), "{said}");
        assert!(said.contains("this run exists") || said.contains("trains in here"), "{said}");
    }
    let run = RunDir::find(folder.path(), "r").unwrap();
    assert_eq!((newest_step(&run), run.holder()), (Some(STEPS), None));
    let state = read_all(&run.events_path()).unwrap();
    assert_eq!((state.steps(), state.finished.unwrap().reason.as_str()), (STEPS, "completed"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
}

#[test]
#[cfg(target_os = "linux")]
fn a_training_whose_output_cannot_be_written_trains_on() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["text", "json"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = training(folder.path(), format);
        let (status, said) = end(command.args(["--format", format]).stdout(full).spawn().unwrap());
        assert_eq!(status.code(), Some(1), "{said}");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{said}");
        assert!(
            lines[0].contains("training goes on") && lines[1].contains("is saved in"),
            "{said}"
        );
        let run = RunDir::find(folder.path(), format).unwrap();
        assert_eq!(newest_step(&run), Some(STEPS));
        let log = fs::read_to_string(run.log_path()).unwrap();
        assert_eq!(log.matches("standard output cannot be written").count(), 1, "{log}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (status, said) = end(training(folder.path(), "r").stdout(writer).spawn().unwrap());
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    assert_eq!(newest_step(&RunDir::find(folder.path(), "r").unwrap()), Some(STEPS));
}
