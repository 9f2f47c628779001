//! What lies over the tabs: help, palette, dialogs.

mod epochs;
mod help;
mod rate;

pub use help::most_scrolled;

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Paragraph},
};

use super::{
    app::{App, Format, Overlay, Palette},
    keys::Binding,
    pane::pane,
    text::{clip, fit, width},
};

/// Draws the overlay that is open, if any.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    match &app.overlay {
        Overlay::None | Overlay::Filter(_) => {}
        Overlay::Help(top) => help::draw(frame, area, *top, app),
        Overlay::Palette(palette) => self::palette(frame, area, palette, app),
        Overlay::Export => export(frame, area, app),
        Overlay::Rate(dialog) => rate::draw(frame, area, dialog, app),
        Overlay::Epochs(dialog) => epochs::draw(frame, area, dialog, app),
        Overlay::Quit => quit(frame, area, app),
    }
}

/// A cleared box in the middle of `area`, with a border; returns its inside.
fn boxed(frame: &mut Frame, area: Rect, size: (u16, u16), title: &str, app: &App) -> Rect {
    let (columns, rows) = (size.0.min(area.width), size.1.min(area.height));
    let outer = Rect {
        x: area.x + (area.width - columns) / 2,
        y: area.y + (area.height - rows) / 2,
        width: columns,
        height: rows,
    };
    let block = pane(title, true, &app.theme);
    let inner = block.inner(outer);
    frame.render_widget(Clear, outer);
    frame.buffer_mut().set_style(outer, app.theme.ground);
    frame.render_widget(block, outer);
    inner
}

fn palette(frame: &mut Frame, area: Rect, palette: &Palette, app: &App) {
    let theme = &app.theme;
    let found = palette.found();
    let rows = area.height.saturating_sub(4).min(18);
    let inner = boxed(frame, area, (56, rows), "command  enter does  esc closes", app);
    let shown = usize::from(inner.height).saturating_sub(2);
    let first = (palette.selected + 1).saturating_sub(shown);
    let room = usize::from(inner.width);
    let mut lines = vec![Line::from(vec![
        Span::styled(" : ", theme.accent),
        Span::styled(clip(palette.line.value(), room - 4), theme.text),
    ])];
    lines.push(Line::styled("─".repeat(room), theme.border));
    for (index, binding) in found.iter().enumerate().skip(first).take(shown) {
        lines.push(entry(binding, index == palette.selected, room, app));
    }
    if found.is_empty() {
        lines.push(Line::styled("   nothing is called so", theme.dim));
    }
    frame.render_widget(Paragraph::new(lines), inner);
    let column = (palette.line.visual_cursor() as u16).min(inner.width.saturating_sub(4));
    frame.set_cursor_position(Position::new(inner.x + 3 + column, inner.y));
}

fn entry(binding: &'static Binding, selected: bool, room: usize, app: &App) -> Line<'static> {
    let theme = &app.theme;
    let key = app.keys.keys(binding).first().map(|key| key.label()).unwrap_or_default();
    let marker = if selected { " ▸ " } else { "   " };
    let name = fit(binding.name, room.saturating_sub(width(&key) + 4));
    let (text, hint) =
        if selected { (theme.selection, theme.selection) } else { (theme.text, theme.accent) };
    Line::from(vec![
        Span::styled(format!("{marker}{name}"), text),
        Span::styled(format!("{key} "), hint),
    ])
}

/// A key of a dialog and what it does.
fn choice(key: &str, what: &'static str, app: &App) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!("  {key:<7}"), app.theme.accent),
        Span::styled(what, app.theme.text),
    ])
}

fn export(frame: &mut Frame, area: Rect, app: &App) {
    let inner = boxed(frame, area, (44, 7), "save this view  esc closes", app);
    let formats = Format::ALL.into_iter();
    let formats = formats.map(|it| choice(&it.key().to_string(), it.label(app.tab), app));
    let lines: Vec<Line> = std::iter::once(Line::default()).chain(formats).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn quit(frame: &mut Frame, area: Rect, app: &App) {
    let inner = boxed(frame, area, (44, 7), "quit", app);
    let lines = vec![
        Line::default(),
        choice("enter", "stop after this batch and save", app),
        choice("esc", "go on training", app),
        choice("C-c", "stop; once more: leave at once", app),
    ];
    frame.render_widget(Paragraph::new(lines), inner);
}
