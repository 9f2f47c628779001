//! The three lines at the foot: the newest notice, the keys, the facts.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};
use tui_input::Input as Typed;

use crate::{
    domain::units::Count,
    tui::{
        action::Action,
        app::{App, Level, Overlay},
        tab::Tab,
        text::{clip, width, wrapped},
        views::{
            hints::{Hint, hints},
            samples::FILTER_HELP,
        },
    },
};

/// Most rows of the newest word.
const MOST_ROWS: usize = 3;
/// Columns of the time and the level before a notice.
const HEAD: usize = 15;

/// Draws the newest word to the person, else the newest event worth a line.
pub fn draw_notice(frame: &mut Frame, area: Rect, app: &App) {
    frame.render_widget(Paragraph::new(notice(app, area.width)), area);
}

/// Rows that it takes: what went wrong, and what can be done about it, is not cut.
pub fn notice_rows(app: &App, columns: u16) -> u16 {
    notice(app, columns).len().max(1) as u16
}

fn notice(app: &App, columns: u16) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let room = usize::from(columns).saturating_sub(2);
    let said = |text: &str, style| {
        let lines = folded(text, 0, room).into_iter();
        lines.map(|line| Line::styled(format!(" {line}"), style)).collect()
    };
    if let Some(message) = app.message() {
        return said(message, theme.accent);
    }
    if let Some(asked) = app.control.asked() {
        return said(&asked, theme.accent);
    }
    if let Some(Some(why)) = &app.disconnected {
        return said(why, theme.bad);
    }
    let Some(notice) = &app.notice else { return Vec::new() };
    let (word, style) = match notice.level {
        Level::Info => ("INFO", theme.dim),
        Level::Warning => ("WARN", theme.warn),
    };
    // News of a run that goes on come and go: the panes above do not move for them.
    let is_news = notice.level == Level::Info && !app.is_over();
    let mut lines = match is_news {
        true => vec![clip(&notice.text, room.saturating_sub(HEAD))].into_iter(),
        false => folded(&notice.text, HEAD, room).into_iter(),
    };
    let first = Line::from(vec![
        Span::styled(format!(" {} ", app.time_of_day(notice.time)), theme.dim),
        Span::styled(format!("{word}  "), style),
        Span::styled(lines.next().unwrap_or_default(), theme.text),
    ]);
    let rest = lines.map(|line| Line::styled(format!(" {line}"), theme.text));
    std::iter::once(first).chain(rest).collect()
}

/// `text` in lines of `room` columns, of which the first has `head` columns less.
fn folded(text: &str, head: usize, room: usize) -> Vec<String> {
    let mut lines = wrapped(&format!("{} {text}", "-".repeat(head.saturating_sub(1))), room);
    lines[0] = lines[0].get(head..).unwrap_or_default().to_owned();
    if lines.len() > MOST_ROWS {
        let rest = lines.split_off(MOST_ROWS - 1);
        lines.push(clip(&rest.join(" "), room));
    }
    lines
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
    // What lies over the tab takes the keys, and says which.
    if app.overlay.is_typing() || matches!(app.overlay, Overlay::Quit) {
        return Vec::new();
    }
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
    for Hint { keys, word, action } in hints(app, room) {
        spans.push((Some(action), Span::styled(keys, theme.accent)));
        spans.push((Some(action), Span::styled(format!(" {word}  "), theme.dim)));
    }
    spans
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
    let dropped = format!("{} dropped", Count(app.dropped));
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
    facts.extend([run, draw]);
    // That numbers are missing matters more than whatever stands beside it.
    facts.insert(if app.dropped > 0 { 0 } else { facts.len() }, dropped);
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
