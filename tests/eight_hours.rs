//! Eight hours of a run, and a person without any plan before the real program: `watch` follows
//! the events as they are written, at speed, while keys, mouse, pastes and sizes come at random.
//!
//! The long form is `MNV1_TUI_KEYS=10000 cargo test --release --test eight_hours -- --nocapture`.
#![cfg(unix)]
#![expect(clippy::print_stdout, reason = "says how it can be repeated, and what it measured")]

mod long_run;
mod person;

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use long_run::{LongRun, draw_pictures};
use mnv1_tui::domain::events::TrainEvent;
use person::{PATIENCE, Person};
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

/// Steps of the run for each thing that the person does: with 10,000 of them, ten a second.
const STEPS: f64 = 28.8;
/// How often the memory is looked at.
const LOOKS: usize = 20;
/// Bytes that a step may leave behind. Seven curves of 4.3 bytes and six averages of half a byte,
/// as much again for a second run behind them: 70. One step in 37 comes with a line that no trainer
/// writes, and one in 592 with each of the long ones: what is kept of their texts, layers and
/// matrices until lists are full, some 75 kB, is 127 a step.
const BYTES_A_STEP: f64 = 200.0;
/// What fills up for hours, in MB: 512 steps timed by layer take 2, 10,000 lines of the log and
/// 4,096 warnings with texts of usual length 2, the evaluations 2; the rest is what the allocator
/// keeps of what a thread has given back.
const SLACK: f64 = 16.0;

/// Another run is read again from its beginning, of which a program that is not optimised has its
/// work for minutes.
const LONG: Duration = Duration::from_secs(900);

