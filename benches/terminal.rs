//! The real program before a pseudo-terminal: `cargo bench --bench terminal -- WHAT… [--device D]`.
//!
//! - `first-frame`: time from the start of the program to a whole screen.
//! - `keys`: time from a key to the screen that answers it, training at full load.
//! - `keys-at-start`: the same from the first frame on, while the device compiles its kernels.
//! - `rate`: training with the dashboard against training without, in turns.
//! - `stalled`: training while nobody reads the terminal for half a minute.
//!
//! Without WHAT: all of them. Built-in pictures, alpha .25, batches of 64.

#[path = "../tests/person/mod.rs"]
mod person;

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use mnv1_tui::{
    domain::events::{StepSample, TrainEvent},
    run::RunDir,
};
use person::{PATIENCE, Person, events, only_run};
use portable_pty::CommandBuilder;

const ALL: [&str; 5] = ["first-frame", "keys", "keys-at-start", "rate", "stalled"];
const STARTS: usize = 20;
const KEYS: usize = 500;
const KEYS_AT_START: usize = 100;
const PAIRS: usize = 9;
/// Steps of a run whose rate is measured, and those of them that warm up.
const STEPS: u64 = 600;
const WARM_UP: u64 = 60;
const STALL: Duration = Duration::from_secs(30);

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (mut wanted, mut device) = (Vec::new(), "cpu".to_owned());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--device" => device = arguments.next().unwrap_or(device),
            what if ALL.contains(&what) => wanted.push(what.to_owned()),
            other => return Err(io::Error::other(format!("{other}: none of {ALL:?}"))),
        }
    }
    let is_wanted = |what: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == what);
    let measures: [fn(&str) -> io::Result<()>; 5] =
        [first_frame, keys, keys_at_start, rate, stalled];
    let chosen = ALL.iter().zip(measures).filter(|(what, _)| is_wanted(what));
    chosen.map(|(_, measure)| measure).try_for_each(|measure| measure(&device))
}

fn first_frame(device: &str) -> io::Result<()> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let folder = tempfile::tempdir()?;
        let began = Instant::now();
        let mut person = Person::starting(120, 40, training(folder.path(), device, "30"));
        person.sees("[1 Train]");
        times.push(began.elapsed());
        leave(person);
    }
    report("first frame", times)
}

fn keys(device: &str) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut person = Person::starting(120, 40, training(folder.path(), device, "30"));
    person.sees("RUNNING");
    while person::steps(&only_run(folder.path())) < WARM_UP as usize {
        person.looks_on(Duration::from_millis(200));
    }
    let times = pressed(&mut person, KEYS);
    leave(person);
    report("key to screen", times)
}

fn keys_at_start(device: &str) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut person = Person::starting(120, 40, training(folder.path(), device, "30"));
    person.sees("[1 Train]");
    let times = pressed(&mut person, KEYS_AT_START);
    leave(person);
    report("key to screen from the start on", times)
}

/// Goes from tab to tab at moments that have nothing to do with the frames.
fn pressed(person: &mut Person, count: usize) -> Vec<Duration> {
    let tabs = ["[2 Layers]", "[3 Confusion]", "[5 Network]", "[6 Log]", "[1 Train]"];
    let mut times = Vec::new();
    for (press, tab) in (0..count).zip(tabs.iter().cycle()) {
        person.looks_on(Duration::from_millis(40 + (press as u64 * 37) % 101));
        let began = Instant::now();
        person.presses(&tab[1..2]);
        person.sees(tab);
        times.push(began.elapsed());
    }
    times
}

fn rate(device: &str) -> io::Result<()> {
    let (mut medians, mut wholes, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for pair in 1..=PAIRS {
        // Whoever goes first finds the machine as the other left it: they take turns.
        let (shown, alone) = if pair % 2 == 0 {
            (with_dashboard(device)?, headless(device)?)
        } else {
            let alone = headless(device)?;
            (with_dashboard(device)?, alone)
        };
        medians.push(shown.speed.median / alone.median);
        wholes.push(shown.speed.whole / alone.whole);
        shares.push(shown.screen_s / shown.speed.seconds);
        writeln!(
            io::stdout(),
            "pair {pair}: with dashboard {:.0}, headless {:.0} images/s by the median step, {:.0} \
             and {:.0} over the whole; the dashboard's thread ran {:.2} s of {:.1} s",
            shown.speed.median,
            alone.median,
            shown.speed.whole,
            alone.whole,
            shown.screen_s,
            shown.speed.seconds
        )?;
    }
    let middle = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    let (median, whole, share) = (middle(medians), middle(wholes), middle(shares));
    writeln!(
        io::stdout(),
        "with dashboard / headless, median of {PAIRS} pairs: {median:.3} by the median step, \
         {whole:.3} over the whole; the dashboard's thread takes {:.2} % of one core",
        share * 100.0
    )
}

/// Images a second over the warm steps of a run.
struct Speed {
    /// By the median step.
    median: f64,
    /// From the first of them to the last, reports, layer times and all.
    whole: f64,
    seconds: f64,
}

struct Shown {
    speed: Speed,
    /// Processor time of the thread that draws, from the first step to the last.
    screen_s: f64,
}

fn with_dashboard(device: &str) -> io::Result<Shown> {
    let folder = tempfile::tempdir()?;
    let mut command = training(folder.path(), device, "30");
    command.args(["--max-steps", &STEPS.to_string()]);
    let mut person = Person::starting(120, 40, command);
    person.sees("RUNNING");
    let run = only_run(folder.path());
    while newest_step(&run) < WARM_UP {
        person.looks_on(Duration::from_millis(50));
    }
    let before = of_main_thread(person.process())?;
    // A terminal that takes what is written and makes nothing of it: to find out what the screen
    // shows would take of the cores what is not the program's.
    while !has_ended(&run)? {
        thread::sleep(Duration::from_millis(250));
        person.output.try_iter().for_each(drop);
    }
    let screen_s = of_main_thread(person.process())? - before;
    let speed = speed(&run, 0..u64::MAX);
    person.presses("\x0c"); // so that it is written again
    person.sees("ENDED");
    person.presses("q");
    person.waits_for_the_end();
    Ok(Shown { speed, screen_s })
}

/// Processor time of a process's first thread, in s, where the system is a Linux.
fn of_main_thread(process: u32) -> io::Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/task/{process}/schedstat"))?;
    let nanoseconds = text.split(' ').next().and_then(|field| field.parse::<f64>().ok());
    Ok(nanoseconds.unwrap_or(f64::NAN) / 1e9)
}

