//! The sixth tab: what the program, its libraries and the driver had to say.

use std::collections::VecDeque;

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{Around, Outcome, parts};
use crate::{
    domain::{
        events::{Record, TrainEvent},
        state::RunState,
    },
    tui::{
        action::{Action, Motion},
        app::{self, App},
        mouse::{Mouse, MouseKind},
        pane::pane_with_legend,
        text::{clip, plain},
        theme::Theme,
    },
};

/// Lines that are kept.
pub const MOST: usize = 10_000;
/// Lines that a notch of the wheel is.
const NOTCH: usize = 3;
/// Columns that can be scrolled off.
const FARTHEST: usize = 4_000;
/// Columns that a move to the side makes.
const SIDEWAYS: usize = 10;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warn,
    Info,
    /// Debugging, or no level at all.
    Other,
}

impl Level {
    /// What the beginning of a line of `log.txt` says.
    fn of(line: &str) -> Self {
        let level = |word: &str| match word.trim_matches(['[', ']', ':']) {
            "ERROR" | "error" => Some(Self::Error),
            "WARN" | "WARNING" | "warning" => Some(Self::Warn),
            "INFO" => Some(Self::Info),
            "DEBUG" | "TRACE" => Some(Self::Other),
            _ => None,
        };
        line.split_whitespace().take(3).find_map(level).unwrap_or(Self::Other)
    }

    fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Error => theme.bad,
            Self::Warn => theme.warn,
            Self::Info => theme.text,
            Self::Other => theme.dim,
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// Counts all lines from the first, those too that are gone.
    number: u64,
    /// When it happened (Unix ms), for what came as an event.
    time: Option<u64>,
    level: Level,
    text: String,
}

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct LogView {
    entries: VecDeque<Entry>,
    count: u64,
    filter: String,
    /// Number of the lowest line shown; `None` follows the end.
    lowest: Option<u64>,
    /// Columns scrolled off to the left.
    left: usize,
}

impl LogView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, mouse: Mouse, area: Rect, _around: &Around) -> Outcome {
        let page = usize::from(area.height).saturating_sub(2).max(1);
        let motion = match mouse.kind {
            MouseKind::WheelUp => Motion::Up,
            MouseKind::WheelDown => Motion::Down,
            MouseKind::Press | MouseKind::Drag | MouseKind::Release => return Outcome::default(),
        };
        if area.contains(mouse.at) {
            (0..NOTCH).for_each(|_| self.move_by(motion, page));
        }
        Outcome::default()
    }

    /// Takes a line of `log.txt`.
    pub fn push(&mut self, line: String) {
        let text = plain(&line);
        let level = Level::of(&text);
        self.add(None, level, text);
    }

    /// Takes a milestone, in words.
    pub fn hear(&mut self, event: &TrainEvent, run: &RunState) {
        let text = match event {
            TrainEvent::Step(_) | TrainEvent::Layers(_) | TrainEvent::LayerStats(_) => return,
            TrainEvent::Phase { phase } => {
                return self.add(
                    Some(run.now),
                    Level::Other,
                    format!("phase: {phase:?}").to_lowercase(),
                );
            }
            TrainEvent::RunStarted(started) => {
                let text = format!("run {} on {}", started.run_id, started.device);
                return self.add(Some(run.now), Level::Info, text);
            }
            TrainEvent::Evaluated(_)
            | TrainEvent::Checkpoint(_)
            | TrainEvent::Resumed { .. }
            | TrainEvent::Warning { .. }
            | TrainEvent::LearningRate(_)
            | TrainEvent::Extended(_)
            | TrainEvent::Refused { .. }
            | TrainEvent::RunFinished(_) => {
                let record = Record { time: run.now, event: event.clone() };
                app::Notice::of(&record, run)
            }
        };
        let Some(notice) = text else { return };
        let level = match notice.level {
            app::Level::Info => Level::Info,
            app::Level::Warning => Level::Warn,
        };
        self.add(Some(notice.time), level, notice.text);
    }

    fn add(&mut self, time: Option<u64>, level: Level, text: String) {
        if self.entries.len() == MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { number: self.count, time, level, text });
        self.count += 1;
    }

    pub fn update(&mut self, action: Action, size: (u16, u16)) -> Outcome {
        match action {
            Action::Move(motion) => self.move_by(motion, parts::page(size)),
            Action::Back if self.lowest.is_none() => self.filter.clear(),
            Action::Back => self.lowest = None,
            _ => {}
        }
        Outcome::default()
    }

    /// Scrolls; at the end, the log is followed again.
    pub fn move_by(&mut self, motion: Motion, page: usize) {
        match motion {
            Motion::Left => self.left = self.left.saturating_sub(SIDEWAYS),
            Motion::Right => self.left = (self.left + SIDEWAYS).min(FARTHEST),
            _ => {}
        }
        let shown = self.shown();
        let last = shown.len().saturating_sub(1);
        let place = self.lowest.map_or(last, |lowest| {
            shown.partition_point(|entry| entry.number <= lowest).saturating_sub(1)
        });
        let place = parts::moved(place, motion, shown.len(), page);
        // What fills the first page cannot be scrolled further up.
        let place = place.max(page.saturating_sub(1)).min(last);
        let number = shown.get(place).map(|entry| entry.number);
        self.lowest = number.filter(|_| place < last);
    }

    pub fn filter(&self) -> &str {
        &self.filter
    }

    pub fn set_filter(&mut self, filter: &str) {
        filter.clone_into(&mut self.filter);
    }

    /// The lines that the filter lets through, without their times.
    pub fn text(&self) -> String {
        self.shown().iter().map(|entry| format!("{}\n", entry.text)).collect()
    }

    fn shown(&self) -> Vec<&Entry> {
        let all = self.filter.trim().is_empty();
        self.entries.iter().filter(|e| all || parts::matches(&e.text, &self.filter)).collect()
    }
}

