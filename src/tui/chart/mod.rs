//! Curves over the steps of a run.

pub mod dots;
pub mod scale;
pub mod smooth;
pub mod spark;
pub mod window;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use self::{dots::Dots, scale::Scale};
use super::{text::fit_right, theme::Theme};
use crate::domain::{
    series::{Bucket, Series},
    units::Count,
};

/// A point that stands for itself: an evaluation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    pub step: u64,
    pub value: f64,
    pub best: bool,
}

/// What a chart shows.
#[derive(Debug)]
pub struct Plot<'a> {
    /// Every value: drawn as a band from lowest to highest.
    pub raw: &'a Series,
    /// The averaged values: drawn as a line.
    pub smooth: &'a Series,
    pub marks: &'a [Mark],
    /// First and last step shown.
    pub steps: (u64, u64),
    pub log: bool,
    /// What raw and smooth values are multiplied by before they are shown (100 for per cent).
    pub factor: f64,
    /// What the quantity can be, as it is shown.
    pub bounds: (f64, f64),
    /// The step under the crosshair.
    pub crosshair: Option<u64>,
}

/// Draws `plot` with its axes into `area`; nothing where it has no finite value or no room.
pub fn draw(buffer: &mut Buffer, area: Rect, plot: &Plot, theme: &Theme) {
    if area.width < 12 || area.height < 4 {
        return;
    }
    let band = plot.buckets(plot.raw, 2 * usize::from(area.width));
    let Some(scale) = plot.scale(&band) else { return };
    let ticks = scale.ticks(usize::from(area.height / 3).max(3));
    let labels = scale::labels(&ticks);
    let margin = labels.iter().map(String::len).max().unwrap_or(1) as u16 + 1;
    let Some(width) = area.width.checked_sub(margin + 1).filter(|width| *width > 0) else { return };
    let canvas = Rect { x: area.x + margin + 1, width, height: area.height - 2, ..area };
    for (tick, label) in ticks.iter().zip(&labels) {
        let row = row_of(scale.place(*tick), canvas);
        buffer.set_string(area.x, row, fit_right(label, usize::from(margin) - 1), theme.dim);
    }
    axes(buffer, canvas, plot.steps, theme);
    for (tick, _) in ticks.iter().zip(&labels) {
        buffer.set_string(canvas.x - 1, row_of(scale.place(*tick), canvas), "┤", theme.border);
    }
    curves(buffer, canvas, (plot, &scale), theme);
}

impl Plot<'_> {
    fn buckets(&self, series: &Series, columns: usize) -> Vec<Option<Bucket>> {
        let mut buckets = series.buckets(self.steps.0, self.steps.1, columns);
        for bucket in buckets.iter_mut().flatten() {
            (bucket.low, bucket.high) = (bucket.low * self.factor, bucket.high * self.factor);
        }
        buckets
    }

    fn scale(&self, band: &[Option<Bucket>]) -> Option<Scale> {
        let raw = band.iter().flatten().flat_map(|bucket| [bucket.low, bucket.high]);
        let shown = self.marks.iter().filter(|m| (self.steps.0..=self.steps.1).contains(&m.step));
        let scale = Scale::covering(raw.chain(shown.map(|mark| mark.value)), self.log)?;
        Some(scale.within(self.bounds.0, self.bounds.1))
    }

    /// Column, counted in `columns` over the steps shown, of `step`.
    fn column(&self, step: u64, columns: usize) -> Option<usize> {
        let (from, to) = self.steps;
        let inside = (from..=to).contains(&step);
        let share = step.saturating_sub(from) as f64 / (to - from.min(to) + 1) as f64;
        inside.then_some((share * columns as f64) as usize)
    }
}

fn row_of(place: Option<f64>, canvas: Rect) -> u16 {
    let from_top = (1.0 - place.unwrap_or(0.0)) * f64::from(canvas.height - 1);
    canvas.y + from_top.round() as u16
}

