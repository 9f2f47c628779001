//! The second tab: every layer with what it costs, and what it took.

mod bars;
mod chart;
mod csv;
mod detail;
mod kinds;
mod mouse;
mod past;
mod rows;
mod steps;
mod table;

pub use rows::{Timed, arch};

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use self::{
    detail::Section,
    rows::{Column, Row, rows},
};
use super::{Around, Outcome, parts};
use crate::{
    domain::state::RunState,
    tui::{
        action::{Action, Motion},
        app::App,
    },
};

/// Fewest columns in which the table and a layer stand side by side.
const WIDE: u16 = 100;
/// Columns of a layer beside the table.
const DETAIL: u16 = 50;
/// Fewest columns in which they do so before one asks for it.
const BESIDE: u16 = table::WIDEST + DETAIL;

/// What the tab remembers.
#[derive(Debug)]
pub struct LayersView {
    /// Place in the network of the layer under the cursor.
    pub selected: usize,
    pub sort: Column,
    /// Against the usual order of the column.
    pub reversed: bool,
    pub filter: String,
    /// Whether one has gone into the layer under the cursor: it is shown in detail then, on a wide
    /// screen always.
    pub detail: bool,
    /// The section of the detail that is looked at.
    pub section: Section,
    /// Weights or activations, where there is room for one of them.
    pub values: Section,
    pub shown: Shown,
    /// Rows of the step's parts that are above the pane.
    pub scrolled: usize,
}

impl Default for LayersView {
    fn default() -> Self {
        Self {
            selected: 0,
            sort: Column::default(),
            reversed: false,
            filter: String::new(),
            detail: false,
            section: Section::Shapes,
            values: Section::Weights,
            shown: Shown::Table,
            scrolled: 0,
        }
    }
}

/// What the tab shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    Table,
    /// Where the time of a step goes.
    Steps,
}

impl Shown {
    fn other(self) -> Self {
        match self {
            Self::Table => Self::Steps,
            Self::Steps => Self::Table,
        }
    }
}

impl LayersView {
    /// What a key means in the tab, which is drawn into `area`.
    pub fn update(&mut self, action: Action, area: Rect, around: &Around) -> Outcome {
        let run = around.run;
        match action {
            Action::Move(motion) => self.move_by(motion, area, around),
            Action::StepParts => self.shown = self.shown.other(),
            Action::Back if self.shown == Shown::Steps => self.shown = Shown::Table,
            _ if self.shown == Shown::Steps => {}
            Action::Sort => return self.next_sort(run),
            Action::Reverse => {
                self.reversed = !self.reversed;
                self.go_to_first(run);
            }
            Action::Back if !self.detail || self.is_empty(run) => self.filter.clear(),
            Action::Back => self.detail = false,
            _ if self.is_empty(run) => {} // there is no layer to go into
            Action::Enter => self.detail = true,
            Action::NextPane => self.turn(Section::Activations, (Section::Shapes, 1), around),
            Action::PreviousPane => self.turn(Section::Shapes, (Section::Activations, 3), around),
            Action::Matrix if self.shows_layer(around) => self.focus(match self.values {
                Section::Weights => Section::Activations,
                _ => Section::Weights,
            }),
            _ => {}
        }
        Outcome::default()
    }

    /// Moves the cursor in the order that is shown, or what is shown of the step.
    fn move_by(&mut self, motion: Motion, area: Rect, around: &Around) {
        let page = parts::page(around.size);
        if self.shown == Shown::Steps {
            let most = steps::most_scrolled(area, around.run);
            let top = self.scrolled.min(most); // the window may have grown
            self.scrolled = parts::moved(top, motion, most + 1, page);
            return;
        }
        let rows = rows(around.run, self);
        let to = parts::moved(self.cursor(&rows), motion, rows.len(), page);
        if let Some(row) = rows.get(to) {
            self.selected = row.index;
        }
    }

    /// Sorts by the next column.
    pub fn next_sort(&mut self, run: &RunState) -> Outcome {
        (self.sort, self.reversed) = (self.sort.next(), false);
        self.say_sorted(run)
    }

