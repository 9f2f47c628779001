//! Which panes there is room for, and where they lie.

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
    /// Two charts and the speed.
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
        (..72, _) | (_, ..20) => Room::Small,
        (160.., 50..) => Room::Huge,
        (100.., 32..) => Room::Large,
        (_, 32..) => Room::Tall,
        _ => Room::Medium,
    }
}

/// The panes that can have the focus on a screen of this size, in order.
pub fn order(size: (u16, u16), set: usize) -> Vec<Pane> {
    let [one, other] = SETS[set].map(Pane::Chart);
    match room(size) {
        Room::Small => vec![one, other],
        Room::Medium => vec![one, other, Pane::Now],
        Room::Tall => vec![one, other, Pane::Now, Pane::Layers],
        Room::Large => vec![one, other, Pane::Now, Pane::Layers, Pane::Confusion],
        Room::Huge => {
            let others = rest(set).into_iter().map(Pane::Chart);
            let below = [Pane::Layers, Pane::Confusion, Pane::Now];
            [one, other].into_iter().chain(others).chain(below).collect()
        }
    }
}

/// The charts of the other sets.
fn rest(set: usize) -> Vec<Quantity> {
    (1..SETS.len()).flat_map(|i| SETS[(set + i) % SETS.len()]).collect()
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
    let [one, other] = SETS[view.set].map(Pane::Chart);
    if around.full_screen {
        let lines = if matches!(view.pane, Pane::Chart(_)) { lines } else { Constraint::Length(0) };
        let [whole, readout] = Layout::vertical([Constraint::Fill(1), lines]).areas(area);
        return Places { panes: vec![(view.pane, whole)], readout };
    }
    let classes = around.run.class_names().len().clamp(2, 10) as u16;
    let room = room(around.size);
    let lower = match room {
        Room::Small | Room::Medium => 0,
        Room::Tall => 12,
        Room::Large | Room::Huge => classes + 3,
    };
    let rows = [Constraint::Fill(1), lines, Constraint::Length(lower)];
    let [top, readout, bottom] = Layout::vertical(rows).areas(area);
    let side = [Constraint::Fill(1), Constraint::Length(side_width(area))];
    let mut panes = Vec::new();
    match room {
        Room::Small => {
            let shown = if view.pane == other { other } else { one };
            panes.push((shown, top));
        }
        Room::Medium | Room::Tall | Room::Large => {
            let [left, right] = Layout::horizontal(side).areas(top);
            let rows = [Constraint::Fill(1), Constraint::Length(now::HEIGHT)];
            let [upper, speed] = Layout::vertical(rows).areas(right);
            panes.extend([(one, left), (other, upper), (Pane::Now, speed)]);
        }
        Room::Huge => {
            let rows = [Constraint::Fill(3), Constraint::Fill(2)];
            let [upper, middle] = Layout::vertical(rows).areas(top);
            let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(upper);
            panes.extend([(one, left), (other, right)]);
            let small: [Rect; 4] = Layout::horizontal([Constraint::Fill(1); 4]).areas(middle);
            panes.extend(rest(view.set).into_iter().map(Pane::Chart).zip(small));
        }
    }
    match room {
        Room::Small | Room::Medium => {}
        Room::Tall => panes.push((Pane::Layers, bottom)),
        Room::Large => {
            let [left, right] = Layout::horizontal(side).areas(bottom);
            panes.extend([(Pane::Layers, left), (Pane::Confusion, right)]);
        }
        Room::Huge => {
            let columns = [Constraint::Fill(1), Constraint::Length(50), Constraint::Length(46)];
            let [left, middle, right] = Layout::horizontal(columns).areas(bottom);
            panes.extend([(Pane::Layers, left), (Pane::Confusion, middle), (Pane::Now, right)]);
        }
    }
    Places { panes, readout }
}

fn side_width(area: Rect) -> u16 {
    (area.width * 3 / 8).clamp(34, 60)
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let view = &app.views.train;
    let Places { panes, readout } = places(view, area, &app.around());
    let mut shown = Vec::new();
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
    let is_small = room(app.size) == Room::Small && !app.full_screen;
    if is_small && view.crosshair.is_none() && app.compared.is_none() {
        now::draw_line(frame, readout, app);
    } else {
        readout::draw(frame, readout, &shown, app);
    }
}
