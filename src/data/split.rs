//! Which pictures train and which validate, and how pixels become numbers.

use std::ops::Range;

use rand::seq::SliceRandom;

use super::{
    ChannelStatistics,
    random::{Purpose, generator},
};
use crate::domain::{config::Normalize, images::ImageSet};

/// A train split divided in two; both halves are in file order and have no index in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitIndices {
    pub train: Vec<u32>,
    pub validation: Vec<u32>,
}

/// Holds a random share `val_split` (0 to below 1) of `count` pictures out for validation. At least
/// one picture is left to train on; which ones they are depends on the arguments alone.
pub fn split(count: usize, val_split: f64, seed: u64) -> SplitIndices {
    let held_out = (count as f64 * val_split).round() as usize;
    let held_out = held_out.min(count.saturating_sub(1));
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.shuffle(&mut generator(seed, Purpose::Split));
    let mut train = order.split_off(held_out);
    let mut validation = order;
    train.sort_unstable();
    validation.sort_unstable();
    SplitIndices { train, validation }
}

/// What each byte of each channel becomes: `values[channel][byte]`.
#[derive(Debug, Clone)]
pub(super) struct PixelTable([[f32; 256]; 3]);

impl PixelTable {
    pub(super) fn new(normalize: Normalize, statistics: &ChannelStatistics) -> Self {
        Self([0, 1, 2].map(|channel| {
            let (mean, std) = match normalize {
                Normalize::Unit => (0.0, 1.0),
                Normalize::Standard => (statistics.mean[channel], statistics.std[channel]),
            };
            std::array::from_fn(|byte| (byte as f32 / 255.0 - mean) / std)
        }))
    }

    /// The 256 values of one channel (0 red, 1 green, 2 blue).
    pub(super) fn channel(&self, channel: usize) -> &[f32; 256] {
        &self.0[channel]
    }

    /// Appends the numbers of one picture, `[3, side, side]`.
    pub(super) fn extend(&self, image: &[u8], out: &mut Vec<f32>) {
        for (channel, plane) in image.chunks_exact((image.len() / 3).max(1)).enumerate() {
            let values = &self.0[channel];
            out.extend(plane.iter().map(|&byte| values[usize::from(byte)]));
        }
    }
}

/// The pictures of `range` as the network wants them, unaugmented.
///
/// # Shapes
/// `[range.len(), 3, side, side]`.
pub fn normalised(
    images: &ImageSet,
    range: Range<usize>,
    normalize: Normalize,
    statistics: &ChannelStatistics,
) -> Vec<f32> {
    let table = PixelTable::new(normalize, statistics);
    let mut out = Vec::with_capacity(range.len() * images.stride());
    range.for_each(|index| table.extend(images.image(index), &mut out));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_covers_everything_once_in_file_order_and_depends_on_the_seed() {
        let halves = split(1000, 0.1, 42);
        assert_eq!((halves.train.len(), halves.validation.len()), (900, 100));
        assert!(halves.train.is_sorted() && halves.validation.is_sorted());
        let mut all = [halves.train.clone(), halves.validation.clone()].concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..1000));
        assert_eq!(split(1000, 0.1, 42), halves);
        assert_ne!(split(1000, 0.1, 43), halves);
    }

    #[test]
    fn a_split_leaves_something_to_train_on() {
        assert_eq!(split(2, 0.99, 1).train.len(), 1);
        assert!(split(10, 0.0, 1).validation.is_empty());
        assert_eq!(split(0, 0.5, 1), SplitIndices { train: vec![], validation: vec![] });
    }

    #[test]
    fn standardised_pixels_have_mean_zero_and_deviation_one() {
        let pixels: Vec<u8> = (0..48u32).map(|i| (i * 37 % 256) as u8).collect();
        let images = ImageSet { side: 2, pixels, labels: vec![0; 4] };
        let statistics = ChannelStatistics::of(&images);
        let values = normalised(&images, 0..4, Normalize::Standard, &statistics);
        for channel in 0..3 {
            let of_channel = values.chunks(4).skip(channel).step_by(3).flatten();
            let mean = of_channel.clone().sum::<f32>() / 16.0;
            let variance = of_channel.map(|v| (v - mean).powi(2)).sum::<f32>() / 16.0;
            assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4, "{mean} {variance}");
        }
        let unit = normalised(&images, 1..2, Normalize::Unit, &statistics);
        assert_eq!(unit[0], f32::from(images.pixels[12]) / 255.0);
        assert_eq!(unit.len(), 12);
    }
}
