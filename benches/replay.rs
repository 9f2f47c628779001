//! `watch` over a run of a million steps, before a pseudo-terminal: `cargo bench --bench replay`.
//!
//! Time from the start of the program to its first whole screen and to the last step of the run on
//! it, and the most memory that the program took; beside a run of a thousand steps.

mod made_up;
#[path = "../tests/person/mod.rs"]
mod person;

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
    time::{Duration, Instant},
};

use made_up::START;
use mnv1_tui::{
    domain::{
        events::{Phase, Record, RunFinished, TrainEvent},
        units::Count,
    },
    run::serialize_line,
};
use person::Person;

/// Time of a step in ms.
const STEP_MS: u64 = 27;
const ROUNDS: usize = 5;

fn main() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    for steps in [1_000, 1_000_000] {
        let run = folder.path().join(format!("made-up-{steps}"));
        write_run(&run, steps)?;
        let megabytes = fs::metadata(run.join("events.jsonl"))?.len() / 1_000_000;
        for _ in 0..ROUNDS {
            let (first, last, kilobytes) = watched(folder.path(), &run, steps)?;
            writeln!(
                io::stdout(),
                "{steps:>8} steps, {megabytes} MB: first screen {:.0} ms, complete {:.0} ms, \
                 at most {:.0} MB",
                first.as_secs_f64() * 1e3,
                last.as_secs_f64() * 1e3,
                kilobytes / 1e3,
            )?;
        }
    }
    Ok(())
}

fn watched(folder: &Path, run: &Path, steps: u64) -> io::Result<(Duration, Duration, f64)> {
    let mut command = person::program();
    command.arg("watch");
    command.arg(run.file_name().unwrap_or_default());
    command.arg("--runs-dir");
    command.arg(folder);
    let began = Instant::now();
    let mut person = Person::starting(120, 40, command);
    person.sees("[1 Train]");
    let first = began.elapsed();
    person.sees(&format!("@{}", Count(steps)));
    let last = began.elapsed();
    let status = fs::read_to_string(format!("/proc/{}/status", person.process()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.split_whitespace().next()?.parse().ok());
    person.presses("q");
    person.waits_for_the_end();
    Ok((first, last, peak.unwrap_or(f64::NAN)))
}

/// The directory of a run that never was.
fn write_run(folder: &Path, steps: u64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = BufWriter::new(File::create(folder.join("events.jsonl"))?);
    let mut write = |step: u64, event| {
        let record = Record { time: START + step * STEP_MS, event };
        file.write_all(serialize_line(&record).as_bytes())
    };
    write(0, TrainEvent::Phase { phase: Phase::Starting })?;
    write(0, made_up::started())?;
    write(0, TrainEvent::Phase { phase: Phase::Training })?;
    for step in 1..=steps {
        made_up::events_of(step).try_for_each(|event| write(step, event))?;
    }
    let finished = RunFinished {
        step: steps,
        epoch: steps.div_ceil(made_up::EPOCH) as u32,
        reason: "completed".to_owned(),
        best_accuracy: Some(0.9),
        test_accuracy: None,
    };
    write(steps, TrainEvent::RunFinished(finished))?;
    write(steps, TrainEvent::Phase { phase: Phase::Ended })?;
    file.flush()
}
