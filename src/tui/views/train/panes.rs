//! Which panes there is room for, and where they lie.
//!
//! Where there is less room, panes yield in this order: the charts of the other sets, the confusion,
//! the layers, the speed as a pane (its line stays), the second chart. The first chart, or the one
//! that has the focus, and a line of numbers are always there. From 72 columns on panes lie side by
//! side, on narrower screens one below the other; there the confusion has no room.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{
    Pane, TrainView,
    charts::{self, SETS},
    confusion, layers, now, readout,
};
use crate::{
    domain::events::Quantity,
    tui::{app::App, views::Around},
};

/// How much there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// One chart and one line.
    Small,
    /// Two charts, one below the other, and the line.
    Pair,
    /// Those, and the speed below.
    Column,
    /// Those, and the layers below.
    Tower,
    /// Two charts side by side, and the speed.
    Medium,
    /// Those, and the layers below.
    Tall,
    /// Those, and the confusion.
    Large,
    /// Every chart.
    Huge,
}

fn room((width, height): (u16, u16)) -> Room {
    match (width, height) {
        (..72, 40..) => Room::Tower,
        (..72, 30..) => Room::Column,
        (..72, 24..) => Room::Pair,
        (..72, _) | (_, ..20) => Room::Small,
        (160.., 50..) => Room::Huge,
        (100.., 32..) => Room::Large,
        (_, 32..) => Room::Tall,
        _ => Room::Medium,
    }
}

/// The panes that can have the focus on a screen of this size, in order.
pub fn order(size: (u16, u16), set: usize) -> Vec<Pane> {
    let own = SETS[set].len();
    let (charts, others): (usize, &[Pane]) = match room(size) {
        Room::Small => (own, &[]),
        Room::Pair => (own.max(2), &[]),
        Room::Column | Room::Medium => (own.max(2), &[Pane::Now]),
        Room::Tower | Room::Tall => (own.max(2), &[Pane::Now, Pane::Layers]),
        Room::Large => (own.max(2), &[Pane::Now, Pane::Layers, Pane::Confusion]),
        Room::Huge => (Quantity::ALL.len(), &[Pane::Layers, Pane::Confusion, Pane::Now]),
    };
    let charts = charts::from_set(set).into_iter().take(charts).map(Pane::Chart);
    charts.chain(others.iter().copied()).collect()
}

/// What so many places for charts show: the set in use first, and in any case what has the focus.
fn shown(view: &TrainView, places: usize) -> Vec<Pane> {
    let charts = charts::from_set(view.set).into_iter().map(Pane::Chart);
    let mut charts: Vec<Pane> = charts.take(places).collect();
    if matches!(view.pane, Pane::Chart(_)) && !charts.contains(&view.pane) {
        charts.pop();
        charts.push(view.pane);
    }
    charts
}

/// Where everything on the tab lies.
#[derive(Debug, Default)]
pub struct Places {
    pub panes: Vec<(Pane, Rect)>,
    /// The lines that say what the charts show at one step.
    pub readout: Rect,
}

/// Lays the tab out in `area`.
pub fn places(view: &TrainView, area: Rect, around: &Around) -> Places {
    let lines = Constraint::Length(1 + u16::from(around.compared.is_some()));
    if around.full_screen {
        let lines = if matches!(view.pane, Pane::Chart(_)) { lines } else { Constraint::Length(0) };
        let [whole, readout] = Layout::vertical([Constraint::Fill(1), lines]).areas(area);
        return Places { panes: vec![(view.pane, whole)], readout };
    }
    let classes = around.run.class_names().len().clamp(2, 10) as u16;
    let room = room(around.size);
    let lower = match room {
        Room::Small | Room::Pair | Room::Column | Room::Medium => 0,
        Room::Tower => (around.size.1 / 5).min(12),
        Room::Tall => 12,
        Room::Large | Room::Huge => classes + 3,
    };
    let rows = [Constraint::Fill(1), lines, Constraint::Length(lower)];
    let [top, readout, bottom] = Layout::vertical(rows).areas(area);
    let mut panes = charts_and_speed(view, room, top);
    panes.extend(layers_and_confusion(room, bottom));
    Places { panes, readout }
}

