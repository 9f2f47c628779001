//! The exponential moving average of a growing series, kept up to date point by point.

use std::ops::Range;

use crate::domain::{
    events::Quantity,
    series::{Bucket, Extent, LEAF, Pyramid, Series},
    state::RunState,
};

/// Strengths that `[` and `]` walk through: the weight of the past.
pub const STRENGTHS: [f64; 7] = [0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98];

/// Index of the strength in use at first.
pub const DEFAULT_STRENGTH: usize = 4;

/// A bias-corrected average that follows its source without starting over: the first value is
/// itself, not a part of it; values that are no numbers are left out. It does not keep the averages,
/// only what is needed to make any of them again: half a byte a point.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Smoothed {
    average: Average,
    /// The average before each leaf of the pyramid.
    starts: Vec<Average>,
    pyramid: Pyramid,
    /// How many points of the source are in, and the step of the last one.
    seen: (usize, u64),
}

/// The sum of the weighted values and of their weights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Average {
    strength: f64,
    sum: f64,
    weight: f64,
}

impl Average {
    /// Takes in a value and tells the average; nothing for what is no number.
    fn take(&mut self, value: f64) -> Option<f64> {
        value.is_finite().then(|| {
            self.sum = self.strength * self.sum + (1.0 - self.strength) * value;
            self.weight = self.strength * self.weight + (1.0 - self.strength);
            self.sum / self.weight
        })
    }
}

impl Smoothed {
    pub fn with_strength(strength: f64) -> Self {
        Self { average: Average { strength, ..Average::default() }, ..Self::default() }
    }

    /// Takes in what `source` has gained; starts over where it has lost or changed something.
    pub fn follow(&mut self, source: &Series) {
        let (count, step) = self.seen;
        let kept = count == 0 || source.get(count - 1).is_some_and(|point| point.0 == step);
        if !kept {
            *self = Self::with_strength(self.average.strength);
        }
        for (index, value) in (self.seen.0..).zip(source.values(self.seen.0..source.len())) {
            if index.is_multiple_of(LEAF) {
                self.starts.push(self.average);
            }
            self.pyramid.push(extent(self.average.take(value)));
        }
        self.seen = (source.len(), source.last().map_or(0, |point| point.0));
    }

    /// The average at `step` or at the last point of `source`, which must be followed, before it.
    pub fn at(&self, source: &Series, step: u64) -> Option<f64> {
        let count = source.count_to(step).min(self.seen.0);
        let index = count.checked_sub(1)?;
        let mut latest = None;
        self.each(source, index / LEAF * LEAF..count, |average| latest = average.or(latest));
        // A whole leaf of what is no number has nothing new to say.
        latest.or_else(|| {
            let before = self.starts[index / LEAF];
            (before.weight > 0.0).then(|| before.sum / before.weight)
        })
    }

    /// Every average in order, `None` at what is no number.
    pub fn averages<'a>(&self, source: &'a Series) -> impl Iterator<Item = Option<f64>> + use<'a> {
        let mut average = Average { strength: self.average.strength, ..Average::default() };
        source.values(0..source.len()).map(move |value| average.take(value))
    }

    /// Lowest and highest average of each column, as [`Series::buckets`] gives them.
    pub fn buckets(&self, source: &Series, edges: &[u64]) -> Vec<Option<Bucket>> {
        let cuts = source.cuts(edges);
        let of_leaf = |leaf: Range<usize>| {
            let mut all = Extent::EMPTY;
            self.each(source, leaf, |average| all = all.with(extent(average)));
            all
        };
        let range = |cut: &[usize]| cut[0].min(self.seen.0)..cut[1].min(self.seen.0);
        cuts.windows(2).map(|cut| self.pyramid.extent(range(cut), of_leaf).into()).collect()
    }

    /// Makes the averages of these points again.
    fn each(&self, source: &Series, range: Range<usize>, mut give: impl FnMut(Option<f64>)) {
        let Some(mut average) = self.starts.get(range.start / LEAF).copied() else { return };
        let begin = range.start / LEAF * LEAF;
        for (index, value) in (begin..).zip(source.values(begin..range.end)) {
            let averaged = average.take(value);
            if index >= range.start {
                give(averaged);
            }
        }
    }
}

fn extent(average: Option<f64>) -> Extent {
    average.map_or(Extent::EMPTY, |value| Extent::of(value as f32))
}

/// All quantities of a run, smoothed alike.
#[derive(Debug)]
pub struct AllSmoothed {
    strength: usize,
    all: [Smoothed; Quantity::ALL.len()],
}

impl Default for AllSmoothed {
    fn default() -> Self {
        Self::with_strength(DEFAULT_STRENGTH)
    }
}

impl AllSmoothed {
    /// By one of [`STRENGTHS`].
    pub fn with_strength(strength: usize) -> Self {
        let strength = strength.min(STRENGTHS.len() - 1);
        let all = [(); Quantity::ALL.len()].map(|()| Smoothed::with_strength(STRENGTHS[strength]));
        Self { strength, all }
    }

    /// Index of the strength in use.
    pub fn strength(&self) -> usize {
        self.strength
    }

    pub fn of(&self, quantity: Quantity) -> &Smoothed {
        &self.all[quantity as usize]
    }

    pub fn follow(&mut self, run: &RunState) {
        for quantity in Quantity::ALL {
            self.all[quantity as usize].follow(run.series(quantity));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every average, by the definition.
    fn averages(source: &Series, strength: f64) -> Vec<(u64, f64)> {
        let points = (0..source.len()).filter_map(|i| source.get(i)).filter(|p| p.1.is_finite());
        let (mut sum, mut weight) = (0.0, 0.0);
        let averaged = points.map(|(step, value)| {
            sum = strength * sum + (1.0 - strength) * value;
            weight = strength * weight + (1.0 - strength);
            (step, sum / weight)
        });
        averaged.collect()
    }

    #[test]
    fn any_average_can_be_made_again_whatever_happened_to_the_source() {
        let (mut source, mut smoothed) = (Series::default(), Smoothed::with_strength(0.9));
        for step in 1..500 {
            let is_broken = step == 20 || (100..300).contains(&step);
            source.push(step, if is_broken { f64::NAN } else { (step as f64).sin() });
            smoothed.follow(&source);
        }
        let check = |source: &Series, smoothed: &Smoothed| {
            for (step, average) in averages(source, 0.9) {
                assert_eq!(smoothed.at(source, step), Some(average));
            }
        };
        check(&source, &smoothed);
        assert_eq!(smoothed.at(&source, 299), smoothed.at(&source, 99));
        source.void_after(310);
        source.push(311, 5.0);
        smoothed.follow(&source);
        check(&source, &smoothed);
    }

    #[test]
    fn columns_hold_the_lowest_and_highest_average() {
        let (mut source, mut smoothed) = (Series::default(), Smoothed::with_strength(0.6));
        (1..5_000_u32).for_each(|step| source.push(step.into(), f64::from(step % 97)));
        smoothed.follow(&source);
        let (edges, averages) = ([1, 77, 200, 1_300], averages(&source, 0.6));
        for (bucket, edge) in smoothed.buckets(&source, &edges).iter().zip(edges.windows(2)) {
            let inside = averages.iter().filter(|point| (edge[0]..edge[1]).contains(&point.0));
            let high = inside.fold(f64::MIN, |high, point| high.max(point.1));
            assert_eq!(bucket.unwrap().high as f32, high as f32);
        }
    }
}
