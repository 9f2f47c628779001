//! The exponential moving average of a growing series, kept up to date point by point.

use crate::domain::series::Series;

/// Strengths that `[` and `]` walk through: the weight of the past.
pub const STRENGTHS: [f64; 7] = [0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98];

/// Index of the strength in use at first.
pub const DEFAULT_STRENGTH: usize = 4;

/// A bias-corrected average that follows its source without starting over.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Smoothed {
    strength: f64,
    sum: f64,
    weight: f64,
    /// How many points of the source are in, and the step of the last one.
    seen: (usize, u64),
    series: Series,
}

impl Smoothed {
    pub fn with_strength(strength: f64) -> Self {
        Self { strength, ..Self::default() }
    }

    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Takes in what `source` has gained; starts over where it has lost or changed something.
    pub fn follow(&mut self, source: &Series) {
        let points = source.points();
        let (count, step) = self.seen;
        let kept = count == 0 || points.get(count - 1).is_some_and(|point| point.0 == step);
        if !kept {
            *self = Self::with_strength(self.strength);
        }
        for &(step, value) in &points[self.seen.0..] {
            self.seen = (self.seen.0 + 1, step);
            if value.is_finite() {
                self.sum = self.strength * self.sum + (1.0 - self.strength) * value;
                self.weight = self.strength * self.weight + (1.0 - self.strength);
                self.series.push(step, self.sum / self.weight);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn following_gives_what_averaging_at_once_gives() {
        let (mut source, mut smoothed) = (Series::default(), Smoothed::with_strength(0.9));
        for step in 1..50 {
            source.push(step, if step == 20 { f64::NAN } else { (step as f64).sin() });
            smoothed.follow(&source);
        }
        assert_eq!(smoothed.series(), &source.ema(0.9));
        source.void_after(10);
        source.push(11, 5.0);
        smoothed.follow(&source);
        assert_eq!(smoothed.series(), &source.ema(0.9));
    }
}
