//! The sixth tab: what the program, its libraries and the driver had to say.

mod draw;
mod said;

pub use self::draw::draw;

use std::collections::VecDeque;

use ratatui::layout::Rect;

use self::said::{Level, Said};
use super::{Around, Outcome, parts};
use crate::{
    domain::{events::TrainEvent, state::RunState},
    tui::{
        action::{Action, Motion},
        app,
        mouse::{Mouse, MouseKind},
        text::plain,
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

/// One line.
#[derive(Debug)]
struct Entry {
    /// Counts all lines from the first, those too that are gone.
    number: u64,
    said: Said,
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
        let line = Said::of_line(plain(&line));
        self.add(line);
    }

    /// Takes a milestone, in words.
    pub fn hear(&mut self, event: &TrainEvent, run: &RunState) {
        let (level, text) = match event {
            TrainEvent::Step(_) | TrainEvent::Layers(_) | TrainEvent::LayerStats(_) => return,
            TrainEvent::Phase { phase } => {
                (Level::Other, format!("phase: {phase:?}").to_lowercase())
            }
            TrainEvent::RunStarted(started) => {
                (Level::Info, format!("run {} on {}", started.run_id, started.device))
            }
            TrainEvent::Evaluated(_)
            | TrainEvent::Checkpoint(_)
            | TrainEvent::Resumed { .. }
            | TrainEvent::Warning { .. }
            | TrainEvent::LearningRate(_)
            | TrainEvent::Extended(_)
            | TrainEvent::Refused { .. }
            | TrainEvent::RunFinished(_) => {
                let Some(notice) = app::Notice::of(run.now, event, run) else { return };
                let level = match notice.level {
                    app::Level::Info => Level::Info,
                    app::Level::Warning => Level::Warn,
                };
                (level, notice.text)
            }
        };
        self.add(Said::at(run.now, level, text));
    }

    fn add(&mut self, said: Said) {
        if self.entries.len() == MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { number: self.count, said });
        self.count += 1;
    }

    pub fn update(&mut self, action: Action, size: (u16, u16)) -> Outcome {
        match action {
            Action::Move(motion) => self.move_by(motion, parts::page(size)),
            Action::Back if self.lowest.is_none() || self.shown().is_empty() => {
                self.filter.clear();
            }
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

    /// The lines that the filter lets through; those of the file as they are there.
    pub fn text(&self) -> String {
        self.shown().iter().map(|entry| format!("{}\n", entry.said.text)).collect()
    }

    fn shown(&self) -> Vec<&Entry> {
        let all = self.filter.trim().is_empty();
        self.entries.iter().filter(|e| all || parts::matches(&e.said.text, &self.filter)).collect()
    }
}

#[cfg(test)]
mod tests;
