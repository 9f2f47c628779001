//! What a frame of the dashboard costs, in time and in bytes: `cargo bench --bench dashboard`.
//!
//! Training reports a hundred steps a second, twenty frames are drawn meanwhile. For each tab, a
//! layer that was opened, and each size of the screen: median and 99th percentile of the time that
//! drawing takes, and the median of the bytes that a terminal is sent. Then pictures as the terminal
//! takes them: what a page of new ones costs, and that the same page drawn again sends none. Then
//! the first tab over runs of a thousand and of a million steps, with the memory that the longer one
//! takes.

mod made_up;

use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, bounded, never};
use made_up::{PICTURES, START};
use mnv1_tui::{
    domain::{
        events::{Command, Evaluation, Phase, Record, TrainEvent},
        images::{ImageSet, Samples},
    },
    tui::{Host, Input, Offscreen, Options, Preferences, Source},
};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
/// What is drawn, and the keys that lead there: each tab, and a layer that was opened.
const VIEWS: [(&str, &[KeyCode]); 7] = [
    ("Train", &[KeyCode::Char('1')]),
    ("Layers", &[KeyCode::Char('2')]),
    ("a layer", &[KeyCode::Char('2'), KeyCode::Enter]),
    ("Confusion", &[KeyCode::Char('3')]),
    ("Samples", &[KeyCode::Char('4')]),
    ("Network", &[KeyCode::Char('5')]),
    ("Log", &[KeyCode::Char('6')]),
];
/// Steps before anything is measured, so that the charts are full, and so is what is kept of timed
/// steps when the last frame is drawn: it is thinned out each time that it is full.
const STEPS: u64 = 10_000;
/// Steps between two whose weights and activations are looked at: oftener than a run has it by
/// default, so that what is kept of them is as long as that of the timed steps.
const STATS_EVERY: u64 = made_up::LAYERS_EVERY;
const FRAMES: u64 = 2_000;
/// Pages of pictures that are turned.
const PAGES: usize = 8;
/// Frames in which nothing changes.
const STILL: usize = 100;
/// Fewer bytes than any picture takes; the time of drawing at the foot takes some of them.
const A_PICTURE: usize = 200;
/// Time between two steps and between two frames, in ms.
const STEP_MS: u64 = 10;
const FRAME_MS: u64 = 50;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:<9} {:<10} {:>8} {:>8} {:>8} {:>8}",
        "size", "tab", "p50 ms", "p99 ms", "max ms", "bytes"
    )?;
    for size in SIZES {
        for (name, keys) in VIEWS {
            let mut host = Pictures::new();
            let mut bench = Bench::new(size, STEPS, "auto", &mut host)?;
            bench.show(keys);
            let label = format!("{}×{}", size.0, size.1);
            writeln!(out, "{label:<9} {name:<10} {}", bench.frames()?)?;
        }
    }
    pictures(&mut out)?;
    writeln!(out, "\nTrain at 120×40 by the length of the run")?;
    for steps in [1_000, 1_000_000] {
        let before = resident_mb();
        let mut host = Pictures::new();
        let began = Instant::now();
        let mut bench = Bench::new((120, 40), steps, "auto", &mut host)?;
        let folded = began.elapsed();
        let frames = bench.frames()?;
        let mb = resident_mb() - before;
        writeln!(
            out,
            "{steps:>9} steps       {frames}   {mb:.1} MB, events taken in {folded:.1?}"
        )?;
    }
    Ok(())
}

/// The fourth tab with each kind of pictures.
fn pictures(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nSamples by how pictures are drawn: while the run goes on, a page of new")?;
    writeln!(out, "pictures (frames that it takes, the slowest, all bytes), the same page again")?;
    writeln!(
        out,
        "{:<9} {:<10} {:>8} {:>8} {:>8} {:>8} {:>7} {:>8} {:>9} {:>8} {:>6}",
        "size",
        "pictures",
        "p50 ms",
        "p99 ms",
        "max ms",
        "bytes",
        "frames",
        "max ms",
        "bytes",
        "p50 ms",
        "bytes"
    )?;
    for size in SIZES {
        for graphics in ["halfblocks", "kitty", "sixel"] {
            let mut host = Pictures::new();
            let mut bench = Bench::new(size, STEPS, graphics, &mut host)?;
            bench.show(&[KeyCode::Char('4')]);
            let going_on = bench.frames()?;
            bench.press(KeyCode::Char('m')); // all pictures, which fill many pages
            let pages = (0..PAGES).map(|_| bench.turn_page()).collect::<io::Result<Vec<_>>>()?;
            let middle = |of: fn(&Frames) -> usize| {
                let mut all: Vec<usize> = pages.iter().map(of).collect();
                all.sort_unstable();
                all[all.len() / 2]
            };
            let frames = middle(|page| page.times.len());
            let bytes = middle(|page| page.bytes.iter().sum());
            if bytes < A_PICTURE {
                return Err(io::Error::other("a page of new pictures sent none"));
            }
            let slowest = pages.iter().filter_map(|page| page.times.last()).max();
            let slowest = slowest.map_or(0.0, |time| time.as_secs_f64() * 1e3);
            let (still_ms, still_bytes) = bench.still()?;
            let label = format!("{}×{}", size.0, size.1);
            writeln!(
                out,
                "{label:<9} {graphics:<10} {going_on} {frames:>7} {slowest:>8.3} {bytes:>9} \
                 {still_ms:>8.3} {still_bytes:>6}"
            )?;
        }
    }
    Ok(())
}

