//! What a layer took, over the run.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    super::{Row, bars, past},
    course, field, room,
};
use crate::{
    domain::{
        events::LayerTime,
        units::{Count, Millis, Percent},
    },
    tui::{app::App, text::fit_right, theme::Theme, views::parts},
};

/// Fewest rows of the chart, its axis included.
const CHART: usize = 4;
/// Columns of the chart's labels.
const MARGIN: usize = 8;

pub fn draw(frame: &mut Frame, area: Rect, row: &Row, app: &App) {
    let (theme, name) = (&app.theme, &row.spec.name);
    let Some(time) = row.time else {
        return parts::waiting(frame, area, "no timed step yet", theme);
    };
    let times = past::times(&app.run.layers, name);
    let over = |of: fn(&LayerTime) -> f64| -> Vec<(u64, f64)> {
        times.iter().map(|(step, time)| (*step, of(time))).collect()
    };
    let line = |label: &str, ms: f64, of: fn(&LayerTime) -> f64| {
        course(label, Millis(ms).to_string(), bars::spark(&over(of), room(area)), theme)
    };
    let mut lines = vec![
        line("forward", time.forward_ms, |time| time.forward_ms),
        line("backward", time.backward_ms, |time| time.backward_ms),
        // Without a course: of the steps before only the passes and the update are known.
        field("of the step", Percent(time.share).to_string(), theme),
    ];
    let height = usize::from(area.height).saturating_sub(lines.len());
    if height >= CHART {
        let points = over(|time| time.forward_ms + time.backward_ms);
        lines.extend(chart(&points, (usize::from(area.width), height), theme));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// Forward and backward together, in ms from 0, over the steps of the run.
fn chart(
    points: &[(u64, f64)],
    (width, height): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let columns = bars::course(points, width.saturating_sub(MARGIN + 1));
    let highest = columns.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    let rows = bars::upright(&columns, height - 1);
    let label = |row: usize| match row {
        0 => fit_right(&Millis(highest).to_string(), MARGIN),
        row if row + 2 == height => fit_right("0", MARGIN),
        _ => " ".repeat(MARGIN),
    };
    let mut lines: Vec<Line> = rows
        .into_iter()
        .enumerate()
        .map(|(row, bars)| {
            Line::from(vec![
                Span::styled(label(row), theme.dim),
                Span::styled("│", theme.border),
                Span::styled(bars, theme.train),
            ])
        })
        .collect();
    if let (Some((from, _)), Some((to, _))) = (points.first(), points.last()) {
        let from = format!("step {}", Count(*from));
        let room = columns.len().saturating_sub(from.len());
        let text =
            format!("{}{from}{}", " ".repeat(MARGIN + 1), fit_right(&Count(*to).to_string(), room));
        lines.push(Line::styled(text, theme.dim));
    }
    lines
}
