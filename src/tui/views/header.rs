//! The two lines on top: tabs and state, progress and what is left.

use ratatui::{
    Frame,
    layout::{Alignment, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};

use crate::{
    domain::{events::Phase, units::Clock},
    tui::{
        app::{App, Leaving},
        tab::Tab,
        text::width as text_width,
        theme::Theme,
    },
};

/// Fewest columns of the screen for the program's name, and for the names of all tabs. What is
/// drawn does not depend on the state, so that nothing jumps when it changes.
const BRANDED: u16 = 96;
const NAMED: u16 = 72;

/// Draws tabs on the left, state and clock on the right.
pub fn draw_tabs(frame: &mut Frame, area: Rect, app: &App) {
    let state = state_line(app, area.width);
    let spans = tabs(app, area.width).into_iter().map(|(_, span)| span);
    frame.render_widget(Line::from_iter(spans), area);
    let right = Rect {
        x: area.right().saturating_sub(state.width() as u16),
        width: (state.width() as u16).min(area.width),
        ..area
    };
    frame.render_widget(state.alignment(Alignment::Right), right);
}

/// How much of the tabs there is room for.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    Branded,
    All,
    OnlyShown,
}

/// The tab whose name is in `column` of the first line of a screen so wide.
pub fn tab_at(app: &App, width: u16, column: u16) -> Option<Tab> {
    let mut right = 0;
    let mut names = tabs(app, width).into_iter();
    names.find_map(|(tab, span)| {
        right += span.width();
        (usize::from(column) < right).then_some(tab)
    })?
}

/// The names that there is room for, with the tab of each.
fn tabs(app: &App, width: u16) -> Vec<(Option<Tab>, Span<'static>)> {
    let names = match width {
        BRANDED.. => Names::Branded,
        NAMED.. => Names::All,
        _ => Names::OnlyShown,
    };
    named(app, names)
}

fn named(app: &App, names: Names) -> Vec<(Option<Tab>, Span<'static>)> {
    let theme = &app.theme;
    let mut spans = Vec::new();
    if names == Names::Branded {
        let brand = Span::styled(" mnv1-tui ", theme.text.add_modifier(Modifier::BOLD));
        spans.push((None, brand));
    }
    for tab in Tab::ALL {
        let number = tab.index() + 1;
        let span = if tab == app.tab {
            let text = format!("[{number} {}]", tab.label());
            Span::styled(text, theme.accent.add_modifier(Modifier::BOLD))
        } else if names == Names::OnlyShown {
            Span::styled(format!(" {number} "), theme.dim)
        } else {
            Span::styled(format!(" {number} {} ", tab.label()), theme.dim)
        };
        spans.push((Some(tab), span));
    }
    spans
}

fn state_line(app: &App, width: u16) -> Line<'static> {
    let theme = &app.theme;
    let (word, style) = state_word(app);
    let mut spans = vec![Span::styled(word, style.add_modifier(Modifier::BOLD))];
    let names: usize = tabs(app, width).iter().map(|(_, span)| span.width()).sum();
    if let (Some(step), Some(_)) = (&app.run.last_step, &app.run.started) {
        let label = if width >= 100 { "epoch " } else { "" };
        let epochs = format!("  {label}{}/{}", step.epoch, app.run.epochs().unwrap_or(0));
        if names + text_width(word) + text_width(&epochs) + 2 <= usize::from(width) {
            spans.push(Span::styled(epochs, theme.text));
        }
    }
    if width >= 110 && app.wall > 0 {
        spans.push(Span::styled(format!("  {}", app.time_of_day(app.wall)), theme.dim));
    }
    spans.push(Span::raw(" "));
    Line::from(spans)
}

/// What the trainer does, or what it was asked to and has not answered yet.
fn state_word(app: &App) -> (&'static str, Style) {
    let theme = &app.theme;
    if app.is_over() {
        return if app.has_failed() { ("FAILED", theme.bad) } else { ("ENDED", theme.dim) };
    }
    if app.disconnected.is_some() {
        return ("GONE", theme.bad); // the process of a run that is watched
    }
    if let Some(waiting) = app.control.waiting() {
        return (waiting, theme.warn);
    }
    match app.run.phase {
        None if app.preparation().is_some() => ("STARTING", theme.accent),
        None => ("WAITING", theme.dim),
        Some(Phase::Starting) => ("STARTING", theme.accent),
        Some(Phase::Training) if app.run.last_step.is_none() => ("STARTING", theme.accent),
        Some(Phase::Training) => ("RUNNING", theme.good),
        Some(Phase::Pausing) => ("pausing…", theme.warn),
        Some(Phase::Paused) => ("PAUSED", theme.warn),
        Some(Phase::Evaluating) => ("EVALUATING", theme.accent),
        Some(Phase::Stopping) => ("stopping…", theme.warn),
        Some(Phase::Ended) => ("ENDED", theme.dim),
    }
}

/// Draws how far the epoch and the run are, and how long they will take.
pub fn draw_progress(frame: &mut Frame, area: Rect, app: &App) {
    let (run, theme) = (&app.run, &app.theme);
    let Some(started) = &run.started else {
        let what = app.preparation().unwrap_or("waiting for the run to start…");
        let line = Line::styled(format!(" {what}"), theme.dim);
        return frame.render_widget(line, area);
    };
    let share = |done: u64, of: u64| done as f64 / of.max(1) as f64;
    let epoch = share(run.epoch_steps().unwrap_or(0), started.steps_per_epoch);
    let total = share(run.steps(), run.total_steps().unwrap_or(0));
    let percent = |share: f64| format!(" {:>3.0} %", (share * 100.0).floor());
    let left = |eta: Option<f64>| eta.map_or("-:--".to_owned(), |s| Clock(s).to_string());
    let mut texts = [percent(epoch), percent(total)];
    let is_stopping = app.control.leaving != Leaving::No || app.run.phase == Some(Phase::Stopping);
    if app.awaits() && !is_stopping {
        texts[0] += &format!("  {} left", left(run.epoch_eta_s()));
        texts[1] += &format!("  eta {}", left(run.eta_s()));
    }
    let fixed = " epoch ".len() + "   total ".len() + 1;
    let room = usize::from(area.width)
        .saturating_sub(fixed + text_width(&texts[0]) + text_width(&texts[1]));
    let [epoch_text, total_text] = texts;
    let mut spans = vec![Span::styled(" epoch ", theme.dim)];
    spans.extend(bar(epoch, room / 2, theme));
    spans.push(Span::styled(epoch_text, theme.text));
    spans.push(Span::styled("   total ", theme.dim));
    spans.extend(bar(total, room - room / 2, theme));
    spans.push(Span::styled(total_text, theme.text));
    frame.render_widget(Line::from(spans), area);
}

fn bar(share: f64, columns: usize, theme: &Theme) -> [Span<'static>; 2] {
    let full = ((share.clamp(0.0, 1.0) * columns as f64) as usize).min(columns);
    [
        Span::styled("━".repeat(full), theme.accent),
        Span::styled("╌".repeat(columns - full), theme.border),
    ]
}