    /// Sorts by `column`, or the other way round where that is done already.
    fn sort_by(&mut self, column: Column, run: &RunState) -> Outcome {
        self.reversed = self.sort == column && !self.reversed;
        self.sort = column;
        self.say_sorted(run)
    }

    fn say_sorted(&mut self, run: &RunState) -> Outcome {
        let by =
            if self.sort == Column::Layer { "place in the network" } else { self.sort.heading() };
        let first = self.go_to_first(run).unwrap_or("none".to_owned());
        Outcome::message(format!("layers by {by}; first: {first}"))
    }

    /// Selects the layer in the first row; its name.
    fn go_to_first(&mut self, run: &RunState) -> Option<String> {
        let first = rows(run, self).into_iter().next()?;
        self.selected = first.index;
        Some(first.spec.name)
    }

    /// To a pane beside: from the table to section `first`, from there by so many `places`, from
    /// section `last` back to the table where it is in sight all the time.
    fn turn(&mut self, last: Section, (first, places): (Section, usize), around: &Around) {
        match (self.detail, is_beside(around)) {
            (false, false) => {}
            (false, true) => {
                self.detail = true;
                self.focus(first);
            }
            (true, true) if self.section == last => self.detail = false,
            (true, _) => self.focus(self.section.after(places)),
        }
    }

    /// The section that is looked at.
    fn focus(&mut self, section: Section) {
        self.section = section;
        if matches!(section, Section::Weights | Section::Activations) {
            self.values = section;
        }
    }

    /// Shows only layers whose name or kind holds `filter`.
    pub fn set_filter(&mut self, filter: &str) {
        filter.clone_into(&mut self.filter);
    }

    /// Whether the filter leaves no layer.
    pub fn is_empty(&self, run: &RunState) -> bool {
        rows(run, self).is_empty()
    }

    /// Whether a layer is in sight, alone or beside the table.
    pub fn shows_layer(&self, around: &Around) -> bool {
        let is_there = self.shown == Shown::Table && !self.is_empty(around.run);
        is_there && (self.detail || is_beside(around))
    }

    /// The row of the selected layer; the first when it is filtered away.
    fn cursor(&self, rows: &[Row]) -> usize {
        rows.iter().position(|row| row.index == self.selected).unwrap_or(0)
    }
}

/// Whether a layer stands beside the table all the time.
fn is_beside(around: &Around) -> bool {
    around.size.0 >= BESIDE && !around.full_screen
}

/// Where table and layer lie.
struct Places {
    table: Option<Rect>,
    detail: Option<Rect>,
}

fn places(area: Rect, view: &LayersView, (rows, full_screen): (&[Row], bool)) -> Places {
    if rows.is_empty() {
        return Places { table: Some(area), detail: None };
    }
    let fewest = if view.detail { WIDE } else { BESIDE };
    if area.width < fewest || full_screen {
        let [table, detail] = [!view.detail, view.detail].map(|is_there| is_there.then_some(area));
        return Places { table, detail };
    }
    let spare = area.width.saturating_sub(table::WIDEST);
    // Half of what nobody needs lengthens the trend.
    let unneeded = spare.saturating_sub(detail::GRID.0);
    let detail = DETAIL.max(spare - (unneeded / 2).min(table::LONGER));
    let columns = [Constraint::Fill(1), Constraint::Length(detail)];
    let [left, right] = Layout::horizontal(columns).areas(area);
    Places { table: Some(left), detail: Some(right) }
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let view = &app.views.layers;
    if view.shown == Shown::Steps {
        return steps::draw(frame, area, app);
    }
    let rows = rows(&app.run, view);
    let cursor = view.cursor(&rows);
    let places = places(area, view, (&rows, app.full_screen));
    if let Some(area) = places.table {
        table::draw(frame, area, (&rows, cursor), app);
    }
    if let Some((area, row)) = places.detail.zip(rows.get(cursor)) {
        detail::draw(frame, area, row, app);
    }
}

#[cfg(test)]
mod tests;
