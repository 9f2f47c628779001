//! The mouse on the charts: a click sets the crosshair, a drag selects, the wheel zooms.

use ratatui::layout::Rect;

use super::{Pane, TrainView, charts, panes, steps};
use crate::{
    domain::events::Quantity,
    tui::{
        chart::{self, Canvas, Plot},
        mouse::{Mouse, MouseKind},
        views::{Around, Outcome},
    },
};

/// Columns that a drag must cover to be more than a click.
const DRAG: u16 = 2;

impl TrainView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, mouse: Mouse, area: Rect, around: &Around) -> Outcome {
        if let (MouseKind::Drag, Some(drag)) = (mouse.kind, &mut self.drag) {
            drag.2 = mouse.at.x;
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
            (MouseKind::Press, Some(_)) => self.drag = Some((quantity, mouse.at.x, mouse.at.x)),
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
        let Some((quantity, from, to)) = self.drag else { return Outcome::default() };
        let places = panes::places(self, area, around).panes;
        let place = places.into_iter().find(|(pane, _)| *pane == Pane::Chart(quantity));
        let ends = place.and_then(|(_, place)| {
            let step = |column| self.step_at(quantity, (column, place), around).map(|at| at.0);
            Some((step(from.min(to))?, step(from.max(to))?))
        });
        self.drag = None;
        match ends {
            Some(ends) if from.abs_diff(to) >= DRAG => self.window.select(ends, steps(around.run)),
            Some((step, _)) => self.crosshair = Some(step),
            None => {}
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
        let inner = Rect::new(
            place.x + 1,
            place.y + 1,
            place.width.saturating_sub(2),
            place.height.saturating_sub(2),
        );
        let Canvas { area, .. } = chart::canvas(inner, &plot)?;
        let column = column.clamp(area.left(), area.right() - 1) - area.left();
        let (first, last) = self.shown(around.run);
        let x = plot.axis.middle(column.into(), area.width.into());
        let step = plot.curve.ruler.step_at(x).clamp(first, last);
        Some((step, (f64::from(column) + 0.5) / f64::from(area.width)))
    }
}
