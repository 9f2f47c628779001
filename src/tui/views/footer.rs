//! The three lines at the foot: the newest notice, the keys, the facts.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
};
use tui_input::Input as Typed;

use crate::tui::{
    action::Action,
    app::{App, Level, Overlay},
    keys,
    tab::Tab,
    text::{clip, width},
    views::samples::FILTER_HELP,
};

/// Draws the newest word to the person, else the newest event worth a line.
pub fn draw_notice(frame: &mut Frame, area: Rect, app: &App) {
    let theme = &app.theme;
    let room = usize::from(area.width).saturating_sub(2);
    let line = if let Some(message) = app.message() {
        Line::styled(format!(" {}", clip(message, room)), theme.accent)
    } else if let Some(asked) = app.control.asked() {
        Line::styled(format!(" {}", clip(&asked, room)), theme.accent)
    } else if let Some(Some(why)) = &app.disconnected {
        Line::styled(format!(" {}", clip(why, room)), theme.bad)
    } else if let Some(notice) = &app.notice {
        let (word, style) = match notice.level {
            Level::Info => ("INFO", theme.dim),
            Level::Warning => ("WARN", theme.warn),
        };
        let room = room.saturating_sub(15);
        Line::from(vec![
            Span::styled(format!(" {} ", app.time_of_day(notice.time)), theme.dim),
            Span::styled(format!("{word}  "), style),
            Span::styled(clip(&notice.text, room), theme.text),
        ])
    } else {
        return;
    };
    frame.render_widget(line, area);
}

/// Draws the keys that matter most, or the line that is being typed.
pub fn draw_hints(frame: &mut Frame, area: Rect, app: &App) {
    if let Overlay::Filter(typed) = &app.overlay {
        return draw_filter(frame, area, typed, app);
    }
    let spans = hint_spans(app, area.width).into_iter().map(|(_, span)| span);
    frame.render_widget(Line::from_iter(spans), area);
}

/// What the hint in `column` of a screen so wide does.
pub fn hint_at(app: &App, width: u16, column: u16) -> Option<Action> {
    let mut right = 0;
    let mut spans = hint_spans(app, width).into_iter();
    spans.find_map(|(action, span)| {
        right += span.width();
        (usize::from(column) < right).then_some(action)
    })?
}

fn hint_spans(app: &App, columns: u16) -> Vec<(Option<Action>, Span<'static>)> {
    let theme = &app.theme;
    let mut spans = vec![(None, Span::raw(" "))];
    let mut used = 1;
    // A digit that is a tab as well needs no word: nearly always the tab is meant.
    if let Some(count) = app.count.filter(|count| count.value > 6) {
        let key = app.keys.label(Action::Step);
        let text = format!("{}{key} makes {0} steps   ", count.value);
        used += width(&text);
        spans.push((Some(Action::Step), Span::styled(text, theme.accent)));
    }
    let room = usize::from(columns).saturating_sub(used);
    for (key, hint, action) in hints(app, room) {
        spans.push((Some(action), Span::styled(key, theme.accent)));
        spans.push((Some(action), Span::styled(format!(" {hint}  "), theme.dim)));
    }
    spans
}

/// Keys with a word each, as many as fit; what a beginner can do without goes first.
fn hints(app: &App, room: usize) -> Vec<(String, &'static str, Action)> {
    let first = |row| app.keys.shown(row).split(' ').next().unwrap_or_default().to_owned();
    let table =
        keys::rows().filter_map(|row| Some((first(row), row.hint?, row.bindings.first()?.action)));
    let mut hints: Vec<_> = table.collect();
    if app.is_over() {
        hints.retain(|(_, hint, _)| !["pause", "step"].contains(hint));
    }
    let columns = |hints: &[(String, &str, Action)]| -> usize {
        hints.iter().map(|(key, hint, _)| width(key) + width(hint) + 3).sum()
    };
    for least in ["command", "filter", "pane", "step", "tabs"] {
        if columns(&hints) > room + 2 {
            hints.retain(|(_, hint, _)| *hint != least);
        }
    }
    hints
}

fn draw_filter(frame: &mut Frame, area: Rect, typed: &Typed, app: &App) {
    let theme = &app.theme;
    let line = Line::from(vec![
        Span::styled(" / ", theme.accent),
        Span::styled(clip(typed.value(), usize::from(area.width) / 2), theme.text),
    ]);
    frame.render_widget(line, area);
    let column = area.x + 3 + (typed.visual_cursor() as u16).min(area.width / 2);
    frame.set_cursor_position(Position::new(column, area.y));
    let keys = "enter keeps  esc clears ";
    let syntax = if app.tab == Tab::Samples { FILTER_HELP } else { "" };
    let room = usize::from(area.width).saturating_sub(width(typed.value()) + 6);
    let wordings = [format!("{syntax}   {keys}"), format!("{syntax} "), keys.to_owned()];
    let fits = |text: &&String| width(text) <= room && !text.trim().is_empty();
    let Some(help) = wordings.iter().find(fits) else { return };
    let right = Rect { x: area.right().saturating_sub(width(help) as u16), ..area };
    frame.render_widget(Line::styled(help.as_str(), theme.dim), right.intersection(area));
}

/// Draws device, data, batch size, run, and how the screen itself fares.
pub fn draw_status(frame: &mut Frame, area: Rect, app: &App) {
    let run = format!("run {}", app.title);
    let draw = format!("draw {:.1} ms", app.draw_ms);
    let dropped = format!("{} dropped", app.dropped);
    let mut facts = Vec::new();
    if let Some(started) = &app.run.started {
        let unofficial = if started.official { "" } else { " (unofficial)" };
        facts.push(started.device.clone());
        let thousands = |images: usize| match images {
            n if n >= 10_000 => format!("{}k", n / 1_000),
            n if n >= 1_000 => format!("{:.1}k", n as f64 / 1e3).replace(".0k", "k"),
            n => n.to_string(),
        };
        let (train, validation) = (thousands(started.train_images), thousands(started.val_images));
        facts.push(format!("{}{unofficial} {train}/{validation}", started.dataset));
        facts.push(format!("bs {}", started.config.batch_size));
    }
    facts.extend([run, draw, dropped]);
    // What matters least goes first where there is no room: the time of drawing, the batch size.
    let room = usize::from(area.width).saturating_sub(2);
    let length = |facts: &[String]| facts.iter().map(|f| width(f) + 3).sum::<usize>();
    for least in ["draw ", "bs ", "run "] {
        if length(&facts) > room + 3 {
            facts.retain(|fact| !fact.starts_with(least));
        }
    }
    let text = clip(&facts.join(" │ "), room);
    let style = if app.dropped > 0 { app.theme.warn } else { app.theme.dim };
    frame.render_widget(Line::styled(format!(" {text}"), style), area);
}
