//! The whole screen as a function of the state.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

use super::{
    app::App,
    overlays,
    text::clip,
    views::{self, footer, header, parts},
};

/// Fewest columns and rows that the dashboard can be read in.
pub const SMALLEST: (u16, u16) = (60, 16);

/// Where the parts of the screen lie.
#[derive(Debug, Clone, Copy)]
pub struct Regions {
    pub tabs: Rect,
    pub progress: Rect,
    pub warning: Rect,
    /// What the tab has.
    pub body: Rect,
    pub notice: Rect,
    pub hints: Rect,
    pub status: Rect,
}

impl Regions {
    /// The parts of the screen `area`.
    pub fn of(area: Rect, app: &App) -> Self {
        // Full-screen leaves what tells where one is, and what has to be said for the whole run.
        let extra = |rows: bool| Constraint::Length(u16::from(rows && !app.full_screen));
        let rows = [
            Constraint::Length(1),
            extra(true),
            Constraint::Length(u16::from(banner(app).is_some())),
            Constraint::Fill(1),
            Constraint::Length(footer::notice_rows(app, area.width)),
            Constraint::Length(1),
            extra(area.height >= 20),
        ];
        let [tabs, progress, warning, body, notice, hints, status] =
            Layout::vertical(rows).areas(area);
        Self { tabs, progress, warning, body, notice, hints, status }
    }
}

fn banner(app: &App) -> Option<&str> {
    app.run.started.as_ref().and_then(|started| started.banner.as_deref())
}

/// Draws everything.
pub fn draw(frame: &mut Frame, app: &App) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, app.theme.ground);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return too_small(frame, area, app);
    }
    let banner = banner(app);
    let Regions { tabs, progress, warning, body, notice, hints, status } = Regions::of(area, app);
    header::draw_tabs(frame, tabs, app);
    header::draw_progress(frame, progress, app);
    if let Some(banner) = banner {
        let text = clip(&format!(" ! {banner}"), usize::from(warning.width));
        frame.render_widget(Line::styled(text, app.theme.warn), warning);
    }
    views::draw(frame, body, app);
    footer::draw_notice(frame, notice, app);
    footer::draw_hints(frame, hints, app);
    footer::draw_status(frame, status, app);
    overlays::draw(frame, area, app);
}

fn too_small(frame: &mut Frame, area: Rect, app: &App) {
    let (columns, rows) = SMALLEST;
    let (width, height) = (area.width, area.height);
    let text = match width {
        40.. => format!(
            "The dashboard needs {columns}×{rows} cells;\nthis window has {width}×{height}."
        ),
        _ => format!("needs {columns}×{rows}\nhas {width}×{height}"),
    };
    parts::centred(frame, area, &text, app.theme.warn);
}