/// The time of an entry that has one, and a blank.
fn stamp(entry: &Entry, clock: impl Fn(u64) -> String) -> String {
    entry.time.map_or_else(String::new, |time| format!("{} ", clock(time)))
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let (view, theme) = (&app.views.log, &app.theme);
    let shown = view.shown();
    let follows = view.lowest.is_none();
    let legend = if follows { "following" } else { "G follows the end" };
    let filter = match view.filter.trim() {
        "" => String::new(),
        text => format!(" with “{text}”"),
    };
    let title = format!("log  {} lines{filter}", shown.len());
    let room = usize::from(area.width).saturating_sub(legend.len() + 8);
    let legend = vec![Span::styled(legend, if follows { theme.dim } else { theme.accent })];
    let block = pane_with_legend(&clip(&title, room), legend, true, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if shown.is_empty() {
        let what = if view.entries.is_empty() {
            "nothing has been said yet"
        } else {
            "no such line; esc clears the filter"
        };
        return parts::waiting(frame, inner, what, theme);
    }
    let height = usize::from(inner.height);
    let end = view.lowest.map_or(shown.len(), |lowest| {
        shown.partition_point(|entry| entry.number <= lowest).max(height).min(shown.len())
    });
    let lines =
        shown[end.saturating_sub(height)..end].iter().map(|entry| line(entry, app, inner.width));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), inner);
}

fn line(entry: &Entry, app: &App, width: u16) -> Line<'static> {
    let stamp = stamp(entry, |time| app.time_of_day(time));
    let room = usize::from(width).saturating_sub(stamp.len());
    let text: String = entry.text.chars().skip(app.views.log.left).collect();
    Line::from(vec![
        Span::styled(stamp, app.theme.dim),
        Span::styled(clip(&text, room), entry.level.style(&app.theme)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{testing::*, views::pictures::hold};

    fn log(lines: u64) -> LogView {
        let mut view = LogView::default();
        (0..lines).for_each(|n| view.push(format!("line {n}")));
        view
    }

    #[test]
    fn a_line_says_how_much_it_matters() {
        let time = "2026-01-02T03:04:05Z";
        assert_eq!(Level::of(&format!("{time}  WARN wgpu: slow")), Level::Warn);
        assert_eq!(Level::of(&format!("{time} ERROR mnv1: lost")), Level::Error);
        assert_eq!(Level::of("MESA: error: no device"), Level::Error);
        assert_eq!(Level::of("adapter found"), Level::Other);
    }

    #[test]
    fn scrolling_holds_its_lines_until_the_end_is_reached() {
        let mut view = log(100);
        view.move_by(Motion::Up, 10);
        assert_eq!(view.lowest, Some(98));
        view.push("one more".into());
        assert_eq!(view.lowest, Some(98));
        view.move_by(Motion::Bottom, 10);
        assert_eq!(view.lowest, None);
        view.move_by(Motion::Top, 10);
        view.move_by(Motion::Down, 10);
        assert_eq!(view.lowest, Some(10));
        let mut short = log(3);
        short.move_by(Motion::Up, 10);
        assert_eq!(short.lowest, None);
    }

    #[test]
    fn the_oldest_lines_go() {
        let mut view = log(MOST as u64 + 5);
        assert_eq!((view.entries.len(), view.entries[0].text.as_str()), (MOST, "line 5"));
        view.set_filter("LINE 10004");
        assert_eq!(view.shown().len(), 1);
    }

    #[test]
    fn what_speaks_to_a_terminal_is_made_plain() {
        let mut view = LogView::default();
        view.push("\u{1b}[31m ERROR\u{1b}[0m bad\u{7}".into());
        assert_eq!(
            (view.entries[0].text.as_str(), view.entries[0].level),
            (" ERROR bad", Level::Error)
        );
    }

    #[test]
    fn pictures() {
        let mut app = running();
        for n in 0..30 {
            app.views.log.push(format!("2026-01-02T03:12:{n:02}Z  INFO wgpu_hal: buffer {n} made"));
        }
        press(&mut app, "6");
        hold("log", &mut app);
        app.views.log.set_filter("validation");
        press(&mut app, "k");
        hold("log_filtered", &mut app);
    }
}
