//! The state of the dashboard: what the events have said, and where the person is.

mod compare;
mod control;
mod dialogs;
mod export;
mod features;
mod machine;
mod mouse;
mod news;
mod notice;
mod over;
mod overlay;
mod pictures;
mod place;
mod runs;
mod update;

pub use compare::Compared;
pub use control::{Control, LEAVING, Leaving};
pub use dialogs::{EpochsDialog, RateDialog};
pub use export::Format;
pub use news::News;
pub use notice::{Level, Notice};
pub use overlay::{Overlay, Palette};
pub use runs::{Listing, Purpose, RunList};

use jiff::{Timestamp, tz::TimeZone};

use self::machine::Machine;
use super::{
    Input, Options, Source,
    chart::glyphs::Glyphs,
    graphics::Graphics,
    keys::KeyTable,
    tab::Tab,
    text::plain,
    theme::{ColourDepth, Ground, Theme, ThemeChoice},
    views::Views,
};
use crate::domain::{
    events::{Command, Phase, TrainEvent},
    state::RunState,
};

/// How long a count waits for its `.`, in ms.
const COUNT_LASTS: u64 = 1_000;
/// How long a message stays, in ms.
const MESSAGE_LASTS: u64 = 6_000;

/// Digits typed so far, which a `.` may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub value: u64,
    /// When the last digit came.
    since: u64,
    /// Where the person was before the digits changed the tab.
    before: Tab,
}

impl Count {
    /// Whether it is the one digit that leads from another tab to the one with the crosshair:
    /// `1` and `c` mean the tab and its crosshair then, not the first step.
    fn is_way_here(self) -> bool {
        self.value == 1 && self.before != Tab::Train
    }
}

/// Everything that the screen depends on.
#[derive(Debug)]
pub struct App {
    pub run: RunState,
    /// The run that this one is compared with.
    pub compared: Option<Compared>,
    /// The name of one that is being read for that.
    comparing: Option<String>,
    /// The run's id.
    pub title: String,
    pub source: Source,
    pub theme: Theme,
    /// What curves are made of.
    pub glyphs: Glyphs,
    pub graphics: Graphics,
    /// What the theme was asked to be; `None` once the person has taken another.
    theme_choice: Option<ThemeChoice>,
    pub keys: KeyTable,
    pub zone: TimeZone,
    pub tab: Tab,
    pub views: Views,
    pub overlay: Overlay,
    /// Whether the focused pane has the whole body.
    pub full_screen: bool,
    pub count: Option<Count>,
    pub control: Control,
    /// The newest event worth a line.
    pub notice: Option<Notice>,
    /// What is to be told beyond the screen.
    pub news: News,
    /// The newest word to the person, and when it was said.
    message: Option<(String, u64)>,
    /// Samples that did not reach this screen.
    pub dropped: u64,
    /// Nothing more will come; with the reason, if something went wrong.
    pub disconnected: Option<Option<String>>,
    /// What was last told to be done before the training.
    preparing: Option<&'static str>,
    machine: Machine,
    /// Time that drawing took, in ms.
    pub draw_ms: f64,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Time since the dashboard began, in ms.
    pub now: u64,
    /// The time of day that is shown, as Unix time in ms.
    pub wall: u64,
    /// The machine's, when time last passed.
    pub clock: u64,
}

impl App {
    pub fn new(options: &Options, colours: ColourDepth) -> Self {
        let theme = options.preferences.theme;
        Self {
            run: RunState::default(),
            compared: None,
            comparing: None,
            title: plain(&options.title),
            source: options.source,
            theme: Theme::new(theme.on(Ground::Dark), colours),
            graphics: Graphics::none(),
            theme_choice: Some(theme),
            keys: options.preferences.keys.clone(),
            glyphs: Glyphs::default(),
            zone: TimeZone::UTC,
            tab: Tab::Train,
            views: Views::default(),
            overlay: Overlay::None,
            full_screen: false,
            count: None,
            control: Control::default(),
            notice: None,
            news: News::default(),
            message: None,
            dropped: 0,
            disconnected: None,
            preparing: None,
            machine: Machine::default(),
            draw_ms: 0.0,
            size: (80, 24),
            now: 0,
            wall: 0,
            clock: 0,
        }
    }

