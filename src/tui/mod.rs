//! The dashboard: shows a run and asks for what a person wants of it.
//!
//! It knows only events, commands and plain pictures: where they come from (a trainer in this
//! process, files of another one, a test) is the business of [`Host`] and the input channel.

mod action;
mod app;
mod chart;
mod clipboard;
mod draw;
mod event_loop;
mod export;
mod graphics;
mod keyboard;
mod keys;
mod mouse;
mod notify;
mod offscreen;
mod overlays;
mod pane;
mod picture;
mod save;
mod screen;
mod tab;
mod text;
mod theme;
mod title;
mod tty;
mod views;

pub use chart::glyphs::GlyphsChoice;
pub use graphics::GraphicsChoice;
pub use keys::{KeyError, KeyTable};
pub use notify::NotifyChoice;
pub use offscreen::Offscreen;
pub use screen::give_back_for_good;
pub use theme::ThemeChoice;

use std::{fs::File, io, path::PathBuf, time::Duration};

use crossbeam_channel::Receiver;
use jiff::tz::TimeZone;

use self::{
    app::App,
    event_loop::Manners,
    graphics::Graphics,
    theme::{ColourDepth, Ground},
};
use crate::domain::{
    events::{Command, Evaluation, Record},
    features::{FeatureAnswer, FeatureRequest},
    images::Samples,
    machine::Load,
    runs::Overview,
    state::RunState,
};

/// What the dashboard is told, in the order in which it happened.
#[derive(Debug, Clone)]
pub enum Input {
    Record(Record),
    /// One line of `log.txt`.
    Log(String),
    /// Before there is a trainer: what is being done so that there will be one.
    Preparing(&'static str),
    /// How many samples have been dropped on the way to this screen so far.
    Dropped(u64),
    /// Nothing more will come; with one line on why, if something went wrong.
    Disconnected(Option<String>),
}

/// How far another run has been read.
#[derive(Debug)]
pub enum Reading {
    /// So many steps by now.
    UnderWay(u64),
    /// What it came to.
    Complete(Box<RunState>),
    /// It cannot be read, for this reason.
    Failed(String),
}

/// What the dashboard asks of the world around it. Called on the dashboard's thread.
pub trait Host {
    /// Sends a command to the trainer; `Err(why)` when there is none to ask (`watch`).
    fn command(&mut self, command: Command) -> Result<(), String>;

    /// Begins to read logits, labels and pictures of an evaluation, which may take long; what was
    /// read, or why it cannot be, is told once. Another evaluation is asked about after that.
    fn samples(&mut self, evaluation: &Evaluation) -> Receiver<Result<Samples, String>>;

    /// Asks for feature maps of the newest weights there are; `Err(why)` where nobody can make any.
    fn ask_features(&mut self, _request: FeatureRequest) -> Result<(), String> {
        Err("there is no network here".to_owned())
    }

    /// Where the maps come that were asked for: always the same channel, which stays open.
    fn features(&self) -> Receiver<FeatureAnswer> {
        crossbeam_channel::never()
    }

    /// Asks what this process takes of its machine. The default is for a process that trains nothing:
    /// nobody answers.
    fn measure(&mut self, _what: Measuring) {}

    /// Where that comes: always the same channel, which stays open.
    fn loads(&self) -> Receiver<Load> {
        crossbeam_channel::never()
    }

    /// Begins to read what another run came to, by its id, the beginning of it, or a path: that may
    /// take long. Nobody reads on once the receiver is dropped.
    fn compared(&mut self, _run: &str) -> Result<Receiver<Reading>, String> {
        Err("there is no other run here".to_owned())
    }

    /// The runs of the folder that this run is in, each as soon as it is read, the newest ids first.
    /// Nobody reads on once the receiver is dropped.
    fn runs(&mut self) -> Result<Receiver<Overview>, String> {
        Err("there is no folder of runs here".to_owned())
    }

