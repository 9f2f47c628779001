//! Where the parts of the tab lie, and how it is drawn.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Span,
};

use super::{SamplesView, grid, side, words};
use crate::tui::{
    app::App,
    pane::pane_with_legend,
    picture::Brush,
    text::{clip, width},
    views::parts,
};

/// Where the parts of the tab lie.
pub struct Panes {
    /// The grid or the large picture, with its frame.
    pub pane: Rect,
    pub grid: Rect,
    /// The line that takes the place of what is beside.
    pub foot: Rect,
    pub side: Rect,
}

impl Panes {
    /// Those of `view`, of which the pictures may be `alone`.
    pub fn new(area: Rect, view: &SamplesView, alone: bool) -> Self {
        let beside = if alone { 0 } else { side_width(area, view) };
        let [pane, side] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(beside)]).areas(area);
        let foot = u16::from(beside == 0 && (alone || !view.large) && !view.visible.is_empty());
        let [grid, foot] = Layout::vertical([Constraint::Fill(1), Constraint::Length(foot)])
            .areas(parts::inside(pane));
        Self { pane, grid, foot, side }
    }
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let (view, theme) = (&app.views.samples, &app.theme);
    let brush = Brush::of(app);
    let Panes { pane, grid, foot, side } = Panes::new(area, view, app.full_screen);
    let room = usize::from(pane.width).saturating_sub(8);
    let (title, legend) = view.titles(room, &app.keys);
    let title = clip(&title, room.saturating_sub(width(&legend)));
    let legend = vec![Span::styled(legend, theme.dim)];
    frame.render_widget(pane_with_legend(&title, legend, true, theme), pane);
    match (&view.shown, view.error()) {
        (_, Some(why)) => {
            let what = format!("the samples cannot be shown: {why}");
            parts::waiting(frame, grid, &what, theme);
        }
        (None, None) => parts::waiting(frame, grid, &words::waiting_for(app), theme),
        (Some(_), None) if view.visible.is_empty() => {
            parts::waiting(frame, grid, &view.nothing(&app.keys), theme);
        }
        (Some(shown), None) if view.large && !app.full_screen => {
            side::draw_large(frame, grid, (shown, view), brush);
        }
        (Some(shown), None) => {
            match view.large {
                true => side::draw_alone(frame, grid, (shown, view), brush),
                false => grid::draw(frame, grid, (shown, view), brush),
            }
            grid::draw_foot(frame, foot, (shown, view), theme);
            side::draw(frame, side, (shown, view), brush);
        }
    }
}

/// Columns of the pane about the picture under the cursor.
fn side_width(area: Rect, view: &SamplesView) -> u16 {
    match area.width {
        _ if view.large || view.visible.is_empty() || view.error().is_some() => 0,
        ..76 => 0,
        76..110 => 32,
        _ => 44,
    }
}
