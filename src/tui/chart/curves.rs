//! The curves themselves: band, line, marks, gaps and crosshair.

use ratatui::{buffer::Buffer, style::Style};

use super::{
    Canvas, Curve, Plot,
    dots::{Dots, Stroke},
    put,
};
use crate::{domain::series::Bucket, tui::theme::Theme};

/// What the marks of a curve look like.
struct Ink {
    mark: (char, Style),
    best: (char, Style),
}

/// A curve turned into dots and marks, column by column.
struct Drawn {
    band: Option<Dots>,
    line: Dots,
    marks: Vec<Option<f64>>,
    /// Columns with a value that is no number.
    broken: Vec<bool>,
    best: Option<usize>,
}

/// Draws the curves of `plot`.
pub fn draw(buffer: &mut Buffer, (plot, canvas): (&Plot, &Canvas), theme: &Theme) {
    let front = Drawn::of(&plot.curve, (plot, canvas), false);
    let behind = plot.behind.as_ref().map(|curve| Drawn::of(curve, (plot, canvas), true));
    let columns = usize::from(canvas.area.width);
    let cross = plot.crosshair.and_then(|step| plot.axis.column(plot.curve.ruler.x(step), columns));
    for column in 0..columns {
        for row in 0..usize::from(canvas.area.height) {
            let of = |dots: Option<&Dots>, stroke, style: Style| {
                dots.and_then(|dots| dots.glyph(column, row, stroke)).map(|glyph| (glyph, style))
            };
            let line = of(Some(&front.line), Stroke::Line, theme.train);
            let other = of(behind.as_ref().map(|b| &b.line), Stroke::Behind, theme.compared);
            let band = of(front.band.as_ref(), Stroke::Band, theme.train_raw);
            let cross = (cross == Some(column)).then_some(('│', theme.accent));
            if let Some((glyph, style)) = line.or(cross).or(other).or(band) {
                let at = (canvas.area.x + column as u16, canvas.area.y + row as u16);
                put(buffer, at, glyph, style);
            }
        }
    }
    if let Some(behind) = &behind {
        let ink = Ink { mark: ('+', theme.compared), best: ('+', theme.compared) };
        marks(buffer, behind, canvas, &ink);
    }
    let ink = Ink { mark: ('o', theme.validation), best: ('*', theme.best) };
    marks(buffer, &front, canvas, &ink);
    let foot = canvas.area.bottom() - 1;
    for (column, _) in front.broken.iter().enumerate().filter(|(_, broken)| **broken) {
        put(buffer, (canvas.area.x + column as u16, foot), plot.glyphs.broken(), theme.bad);
    }
}

fn marks(buffer: &mut Buffer, drawn: &Drawn, canvas: &Canvas, ink: &Ink) {
    for (column, value) in drawn.marks.iter().enumerate() {
        let shown = value.filter(|value| canvas.shows(*value, *value));
        let Some(place) = shown.and_then(|value| canvas.scale.place(value)) else { continue };
        let (glyph, style) = if drawn.best == Some(column) { ink.best } else { ink.mark };
        put(buffer, (canvas.area.x + column as u16, canvas.row(place)), glyph, style);
    }
}

impl Drawn {
    fn of(curve: &Curve, (plot, canvas): (&Plot, &Canvas), is_behind: bool) -> Self {
        let (columns, rows) = (usize::from(canvas.area.width), usize::from(canvas.area.height));
        let across = plot.glyphs.dots().0;
        let edges = plot.axis.edges(&curve.ruler, across * columns);
        let band = curve.band(plot, &edges);
        let averages = curve.averages(plot, &edges);
        let empty = Dots::new(plot.glyphs, columns, rows);
        let mut line = empty.clone();
        draw_line(&mut line, averages.as_ref().unwrap_or(&band), (&band, canvas), is_behind);
        let shows_band = averages.is_some() && !is_behind;
        let is_broken = |cell: &[Option<Bucket>]| cell.iter().flatten().any(|b| b.broken);
        let cells: Vec<u64> = edges.iter().copied().step_by(across).collect();
        let best = curve.best.map(|step| curve.ruler.x(step));
        Self {
            band: shows_band.then(|| band_dots(empty, &band, canvas)),
            line,
            marks: curve.marks(plot, &cells),
            broken: band.chunks(across).map(is_broken).collect(),
            best: best.and_then(|x| plot.axis.column(x, columns)),
        }
    }
}

/// Every second dot from lowest to highest, so that the line over it stands out without colour too.
fn band_dots(mut dots: Dots, band: &[Option<Bucket>], canvas: &Canvas) -> Dots {
    let height = dots.height();
    for (x, bucket) in band.iter().enumerate() {
        let place = |value| canvas.scale.place(value).map(|place| dot_row(place, height));
        let shown = bucket.filter(|b| canvas.shows(b.low, b.high));
        let top = shown.and_then(|b| place(b.high));
        let Some((top, bucket)) = top.zip(shown) else { continue };
        // On a logarithmic scale 0 lies below everything.
        let bottom = place(bucket.low).unwrap_or(height - 1);
        dots.set(x, top);
        dots.set(x, bottom);
        (top..bottom).filter(|y| (x + y).is_multiple_of(2)).for_each(|y| dots.set(x, y));
    }
    dots
}

/// The line through the middle of each column; it breaks where values were no numbers. A line
/// behind another is dashed, and half as thick.
fn draw_line(
    dots: &mut Dots,
    values: &[Option<Bucket>],
    (band, canvas): (&[Option<Bucket>], &Canvas),
    is_behind: bool,
) {
    let height = dots.height();
    let cell = dots.cell();
    let mut last = None;
    for (x, bucket) in values.iter().enumerate() {
        let hole = band[x].is_some_and(|raw| raw.broken && raw.low.is_nan());
        let middle = bucket.filter(|b| !b.low.is_nan()).map(|b| f64::midpoint(b.low, b.high));
        let placed = middle.and_then(|value| Some((value, canvas.scale.place(value)?)));
        let here = placed
            .filter(|_| !hole)
            .map(|(value, place)| (x, dot_row(place, height), canvas.shows(value, value)));
        if let Some(here) = here {
            let from: (usize, usize, bool) = last.unwrap_or(here);
            let is_gap = is_behind && (x / cell.0) % 3 == 2;
            // A line that leaves what is shown ends at its edge.
            let is_seen = from.2 || here.2;
            if is_seen && !is_gap {
                dots.line((from.0, from.1), (here.0, here.1));
            }
            if is_seen && !is_behind && cell.1 > 2 {
                // Two dots thick, so that it is no scatter of points in any font.
                dots.line((from.0, from.1 + 1), (here.0, here.1 + 1));
            }
            last = Some(here);
        } else if hole {
            last = None;
        }
    }
}

fn dot_row(place: f64, height: usize) -> usize {
    ((1.0 - place) * (height - 1) as f64).round() as usize
}