fn headless(device: &str) -> io::Result<Speed> {
    let folder = tempfile::tempdir()?;
    let status = Command::new(env!("CARGO_BIN_EXE_mnv1-tui"))
        .args(["train", "--headless", "--dataset", "shapes", "--alpha", ".25", "--epochs", "30"])
        .args(["--device", device, "--max-steps", &STEPS.to_string()])
        .arg("--runs-dir")
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    assert!(status.success(), "{status}");
    Ok(speed(&only_run(folder.path()), 0..u64::MAX))
}

/// Nobody reads the terminal for a while, as when its reader is stopped.
fn stalled(device: &str) -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut person = Person::starting(120, 40, training(folder.path(), device, "30"));
    person.sees("RUNNING");
    let run = only_run(folder.path());
    person.looks_on(Duration::from_secs(15));
    let stalled_from = newest_step(&run);
    person.stops_reading(true);
    thread::sleep(STALL);
    let stalled_to = newest_step(&run);
    person.stops_reading(false);
    person.looks_on(Duration::from_secs(15));
    let read = speed(&run, WARM_UP..stalled_from).median;
    let unread = speed(&run, stalled_from..stalled_to).median;
    let screen = person.screen.screen().contents();
    let status = screen.lines().last().unwrap_or_default().trim().to_owned();
    leave(person);
    let mut out = io::stdout().lock();
    writeln!(out, "read: {read:.0} images/s; unread for {STALL:?}: {unread:.0} images/s")?;
    writeln!(out, "status line afterwards: {status}")
}

fn training(runs_dir: &Path, device: &str, epochs: &str) -> CommandBuilder {
    let mut command = person::program();
    command.args(["--dataset", "shapes", "--alpha", ".25", "--device", device]);
    command.args(["--epochs", epochs, "--runs-dir"]);
    command.arg(runs_dir);
    command.cwd(runs_dir);
    command
}

/// Stops without saving what nobody needs.
fn leave(mut person: Person) {
    person.presses("q");
    person.looks_on(Duration::from_millis(100));
    person.presses("\r");
    person.waits_for_the_end();
}

fn samples(run: &RunDir) -> Vec<StepSample> {
    let sample = |event| match event {
        TrainEvent::Step(sample) => Some(sample),
        _ => None,
    };
    events(run).into_iter().filter_map(sample).collect()
}

/// By the end of the file: to read all of it would take time of the training.
fn has_ended(run: &RunDir) -> io::Result<bool> {
    let mut file = File::open(run.events_path())?;
    let mut end = String::new();
    file.seek(SeekFrom::Start(file.metadata()?.len().saturating_sub(100)))?;
    file.read_to_string(&mut end)?;
    Ok(end.trim_end().ends_with(r#""phase":"ended"}"#))
}

fn newest_step(run: &RunDir) -> u64 {
    samples(run).last().map_or(0, |sample| sample.step)
}

/// Of those in `steps` that are warm.
fn speed(run: &RunDir, steps: Range<u64>) -> Speed {
    let warm = |sample: &StepSample| sample.step > WARM_UP && steps.contains(&sample.step);
    let measured: Vec<_> = samples(run).into_iter().filter(warm).collect();
    let mut times: Vec<f64> = measured.iter().map(|sample| sample.step_ms).collect();
    let seconds = times.iter().sum::<f64>() / 1e3;
    times.sort_by(f64::total_cmp);
    let whole = 64.0 * times.len() as f64 / seconds;
    Speed { median: 64e3 / times[times.len() / 2], whole, seconds }
}

fn report(what: &str, mut times: Vec<Duration>) -> io::Result<()> {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let (p50, p99, most) = (ms(at(50)), ms(at(99)), ms(at(100)));
    let count = times.len();
    assert!(most < ms(PATIENCE), "the person would have given up");
    writeln!(
        io::stdout(),
        "{what}: {count} times, p50 {p50:.1} ms, p99 {p99:.1} ms, max {most:.1} ms"
    )
}