/// Every key of the program but those that end or suspend it.
const KEYS: &[u8] = b" .0123456789EvaASBhjklgGcwxL[]/srmifRCeyzt:?+-=\t\r";
#[rustfmt::skip] // a table
const SPECIAL: [&[u8]; 20] = [
    b"\x1b", b"\x1b\x1b", b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[H", b"\x1b[F",
    b"\x1b[5~", b"\x1b[6~", b"\x1b[Z", b"\x1b[3~", b"\x1b[15~", b"\x7f", b"\x0c", b"\x15",
    b"\x1b[I", b"\x1b]11;rgb:ffff/fdfd/e3e3\x1b\\", b"\x1b[10;20R", b"\x1bOP",
];
/// What a person does who has a plan after all.
#[rustfmt::skip] // a table
const PLANS: [&[u8]; 16] = [
    b"1000c", b"1ec", b"1es", b"2ep", b"3\t\rs", b"4m\r", b"5f", b"a-\r", b"Rother\r", b"RotherC",
    b"Rlong\r", b":theme\r", b"2/stem\r", b"4/bird\r", b"6/WARN\r", b"3[[[[\r",
];
const WORDS: [&str; 5] = ["日", "é", "\u{202e}", "👩\u{200d}👧", "~"];
const SIZES: [(u16, u16); 9] =
    [(1, 1), (2, 40), (300, 1), (59, 16), (60, 16), (80, 24), (120, 40), (200, 60), (300, 100)];

struct Watching {
    person: Person,
    runs_dir: PathBuf,
    /// Where views are saved.
    cwd: PathBuf,
    /// How often it has been started.
    lives: usize,
}

impl Watching {
    fn starting(runs_dir: PathBuf, cwd: PathBuf) -> Self {
        Self { person: watch(&runs_dir, &cwd), runs_dir, cwd, lives: 1 }
    }

    /// Sends what was typed; a person who has left the program, by the palette for example, starts
    /// it anew.
    fn types(&mut self, bytes: &[u8]) {
        if self.person.has_ended() || self.person.types(bytes).is_err() {
            self.ends_well();
            self.person = watch(&self.runs_dir, &self.cwd);
            self.lives += 1;
        }
    }

    /// Types, clicks, or gives the terminal another size.
    fn does_anything(&mut self, random: &mut ChaCha8Rng) {
        match random.random_range(0..100) {
            0..4 => self.person.resizes(random.random_range(1..=300), random.random_range(1..=100)),
            4..7 => {
                let (columns, rows) = one_of(&SIZES, random);
                self.person.resizes(columns, rows);
            }
            _ => self.types(&typed(random)),
        }
    }

    fn looks_on(&mut self, time: Duration) {
        self.person.looks_on(time);
        let shows =
            |text: &str| self.person.written.windows(text.len()).any(|w| w == text.as_bytes());
        assert!(!shows("panicked at"), "{}", String::from_utf8_lossy(&self.person.written));
        let kept = self.person.written.len().saturating_sub(32);
        self.person.written.drain(..kept);
    }

    fn ends_well(&mut self) {
        assert_eq!(self.person.waits_for_the_end().exit_code(), 0, "{}", self.seen());
        assert_eq!(self.person.state(), self.person.before);
    }

    fn seen(&self) -> String {
        self.person.screen.screen().contents()
    }

    /// Leaves every dialog, and goes back to the long run, until the screen shows `text`.
    fn comes_to(&mut self, text: &str) {
        let deadline = Instant::now() + LONG;
        self.person.resizes(120, 40);
        while !self.seen().contains(text) {
            assert!(Instant::now() < deadline, "never came to '{text}':\n{}", self.seen());
            // Each on its own: escape and the next key are one key if they are read together.
            for keys in ["\x1b", "\x1b", "\x1b", "\x1b", "\x0c"] {
                self.types(keys.as_bytes());
                self.looks_on(Duration::from_millis(40));
            }
            let screen = self.seen();
            if screen.contains("? help") && !screen.contains("run long ") {
                self.types(b"Rlong");
                let soon = Instant::now() + PATIENCE / 4;
                while !self.seen().contains("▸ long") && Instant::now() < soon {
                    self.looks_on(Duration::from_millis(40));
                }
                self.types(b"\r");
            }
            self.looks_on(Duration::from_millis(200));
        }
    }
}

/// For runs, with pictures, and to save views in.
fn folders(folder: &Path) -> [PathBuf; 3] {
    let [runs_dir, pictures, cwd] = ["runs", "pictures", "saved"].map(|name| folder.join(name));
    [&runs_dir, &cwd].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
    draw_pictures(&pictures);
    [runs_dir, pictures, cwd]
}

fn watch(runs_dir: &Path, cwd: &Path) -> Person {
    let mut command = person::program();
    command.args(["watch", "long", "--runs-dir"]);
    command.arg(runs_dir);
    command.cwd(cwd);
    // What is to be flat is what the program holds. Where each thread has an arena of its own, as
    // with glibc, much of what it gave back stays with the process: some 70 MB in eight hours.
    command.env("MALLOC_ARENA_MAX", "1");
    Person::starting(120, 40, command)
}

fn one_of<T: Copy>(all: &[T], random: &mut ChaCha8Rng) -> T {
    *all.choose(random).expect("there is something to choose from")
}

/// What the person does next, in bytes.
fn typed(random: &mut ChaCha8Rng) -> Vec<u8> {
    match random.random_range(0..100) {
        0..50 => vec![one_of(KEYS, random)],
        50..56 => {
            vec![random.random_range(b' '..=b'~')].into_iter().filter(|b| *b != b'q').collect()
        }
        56..70 => one_of(&SPECIAL, random).to_vec(),
        70..74 => one_of(&PLANS, random).to_vec(),
        74..76 => one_of(&WORDS, random).as_bytes().to_vec(),
        76..78 => [&b"\x1b[200~"[..], one_of(&PLANS, random), b"\x1b[201~"].concat(),
        _ => {
            let button = one_of(&[0, 0, 0, 1, 2, 32, 35, 64, 65, 64, 65, 66, 128], random);
            let (x, y) = (random.random_range(1..310), random.random_range(1..105));
            let end = one_of(&['M', 'M', 'm'], random);
            format!("\x1b[<{button};{x};{y}{end}").into_bytes()
        }
    }
}

/// Memory of a process in MB, where the system tells.
fn memory(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1e3)
}

/// Steps and memory, each the mean of a quarter of what was seen after the first third, in which
/// the program comes to its working size: of the first quarter and of the last.
fn first_and_last(looks: &[(u64, f64)]) -> [(f64, f64); 2] {
    let settled = &looks[looks.len() / 3..];
    let quarter = settled.len().div_ceil(4);
    let mean = |looks: &[(u64, f64)]| {
        let of = |pick: fn(&(u64, f64)) -> f64| looks.iter().map(pick).sum::<f64>();
        (of(|look| look.0 as f64) / looks.len() as f64, of(|look| look.1) / looks.len() as f64)
    };
    [mean(&settled[..quarter]), mean(&settled[settled.len() - quarter..])]
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

fn by_chance() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64
}

#[test]
fn nothing_breaks_in_eight_hours_and_the_memory_stays_flat() {
    let keys: usize = std::env::var("MNV1_TUI_KEYS").map_or(1_000, |keys| keys.parse().unwrap());
    let seed = std::env::var("MNV1_TUI_SEED").map_or_else(|_| by_chance(), |s| s.parse().unwrap());
    println!("MNV1_TUI_SEED={seed} does the same again");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let folder = TempDir::new().unwrap();
    let [runs_dir, pictures, cwd] = folders(folder.path());
    let mut other = LongRun::begin(&runs_dir, "other", 2_000, &pictures);
    other.goes_on_to(2_000);
    other.ends();
    let steps = (keys as f64 * STEPS) as u64;
    let mut run = LongRun::begin(&runs_dir, "long", steps, &pictures);
    let mut watching = Watching::starting(runs_dir.clone(), cwd.clone());
    run.goes_on_to(1);
    watching.comes_to("RUNNING");
    for plan in PLANS {
        watching.types(plan);
        watching.looks_on(Duration::from_millis(100));
    }
    let mut looks = Vec::new();
    for n in 1..=keys {
        run.goes_on_to((n as f64 * STEPS) as u64);
        watching.does_anything(&mut random);
        watching.looks_on(Duration::from_millis(4));
        if n.is_multiple_of((keys / LOOKS).max(1)) {
            let (kind, message) = ("mark".to_owned(), format!("{n}."));
            run.tells(TrainEvent::Warning { kind, message });
            watching.comes_to(&format!("mark: {n}."));
            let held = memory(watching.person.process());
            looks.extend(held.map(|held| (run.made(), held)));
        }
    }
    // It answers still, and leaves when it is told to.
    watching.types(b"?");
    watching.person.sees("run to the end of the epoch");
    watching.types(b"\x1b");
    run.ends();
    watching.comes_to("ENDED");
    watching.types(b"q");
    watching.ends_well();
    println!("{keys} deeds, {steps} steps, {} lives", watching.lives);
    wrote_only_what_it_was_told_to(&runs_dir, &cwd);
    memory_stayed_flat(&looks);
}

fn wrote_only_what_it_was_told_to(runs_dir: &Path, cwd: &Path) {
    let saved = names(cwd);
    println!("{} views saved", saved.len());
    assert!(saved.iter().all(|name| ["long-", "other-"].iter().any(|run| name.starts_with(run))));
    // Whoever looks on writes nothing.
    let files = ["config.toml", "events.jsonl", "lock", "log.txt", "predictions"];
    assert_eq!(names(&runs_dir.join("long")), files);
}

fn memory_stayed_flat(looks: &[(u64, f64)]) {
    if looks.is_empty() {
        return println!("this system does not tell how much memory a process has");
    }
    for (steps, held) in looks {
        println!("{steps:>8} steps: {held:.1} MB");
    }
    let [first, last] = first_and_last(looks);
    let grown = last.1 - first.1;
    let allowed = (last.0 - first.0) * BYTES_A_STEP / 1e6 + SLACK;
    println!("grown by {grown:.1} MB, of which {allowed:.1} MB are allowed");
    assert!(grown <= allowed, "{grown:.1} MB more for {} steps", last.0 - first.0);
}

#[test]
fn what_was_said_of_a_picture_before_comes_though_nothing_else_happens() {
    let folder = TempDir::new().unwrap();
    let [runs_dir, pictures, cwd] = folders(folder.path());
    let mut run = LongRun::begin(&runs_dir, "long", 4_200, &pictures);
    run.goes_on_to(4_200);
    run.ends();
    let mut person = watch(&runs_dir, &cwd);
    person.sees("ENDED");
    person.presses("4");
    person.sees("[4 Samples]");
    for step in ["4,200  ", "3,500  ", "2,800  ", "2,100  "] {
        person.sees(step);
    }
    assert!(person.has_seen("loading predictions"), "nothing was drawn while pictures were read");
    person.presses("q");
    assert!(person.waits_for_the_end().success());
}
