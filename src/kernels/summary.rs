//! Many numbers in a few: what they are like, not what they are.

use std::ops::Range;

/// Bins of a histogram.
pub const BINS: usize = 24;
/// Numbers of which a histogram is made, at most: an even selection.
const COUNTED: usize = 1 << 16;
/// Rows whose sums are taken in single precision.
const BLOCK: usize = 128;

#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
    pub low: f64,
    pub high: f64,
    /// Numbers in each of [`BINS`] equal parts of `low..=high`.
    pub bins: Vec<u32>,
}

impl Distribution {
    /// Of `values`, to the last digit.
    pub fn of(values: &[f32]) -> Self {
        let count = values.len() as f64;
        let all = || values.iter().map(|value| f64::from(*value));
        let mean = all().sum::<f64>() / count;
        let variance = all().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let low = values.iter().copied().fold(f32::INFINITY, f32::min);
        let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let counted = values.iter().step_by(values.len().div_ceil(COUNTED).max(1));
        let bins = histogram(counted.copied(), (low, high));
        let (low, high) = (low.into(), high.into());
        Self { mean, deviation: variance.sqrt(), low, high, bins }
    }
}

/// What a layer put out for some images.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Zeros of a ReLU are in no bin.
    pub values: Distribution,
    /// Share of the outputs that are 0, 0 to 1.
    pub zeros: f64,
    /// Share of the channels that are 0 in every row, 0 to 1.
    pub silent: f64,
}

/// Outputs of a layer, the channels of a pixel together.
pub struct Outputs<'a> {
    /// `[rows, channels]`.
    pub values: &'a [f32],
    /// What has yet to be done with them: `y·scale + shift` of each channel.
    pub scale: &'a [f32],
    pub shift: &'a [f32],
    /// Whether ReLU comes last.
    pub rectified: bool,
}

impl Outputs<'_> {
    pub fn summary(&self) -> Summary {
        let (channels, floor) = (self.scale.len(), self.floor());
        let rows = self.values.len() / channels;
        let mut totals = Totals::new(channels);
        for block in self.values.chunks(BLOCK * channels) {
            totals.add(&Sums::of(block, self.scale, &self.shift[..channels], floor));
        }
        let count = (rows * channels) as f64;
        let (mean, squares) = (totals.sum / count, totals.squares / count);
        // Every so many rows, of a number that hits each column of an image in turn.
        let every = self.values.len().div_ceil(COUNTED) | 1;
        let counted = self.values.chunks_exact(channels).step_by(every);
        let outputs = counted.flat_map(|row| {
            let affine = row.iter().zip(self.scale).zip(self.shift);
            affine.map(|((y, scale), shift)| rectify(y * scale + shift, floor))
        });
        let shown = outputs.filter(|value| !self.rectified || *value != 0.0);
        let silent = totals.zeros.iter().filter(|zeros| **zeros == rows as u64).count();
        Summary {
            values: Distribution {
                mean,
                deviation: (squares - mean * mean).max(0.0).sqrt(),
                low: totals.range.start.into(),
                high: totals.range.end.into(),
                bins: histogram(shown, (totals.range.start, totals.range.end)),
            },
            zeros: totals.zeros.iter().sum::<u64>() as f64 / count,
            silent: silent as f64 / channels as f64,
        }
    }

    fn floor(&self) -> f32 {
        if self.rectified { 0.0 } else { f32::NEG_INFINITY }
    }
}

/// What is no number stays none.
fn rectify(value: f32, floor: f32) -> f32 {
    if value < floor { floor } else { value }
}

/// Over the rows of a block, by channel.
struct Sums {
    sum: Vec<f32>,
    squares: Vec<f32>,
    zeros: Vec<f32>,
    low: Vec<f32>,
    high: Vec<f32>,
}

impl Sums {
    fn of(block: &[f32], scale: &[f32], shift: &[f32], floor: f32) -> Self {
        let channels = scale.len();
        let of = |value: f32| vec![value; channels];
        let (mut sum, mut squares, mut zeros) = (of(0.0), of(0.0), of(0.0));
        let (mut low, mut high) = (of(f32::INFINITY), of(f32::NEG_INFINITY));
        for row in block.chunks_exact(channels) {
            // Slices of one length, so that the loop becomes vectors.
            let (row, shift) = (&row[..channels], &shift[..channels]);
            let (sum, squares) = (&mut sum[..channels], &mut squares[..channels]);
            let zeros = &mut zeros[..channels];
            let (low, high) = (&mut low[..channels], &mut high[..channels]);
            for c in 0..channels {
                let value = rectify(row[c] * scale[c] + shift[c], floor);
                sum[c] += value;
                squares[c] += value * value;
                zeros[c] += if value == 0.0 { 1.0 } else { 0.0 };
                low[c] = if value < low[c] { value } else { low[c] };
                high[c] = if value > high[c] { value } else { high[c] };
            }
        }
        Self { sum, squares, zeros, low, high }
    }
}