/// A dashboard over a run that goes on.
struct Bench<'a> {
    screen: Offscreen<'a>,
    step: u64,
    now: u64,
}

impl<'a> Bench<'a> {
    fn new(
        size: (u16, u16),
        steps: u64,
        graphics: &str,
        host: &'a mut Pictures,
    ) -> io::Result<Self> {
        let graphics = graphics.parse().map_err(io::Error::other)?;
        let options = Options {
            title: "260102-030405".into(),
            source: Source::Live,
            run_dir: PathBuf::from("runs/260102-030405"),
            screen: File::open("/dev/null")?,
            wishes: never(),
            compare: None,
            lists_runs: false,
            preferences: Preferences { graphics, ..Preferences::default() },
        };
        let mut screen = Offscreen::new(&options, size, host)?;
        screen.receive(record(0, made_up::started()));
        screen.receive(record(0, TrainEvent::Phase { phase: Phase::Training }));
        let mut bench = Self { screen, step: 0, now: 0 };
        (0..steps).for_each(|_| bench.train());
        Ok(bench)
    }

    fn show(&mut self, keys: &[KeyCode]) {
        keys.iter().for_each(|key| self.press(*key));
        self.screen.pass_time(self.now + 2_000, START + self.now + 2_000); // it was no count
    }

    fn press(&mut self, code: KeyCode) {
        self.screen.press(&KeyEvent::new(code, KeyModifiers::NONE));
    }

    /// One more step and what comes with it.
    fn train(&mut self) {
        self.step += 1;
        self.now += STEP_MS;
        let looked = self.step.is_multiple_of(STATS_EVERY);
        let looked = looked.then(|| made_up::layer_stats(self.step));
        for event in made_up::events_of(self.step).chain(looked) {
            self.screen.receive(record(self.now, event));
        }
    }

    /// The frames that a page of new pictures takes, sorted.
    fn turn_page(&mut self) -> io::Result<Frames> {
        self.press(KeyCode::PageDown);
        let mut frames = Frames::default();
        loop {
            let began = Instant::now();
            frames.bytes.push(self.screen.draw()?);
            frames.times.push(began.elapsed());
            if !self.screen.waits() {
                frames.times.sort_unstable();
                return Ok(frames);
            }
        }
    }

    /// What a frame costs in which nothing changed: ms, and the most bytes.
    fn still(&mut self) -> io::Result<(f64, usize)> {
        self.screen.draw()?; // where kitty was given a picture there are characters only from now on
        let mut frames = Frames::default();
        for _ in 0..STILL {
            let began = Instant::now();
            frames.bytes.push(self.screen.draw()?);
            frames.times.push(began.elapsed());
        }
        frames.times.sort_unstable();
        let most = frames.bytes.into_iter().max().unwrap_or(0);
        match most < A_PICTURE {
            true => Ok((frames.times[frames.times.len() / 2].as_secs_f64() * 1e3, most)),
            false => Err(io::Error::other("a picture was sent again though nothing changed")),
        }
    }

    fn frames(&mut self) -> io::Result<Frames> {
        (0..20).try_for_each(|_| self.screen.draw().map(|_| ()))?;
        let mut frames = Frames::default();
        let mut drawn_at = self.now;
        for _ in 0..FRAMES {
            drawn_at += FRAME_MS;
            while self.now < drawn_at {
                self.train();
            }
            self.screen.pass_time(drawn_at, START + drawn_at);
            let began = Instant::now();
            let bytes = self.screen.draw()?;
            frames.times.push(began.elapsed());
            frames.bytes.push(bytes);
        }
        frames.times.sort_unstable();
        frames.bytes.sort_unstable();
        Ok(frames)
    }
}

/// What frames cost, sorted.
#[derive(Debug, Default)]
struct Frames {
    times: Vec<Duration>,
    bytes: Vec<usize>,
}

impl std::fmt::Display for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of = |share: usize| {
            let at = (self.times.len() * share / 100).min(self.times.len() - 1);
            self.times[at].as_secs_f64() * 1e3
        };
        let (p50, p99, max) = (of(50), of(99), of(100));
        write!(f, "{p50:>8.3} {p99:>8.3} {max:>8.3} {:>8}", self.bytes[self.bytes.len() / 2])
    }
}

/// Resident memory of this process in MB, where the system tells.
fn resident_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kb = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kb.map_or(f64::NAN, |kb| kb / 1e3)
}

fn record(now: u64, event: TrainEvent) -> Input {
    Input::Record(Record { time: START + now, event })
}

/// Has pictures for every evaluation, and does what it is told.
struct Pictures(Arc<ImageSet>);

impl Pictures {
    fn new() -> Self {
        let pixels = (0..PICTURES * 3 * 32 * 32).map(|i| (i * 37 % 251) as u8).collect();
        let labels = (0..PICTURES).map(|i| (i % 10) as u16).collect();
        Self(Arc::new(ImageSet { side: 32, pixels, labels }))
    }
}

impl Host for Pictures {
    fn command(&mut self, _command: Command) -> Result<(), String> {
        Ok(())
    }

    fn samples(&mut self, evaluation: &Evaluation) -> Receiver<Result<Samples, String>> {
        let (told, samples) = bounded(1);
        let predictions = Arc::new(made_up::predictions(evaluation.step));
        let _ = told.send(Ok(Samples { predictions, images: Arc::clone(&self.0) })); // there is room
        samples
    }

    fn put_aside(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn suspend(&mut self) -> Duration {
        Duration::ZERO
    }
}
