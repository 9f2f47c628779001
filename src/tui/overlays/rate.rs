//! The dialog for the learning rate: the next step's, as it is and as it is to be, and the schedule
//! as a curve.

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{boxed, choices};
use crate::{
    domain::{
        events::Quantity,
        schedule::LearningRate,
        state::RunState,
        units::{Count, Rate},
    },
    tui::{
        app::{App, RateDialog},
        chart::dots::{Dots, Stroke},
        text::clip,
        theme::Theme,
    },
};

/// Columns and rows of the dialog.
pub const SIZE: (u16, u16) = (64, 15);
/// Columns before what is typed.
const BEFORE: u16 = 8;
/// Columns of the highest rate before the curve.
const LABEL: u16 = 8;

/// Draws the dialog.
pub fn draw(frame: &mut Frame, area: Rect, dialog: &RateDialog, app: &App) {
    let theme = &app.theme;
    let inner = boxed(frame, area, SIZE, "learning rate", app);
    let rows = [Constraint::Length(3), Constraint::Fill(1), Constraint::Length(4)];
    let [top, plot, foot] = Layout::vertical(rows).areas(inner);
    let facts = vec![
        row("next", vec![Span::styled(next(dialog.now, &app.run), theme.text)], theme),
        row("new", chosen(dialog, theme), theme),
    ];
    frame.render_widget(Paragraph::new(facts), top);
    curve(frame.buffer_mut(), inset(plot), dialog, app);
    let said = match dialog.rate() {
        Ok(_) => Line::styled("  from the next step on; the schedule goes on from it", theme.dim),
        Err(why) => Line::styled(format!("  {why}"), theme.warn),
    };
    let lines = vec![
        said,
        Line::default(),
        choices(
            &[("-", "halves"), ("+", "doubles"), ("0–9 . e", "type a rate, 1e-8 to 10")],
            theme,
        ),
        choices(&[("enter", "asks the trainer for it"), ("esc", "leaves it as it is")], theme),
    ];
    frame.render_widget(Paragraph::new(lines), foot);
    let column = BEFORE + dialog.cursor() as u16;
    frame.set_cursor_position(Position::new(inner.x + column, inner.y + 1));
}

fn row(label: &'static str, mut spans: Vec<Span<'static>>, theme: &Theme) -> Line<'static> {
    spans.insert(0, Span::styled(format!("  {label:<6}"), theme.dim));
    Line::from(spans)
}

fn next(rate: f64, run: &RunState) -> String {
    let Some(started) = &run.started else { return Rate(rate).to_string() };
    let (scale, schedule) = (run.lr_scale(), started.config.schedule);
    let times = match (scale - 1.0).abs() < 1e-9 {
        true => String::new(),
        false => format!(", times {scale:.3}"),
    };
    format!("{}   {schedule}, highest {}{times}", Rate(rate), Rate(started.config.lr))
}

fn chosen(dialog: &RateDialog, theme: &Theme) -> Vec<Span<'static>> {
    let text = Span::styled(dialog.text(), theme.accent);
    let ratio = dialog.rate().map(|rate| rate / dialog.now);
    let word = match ratio {
        Ok(ratio) if (ratio - 1.0).abs() < 1e-9 => "as it is".to_owned(),
        Ok(ratio) if ratio.is_finite() => format!("× {}", short(ratio)),
        _ => String::new(),
    };
    vec![text, Span::styled(format!("   {word}"), theme.dim)]
}

