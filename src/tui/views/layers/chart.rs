//! A time over the steps of the run, as upright bars from 0.

use ratatui::text::{Line, Span};

use super::bars;
use crate::{
    domain::units::{Count, Millis},
    tui::{
        text::{fit_right, width},
        theme::Theme,
    },
};

/// Fewest rows of a chart, its axis included.
pub const FEWEST: usize = 4;
/// Columns of the labels.
const MARGIN: usize = 8;

/// Columns for bars in a chart of `width` columns.
pub fn columns(width: usize) -> usize {
    width.saturating_sub(MARGIN + 1)
}

/// `course`, in ms, of the steps from `first` to `last` in `height` rows.
pub fn lines(
    course: &[f64],
    (first, last): (u64, u64),
    height: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let highest = course.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    let label = |row: usize| match row {
        0 => fit_right(&Millis(highest).to_string(), MARGIN),
        row if row + 2 == height => fit_right("0", MARGIN),
        _ => " ".repeat(MARGIN),
    };
    let row = |(row, bars): (usize, String)| {
        Line::from(vec![
            Span::styled(label(row), theme.dim),
            Span::styled("│", theme.border),
            Span::styled(bars, theme.train),
        ])
    };
    let mut lines: Vec<Line> =
        bars::upright(course, height - 1).into_iter().enumerate().map(row).collect();
    let from = format!("step {}", Count(first));
    let to = fit_right(&Count(last).to_string(), course.len().saturating_sub(width(&from)));
    lines.push(Line::styled(format!("{}{from}{to}", " ".repeat(MARGIN + 1)), theme.dim));
    lines
}
