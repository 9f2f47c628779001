//! Lowest and highest values of ever longer pieces of a series.

use std::ops::Range;

use super::Bucket;

/// Points in a piece of the lowest level.
pub const LEAF: usize = 64;
/// Pieces of a level in one of the next.
pub const FAN: usize = 4;
/// Levels: the highest has pieces of 4 million points.
const LEVELS: usize = 9;

/// Lowest and highest of some values.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// NaN, as is `high`, where no value is a number.
    pub low: f32,
    pub high: f32,
    /// Whether a value was NaN or infinite.
    pub broken: bool,
}

impl Extent {
    /// Of no values.
    pub const EMPTY: Self = Self { low: f32::NAN, high: f32::NAN, broken: false };

    pub fn of(value: f32) -> Self {
        match value.is_finite() {
            true => Self { low: value, high: value, broken: false },
            false => Self { broken: true, ..Self::EMPTY },
        }
    }

    pub fn with(self, other: Self) -> Self {
        // `min` and `max` prefer the number over NaN.
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            broken: self.broken || other.broken,
        }
    }

    fn all(of: &[Self]) -> Self {
        of.iter().fold(Self::EMPTY, |all, extent| all.with(*extent))
    }
}

impl Default for Extent {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// No values are the same as no values, though NaN equals nothing.
impl PartialEq for Extent {
    fn eq(&self, other: &Self) -> bool {
        let bits = |extent: &Self| (extent.low.to_bits(), extent.high.to_bits(), extent.broken);
        bits(self) == bits(other)
    }
}

impl From<Extent> for Option<Bucket> {
    fn from(Extent { low, high, broken }: Extent) -> Self {
        let bucket = Bucket { low: low.into(), high: high.into(), broken };
        (broken || !low.is_nan()).then_some(bucket)
    }
}

/// The extents of whole pieces of a growing row of values, which it does not keep itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pyramid {
    levels: [Vec<Extent>; LEVELS],
    /// Of the values behind the last whole leaf.
    open: Extent,
    len: usize,
}

impl Pyramid {
    /// Adds the next value.
    pub fn push(&mut self, value: Extent) {
        self.open = self.open.with(value);
        self.len += 1;
        let mut whole = self.len.is_multiple_of(LEAF).then(|| std::mem::take(&mut self.open));
        for level in &mut self.levels {
            let Some(piece) = whole else { return };
            level.push(piece);
            let is_next = level.len().is_multiple_of(FAN);
            whole = is_next.then(|| Extent::all(&level[level.len() - FAN..]));
        }
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.levels.iter().map(|level| level.capacity() * size_of::<Extent>()).sum()
    }

    /// Forgets all values but the first `len`; `leaf` gives the extent of values by their numbers.
    pub fn truncate(&mut self, len: usize, leaf: impl Fn(Range<usize>) -> Extent) {
        self.len = self.len.min(len);
        let mut pieces = self.len / LEAF;
        self.open = leaf(pieces * LEAF..self.len);
        for level in &mut self.levels {
            level.truncate(pieces);
            pieces /= FAN;
        }
    }

    /// Lowest and highest of the values with these numbers; `leaf` as for [`Pyramid::truncate`] is
    /// asked for at most twice the values of a piece.
    pub fn extent(&self, range: Range<usize>, leaf: impl Fn(Range<usize>) -> Extent) -> Extent {
        let (head, inner, tail) = split(range, LEAF);
        let mut extent = leaf(head).with(leaf(tail));
        let mut pieces = inner;
        for (i, level) in self.levels.iter().enumerate() {
            if i + 1 == LEVELS {
                return extent.with(Extent::all(&level[pieces]));
            }
            let (head, inner, tail) = split(pieces, FAN);
            extent = extent.with(Extent::all(&level[head])).with(Extent::all(&level[tail]));
            pieces = inner;
        }
        extent
    }
}

/// What of `range` lies before its first whole piece of `size`, which pieces are whole, and what
/// lies behind them.
fn split(range: Range<usize>, size: usize) -> (Range<usize>, Range<usize>, Range<usize>) {
    let end = range.end.max(range.start);
    let first = range.start.next_multiple_of(size).min(end);
    let last = (end - end % size).max(first);
    let inner = if first < last { first / size..last / size } else { 0..0 };
    (range.start..first, inner, last..end)
}
