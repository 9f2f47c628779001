//! Curves over a run.

pub mod axis;
mod curves;
pub mod dots;
mod frame;
pub mod glyphs;
pub mod scale;
pub mod smooth;
pub mod spark;
pub mod window;

pub use frame::{Canvas, canvas};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use self::{
    axis::{Axis, Ruler},
    glyphs::Glyphs,
    scale::Scale,
    smooth::Smoothed,
};
use super::theme::Theme;
use crate::domain::series::{Bucket, Series};

/// One run in a chart.
#[derive(Debug, Clone, Copy)]
pub struct Curve<'a> {
    pub ruler: Ruler<'a>,
    /// Every value: drawn as a band from lowest to highest, or as a line where nothing averages.
    pub raw: &'a Series,
    /// The averaged values: drawn as a line.
    pub smooth: Option<&'a Smoothed>,
    /// What the validations found: drawn as marks.
    pub validation: Option<&'a Series>,
    /// The step of the best validation.
    pub best: Option<u64>,
}

/// What a chart shows.
#[derive(Debug)]
pub struct Plot<'a> {
    pub axis: Axis,
    pub curve: Curve<'a>,
    /// The run that this one is compared with.
    pub behind: Option<Curve<'a>>,
    pub log: bool,
    /// What values are multiplied by before they are shown (100 for per cent).
    pub factor: f64,
    /// What the quantity can be, as it is shown.
    pub bounds: (f64, f64),
    /// The step under the crosshair.
    pub crosshair: Option<u64>,
    /// The only values that the y axis covers, as they are shown; all of them without.
    pub between: Option<(f64, f64)>,
    pub selection: Option<Selection>,
    pub glyphs: Glyphs,
}

/// What is being selected with the mouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// First and last column of the screen; all of them without.
    pub columns: Option<(u16, u16)>,
    /// First and last row, likewise.
    pub rows: Option<(u16, u16)>,
}

/// Draws `plot` with its axes into `area`; nothing where it has no finite value or no room.
pub fn draw(buffer: &mut Buffer, area: Rect, plot: &Plot, theme: &Theme) {
    if let Some(canvas) = canvas(area, plot) {
        frame::draw(buffer, area, (plot, &canvas), theme);
        curves::draw(buffer, (plot, &canvas), theme);
        frame::select(buffer, (plot, &canvas), theme);
    }
}

impl Curve<'_> {
    /// Lowest and highest of each column, as they are shown.
    fn band(&self, plot: &Plot, edges: &[u64]) -> Vec<Option<Bucket>> {
        scaled(self.raw.buckets(edges), plot.factor)
    }

    /// The same of the averages, where there are any.
    fn averages(&self, plot: &Plot, edges: &[u64]) -> Option<Vec<Option<Bucket>>> {
        self.smooth.map(|smooth| scaled(smooth.buckets(self.raw, edges), plot.factor))
    }

    /// The last validation in each column, as it is shown.
    fn marks(&self, plot: &Plot, edges: &[u64]) -> Vec<Option<f64>> {
        let Some(series) = self.validation else { return Vec::new() };
        let counts: Vec<usize> = edges.iter().map(|edge| series.count_before(*edge)).collect();
        let last = |count: &[usize]| (count[1] > count[0]).then(|| series.get(count[1] - 1));
        counts.windows(2).map(|count| Some(last(count)??.1 * plot.factor)).collect()
    }
}

fn scaled(mut buckets: Vec<Option<Bucket>>, factor: f64) -> Vec<Option<Bucket>> {
    for bucket in buckets.iter_mut().flatten() {
        (bucket.low, bucket.high) = (bucket.low * factor, bucket.high * factor);
    }
    buckets
}

impl Plot<'_> {
    /// The runs, and whether each lies behind.
    fn curves(&self) -> impl Iterator<Item = (&Curve<'_>, bool)> {
        [Some((&self.curve, false)), self.behind.as_ref().map(|curve| (curve, true))]
            .into_iter()
            .flatten()
    }

    /// What the y axis must cover, seen in so many columns.
    fn scale(&self, columns: usize) -> Option<Scale> {
        if let Some((low, high)) = self.between {
            return Some(Scale { low, high, log: self.log });
        }
        let mut values = Vec::new();
        for (curve, is_behind) in self.curves() {
            let edges = self.axis.edges(&curve.ruler, columns);
            // Of a run behind another only the averages are drawn.
            let averages = if is_behind { curve.averages(self, &edges) } else { None };
            let band = averages.unwrap_or_else(|| curve.band(self, &edges));
            values.extend(band.iter().flatten().flat_map(|bucket| [bucket.low, bucket.high]));
            values.extend(curve.marks(self, &edges).into_iter().flatten());
        }
        let scale = Scale::covering(values, self.log)?;
        Some(scale.within(self.bounds.0, self.bounds.1))
    }
}

fn put(buffer: &mut Buffer, at: (u16, u16), glyph: char, style: Style) {
    if let Some(cell) = buffer.cell_mut(Position::from(at)) {
        cell.set_char(glyph).set_style(style);
    }
}
