//! What becomes of the state when a run goes on from a checkpoint.

use super::{NOTES, RunState, keep_newest};
use crate::domain::events::{Quantity, StepSample};

impl RunState {
    /// Forgets what was recorded after `step`, from which the run goes on.
    pub(super) fn resume(&mut self, step: u64) {
        let all = self.series.iter_mut().chain(&mut self.validation).chain([&mut self.clock]);
        all.for_each(|series| series.void_after(step));
        self.taken_up = (self.training_ms(), self.clock.last().map_or(0.0, |(_, shown)| shown));
        self.evaluations.void_after(step);
        self.layers.void_from(|sample| sample.step > step);
        self.stats.void_from(|stats| stats.step > step);
        self.pace.void_after(step);
        self.checkpoints.retain(|saved| saved.step <= step);
        self.changes.resume(step, self.steps());
        if self.steps() > step {
            self.last_step = self.sample_at(step);
        }
        self.finished = None;
        keep_newest(&mut self.resumed, step, NOTES);
    }

    /// The sample of the last step up to `step`, put together from the series.
    fn sample_at(&self, step: u64) -> Option<StepSample> {
        let (step, _) = self.series(Quantity::Loss).at(step)?;
        let per_epoch = self.started.as_ref().map_or(0, |s| s.steps_per_epoch).max(1);
        let epoch = u32::try_from(1 + step.saturating_sub(1) / per_epoch).unwrap_or(u32::MAX);
        let mut sample = StepSample { step, epoch, ..StepSample::default() };
        for quantity in Quantity::ALL {
            *sample.value_mut(quantity) = self.series(quantity).at(step)?.1;
        }
        Some(sample)
    }
}
