//! The mouse on the second tab.

use ratatui::layout::{Position, Rect};

use super::{
    LayersView, Outcome, Shown, detail, places,
    rows::{Row, rows},
    table,
};
use crate::{
    domain::state::RunState,
    tui::{
        action::Motion,
        mouse::{Mouse, MouseKind},
        views::{Around, parts},
    },
};

impl LayersView {
    /// What was done with the mouse in the tab, which is drawn into `area`: a click selects a
    /// layer, opens the selected one, sorts by a column; the wheel moves.
    pub fn mouse(&mut self, mouse: Mouse, area: Rect, around: &Around) -> Outcome {
        match mouse.kind {
            MouseKind::WheelUp => self.move_by(Motion::Up, area, around),
            MouseKind::WheelDown => self.move_by(Motion::Down, area, around),
            MouseKind::Press => return self.pressed(mouse.at, area, around),
            MouseKind::Drag | MouseKind::Release => {}
        }
        Outcome::default()
    }

    fn pressed(&mut self, at: Position, area: Rect, around: &Around) -> Outcome {
        if self.shown == Shown::Steps {
            return Outcome::default();
        }
        let rows = rows(around.run, self);
        let places = places(area, self, (&rows, around.full_screen));
        if let Some(table) = places.table.filter(|table| table.contains(at)) {
            return self.pressed_table(at, table, (&rows, around.run));
        }
        if let Some(place) = places.detail {
            let sections = detail::sections(place, self, around.full_screen);
            let hit = sections.into_iter().find(|(_, place)| place.contains(at));
            if let Some((section, _)) = hit {
                self.detail = true;
                self.focus(section);
            }
        }
        Outcome::default()
    }

    fn pressed_table(
        &mut self,
        at: Position,
        table: Rect,
        (rows, run): (&[Row], &RunState),
    ) -> Outcome {
        let (cursor, inner) = (self.cursor(rows), parts::inside(table));
        if at.y == inner.y {
            return match table::column_at(inner.width, at.x.saturating_sub(inner.x)) {
                Some(column) => self.sort_by(column, run),
                None => Outcome::default(),
            };
        }
        let body = table::body(inner, run);
        if body.contains(at) {
            let shown = parts::rows_around(cursor, rows.len(), usize::from(body.height));
            let hit = shown.start + usize::from(at.y - body.y);
            match rows.get(hit) {
                Some(row) if row.index == self.selected => self.detail = true,
                Some(row) => self.selected = row.index,
                None => {}
            }
        }
        Outcome::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        testing::*,
        views::layers::{Column, detail::Section},
    };

    #[test]
    fn a_click_selects_and_another_opens() {
        let mut app = running();
        press(&mut app, "2");
        click(&mut app, "blocks.2.depthwise");
        assert_eq!((app.views.layers.selected, app.views.layers.detail), (5, false));
        click(&mut app, "blocks.2.depthwise");
        assert!(app.views.layers.detail);
        click(&mut app, "time  step");
        assert_eq!(app.views.layers.section, Section::Times);
    }

    #[test]
    fn a_click_on_a_heading_sorts_and_another_reverses() {
        let mut app = running();
        press(&mut app, "2");
        for reversed in [false, true] {
            click(&mut app, "fwd ms");
            let view = &app.views.layers;
            assert_eq!((view.sort, view.reversed), (Column::Forward, reversed));
        }
    }

    #[test]
    fn the_wheel_moves_and_stops_at_the_ends() {
        let mut app = running();
        press(&mut app, "2");
        for (kind, selected) in [(MouseKind::WheelUp, 0), (MouseKind::WheelDown, 1)] {
            wheel(&mut app, kind, "pointwise");
            assert_eq!(app.views.layers.selected, selected);
        }
    }
}
