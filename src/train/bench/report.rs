//! What was measured, set against what the machine can do.

use serde::Serialize;

use super::{Plan, clock::Times, layers::StepParts};
use crate::domain::{
    events::LayerTime,
    roofline::{self, LayerWork, Machine, Work},
};

/// Throughput, times and memory, with the roofline of each part.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub device: String,
    /// Who computed: `own` are the kernels of this crate, `stock` are burn's operations.
    pub engine: &'static str,
    pub alpha: f64,
    /// Side of the images in pixels.
    pub resolution: usize,
    pub batch_size: usize,
    pub infer_batch_size: usize,
    /// By the median step.
    pub train_images_per_s: f64,
    pub infer_images_per_s: f64,
    pub train: Pace,
    pub infer: Pace,
    /// Of a large matrix product, in GFLOP/s (two operations a multiply-add).
    pub peak_gflops: f64,
    /// Of a copy in memory, in GB/s read and written.
    pub peak_gb_per_s: f64,
    /// Of a copy in the last-level cache, in GB/s read and written.
    pub cache_gb_per_s: f64,
    pub cache_bytes: u64,
    /// The most that the process had held when training had been measured.
    pub peak_memory_bytes: Option<u64>,
    /// Of a training step.
    pub layers: Vec<LayerReport>,
    /// How the layers were timed.
    pub layers_method: String,
    pub optimizer: OptimizerReport,
    /// All layers, without the optimizer.
    pub total: LayerReport,
}

/// What a stretch of work came to, and how near that is to its bound.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Reached {
    pub gflops: f64,
    /// Of the bytes that cannot be avoided.
    pub gb_per_s: f64,
    /// The least time by the roofline, in ms.
    pub bound_ms: f64,
    /// `bound_ms` over the time that it took.
    pub share: f64,
}

/// Whole steps.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Pace {
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    /// By the median step.
    #[serde(flatten)]
    pub reached: Reached,
    /// `gflops` over the machine's peak.
    pub peak_share: f64,
}

/// One layer, or all of them, in a training step.
#[derive(Debug, Clone, Serialize)]
pub struct LayerReport {
    pub name: String,
    pub forward_ms: f64,
    pub backward_ms: f64,
    pub forward: Reached,
    pub backward: Reached,
}

/// The update of the weights in a training step.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct OptimizerReport {
    pub ms: f64,
    #[serde(flatten)]
    pub reached: Reached,
}

/// All that was measured.
pub struct Measured {
    pub train: Times,
    pub infer: Times,
    pub parts: StepParts,
    pub peak_memory_bytes: Option<u64>,
    pub machine: Machine,
}

impl LayerReport {
    /// Time above the bounds, in ms.
    pub fn lost_ms(&self) -> f64 {
        self.forward_ms + self.backward_ms - self.forward.bound_ms - self.backward.bound_ms
    }
}

impl OptimizerReport {
    /// Time above the bound, in ms.
    pub fn lost_ms(&self) -> f64 {
        self.ms - self.reached.bound_ms
    }
}

/// Work with the time that it takes at least. Bounds of parts add up; they do not follow from the
/// sum of the work.
#[derive(Clone, Copy)]
struct Bounded {
    work: Work,
    bound_ms: f64,
}

impl Bounded {
    fn all(works: impl IntoIterator<Item = Work>, machine: &Machine) -> Self {
        works.into_iter().fold(Self { work: Work::default(), bound_ms: 0.0 }, |sum, work| Self {
            work: sum.work + work,
            bound_ms: sum.bound_ms + machine.bound_ms(work),
        })
    }

    fn reached(self, ms: f64) -> Reached {
        let billions_per_s = |amount: u64| amount as f64 / ms / 1e6;
        Reached {
            gflops: billions_per_s(self.work.flops),
            gb_per_s: billions_per_s(self.work.bytes),
            bound_ms: self.bound_ms,
            share: self.bound_ms / ms,
        }
    }

    fn pace(self, times: &Times, machine: &Machine) -> Pace {
        let [p50_ms, p90_ms, p99_ms] = [50, 90, 99].map(|percent| times.percentile(percent));
        let reached = self.reached(p50_ms);
        Pace { p50_ms, p90_ms, p99_ms, reached, peak_share: reached.gflops / machine.gflops }
    }
}