    /// Turns to another run of that folder from its first event on: its id, and what is told of it.
    /// A trainer of this process has ended by then.
    fn watch(&mut self, _run: &str) -> Result<(String, Receiver<Input>), String> {
        Err("there is no other run here".to_owned())
    }

    /// Does what a terminal does for Ctrl-Z while it is not raw: asks all processes of this job to
    /// stop. [`Wish::Suspend`] follows; `Err(why)` where nobody could let them go on.
    fn put_aside(&mut self) -> Result<(), String>;

    /// Stops this process, at once, until somebody lets it go on; how long that took.
    fn suspend(&mut self) -> Duration;
}

/// What is to be measured of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measuring {
    /// What was used until now does not count: measuring begins, and nothing is answered yet.
    pub begins: bool,
    /// Whether the load of the GPU is of interest: to ask its driver can wake it.
    pub gpu: bool,
}

/// What the world asks of the dashboard, by signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// As if the person had chosen to stop and save.
    Stop,
    /// The terminal is gone or given up.
    HangUp,
    /// Give the terminal back and stop the process.
    Suspend,
    /// The process goes on after it was stopped.
    Continue,
}

/// Where the events come from, which decides what leaving means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A trainer in this process: leaving stops it.
    Live,
    /// A run directory: leaving changes nothing.
    Watch,
}

/// What the dashboard needs to start.
#[derive(Debug)]
pub struct Options {
    /// The run's id.
    pub title: String,
    pub source: Source,
    /// The run's directory, to name it; nothing is written there.
    pub run_dir: PathBuf,
    /// A run to compare with from the beginning, as [`Host::compared`] takes it.
    pub compare: Option<String>,
    /// Whether the list of runs lies over it at first.
    pub lists_runs: bool,
    /// The terminal to draw on: standard output and error may lead elsewhere by now.
    pub screen: File,
    pub wishes: Receiver<Wish>,
    pub preferences: Preferences,
}

/// How a person wants the dashboard, whatever is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Preferences {
    pub theme: ThemeChoice,
    pub graphics: GraphicsChoice,
    pub glyphs: GlyphsChoice,
    /// Whether the mouse is the dashboard's rather than the terminal's.
    pub mouse: bool,
    /// Whether the terminal's title says how far the run is.
    pub title: bool,
    pub notify: NotifyChoice,
    pub keys: KeyTable,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Auto,
            graphics: GraphicsChoice::Auto,
            glyphs: GlyphsChoice::Auto,
            mouse: true,
            title: true,
            notify: NotifyChoice::default(),
            keys: KeyTable::default(),
        }
    }
}

/// How the person left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The run had ended before.
    Finished,
    /// The run goes on without this screen.
    Detached,
    /// The trainer was asked to stop; it has ended, or the person did not wait for it.
    Stopped,
    /// The terminal has gone away.
    HungUp,
}

/// Shows the run until the person leaves.
///
/// # Errors
/// The terminal cannot be set up or drawn on, though it is there.
pub fn run(options: Options, inputs: Receiver<Input>, host: &mut dyn Host) -> io::Result<Exit> {
    let variable = |name: &str| std::env::var(name).ok();
    let (no_color, colorterm, term) =
        (variable("NO_COLOR"), variable("COLORTERM"), variable("TERM"));
    let colours = ColourDepth::of(no_color.as_deref(), colorterm.as_deref(), term.as_deref());
    let mut app = App::new(&options, colours);
    app.glyphs = options.preferences.glyphs.settled(term.as_deref());
    app.zone = TimeZone::system();
    app.stand_on(Ground::hinted(variable("COLORFGBG").as_deref()));
    let in_tmux = variable("TMUX").is_some();
    if colours != ColourDepth::None {
        app.graphics = Graphics::new(options.preferences.graphics.settled(variable), in_tmux);
    }
    let answers = tty::answers(&term.unwrap_or_default(), in_tmux);
    let manners = Manners {
        asks: app.wonders() && answers,
        title: options.preferences.title && answers,
        notify: options.preferences.notify.settled(variable),
        in_tmux,
    };
    event_loop::run(app, &options, inputs, host, manners)
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