/// Over all rows.
struct Totals {
    sum: f64,
    squares: f64,
    /// Of each channel.
    zeros: Vec<u64>,
    range: Range<f32>,
}

impl Totals {
    fn new(channels: usize) -> Self {
        let (zeros, range) = (vec![0; channels], f32::INFINITY..f32::NEG_INFINITY);
        Self { sum: 0.0, squares: 0.0, zeros, range }
    }

    fn add(&mut self, block: &Sums) {
        let sum = |values: &[f32]| values.iter().map(|value| f64::from(*value)).sum::<f64>();
        self.sum += sum(&block.sum);
        self.squares += sum(&block.squares);
        for (total, zeros) in self.zeros.iter_mut().zip(&block.zeros) {
            *total += *zeros as u64;
        }
        let low = block.low.iter().copied().fold(self.range.start, f32::min);
        self.range = low..block.high.iter().copied().fold(self.range.end, f32::max);
    }
}

/// How many of `values` fall into each part of `low..=high`; none where that is no range.
fn histogram(values: impl Iterator<Item = f32>, (low, high): (f32, f32)) -> Vec<u32> {
    let width = (high - low) / BINS as f32;
    if !(low.is_finite() && width.is_finite()) {
        return Vec::new();
    }
    let mut bins = vec![0; BINS];
    // All alike: in the middle.
    let place = |value: f32| if width > 0.0 { (value - low) / width } else { BINS as f32 / 2.0 };
    for value in values.filter(|value| value.is_finite()) {
        bins[(place(value) as usize).min(BINS - 1)] += 1;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-5 * b.abs().max(1.0)
    }

    /// Numbers that look like chance and are not, around 0.
    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.0 - 1.0).collect()
    }

    #[test]
    fn known_numbers_have_known_statistics() {
        let found = Distribution::of(&[-1.0, 0.0, 1.0, 2.0]);
        assert_eq!((found.mean, found.low, found.high), (0.5, -1.0, 2.0));
        assert!(close(found.deviation, 1.25f64.sqrt()));
        assert_eq!((found.bins[0], found.bins[8], found.bins[16], found.bins[23]), (1, 1, 1, 1));
        assert_eq!(Distribution::of(&[3.0; 5]).bins.iter().sum::<u32>(), 5);
    }

    #[test]
    fn outputs_are_counted_as_by_hand() {
        const CHANNELS: usize = 10;
        let (values, scale) = (numbers(3_000 * CHANNELS), vec![0.5; CHANNELS]);
        let mut shift = vec![0.1; CHANNELS];
        shift[3] = -9.0; // dead everywhere
        let outputs = Outputs { values: &values, scale: &scale, shift: &shift, rectified: true };
        let found = outputs.summary();
        let naive = values.iter().enumerate();
        let naive: Vec<f64> =
            naive.map(|(i, v)| f64::from(v * 0.5 + shift[i % CHANNELS]).max(0.0)).collect();
        let count = naive.len() as f64;
        let mean = naive.iter().sum::<f64>() / count;
        let variance = naive.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        let zeros = naive.iter().filter(|v| **v == 0.0).count() as f64 / count;
        assert!(close(found.values.mean, mean) && close(found.values.deviation, variance.sqrt()));
        assert_eq!((found.zeros, found.silent), (zeros, 0.1));
        assert_eq!(found.values.low, 0.0);
        assert!(close(found.values.high, naive.iter().copied().fold(0.0, f64::max)));
        let counted = found.values.bins.iter().sum::<u32>() as usize;
        assert_eq!(counted, naive.iter().filter(|v| **v != 0.0).count());
    }

    #[test]
    fn a_selection_of_many_is_spread_like_all() {
        let values = numbers(400_000);
        let ones = vec![1.0; 16];
        let outputs =
            Outputs { values: &values, scale: &ones, shift: &[0.0; 16], rectified: false };
        let bins = outputs.summary().values.bins;
        let counted = bins.iter().sum::<u32>();
        assert!((20_000..=COUNTED as u32).contains(&counted), "{counted}");
        let even = f64::from(counted) / BINS as f64;
        assert!(bins.iter().all(|bin| (0.8..1.2).contains(&(f64::from(*bin) / even))), "{bins:?}");
    }

    #[test]
    fn what_is_no_number_is_not_hidden() {
        let outputs =
            Outputs { values: &[f32::NAN, 1.0], scale: &[1.0], shift: &[0.0], rectified: true };
        let found = outputs.summary();
        assert!(found.values.mean.is_nan() && found.values.high == 1.0);
        let endless = Distribution::of(&[f32::INFINITY, 1.0]);
        assert!(endless.bins.is_empty());
    }
}