    /// Takes in what has happened.
    pub fn receive(&mut self, input: Input) {
        match input {
            Input::Record(mut record) => {
                super::text::clean(&mut record.event);
                self.wall = self.wall.max(record.time);
                self.run.apply(&record);
                self.control.hear(&record.event);
                self.views.hear(&record.event, &self.run);
                self.news.hear(&record, &self.run);
                if matches!(record.event, TrainEvent::Warning { .. } | TrainEvent::Refused { .. }) {
                    self.message = None; // what goes wrong matters more than what was asked
                }
                let notice = Notice::of(record.time, &record.event, &self.run);
                self.notice = notice.or(self.notice.take());
            }
            Input::Preparing(what) => self.preparing = Some(what),
            Input::Log(line) => self.views.log.push(line),
            Input::Dropped(count) => self.dropped = count,
            Input::Disconnected(why) => {
                let why = why.map(|why| plain(&why));
                if let (Source::Watch, Some(why)) = (self.source, &why) {
                    self.news.lost(why, &self.run);
                }
                self.disconnected = Some(why);
            }
        }
    }

    /// Learns which background the terminal has; says whether that changes anything.
    pub fn stand_on(&mut self, ground: Ground) -> bool {
        let Some(choice) = self.theme_choice else { return false };
        let name = choice.on(ground);
        let changes = name != self.theme.name;
        if changes {
            self.theme = Theme::new(name, self.theme.colours);
        }
        changes
    }

    /// Whether the look depends on the terminal's background.
    pub fn wonders(&self) -> bool {
        let asks = self.theme_choice.is_some_and(ThemeChoice::asks_for_ground);
        asks && self.theme.colours != ColourDepth::None
    }

    /// Lets time pass; says whether the screen looks different for it.
    pub fn tick(&mut self, now: u64, wall: u64) -> bool {
        let second = |ms: u64| ms / 1_000;
        let shown = (self.count.is_some(), self.message.is_some(), second(self.wall));
        (self.now, self.clock) = (now, wall);
        self.count = self.count.filter(|count| now < count.since + COUNT_LASTS);
        self.message = self.message.take().filter(|(_, since)| now < since + MESSAGE_LASTS);
        if self.clock_runs() {
            self.wall = wall;
        }
        shown != (self.count.is_some(), self.message.is_some(), second(self.wall))
            || self.features_due().is_some_and(|due| due <= now)
    }

    /// When time alone next changes the screen, in ms since the dashboard began.
    pub fn next_change(&self) -> Option<u64> {
        let count = self.count.map(|count| count.since + COUNT_LASTS);
        let message = self.message.as_ref().map(|(_, since)| since + MESSAGE_LASTS);
        let clock = self.clock_runs().then(|| self.now + 1_000 - self.wall % 1_000);
        [count, message, clock, self.features_due()].into_iter().flatten().min()
    }

    /// Tells the person something for a while.
    pub fn say(&mut self, message: impl Into<String>) {
        self.message = Some((message.into(), self.now));
    }

    /// Nobody took `command`, for the reason that is given.
    pub fn refused(&mut self, command: Command, why: &str) {
        self.control.refused(command);
        if command == Command::Stop && self.disconnected.is_none() {
            self.disconnected = Some(None); // a trainer that cannot be stopped is no more
        }
        self.say(plain(why));
    }

    /// A moment (Unix time in ms) as the clock on the wall shows it.
    pub fn time_of_day(&self, unix_ms: u64) -> String {
        let moment = Timestamp::from_millisecond(unix_ms as i64).unwrap_or_default();
        self.zone.to_datetime(moment).strftime("%H:%M:%S").to_string()
    }

    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(|(message, _)| message.as_str())
    }

    /// Whether the run is over, as far as this screen can know.
    pub fn is_over(&self) -> bool {
        let ended = self.run.phase == Some(Phase::Ended) || self.run.finished.is_some();
        ended || (self.source == Source::Live && self.disconnected.is_some())
    }

    /// Whether the run has a trainer that can still make what is waited for.
    pub fn awaits(&self) -> bool {
        !self.is_over() && self.disconnected.is_none()
    }

    /// Whether the run came to an end that nobody wished for.
    pub fn has_failed(&self) -> bool {
        let told = || self.run.warnings.last().is_some_and(|warning| warning.kind == "failed");
        match &self.run.finished {
            Some(end) => !matches!(end.reason.as_str(), "completed" | "stopped"),
            None if self.source == Source::Watch => told(),
            None => told() || matches!(self.disconnected, Some(Some(_))),
        }
    }

    /// What is being done, while there is no trainer yet that could be asked for anything.
    pub fn preparation(&self) -> Option<&'static str> {
        self.preparing.filter(|_| self.run.phase.is_none())
    }

    /// The clock stands while nothing moves, so that an idle screen costs nothing.
    fn clock_runs(&self) -> bool {
        let moving =
            matches!(self.run.phase, Some(Phase::Starting | Phase::Training | Phase::Evaluating));
        moving && self.disconnected.is_none()
    }
}
