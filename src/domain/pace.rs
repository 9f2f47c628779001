//! Where the time of the newest steps went.

use std::collections::VecDeque;

use super::events::StepSample;

/// Steps of which the mean is taken.
const STEPS: usize = 100;

/// The newest steps, and the newest of those that were timed layer by layer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pace {
    newest: VecDeque<StepSample>,
    timed: Option<StepSample>,
}

/// Mean times of some steps, in ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    pub steps: usize,
    /// Waiting for the loader.
    pub data_ms: f64,
    /// The whole step, the wait included.
    pub step_ms: f64,
}

impl Pace {
    pub fn step(&mut self, sample: &StepSample) {
        if self.newest.len() == STEPS {
            self.newest.pop_front();
        }
        self.newest.push_back(sample.clone());
    }

    /// `step` has been timed layer by layer.
    pub fn layers_timed(&mut self, step: u64) {
        self.timed = self.newest.iter().rev().find(|sample| sample.step == step).cloned();
    }

    pub fn void_after(&mut self, step: u64) {
        self.newest.retain(|sample| sample.step <= step);
        self.timed = self.timed.take().filter(|sample| sample.step <= step);
    }

    /// The step that was timed layer by layer, if it is `step` and has been told of.
    pub fn timed(&self, step: u64) -> Option<&StepSample> {
        self.timed.as_ref().filter(|sample| sample.step == step)
    }

    /// Over the newest steps.
    pub fn mean(&self) -> Option<Mean> {
        let steps = self.newest.len();
        let mean =
            |ms: fn(&StepSample) -> f64| self.newest.iter().map(ms).sum::<f64>() / steps as f64;
        let (data_ms, step_ms) = (mean(|sample| sample.data_ms), mean(|sample| sample.step_ms));
        (steps > 0).then_some(Mean { steps, data_ms, step_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(step: u64) -> StepSample {
        StepSample { step, data_ms: 1.0, step_ms: step as f64, ..StepSample::default() }
    }

    #[test]
    fn the_mean_is_that_of_the_newest_steps() {
        let mut pace = Pace::default();
        assert_eq!(pace.mean(), None);
        (1..=300).for_each(|step| pace.step(&sample(step)));
        assert_eq!(pace.mean(), Some(Mean { steps: 100, data_ms: 1.0, step_ms: 250.5 }));
        pace.void_after(202);
        assert_eq!(pace.mean(), Some(Mean { steps: 2, data_ms: 1.0, step_ms: 201.5 }));
    }

    #[test]
    fn the_timed_step_outlives_the_newest() {
        let mut pace = Pace::default();
        pace.step(&sample(2));
        pace.layers_timed(2);
        (3..=300).for_each(|step| pace.step(&sample(step)));
        assert_eq!((pace.timed(2), pace.timed(3)), (Some(&sample(2)), None));
        pace.layers_timed(22); // of which nothing is known any more
        assert_eq!(pace.timed(22), None);
    }
}
