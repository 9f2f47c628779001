//! Where the loader takes its batches from, kept so that it can begin anew.

use std::sync::Arc;

use super::checkpoint::Progress;
use crate::{
    data::loader::{BatchPlan, Loader},
    domain::images::ImageSet,
};

/// The pictures that are trained on, and how they become batches.
pub struct Batches {
    pub images: Arc<ImageSet>,
    /// Which of `images` are trained on.
    pub indices: Arc<[u32]>,
    pub plan: BatchPlan,
    pub epochs: u32,
    pub per_epoch: u64,
}

impl Batches {
    /// The batches that come after `at`.
    pub fn after(&self, at: &Progress) -> Loader {
        let start =
            if at.position >= self.per_epoch { (at.epoch + 1, 0) } else { (at.epoch, at.position) };
        let (images, indices) = (Arc::clone(&self.images), Arc::clone(&self.indices));
        Loader::spawn(images, indices, self.plan.clone(), start, self.epochs)
    }
}