fn charts_and_speed(view: &TrainView, room: Room, area: Rect) -> Vec<(Pane, Rect)> {
    let mut places: Vec<Rect> = Vec::new();
    let mut speed = None;
    match room {
        Room::Small => places.push(area),
        Room::Pair => {
            let rows: [Rect; 2] = Layout::vertical([Constraint::Fill(1); 2]).areas(area);
            places.extend(rows);
        }
        Room::Column | Room::Tower => {
            let rows = [Constraint::Fill(1), Constraint::Fill(1), Constraint::Length(now::HEIGHT)];
            let [upper, middle, lower] = Layout::vertical(rows).areas(area);
            places.extend([upper, middle]);
            speed = Some((Pane::Now, lower));
        }
        Room::Medium | Room::Tall | Room::Large => {
            let [left, right] = beside(area);
            let rows = [Constraint::Fill(1), Constraint::Length(now::HEIGHT)];
            let [upper, lower] = Layout::vertical(rows).areas(right);
            places.extend([left, upper]);
            speed = Some((Pane::Now, lower));
        }
        Room::Huge => {
            let rows = [Constraint::Fill(3), Constraint::Fill(2)];
            let [upper, lower] = Layout::vertical(rows).areas(area);
            let large: [Rect; 2] = Layout::horizontal([Constraint::Fill(1); 2]).areas(upper);
            let others = Quantity::ALL.len() - large.len();
            places.extend(large);
            places.extend(&*Layout::horizontal(vec![Constraint::Fill(1); others]).split(lower));
        }
    }
    shown(view, places.len()).into_iter().zip(places).chain(speed).collect()
}

fn layers_and_confusion(room: Room, area: Rect) -> Vec<(Pane, Rect)> {
    match room {
        Room::Small | Room::Pair | Room::Column | Room::Medium => Vec::new(),
        Room::Tower | Room::Tall => vec![(Pane::Layers, area)],
        Room::Large => {
            let [left, right] = beside(area);
            vec![(Pane::Layers, left), (Pane::Confusion, right)]
        }
        Room::Huge => {
            let columns = [Constraint::Fill(1), Constraint::Length(50), Constraint::Length(46)];
            let [left, middle, right] = Layout::horizontal(columns).areas(area);
            vec![(Pane::Layers, left), (Pane::Confusion, middle), (Pane::Now, right)]
        }
    }
}

/// The wider part to the left, and what lies to the right of it.
fn beside(area: Rect) -> [Rect; 2] {
    let side = (area.width * 3 / 8).clamp(34, 60);
    Layout::horizontal([Constraint::Fill(1), Constraint::Length(side)]).areas(area)
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let view = &app.views.train;
    let Places { panes, readout } = places(view, area, &app.around());
    let mut shown = Vec::new();
    let has_speed = app.full_screen || panes.iter().any(|(pane, _)| *pane == Pane::Now);
    for (which, area) in panes {
        let focused = view.pane == which;
        match which {
            Pane::Chart(quantity) => {
                shown.push(quantity);
                charts::draw(frame, area, quantity, app);
            }
            Pane::Now => now::draw(frame, area, app, focused),
            Pane::Layers => layers::draw(frame, area, app, focused),
            Pane::Confusion => confusion::draw(frame, area, app, focused),
        }
    }
    if shown.is_empty() || app.run.last_step.is_none() {
        return;
    }
    if !has_speed && view.crosshair.is_none() && app.compared.is_none() {
        now::draw_line(frame, readout, app);
    } else {
        readout::draw(frame, readout, &shown, app);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::running;

    #[test]
    fn whatever_can_have_the_focus_is_drawn_then() {
        let mut app = running();
        let sizes =
            [(60, 16), (60, 24), (60, 30), (60, 40), (80, 24), (80, 40), (120, 40), (200, 60)];
        for (size, set) in
            sizes.into_iter().flat_map(|size| (0..SETS.len()).map(move |s| (size, s)))
        {
            app.size = size;
            for pane in order(size, set) {
                let view = TrainView { pane, set, ..TrainView::default() };
                let area = Rect::new(0, 0, size.0, size.1);
                let panes = places(&view, area, &app.around()).panes;
                assert!(panes.iter().any(|(shown, _)| *shown == pane), "{pane:?} on {size:?}");
            }
        }
    }
}
