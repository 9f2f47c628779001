//! A number over the steps of a run, small enough to keep all of, and quick to draw at any length.

mod pyramid;
mod steps;

use std::ops::Range;

pub use self::pyramid::{Extent, LEAF, Pyramid};
use self::{pyramid::FAN, steps::Steps};

/// Values in one piece of memory: a series grows without ever being moved.
const PIECE: usize = 4096;

/// From so many pieces of the pyramid in a column on, columns begin where such pieces do.
const COARSE: usize = 8;

/// Points (step, value) in the order of their steps. Steps count optimizer updates. Values are kept
/// in single precision, in which a trainer computes them: 4.3 bytes a point in all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    steps: Steps,
    pieces: Vec<Vec<f32>>,
    pyramid: Pyramid,
}

/// The points that fall into one column of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Lowest and highest value; NaN where none is a number.
    pub low: f64,
    pub high: f64,
    /// Whether a value in here was NaN or infinite.
    pub broken: bool,
}

impl Series {
    /// Adds a point. Going back to an earlier step makes void what was recorded from it on, as a
    /// damaged or doctored file can have it: the points stay in order.
    pub fn push(&mut self, step: u64, value: f64) {
        if self.last().is_some_and(|(last, _)| step <= last) {
            self.truncate(self.steps.count_before(step));
        }
        let value = value as f32;
        self.steps.push(step);
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(value),
            _ => self.pieces.push(vec![value]),
        }
        self.pyramid.push(Extent::of(value));
    }

    /// Forgets what was recorded after `step`.
    pub fn void_after(&mut self, step: u64) {
        self.truncate(self.steps.count_before(step.saturating_add(1)));
    }

    pub fn len(&self) -> usize {
        self.steps.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The point with this number, counted from 0 in the order of the steps.
    pub fn get(&self, index: usize) -> Option<(u64, f64)> {
        let value = *self.pieces.get(index / PIECE)?.get(index % PIECE)?;
        Some((self.steps.get(index), value.into()))
    }

    pub fn first(&self) -> Option<(u64, f64)> {
        self.get(0)
    }

    pub fn last(&self) -> Option<(u64, f64)> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The value at `step`, or at the last point before it.
    pub fn at(&self, step: u64) -> Option<(u64, f64)> {
        self.get(self.count_to(step).checked_sub(1)?)
    }

    /// How many points lie before `step`.
    pub fn count_before(&self, step: u64) -> usize {
        self.steps.count_before(step)
    }

    /// How many points lie at `step` or before it.
    pub fn count_to(&self, step: u64) -> usize {
        self.steps.count_before(step.saturating_add(1))
    }

    /// The step of the first value that is at least `value`, in a series that only rises.
    pub fn first_step_from(&self, value: f64) -> Option<u64> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let is_below = self.get(middle).is_some_and(|point| point.1 < value);
            (low, high) = if is_below { (middle + 1, high) } else { (low, middle) };
        }
        self.get(low).map(|point| point.0)
    }

    /// Values of the points with these numbers.
    pub fn values(&self, range: Range<usize>) -> impl Iterator<Item = f64> {
        let end = range.end.min(self.len());
        let pieces = range.start / PIECE..end.div_ceil(PIECE);
        let part = move |piece: usize| {
            let begin = piece * PIECE;
            let from = range.start.saturating_sub(begin).min(PIECE);
            from..(end - begin).min(PIECE).max(from)
        };
        pieces.flat_map(move |piece| self.pieces[piece][part(piece)].iter().map(|v| f64::from(*v)))
    }

    /// Where columns that begin at the steps `edges`, and end where the next begins, lie among the
    /// points. Wide columns are moved by less than an eighth of themselves, to where a piece of the
    /// pyramid begins, so that single points need not be looked at.
    pub fn cuts(&self, edges: &[u64]) -> Vec<usize> {
        let mut cuts: Vec<usize> =
            edges.iter().map(|step| self.steps.count_before(*step)).collect();
        if let [first, inner @ .., last] = &mut cuts[..] {
            let width = (*last - *first) / (inner.len() + 1);
            let sizes = std::iter::successors(Some(LEAF), |size| Some(size * FAN));
            if let Some(size) = sizes.take_while(|size| size * COARSE <= width).last() {
                inner.iter_mut().for_each(|cut| *cut = (*cut - *cut % size).max(*first));
            }
        }
        cuts
    }

    /// Lowest and highest value of each column, so that no spike is lost however long the run, at a
    /// cost that hardly depends on that; `None` where no point falls. Columns as for
    /// [`Series::cuts`].
    pub fn buckets(&self, edges: &[u64]) -> Vec<Option<Bucket>> {
        let cuts = self.cuts(edges);
        cuts.windows(2).map(|cut| self.extent(cut[0]..cut[1]).into()).collect()
    }

    /// Lowest and highest of the values with these numbers.
    pub fn extent(&self, range: Range<usize>) -> Extent {
        self.pyramid.extent(range, |leaf| {
            self.values(leaf).fold(Extent::EMPTY, |all, v| all.with(Extent::of(v as f32)))
        })
    }

    fn truncate(&mut self, len: usize) {
        if len >= self.len() {
            return;
        }
        self.steps.truncate(len);
        self.pieces.truncate(len.div_ceil(PIECE));
        if let Some(piece) = self.pieces.last_mut() {
            piece.truncate(len - len.saturating_sub(1) / PIECE * PIECE);
        }
        let Self { pyramid, pieces, .. } = self;
        let value = |index: usize| Extent::of(pieces[index / PIECE][index % PIECE]);
        pyramid.truncate(len, |leaf| leaf.map(value).fold(Extent::EMPTY, Extent::with));
    }
}

#[cfg(test)]
mod tests;
