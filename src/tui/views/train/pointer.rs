//! The mouse on the charts: a click sets the crosshair, a drag selects, the wheel zooms.

use ratatui::layout::{Position, Rect};

use super::{Pane, TrainView, charts, panes, steps};
use crate::{
    domain::events::Quantity,
    tui::{
        chart::{self, Canvas, Plot, Selection},
        mouse::{Mouse, MouseKind},
        views::{Around, Outcome, parts::inside},
    },
};

/// Columns that a drag must cover to select steps.
const COLUMNS: u16 = 2;
/// Rows that it must cover to select values: nobody draws a line that is quite level.
const ROWS: u16 = 3;

/// The mouse with its button down, in cells of the screen.
#[derive(Debug, Clone, Copy)]
pub struct Drag {
    /// In whose chart it began.
    pub quantity: Quantity,
    from: Position,
    to: Position,
}

impl Drag {
    /// What is dragged over; nothing where it is no more than a click.
    pub fn selection(self) -> Option<Selection> {
        let span = |from: u16, to: u16, least| {
            (from.abs_diff(to) >= least).then(|| (from.min(to), from.max(to)))
        };
        let columns = span(self.from.x, self.to.x, COLUMNS);
        let rows = span(self.from.y, self.to.y, ROWS);
        (columns.is_some() || rows.is_some()).then_some(Selection { columns, rows })
    }
}

impl TrainView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, mouse: Mouse, area: Rect, around: &Around) -> Outcome {
        if let (MouseKind::Drag, Some(drag)) = (mouse.kind, &mut self.drag) {
            drag.to = mouse.at;
            return Outcome::default();
        }
        if mouse.kind == MouseKind::Release {
            return self.release(area, around);
        }
        let places = panes::places(self, area, around).panes;
        let Some((pane, place)) = places.into_iter().find(|(_, place)| place.contains(mouse.at))
        else {
            return Outcome::default();
        };
        if mouse.kind == MouseKind::Press {
            self.pane = pane;
        }
        let Pane::Chart(quantity) = pane else { return Outcome::default() };
        let found = self.step_at(quantity, (mouse.at.x, place), around);
        match (mouse.kind, found) {
            (MouseKind::Press, Some(_)) => {
                self.drag = Some(Drag { quantity, from: mouse.at, to: mouse.at });
            }
            (MouseKind::WheelUp, Some(anchor)) => {
                self.window.zoom(true, Some(anchor), steps(around.run));
            }
            (MouseKind::WheelDown, Some(anchor)) => {
                self.window.zoom(false, Some(anchor), steps(around.run));
            }
            _ => {}
        }
        Outcome::default()
    }

    fn release(&mut self, area: Rect, around: &Around) -> Outcome {
        let Some(drag) = self.drag.take() else { return Outcome::default() };
        let places = panes::places(self, area, around).panes;
        let place = places.into_iter().find(|(pane, _)| *pane == Pane::Chart(drag.quantity));
        let Some((_, place)) = place else { return Outcome::default() };
        let step = |column| self.step_at(drag.quantity, (column, place), around).map(|at| at.0);
        let Some(selection) = drag.selection() else {
            self.crosshair = step(drag.from.x).or(self.crosshair);
            return Outcome::default();
        };
        let steps_of = |(first, last)| Some((step(first)?, step(last)?));
        let ends = selection.columns.and_then(steps_of);
        let values = selection.rows.and_then(|rows| {
            let plot = charts::plot(self, around.run, around.compared, drag.quantity);
            Some(chart::canvas(inside(place), &plot)?.between(rows))
        });
        if let Some(ends) = ends {
            self.window.select(ends, steps(around.run));
        }
        if let Some((low, high)) = values.filter(|(low, high)| low < high) {
            self.between[drag.quantity as usize] = Some((low, high));
        }
        Outcome::default()
    }

    /// The step at a column of the screen in a chart that is drawn into `place`, and where it lies
    /// from 0 at the left to 1 at the right.
    fn step_at(
        &self,
        quantity: Quantity,
        (column, place): (u16, Rect),
        around: &Around,
    ) -> Option<(u64, f64)> {
        let plot: Plot = charts::plot(self, around.run, around.compared, quantity);
        let Canvas { area, .. } = chart::canvas(inside(place), &plot)?;
        let column = column.clamp(area.left(), area.right() - 1) - area.left();
        let (first, last) = self.shown(around.run);
        let x = plot.axis.middle(column.into(), area.width.into());
        let step = plot.curve.ruler.step_at(x).clamp(first, last);
        Some((step, (f64::from(column) + 0.5) / f64::from(area.width)))
    }
}