/// The left and lower edges of the canvas, with steps named below.
fn axes(buffer: &mut Buffer, canvas: Rect, (from, to): (u64, u64), theme: &Theme) {
    for row in canvas.top()..canvas.bottom() {
        buffer.set_string(canvas.x - 1, row, "│", theme.border);
    }
    let line = "─".repeat(usize::from(canvas.width));
    buffer.set_string(canvas.x - 1, canvas.bottom(), format!("└{line}"), theme.border);
    let span = (to - from.min(to)) as f64;
    let step = scale::round_step((span / f64::from(canvas.width / 12).max(1.0)).max(1.0)) as u64;
    let mut free = canvas.x - 1;
    for tick in (from.div_ceil(step) * step..=to).step_by(step as usize) {
        let share = (tick - from) as f64 / (span + 1.0);
        let column = canvas.x + (share * f64::from(canvas.width)) as u16;
        let label = Count(tick).to_string();
        let start = column.saturating_sub(label.len() as u16 / 2).max(canvas.x);
        if start >= free && start + label.len() as u16 <= canvas.right() {
            buffer.set_string(column, canvas.bottom(), "┬", theme.border);
            buffer.set_string(start, canvas.bottom() + 1, &label, theme.dim);
            free = start + label.len() as u16 + 1;
        }
    }
}

fn curves(buffer: &mut Buffer, canvas: Rect, (plot, scale): (&Plot, &Scale), theme: &Theme) {
    let (columns, rows) = (usize::from(canvas.width), usize::from(canvas.height));
    let band = plot.buckets(plot.raw, 2 * columns);
    let raw = band_dots(&band, scale, (columns, rows));
    let line = line_dots(plot, &band, scale, (columns, rows));
    let crosshair = plot.crosshair.and_then(|step| plot.column(step, columns));
    for column in 0..columns {
        for row in 0..rows {
            let under = raw.glyph(column, row).map(|glyph| (glyph, theme.train_raw));
            let over = line.glyph(column, row).map(|glyph| (glyph, theme.train));
            let cross = (crosshair == Some(column)).then_some(('│', theme.accent));
            if let Some((glyph, style)) = over.or(cross).or(under) {
                put(buffer, canvas, (column, row), glyph, style);
            }
        }
        if band[2 * column..2 * column + 2].iter().flatten().any(|bucket| bucket.broken) {
            put(buffer, canvas, (column, rows - 1), '×', theme.bad);
        }
    }
    for mark in plot.marks {
        let Some(column) = plot.column(mark.step, columns) else { continue };
        let row = usize::from(row_of(scale.place(mark.value), canvas) - canvas.y);
        let (glyph, style) = if mark.best { ('*', theme.best) } else { ('o', theme.validation) };
        put(buffer, canvas, (column, row), glyph, style);
    }
}

fn put(buffer: &mut Buffer, canvas: Rect, at: (usize, usize), glyph: char, style: Style) {
    if let Some(cell) = buffer.cell_mut((canvas.x + at.0 as u16, canvas.y + at.1 as u16)) {
        cell.set_char(glyph).set_style(style);
    }
}

/// Every second dot from lowest to highest, so that the line over it stands out without colour too.
fn band_dots(band: &[Option<Bucket>], scale: &Scale, (columns, rows): (usize, usize)) -> Dots {
    let mut dots = Dots::new(columns, rows);
    for (x, bucket) in band.iter().enumerate() {
        let height = dots.height();
        let place = |value| scale.place(value).map(|place| dot_row(place, height));
        let ends = bucket.and_then(|b| Some((place(b.high)?, place(b.low)?)));
        let Some((top, bottom)) = ends else { continue };
        dots.set(x, top);
        dots.set(x, bottom);
        (top..bottom).filter(|y| (x + y).is_multiple_of(2)).for_each(|y| dots.set(x, y));
    }
    dots
}

/// The averaged line; it breaks where values were no numbers.
fn line_dots(
    plot: &Plot,
    band: &[Option<Bucket>],
    scale: &Scale,
    (columns, rows): (usize, usize),
) -> Dots {
    let mut dots = Dots::new(columns, rows);
    let smooth = plot.buckets(plot.smooth, 2 * columns);
    let mut last = None;
    for (x, bucket) in smooth.iter().enumerate() {
        let hole = band[x].is_some_and(|raw| raw.broken && raw.low.is_nan());
        let middle = bucket.map(|b| f64::midpoint(b.low, b.high));
        let here = middle.and_then(|value| Some((x, dot_row(scale.place(value)?, dots.height()))));
        if let Some(here) = here {
            let from = last.unwrap_or(here);
            dots.line(from, here);
            // Two dots thick, so that it is no scatter of points in any font.
            dots.line((from.0, from.1 + 1), (here.0, here.1 + 1));
            last = Some(here);
        } else if hole {
            last = None;
        }
    }
    dots
}

fn dot_row(place: f64, height: usize) -> usize {
    ((1.0 - place) * (height - 1) as f64).round() as usize
}
