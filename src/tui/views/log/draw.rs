//! How the tab is drawn.

use jiff::{Timestamp, civil::Date};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::Said;
use crate::tui::{
    action::{Action, Motion},
    app::App,
    pane::pane_with_legend,
    text::{clip, width},
    views::parts,
};

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let (view, theme) = (&app.views.log, &app.theme);
    let shown = view.shown();
    let follows = view.lowest.is_none();
    let legend = match app.keys.label(Action::Move(Motion::Bottom)) {
        _ if follows => "following".to_owned(),
        key if key.is_empty() => "stands still".to_owned(),
        key => format!("{key} follows the end"),
    };
    let filter = match view.filter.trim() {
        "" => String::new(),
        text => format!(" with “{text}”"),
    };
    let title = format!("log  {} lines{filter}", shown.len());
    let legend_width = width(&legend);
    let room = usize::from(area.width).saturating_sub(legend_width + 8);
    let legend = vec![Span::styled(legend, if follows { theme.dim } else { theme.accent })];
    let block = pane_with_legend(&clip(&title, room), legend, true, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if shown.is_empty() {
        let what = if view.entries.is_empty() {
            "nothing has been said yet"
        } else {
            "no such line; esc clears the filter"
        };
        return parts::waiting(frame, inner, what, theme);
    }
    let height = usize::from(inner.height);
    let end = view.lowest.map_or(shown.len(), |lowest| {
        shown.partition_point(|entry| entry.number <= lowest).max(height).min(shown.len())
    });
    // A clock alone is that of today, or of the day of the line above it.
    let mut day = today(app);
    let lines = shown[end.saturating_sub(height)..end]
        .iter()
        .map(|entry| line(&entry.said, &mut day, inner.width, app));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), inner);
}

/// By the machine's clock: that of the screen stands where a run has ended.
fn today(app: &App) -> Date {
    let now = Timestamp::from_millisecond(app.clock.max(app.wall) as i64).unwrap_or_default();
    app.zone.to_datetime(now).date()
}

/// One line with its clock, and with its date where that is not `day`.
fn line(said: &Said, day: &mut Date, width: u16, app: &App) -> Line<'static> {
    let stamp = said.time(&app.zone).map_or_else(String::new, |time| {
        let same = std::mem::replace(day, time.date()) == time.date();
        time.strftime(if same { "%H:%M:%S " } else { "%Y-%m-%d %H:%M:%S " }).to_string()
    });
    let room = usize::from(width).saturating_sub(stamp.len());
    let text: String = said.message().chars().skip(app.views.log.left).collect();
    Line::from(vec![
        Span::styled(stamp, app.theme.dim),
        Span::styled(clip(&text, room), said.level.style(&app.theme)),
    ])
}
