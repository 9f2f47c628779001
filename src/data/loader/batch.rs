//! One epoch as batches: order, augmentation, normalisation.

use rand::{RngExt, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    data::{
        ChannelStatistics,
        random::{Purpose, generator},
        split::PixelTable,
    },
    domain::{
        config::{Augment, Normalize, Shuffle},
        images::ImageSet,
    },
};

/// Zero pixels on each side of a picture from which a crop is taken.
const PADDING: usize = 4;

/// How pictures become batches.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    pub batch_size: usize,
    pub shuffle: Shuffle,
    pub augment: Augment,
    pub normalize: Normalize,
    /// Of the train split, for [`Normalize::Standard`].
    pub statistics: ChannelStatistics,
    /// Seeds order and augmentation.
    pub seed: u64,
}

/// What the network learns from in one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// From 1.
    pub epoch: u32,
    /// Which batch of the epoch, from 0.
    pub position: u64,
    /// `[n, 3, side, side]`.
    pub images: Vec<f32>,
    pub labels: Vec<u16>,
    /// Which pictures of the image set these are.
    pub indices: Vec<u32>,
}

/// Batches of one epoch over `count` pictures. A last batch that would be smaller than the others
/// is left out, so that shapes stay the same, unless it is the only one.
pub fn batches_per_epoch(count: usize, batch_size: usize) -> u64 {
    let full = count / batch_size.max(1);
    full.max(usize::from(count > 0)) as u64
}

/// Makes any batch of one epoch from the plan, the epoch and the batch's position alone.
pub(super) struct Batcher<'a> {
    images: &'a ImageSet,
    plan: &'a BatchPlan,
    epoch: u32,
    /// All indices in the order of this epoch.
    order: Vec<u32>,
    table: PixelTable,
}

impl<'a> Batcher<'a> {
    pub(super) fn new(
        images: &'a ImageSet,
        indices: &[u32],
        plan: &'a BatchPlan,
        epoch: u32,
    ) -> Self {
        let mut rng = generator(plan.seed, Purpose::Order { epoch });
        let order = ordered(indices, plan.shuffle, &mut rng);
        let table = PixelTable::new(plan.normalize, &plan.statistics);
        Self { images, plan, epoch, order, table }
    }

    pub(super) fn batches(&self) -> u64 {
        batches_per_epoch(self.order.len(), self.plan.batch_size)
    }

    pub(super) fn batch(&self, position: u64) -> Batch {
        let size = self.plan.batch_size.max(1);
        let from = position as usize * size;
        let indices = self.order[from..self.order.len().min(from + size)].to_vec();
        let labels = indices.iter().map(|&i| self.images.labels[i as usize]).collect();
        let images = self.pixels(position, &indices);
        Batch { epoch: self.epoch, position, images, labels, indices }
    }

    fn pixels(&self, position: u64, indices: &[u32]) -> Vec<f32> {
        let stride = self.images.stride();
        let pictures = indices.iter().map(|&index| self.images.image(index as usize));
        match self.plan.augment {
            Augment::None => {
                let mut out = Vec::with_capacity(indices.len() * stride);
                pictures.for_each(|picture| self.table.extend(picture, &mut out));
                out
            }
            Augment::FlipCrop => {
                let purpose = Purpose::Augmentation { epoch: self.epoch, position };
                let mut rng = generator(self.plan.seed, purpose);
                let mut out = vec![0.0; indices.len() * stride];
                for (picture, target) in pictures.zip(out.chunks_exact_mut(stride)) {
                    let crop = Crop::random(&mut rng);
                    crop.write(picture, self.images.side, &self.table, target);
                }
                out
            }
        }
    }
}

/// `indices` (in file order) in the order of an epoch.
fn ordered(indices: &[u32], shuffle: Shuffle, rng: &mut ChaCha8Rng) -> Vec<u32> {
    let mut order = indices.to_vec();
    match shuffle {
        Shuffle::Off => {}
        Shuffle::Epoch => order.shuffle(rng),
        Shuffle::Buffer(size) => {
            // The buffer is filled in file order; each pick makes room for the next index.
            let (filled, waiting) = indices.split_at(size.max(1).min(indices.len()));
            let mut buffer = filled.to_vec();
            let mut waiting = waiting.iter();
            order.clear();
            while !buffer.is_empty() {
                let pick = rng.random_range(0..buffer.len());
                order.push(match waiting.next() {
                    Some(&next) => std::mem::replace(&mut buffer[pick], next),
                    None => buffer.swap_remove(pick),
                });
            }
        }
    }
    order
}

/// A mirrored or plain window into the padded picture.
struct Crop {
    mirrored: bool,
    /// Of the window in the padded picture, 0 to twice the padding; the padding is the middle.
    left: usize,
    top: usize,
}

impl Crop {
    fn random(rng: &mut ChaCha8Rng) -> Self {
        Self {
            mirrored: rng.random(),
            left: rng.random_range(0..=2 * PADDING),
            top: rng.random_range(0..=2 * PADDING),
        }
    }

    /// Writes what the window shows over `target`, which is zero: the padding is zero after
    /// normalisation, as it is where crops are taken from normalised pictures.
    fn write(&self, picture: &[u8], side: usize, table: &PixelTable, target: &mut [f32]) {
        let planes = picture.chunks_exact(side * side);
        for (channel, (plane, target)) in
            planes.zip(target.chunks_exact_mut(side * side)).enumerate()
        {
            let values = table.channel(channel);
            for y in 0..side {
                let Some(row) = inside(y + self.top, side) else { continue };
                let row = &plane[row * side..][..side];
                for (x, out) in target[y * side..][..side].iter_mut().enumerate() {
                    if let Some(column) = inside(x + self.left, side) {
                        let column = if self.mirrored { side - 1 - column } else { column };
                        *out = values[usize::from(row[column])];
                    }
                }
            }
        }
    }
}

/// The coordinate in the picture of one in the padded picture.
fn inside(padded: usize, side: usize) -> Option<usize> {
    padded.checked_sub(PADDING).filter(|&at| at < side)
}
