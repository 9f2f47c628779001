//! The command palette: every action by name, with its key and its name in the configuration.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{boxed, centred};
use crate::tui::{
    app::{App, Palette},
    keys::Binding,
    text::{clip, fit, fit_right, width},
};

/// Columns of the box where there is room.
const COLUMNS: u16 = 78;
/// Most rows of the box.
const ROWS: u16 = 24;
/// Fewest columns inside the box that leave room for the name in the configuration.
const ROOMY: usize = 70;
/// Columns of that name.
const CONFIGURED: usize = 16;
/// Rows above the entries: what is typed, and a rule.
const HEAD: usize = 2;

fn size(area: Rect) -> (u16, u16) {
    (COLUMNS.min(area.width.saturating_sub(4)), area.height.saturating_sub(4).min(ROWS))
}

/// Where the palette lies on the screen.
pub fn place(area: Rect) -> Rect {
    centred(area, size(area))
}

/// How many entries there is room for, and the first that is shown.
fn window(palette: &Palette, inner: Rect) -> (usize, usize) {
    let shown = usize::from(inner.height).saturating_sub(HEAD);
    (shown, (palette.selected + 1).saturating_sub(shown))
}

/// The entry in a row of the inside.
pub fn entry_at(palette: &Palette, inner: Rect, row: usize) -> Option<usize> {
    let (_, first) = window(palette, inner);
    let entry = first + row.checked_sub(HEAD)?;
    (entry < palette.found().len()).then_some(entry)
}

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, palette: &Palette, app: &App) {
    let theme = &app.theme;
    let found = palette.found();
    let place = (palette.selected + 1).min(found.len());
    let title = format!("command {place}/{}  enter runs  esc closes", found.len());
    let inner = boxed(frame, area, size(area), &title, app);
    let (shown, first) = window(palette, inner);
    let room = usize::from(inner.width);
    let mut lines = vec![Line::from(vec![
        Span::styled(" : ", theme.accent),
        Span::styled(clip(palette.line.value(), room.saturating_sub(4)), theme.text),
    ])];
    lines.push(Line::styled("─".repeat(room), theme.border));
    for (index, binding) in found.iter().enumerate().skip(first).take(shown) {
        lines.push(entry(binding, index == palette.selected, room, app));
    }
    if found.is_empty() {
        lines.push(Line::styled("   no command matches", theme.dim));
    }
    frame.render_widget(Paragraph::new(lines), inner);
    let column = (palette.line.visual_cursor() as u16).min(inner.width.saturating_sub(4));
    frame.set_cursor_position(Position::new(inner.x + 3 + column, inner.y));
}

fn entry(binding: &'static Binding, selected: bool, room: usize, app: &App) -> Line<'static> {
    let theme = &app.theme;
    let key = app.keys.keys(binding).first().map(|key| key.label()).unwrap_or_default();
    let configured = match room >= ROOMY && !binding.action.is_fixed() {
        true => format!("  {}", fit(&binding.action.name(), CONFIGURED)),
        false => " ".repeat(if room >= ROOMY { CONFIGURED + 2 } else { 0 }),
    };
    let marker = if selected { " ▸ " } else { "   " };
    let name = fit(binding.name, room.saturating_sub(width(&configured) + 10));
    let (text, dim, hint) = match selected {
        true => (theme.selection, theme.selection, theme.selection),
        false => (theme.text, theme.dim, theme.accent),
    };
    Line::from(vec![
        Span::styled(format!("{marker}{name}"), text),
        Span::styled(configured, dim),
        Span::styled(format!("{} ", fit_right(&key, 6)), hint),
    ])
}
