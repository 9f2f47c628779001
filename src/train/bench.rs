//! How fast this machine trains and classifies.

use std::time::{Duration, Instant};

use burn::{
    module::Module,
    tensor::{Device, Distribution, Tensor},
};
use serde::Serialize;

use super::{checkpoint, error::TrainError};
use crate::{
    data::loader::Batch,
    domain::{architecture::ArchSpec, config::TrainConfig, events::LayerTime},
    kernels::Engine,
    model::weights::{self, Metadata, SavedNetwork},
};

/// Steps before the measurement: caches, autotuning, allocation.
const WARM_UP: usize = 3;
/// Side of the matrices whose product shows the machine's peak.
const PEAK_SIDE: usize = 1024;

/// Throughput of training and inference, by the median step.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub device: String,
    /// Which operations computed: `stock` are burn's own.
    pub engine: &'static str,
    pub alpha: f64,
    pub batch_size: usize,
    pub train_images_per_s: f64,
    pub infer_images_per_s: f64,
    /// Of a large matrix product, in GFLOP/s (two operations a multiply-add).
    pub peak_gflops: f64,
    /// Of one training step, in ms.
    pub layers: Vec<LayerTime>,
}

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub alpha: f64,
    pub batch_size: usize,
    /// Length of each of the two measurements.
    pub duration: Duration,
}

/// Measures on `device` (without autodiff), on random images of 32×32 pixels.
pub fn run(plan: &Plan, device: &Device, description: &str) -> Result<Report, TrainError> {
    let spec = ArchSpec { alpha: plan.alpha, classes: 10, resolution: 32 };
    let config = TrainConfig { alpha: plan.alpha, ..TrainConfig::default() };
    let network =
        SavedNetwork { spec, weights: weights::random(&spec, 1), metadata: Metadata::default() };
    let mut learner = checkpoint::learner(&config, &network, (device, Engine::Own), None)?;
    let train_ms = median_ms(plan.duration, || {
        let scalars = learner.step(batch(plan.batch_size), config.lr);
        settle(scalars)
    })?;
    let (_, times) = learner.timed_step(batch(plan.batch_size), config.lr);
    let valid = learner.network().valid();
    let shape = [plan.batch_size, 3, 32, 32];
    let images = Tensor::<4>::random(shape, Distribution::Uniform(0.0, 1.0), device);
    let infer_ms = median_ms(plan.duration, || settle(valid.forward(images.clone())))?;
    let per_s = |ms: f64| plan.batch_size as f64 / ms * 1e3;
    Ok(Report {
        device: description.to_owned(),
        engine: "stock",
        alpha: plan.alpha,
        batch_size: plan.batch_size,
        train_images_per_s: per_s(train_ms),
        infer_images_per_s: per_s(infer_ms),
        peak_gflops: peak_gflops(plan.duration, device)?,
        layers: times.map_or_else(Vec::new, |times| times.layers),
    })
}

/// A batch of grey ramps; the numbers do not matter, their count does.
fn batch(count: usize) -> Batch {
    let images = (0..count * 3 * 32 * 32).map(|i| (i % 255) as f32 / 255.0).collect();
    let labels = (0..count).map(|i| (i % 10) as u16).collect();
    Batch { epoch: 1, position: 0, images, labels, indices: (0..count as u32).collect() }
}

fn peak_gflops(duration: Duration, device: &Device) -> Result<f64, TrainError> {
    let shape = [PEAK_SIDE, PEAK_SIDE];
    let a = Tensor::<2>::random(shape, Distribution::Uniform(-1.0, 1.0), device);
    let ms = median_ms(duration.min(Duration::from_secs(2)), || {
        // The sum needs every element, so that a lazy device computes them all.
        settle(a.clone().matmul(a.clone()).sum())
    })?;
    Ok(2.0 * (PEAK_SIDE as f64).powi(3) / ms / 1e6)
}

/// Waits for the device by reading `tensor` back.
fn settle<const D: usize>(tensor: Tensor<D>) -> Result<(), TrainError> {
    tensor.try_into_data().map(drop).map_err(|e| TrainError::Device(e.to_string()))
}

fn median_ms(
    duration: Duration,
    mut work: impl FnMut() -> Result<(), TrainError>,
) -> Result<f64, TrainError> {
    for _ in 0..WARM_UP {
        work()?;
    }
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.len() < 3 || start.elapsed() < duration {
        let step = Instant::now();
        work()?;
        times.push(step.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
