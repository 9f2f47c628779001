//! The time of each layer in a training step.

use super::clock::{Times, settle};
use crate::{
    data::loader::Batch,
    domain::events::LayerTime,
    train::{
        error::TrainError,
        learner::{Learner, Timed},
    },
};

/// Timed steps before the measurement: waiting after each layer can make other kernels.
const WARM_UP: usize = 1;
/// Timed steps of which the median counts.
const STEPS: usize = 5;

/// Medians over several steps, each part by itself, in ms.
pub struct StepParts {
    pub layers: Vec<LayerTime>,
    pub optimizer_ms: f64,
}

/// Times the parts of a training step on `batch`.
pub fn measure(learner: &mut Learner, batch: &Batch, lr: f64) -> Result<StepParts, TrainError> {
    let mut steps = Vec::new();
    for _ in 0..WARM_UP + STEPS {
        let (scalars, timed) = learner.timed_step(batch.clone(), lr);
        settle(scalars)?;
        steps.push(timed.ok_or(TrainError::Untimed)?);
    }
    Ok(medians(&steps[WARM_UP..]))
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
        optimizer_ms: median(&|step| step.optimizer_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(forward_ms: f64, backward_ms: f64, optimizer_ms: f64) -> Timed {
        let layers = vec![LayerTime { name: "stem".to_owned(), forward_ms, backward_ms }];
        Timed { layers, forward_backward_ms: forward_ms + backward_ms, optimizer_ms }
    }

    #[test]
    fn each_part_has_a_median_of_its_own() {
        let parts = medians(&[step(1.0, 9.0, 5.0), step(2.0, 7.0, 4.0), step(3.0, 8.0, 6.0)]);
        let stem = &parts.layers[0];
        assert_eq!((stem.forward_ms, stem.backward_ms, parts.optimizer_ms), (2.0, 8.0, 5.0));
    }
}
