//! The second tab: every layer with what it costs, and what it took.

mod detail;
mod rows;
mod table;

pub use rows::arch;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use self::rows::{Column, Row, rows};
use super::{Around, Outcome, parts};
use crate::{
    domain::state::RunState,
    tui::{
        action::{Action, Motion},
        app::App,
        mouse::Mouse,
    },
};

/// Fewest columns in which the table and a layer stand side by side.
const WIDE: u16 = 100;
/// Columns of a layer beside the table.
const DETAIL: u16 = 50;

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct LayersView {
    /// Place in the network of the layer under the cursor.
    pub selected: usize,
    pub sort: Column,
    /// Against the usual order of the column.
    pub reversed: bool,
    pub filter: String,
    /// Whether the layer under the cursor is shown in detail.
    pub detail: bool,
}

impl LayersView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, _mouse: Mouse, _area: Rect, _around: &Around) -> Outcome {
        Outcome::default()
    }

    pub fn update(&mut self, action: Action, run: &RunState, size: (u16, u16)) -> Outcome {
        match action {
            Action::Move(motion) => self.move_by(motion, run, parts::page(size)),
            Action::Sort => return self.next_sort(),
            Action::Reverse => self.reversed = !self.reversed,
            Action::Enter => self.detail = true,
            Action::Back if self.detail => self.detail = false,
            Action::Back => self.filter.clear(),
            _ => {}
        }
        Outcome::default()
    }

    /// Moves the cursor in the order that is shown.
    pub fn move_by(&mut self, motion: Motion, run: &RunState, page: usize) {
        let rows = rows(run, self);
        let to = parts::moved(self.cursor(&rows), motion, rows.len(), page);
        if let Some(row) = rows.get(to) {
            self.selected = row.index;
        }
    }

    /// Sorts by the next column.
    pub fn next_sort(&mut self) -> Outcome {
        (self.sort, self.reversed) = (self.sort.next(), false);
        let by =
            if self.sort == Column::Layer { "place in the network" } else { self.sort.heading() };
        Outcome::message(format!("layers by {by}"))
    }

    /// Shows only layers whose name or kind holds `filter`.
    pub fn set_filter(&mut self, filter: &str) {
        filter.clone_into(&mut self.filter);
    }

    /// The table as it is sorted and filtered, with times in ms.
    pub fn csv(&self, run: &RunState) -> String {
        let head = "layer,kind,kernel,stride,out_side,out_channels,parameters,macs,forward_ms,\
                    backward_ms,share\n";
        let line = |row: Row| {
            let spec = &row.spec;
            let (kind, macs) = (spec.kind.label(), spec.macs());
            let time = row.time.map_or(",,".to_owned(), |time| {
                format!("{},{},{}", time.forward_ms, time.backward_ms, time.share)
            });
            format!(
                "{},{kind},{},{},{},{},{},{macs},{time}\n",
                spec.name,
                spec.kernel,
                spec.stride,
                spec.out_side,
                spec.out_channels,
                spec.parameters()
            )
        };
        rows(run, self).into_iter().map(line).fold(head.to_owned(), |csv, line| csv + &line)
    }

    /// The row of the selected layer; the first when it is filtered away.
    fn cursor(&self, rows: &[Row]) -> usize {
        rows.iter().position(|row| row.index == self.selected).unwrap_or(0)
    }
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let view = &app.views.layers;
    let rows = rows(&app.run, view);
    let cursor = view.cursor(&rows);
    match rows.get(cursor) {
        Some(row) if view.detail && area.width < WIDE => detail::draw(frame, area, row, app),
        Some(row) if view.detail => {
            let columns = [Constraint::Fill(1), Constraint::Length(DETAIL)];
            let [left, right] = Layout::horizontal(columns).areas(area);
            table::draw(frame, left, (&rows, cursor), app);
            detail::draw(frame, right, row, app);
        }
        _ => table::draw(frame, area, (&rows, cursor), app),
    }
}

#[cfg(test)]
mod tests;
