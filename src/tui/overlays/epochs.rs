//! The dialog for more epochs: what the run would come to.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{boxed, choices};
use crate::{
    domain::{
        config::Schedule,
        state::RunState,
        units::{Clock, Count, Rate},
    },
    tui::{
        app::{App, EpochsDialog},
        theme::Theme,
    },
};

/// Columns and rows of the dialog.
pub const SIZE: (u16, u16) = (60, 9);
/// Columns before what is typed.
const BEFORE: u16 = 8;

/// Draws the dialog.
pub fn draw(frame: &mut Frame, area: Rect, dialog: &EpochsDialog, app: &App) {
    let (theme, run) = (&app.theme, &app.run);
    let inner = boxed(frame, area, SIZE, "add epochs", app);
    let epochs = run.epochs().unwrap_or(0);
    let row = |label: &'static str, text: String, theme: &Theme| {
        Line::from(vec![
            Span::styled(format!("  {label:<6}"), theme.dim),
            Span::styled(text, theme.text),
        ])
    };
    let mut lines = vec![
        row("now", extent(run, epochs), theme),
        Line::from(vec![
            Span::styled(format!("  {:<6}", "add"), theme.dim),
            Span::styled(dialog.line.value().to_owned(), theme.accent),
        ]),
    ];
    match dialog.more() {
        Ok(more) => {
            let all = epochs.saturating_add(more);
            lines.push(row("then", extent(run, all), theme));
            lines.push(row("lr", rates(run, all), theme));
        }
        Err(why) => {
            lines.push(Line::styled(format!("  {why}"), theme.warn));
            lines.push(Line::default());
        }
    }
    lines.extend([
        Line::default(),
        choices(&[("+", "one more"), ("-", "one less"), ("0–9", "type a number")], theme),
        choices(&[("enter", "asks the trainer for them"), ("esc", "leaves it as it is")], theme),
    ]);
    frame.render_widget(Paragraph::new(lines), inner);
    let column = BEFORE + dialog.line.visual_cursor() as u16;
    frame.set_cursor_position(Position::new(inner.x + column, inner.y + 1));
}

/// How much `epochs` are, and how long they take from here.
fn extent(run: &RunState, epochs: u32) -> String {
    let steps = run.total_steps_of(epochs).unwrap_or(0);
    let left = run.seconds_for(steps.saturating_sub(run.steps()));
    let eta = left.map_or(String::new(), |seconds| format!(", eta {}", Clock(seconds)));
    format!("{epochs} epochs, {} steps{eta}", Count(steps))
}

/// What becomes of the learning rate: a schedule over more steps is another one.
fn rates(run: &RunState, epochs: u32) -> String {
    let (Some(started), Some(now)) = (&run.started, run.next_lr()) else { return String::new() };
    let Some(schedule) = run.schedule_of(epochs) else { return String::new() };
    if started.config.schedule == Schedule::Constant {
        return format!("{} as before", Rate(now));
    }
    let then = schedule.at(run.steps()) * run.lr_scale();
    format!("{} → {}: {} over all steps", Rate(now), Rate(then), started.config.schedule)
}