/// A factor with as many digits as one reads.
fn short(ratio: f64) -> String {
    match ratio {
        r if (0.01..1000.0).contains(&r) => {
            format!("{r:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        r => format!("{r:.1e}"),
    }
}

fn inset(area: Rect) -> Rect {
    Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area }
}

/// The rates of all steps: as they were, and as they will be if the dialog is confirmed.
fn curve(buffer: &mut Buffer, area: Rect, dialog: &RateDialog, app: &App) {
    let (run, theme) = (&app.run, &app.theme);
    let (Some(schedule), Some(total)) = (run.schedule(), run.total_steps()) else { return };
    if area.height < 2 || area.width < 20 {
        return;
    }
    let canvas =
        Rect { x: area.x + LABEL, width: area.width - LABEL, height: area.height - 1, ..area };
    let rates = Rates { schedule, dialog, run, total: total.max(1) };
    let highest = rates.highest(usize::from(canvas.width));
    let mut past = Dots::new(app.glyphs, canvas.width.into(), canvas.height.into());
    let mut ahead = past.clone();
    let (width, height) = (past.width(), past.height());
    let dot = |rate: f64| {
        let share = if highest > 0.0 { (rate / highest).clamp(0.0, 1.0) } else { 0.0 };
        ((1.0 - share) * (height - 1) as f64).round() as usize
    };
    let mut before: Option<(usize, usize)> = None;
    for x in 0..width {
        let step = rates.step_at(x, width);
        let Some(rate) = rates.at(step) else { continue };
        let here = (x, dot(rate));
        let dots = if step < run.steps() { &mut past } else { &mut ahead };
        dots.line(before.unwrap_or(here), here);
        before = Some(here);
    }
    paint(buffer, canvas, &past, theme.dim);
    paint(buffer, canvas, &ahead, theme.accent);
    mark(buffer, Rect { y: area.bottom() - 1, height: 1, ..canvas }, &rates, theme.text);
    buffer.set_string(area.x, canvas.y, Rate(highest).to_string(), theme.dim);
}

/// Says below the curve which step the run is at.
fn mark(buffer: &mut Buffer, area: Rect, rates: &Rates, style: Style) {
    let (steps, total) = (rates.run.steps(), rates.total);
    let share = steps as f64 / total as f64;
    let column = (share.clamp(0.0, 1.0) * f64::from(area.width - 1)) as u16;
    let text = format!("step {} of {}", Count(steps), Count(total));
    let label = clip(&format!("▲ {text}"), area.width.into());
    let room = area.width.saturating_sub(label.chars().count() as u16);
    // Where the words would run out of the dialog they stand to the left of their mark.
    if column <= room {
        buffer.set_string(area.x + column, area.y, label, style);
    } else {
        buffer.set_string(area.x + column, area.y, "▲", style);
        let left = column.saturating_sub(text.chars().count() as u16 + 1);
        buffer.set_string(area.x + left, area.y, text + " ", style);
    }
}

/// Where the numbers of the curve come from.
struct Rates<'a> {
    schedule: LearningRate,
    dialog: &'a RateDialog,
    run: &'a RunState,
    total: u64,
}

impl Rates<'_> {
    fn step_at(&self, x: usize, width: usize) -> u64 {
        (x as f64 / (width - 1).max(1) as f64 * (self.total - 1) as f64).round() as u64
    }

    /// The rate of the update that follows `done` updates: recorded, or to come.
    fn at(&self, done: u64) -> Option<f64> {
        let steps = self.run.steps();
        let rate = match done < steps {
            true => self.run.series(Quantity::LearningRate).at(done + 1)?.1,
            false => {
                let chosen = self.dialog.rate().unwrap_or(self.dialog.now);
                let scale = chosen / self.schedule.at(steps);
                self.schedule.at(done) * if scale.is_finite() { scale } else { 0.0 }
            }
        };
        rate.is_finite().then_some(rate)
    }

    fn highest(&self, columns: usize) -> f64 {
        let steps = (0..2 * columns).map(|x| self.step_at(x, 2 * columns));
        steps.filter_map(|step| self.at(step)).fold(0.0, f64::max)
    }
}

fn paint(buffer: &mut Buffer, area: Rect, dots: &Dots, style: Style) {
    for (row, y) in (area.y..area.bottom()).enumerate() {
        for (column, x) in (area.x..area.right()).enumerate() {
            if let Some(glyph) = dots.glyph(column, row, Stroke::Line)
                && let Some(cell) = buffer.cell_mut((x, y))
            {
                cell.set_char(glyph).set_style(style);
            }
        }
    }
}
