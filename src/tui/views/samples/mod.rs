//! The fourth tab: the pictures that the network gets wrong.

mod draw;
mod grid;
mod judged;
mod load;
mod order;
mod past;
mod save;
mod side;
mod typed;
mod words;

pub use self::{draw::draw, typed::HELP as FILTER_HELP};

use std::collections::BTreeMap;

use ratatui::layout::Rect;

use self::{
    draw::Panes,
    judged::Judged,
    load::{Made, Told},
    order::{Filter, Selection},
};
use super::{
    Around, Outcome,
    evaluations::{self, Key, Place},
    parts,
};
use crate::{
    domain::{events::Split, images::Samples, state::RunState},
    tui::{
        action::{Action, Motion},
        mouse::{Mouse, MouseKind},
        tab::Tab,
    },
};

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct SamplesView {
    shown: Option<Shown>,
    /// What the host answered about evaluations of one split, by their steps.
    history: BTreeMap<u64, Told>,
    /// The evaluation that is to be shown.
    target: Option<Made>,
    selection: Selection,
    names: Vec<String>,
    /// The evaluation that the confusion matrix led to, or that was stepped back to; `None`
    /// follows the newest.
    pinned: Option<Key>,
    /// Place of the evaluation that is to be shown among those of the run.
    place: Place,
    /// How many evaluations of its split there are.
    of_split: usize,
    /// The cell of the matrix that led here, to which there is a way back.
    origin: Option<Filter>,
    /// Indices of the pictures shown: made anew when something that decides them changes.
    visible: Vec<u32>,
    /// How many there would be without what was typed; told only where something was.
    before_typing: usize,
    cursor: usize,
    large: bool,
    /// Columns and rows of the grid: up and down go by how many are side by side.
    cells: (usize, usize),
}

/// The evaluation whose pictures are shown.
#[derive(Debug, Clone)]
struct Shown {
    made: Made,
    samples: Samples,
    /// What it makes of each picture.
    judged: Vec<Judged>,
}

impl SamplesView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, mouse: Mouse, area: Rect, around: &Around) -> Outcome {
        self.lie_in(area, around.full_screen);
        match mouse.kind {
            MouseKind::Press if !self.large => {
                let places = grid::places(Panes::new(area, self, around.full_screen).grid, self);
                let hit = places.into_iter().find(|(_, cell)| cell.contains(mouse.at));
                if let Some((place, _)) = hit {
                    self.large = place == self.cursor;
                    self.cursor = place;
                }
            }
            MouseKind::WheelUp => self.move_by(Motion::Up),
            MouseKind::WheelDown => self.move_by(Motion::Down),
            MouseKind::Press | MouseKind::Drag | MouseKind::Release => {}
        }
        Outcome::default()
    }

    /// Learns into which area the tab is drawn, and whether the pictures have it `alone`.
    pub fn lie_in(&mut self, area: Rect, alone: bool) {
        self.cells = grid::cells(area, alone);
    }

    pub fn update(&mut self, action: Action, run: &RunState) -> Outcome {
        match action {
            Action::Move(motion) => self.move_by(motion),
            Action::Sort => {
                self.selection.sort = self.selection.sort.next();
                self.refresh();
                self.cursor = 0;
                return Outcome::message(format!("samples by {}", self.selection.sort.label()));
            }
            Action::Reverse => {
                self.selection.reversed = !self.selection.reversed;
                self.refresh();
                self.cursor = 0;
            }
            Action::Matrix => self.next_filter(),
            Action::LessSmooth | Action::Smoother => {
                let all = evaluations::with_predictions(run);
                self.pinned = evaluations::stepped(&all, self.pinned, action == Action::LessSmooth);
                if let Some((_, evaluation)) = evaluations::found(&all, self.pinned) {
                    self.ask_again(evaluation.step);
                }
            }
            Action::Enter => self.large = !self.visible.is_empty(),
            Action::Back => return self.leave(),
            _ => {}
        }
        Outcome::default()
    }

    /// Moves over the grid; in the large view every motion goes through the pictures one by one.
    fn move_by(&mut self, motion: Motion) {
        let (columns, rows) = self.cells;
        let (motion, step) = match motion {
            Motion::Left => (Motion::PageUp, 1),
            Motion::Right => (Motion::PageDown, 1),
            Motion::Up if !self.large => (Motion::PageUp, columns),
            Motion::Down if !self.large => (Motion::PageDown, columns),
            other => (other, columns * rows),
        };
        self.cursor = parts::moved(self.cursor, motion, self.visible.len(), step);
    }

    /// Shows exactly the pictures of one cell of the matrix of the evaluation at `at`.
    pub fn drill_down(&mut self, at: Key, (truth, prediction): (usize, usize)) {
        self.selection.filter = Filter::Cell { truth, prediction };
        self.origin = Some(self.selection.filter);
        self.selection.text.clear();
        self.pinned = Some(at);
        self.ask_again(at.1);
        (self.cursor, self.large) = (0, false);
        self.refresh();
    }

    /// Whether one picture has the room of the grid.
    pub fn is_large(&self) -> bool {
        self.large
    }

    /// One layer out: from the large view, from the filter, from a cell back to the matrix.
    fn leave(&mut self) -> Outcome {
        if self.large {
            self.large = false;
        } else if !self.selection.text.is_empty() {
            self.set_filter("");
        } else if self.origin.take().is_some() {
            self.selection.filter = Filter::Misclassified;
            self.pinned = None;
            self.refresh();
            return Outcome::tab(Tab::Confusion);
        }
        Outcome::default()
    }

    fn next_filter(&mut self) {
        self.selection.filter = match self.selection.filter {
            Filter::Misclassified => Filter::All,
            Filter::Cell { .. } => Filter::Misclassified,
            Filter::All => self.origin.unwrap_or(Filter::Misclassified),
        };
        self.refresh();
    }

    pub fn filter(&self) -> &str {
        &self.selection.text
    }

    pub fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.selection.text);
        self.refresh();
    }

    /// The picture under the cursor: its split, and its place there.
    pub fn selected_of_split(&self) -> Option<(Split, usize)> {
        Some((self.shown.as_ref()?.made.split, self.selected()?))
    }

    /// Index in the split of the picture under the cursor.
    pub fn selected(&self) -> Option<usize> {
        self.visible.get(self.cursor).map(|index| *index as usize)
    }

    /// Epoch of the evaluation that is shown, and how many of its pictures are.
    #[cfg(test)]
    pub fn counted(&self) -> Option<(u32, usize)> {
        self.shown.as_ref().map(|shown| (shown.made.epoch, self.visible.len()))
    }

    /// Makes the list anew; the cursor stays on its picture, or else on its place.
    fn refresh(&mut self) {
        let before = self.visible.get(self.cursor).copied();
        let all = self.shown.as_ref().map_or(&[][..], |shown| &shown.judged);
        self.visible = self.selection.indices(all, &self.names);
        self.before_typing = match self.selection.text.is_empty() {
            true => self.visible.len(),
            false => self.selection.before_typing(all),
        };
        let same = self.visible.iter().position(|index| Some(*index) == before);
        self.cursor = same.unwrap_or(self.cursor).min(self.visible.len().saturating_sub(1));
        self.large &= !self.visible.is_empty();
    }

    fn name(&self, class: usize) -> &str {
        self.names.get(class).map_or("?", String::as_str)
    }
}

#[cfg(test)]
mod tests;
