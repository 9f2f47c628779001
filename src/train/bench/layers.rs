//! The time of each layer in a training step.

use super::clock::{Times, settle};
use crate::{
    data::loader::Batch,
    domain::events::LayerTime,
    model::{probe::Untimed, stopwatch::Method},
    train::{
        error::TrainError,
        learner::{Learner, Timed},
    },
};

/// Timed steps before the measurement: a boundary after each layer can make other kernels.
const WARM_UP: usize = 1;
/// Timed steps of which the median counts.
const STEPS: usize = 5;

/// Medians over several steps, each part by itself, in ms.
pub struct StepParts {
    pub layers: Vec<LayerTime>,
    /// How the layers were timed.
    pub method: Method,
    pub optimizer_ms: f64,
}

/// Times the parts of a training step on `batch`.
pub fn measure(learner: &mut Learner, batch: &Batch, lr: f64) -> Result<StepParts, TrainError> {
    // Where the device's own times fail, the learner takes them otherwise from then on.
    let steps = match steps(learner, batch, lr)? {
        Ok(steps) => steps,
        Err(_) => steps(learner, batch, lr)??,
    };
    Ok(medians(&steps[WARM_UP..]))
}

/// All of them, or why one of them has no times.
fn steps(
    learner: &mut Learner,
    batch: &Batch,
    lr: f64,
) -> Result<Result<Vec<Timed>, Untimed>, TrainError> {
    let mut steps = Vec::new();
    for _ in 0..WARM_UP + STEPS {
        let (scalars, timed) = learner.timed_step(batch.clone(), lr);
        settle(scalars)?;
        match timed {
            Ok(timed) => steps.push(timed),
            Err(untimed) => return Ok(Err(untimed)),
        }
    }
    Ok(Ok(steps))
}

fn medians(steps: &[Timed]) -> StepParts {
    let median = |part: &dyn Fn(&Timed) -> f64| Times::of(steps.iter().map(part)).median();
    let layer = |(index, layer): (usize, &LayerTime)| LayerTime {
        name: layer.name.clone(),
        forward_ms: median(&|step| step.layers[index].forward_ms),
        backward_ms: median(&|step| step.layers[index].backward_ms),
    };
    StepParts {
        layers: steps[0].layers.iter().enumerate().map(layer).collect(),
        method: steps[0].method,
        optimizer_ms: median(&|step| step.optimizer_ms),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use burn::tensor::Device;

    use super::*;
    use crate::{
        domain::config::TrainConfig,
        kernels::Engine,
        train::bench::{self, Plan},
    };

    fn step(forward_ms: f64, backward_ms: f64, optimizer_ms: f64) -> Timed {
        let layers = vec![LayerTime { name: "stem".to_owned(), forward_ms, backward_ms }];
        let (method, forward_backward_ms) = (Method::Synchronised, forward_ms + backward_ms);
        Timed { layers, method, forward_backward_ms, optimizer_ms }
    }

    #[test]
    fn each_part_has_a_median_of_its_own() {
        let parts = medians(&[step(1.0, 9.0, 5.0), step(2.0, 7.0, 4.0), step(3.0, 8.0, 6.0)]);
        let stem = &parts.layers[0];
        assert_eq!((stem.forward_ms, stem.backward_ms, parts.optimizer_ms), (2.0, 8.0, 5.0));
    }

    #[test]
    fn a_device_that_does_not_tell_the_time_is_synchronised_instead() {
        let plan = Plan {
            engine: Engine::Own,
            alpha: 0.1,
            resolution: 16,
            batch_size: 2,
            infer_batch_size: 2,
            duration: Duration::ZERO,
        };
        let config = TrainConfig { alpha: plan.alpha, ..TrainConfig::default() };
        let mut learner = bench::learner(&plan, &config, &Device::flex()).unwrap();
        learner.method = Method::Timestamps; // which the CPU has none of
        let parts = measure(&mut learner, &bench::batch(&plan), config.lr).unwrap();
        assert_eq!(parts.method, Method::Synchronised);
        assert!(parts.layers.iter().all(|layer| layer.forward_ms > 0.0 && layer.backward_ms > 0.0));
    }
}
