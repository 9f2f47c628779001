//! How fast this machine trains and classifies, and how fast it could.

mod clock;
mod host;
mod layers;
mod peak;
mod report;

pub use report::{LayerReport, OptimizerReport, Pace, Reached, Report};

use std::time::Duration;

use burn::{
    module::Module,
    tensor::{Device, Distribution, Tensor},
};

use self::{
    clock::{Times, settle},
    report::Measured,
};
use super::{checkpoint, error::TrainError, learner::Learner};
use crate::{
    data::loader::Batch,
    domain::{architecture::ArchSpec, config::TrainConfig},
    kernels::Engine,
    model::weights::{self, Metadata, SavedNetwork},
};

const CLASSES: usize = 10;

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub engine: Engine,
    pub alpha: f64,
    /// Side of the images in pixels.
    pub resolution: usize,
    /// Images per training step.
    pub batch_size: usize,
    /// Images per inference step.
    pub infer_batch_size: usize,
    /// Length of each of the two measurements.
    pub duration: Duration,
}

impl Plan {
    fn spec(&self) -> ArchSpec {
        ArchSpec { alpha: self.alpha, classes: CLASSES, resolution: self.resolution }
    }
}

/// Measures on `device` (without autodiff), on made-up images.
pub fn run(plan: &Plan, device: &Device, description: &str) -> Result<Report, TrainError> {
    let config = TrainConfig { alpha: plan.alpha, ..TrainConfig::default() };
    let mut learner = learner(plan, &config, device)?;
    let batch = batch(plan);
    let train = Times::take(plan.duration, || settle(learner.step(batch.clone(), config.lr)))?;
    let parts = layers::measure(&mut learner, &batch, config.lr)?;
    // Here, since inference and the peaks take memory of their own.
    let peak_memory_bytes = host::peak_memory_bytes();
    let valid = learner.network().valid();
    drop(learner);
    let shape = [plan.infer_batch_size, 3, plan.resolution, plan.resolution];
    let images = Tensor::<4>::random(shape, Distribution::Uniform(0.0, 1.0), device);
    let infer = Times::take(plan.duration, || settle(valid.forward(images.clone())))?;
    let machine = peak::measure(plan.duration, device)?;
    let measured = Measured { train, infer, parts, peak_memory_bytes, machine };
    Ok(Report::new(plan, description, &measured))
}

/// The network that is measured, with random weights, and its optimizer: the one place where the
/// plan becomes a network.
fn learner(plan: &Plan, config: &TrainConfig, device: &Device) -> Result<Learner, TrainError> {
    let spec = plan.spec();
    let network =
        SavedNetwork { spec, weights: weights::random(&spec, 1), metadata: Metadata::default() };
    checkpoint::learner(config, &network, (device, plan.engine), None)
}

/// Grey ramps; the numbers do not matter, their count does.
fn batch(plan: &Plan) -> Batch {
    let count = plan.batch_size;
    let numbers = count * 3 * plan.resolution * plan.resolution;
    let images = (0..numbers).map(|i| (i % 255) as f32 / 255.0).collect();
    let labels = (0..count).map(|i| (i % CLASSES) as u16).collect();
    Batch { epoch: 1, position: 0, images, labels, indices: (0..count as u32).collect() }
}