impl Report {
    pub(super) fn new(plan: &Plan, description: &str, measured: &Measured) -> Self {
        let Measured { train, infer, parts, peak_memory_bytes, machine } = measured;
        let spec = plan.spec();
        let works = roofline::layers(&spec, plan.batch_size);
        let update = Bounded::all([roofline::optimizer(&spec)], machine);
        let step = works.iter().flat_map(|work| [work.forward, work.backward]);
        let step = Bounded::all(step.chain([update.work]), machine);
        let inference = roofline::layers(&spec, plan.infer_batch_size);
        let inference = Bounded::all(inference.into_iter().map(|work| work.forward), machine);
        let pairs = works.chunks(1).zip(parts.layers.chunks(1));
        let row = |(work, time): (&[LayerWork], &[LayerTime])| {
            layer_row(&time[0].name, work, time, machine)
        };
        let ms = parts.optimizer_ms;
        Self {
            device: description.to_owned(),
            engine: plan.engine.name(),
            alpha: plan.alpha,
            resolution: plan.resolution,
            batch_size: plan.batch_size,
            infer_batch_size: plan.infer_batch_size,
            train_images_per_s: plan.batch_size as f64 / train.median() * 1e3,
            infer_images_per_s: plan.infer_batch_size as f64 / infer.median() * 1e3,
            train: step.pace(train, machine),
            infer: inference.pace(infer, machine),
            peak_gflops: machine.gflops,
            peak_gb_per_s: machine.gb_per_s,
            cache_gb_per_s: machine.cache_gb_per_s,
            cache_bytes: machine.cache_bytes,
            peak_memory_bytes: *peak_memory_bytes,
            layers: pairs.map(row).collect(),
            layers_method: parts.method.to_string(),
            optimizer: OptimizerReport { ms, reached: update.reached(ms) },
            total: layer_row("total", &works, &parts.layers, machine),
        }
    }
}

/// The row of the layers with `works` and `times`, be it one or all of them.
fn layer_row(
    name: &str,
    works: &[LayerWork],
    times: &[LayerTime],
    machine: &Machine,
) -> LayerReport {
    let forward_ms = times.iter().map(|time| time.forward_ms).sum();
    let backward_ms = times.iter().map(|time| time.backward_ms).sum();
    let forward = Bounded::all(works.iter().map(|work| work.forward), machine);
    let backward = Bounded::all(works.iter().map(|work| work.backward), machine);
    LayerReport {
        name: name.to_owned(),
        forward_ms,
        backward_ms,
        forward: forward.reached(forward_ms),
        backward: backward.reached(backward_ms),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{kernels::Engine, model::stopwatch::Method};

    fn report() -> Report {
        let duration = Duration::from_secs(1);
        let plan = Plan {
            engine: Engine::Stock,
            alpha: 1.0,
            resolution: 32,
            batch_size: 2,
            infer_batch_size: 4,
            duration,
        };
        let time =
            |work: LayerWork| LayerTime { name: work.name, forward_ms: 1.0, backward_ms: 2.0 };
        let layers = roofline::layers(&plan.spec(), 2).into_iter().map(time).collect();
        let measured = Measured {
            train: Times::of([100.0, 100.0, 200.0]),
            infer: Times::of([50.0]),
            parts: StepParts { layers, method: Method::Synchronised, optimizer_ms: 10.0 },
            peak_memory_bytes: None,
            machine: Machine {
                gflops: 1000.0,
                gb_per_s: 10.0,
                cache_gb_per_s: 10.0,
                cache_bytes: 0,
            },
        };
        Report::new(&plan, "a device", &measured)
    }

    #[test]
    fn throughput_follows_from_the_median_step() {
        let report = report();
        assert_eq!((report.train_images_per_s, report.infer_images_per_s), (20.0, 80.0));
        assert_eq!((report.train.p50_ms, report.train.p99_ms), (100.0, 200.0));
    }

    #[test]
    fn the_bound_of_a_step_is_that_of_its_parts() {
        let report = report();
        let sum = |bound: fn(&LayerReport) -> f64| report.layers.iter().map(bound).sum::<f64>();
        let layers = sum(|layer| layer.forward.bound_ms) + sum(|layer| layer.backward.bound_ms);
        let update = report.optimizer.reached.bound_ms;
        assert!((update - 7.0 * 4.0 * 3_217_226.0 / 1e7).abs() < 1e-9);
        assert!((report.train.reached.bound_ms - layers - update).abs() < 1e-9);
        assert!((report.train.reached.share - (layers + update) / 100.0).abs() < 1e-9);
    }

    #[test]
    fn the_total_is_that_of_the_layers() {
        let Report { total, layers, infer, .. } = report();
        assert_eq!((total.forward_ms, total.backward_ms), (29.0, 58.0));
        let lost: f64 = layers.iter().map(LayerReport::lost_ms).sum();
        assert!((total.lost_ms() - lost).abs() < 1e-9);
        assert!((total.forward.gflops - 2.0 * 2.0 * 46.354432 / 29.0).abs() < 1e-9);
        assert!((infer.reached.gflops - 2.0 * 4.0 * 46.354432 / 50.0).abs() < 1e-9);
    }
}
