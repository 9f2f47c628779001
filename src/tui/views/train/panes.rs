//! Which panes there is room for, and where they lie.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{Pane, confusion, curves, layers, now};
use crate::tui::app::App;

/// How much there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    /// The loss curve and one line.
    Small,
    /// The curves and the speed.
    Medium,
    /// Those, and the layers below.
    Tall,
    /// Everything.
    Large,
}

fn room((width, height): (u16, u16)) -> Room {
    match (width, height) {
        (..72, _) | (_, ..20) => Room::Small,
        (100.., 32..) => Room::Large,
        (_, 32..) => Room::Tall,
        _ => Room::Medium,
    }
}

/// The panes that a screen of this size shows, in the order of the focus.
pub fn visible(size: (u16, u16)) -> &'static [Pane] {
    const ALL: [Pane; 5] = [Pane::Loss, Pane::Accuracy, Pane::Now, Pane::Layers, Pane::Confusion];
    match room(size) {
        Room::Small => &ALL[..1],
        Room::Medium => &ALL[..3],
        Room::Tall => &ALL[..4],
        Room::Large => &ALL,
    }
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let focus = app.views.train.pane;
    if app.full_screen {
        return pane(frame, area, focus, app);
    }
    match room(app.size) {
        Room::Small => {
            let [chart, line] =
                Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
            pane(frame, chart, Pane::Loss, app);
            now::draw_line(frame, line, app);
        }
        Room::Medium => upper(frame, area, app),
        Room::Tall => {
            let rows = [Constraint::Fill(1), Constraint::Length(12)];
            let [top, bottom] = Layout::vertical(rows).areas(area);
            upper(frame, top, app);
            pane(frame, bottom, Pane::Layers, app);
        }
        Room::Large => {
            let classes = app.run.class_names().len().clamp(2, 10) as u16;
            let rows = [Constraint::Fill(1), Constraint::Length(classes + 3)];
            let [top, bottom] = Layout::vertical(rows).areas(area);
            upper(frame, top, app);
            let columns = [Constraint::Fill(1), Constraint::Length(side_width(area))];
            let [left, right] = Layout::horizontal(columns).areas(bottom);
            pane(frame, left, Pane::Layers, app);
            pane(frame, right, Pane::Confusion, app);
        }
    }
}

/// The loss on the left, accuracy over speed on the right.
fn upper(frame: &mut Frame, area: Rect, app: &App) {
    let columns = [Constraint::Fill(1), Constraint::Length(side_width(area))];
    let [left, right] = Layout::horizontal(columns).areas(area);
    let rows = [Constraint::Fill(1), Constraint::Length(now::HEIGHT)];
    let [accuracy, speed] = Layout::vertical(rows).areas(right);
    pane(frame, left, Pane::Loss, app);
    pane(frame, accuracy, Pane::Accuracy, app);
    pane(frame, speed, Pane::Now, app);
}

fn side_width(area: Rect) -> u16 {
    (area.width * 3 / 8).clamp(34, 60)
}

fn pane(frame: &mut Frame, area: Rect, which: Pane, app: &App) {
    let focused = app.views.train.pane == which;
    match which {
        Pane::Loss => curves::draw_loss(frame, area, app, focused),
        Pane::Accuracy => curves::draw_accuracy(frame, area, app, focused),
        Pane::Now => now::draw(frame, area, app, focused),
        Pane::Layers => layers::draw(frame, area, app, focused),
        Pane::Confusion => confusion::draw(frame, area, app, focused),
    }
}
