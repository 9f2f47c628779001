//! The learning rate over the run.

use std::f64::consts::PI;

use super::config::{Schedule, TrainConfig};

/// Share of a one-cycle run in which the rate rises.
const RISE: f64 = 0.25;
/// The highest rate over the first one.
const FIRST_DIVISOR: f64 = 25.0;
/// The first rate over the last one.
const LAST_DIVISOR: f64 = 1e4;

/// Gives the learning rate of each step.
#[derive(Debug, Clone, Copy)]
pub struct LearningRate {
    schedule: Schedule,
    highest: f64,
    warmup_steps: u64,
    total_steps: u64,
}

impl LearningRate {
    pub fn new(config: &TrainConfig, total_steps: u64) -> Self {
        let TrainConfig { schedule, lr, warmup_steps, .. } = *config;
        Self { schedule, highest: lr, warmup_steps, total_steps: total_steps.max(1) }
    }

    /// The rate of the update that follows `done` updates.
    pub fn at(&self, done: u64) -> f64 {
        if done < self.warmup_steps {
            return self.highest * (done + 1) as f64 / self.warmup_steps as f64;
        }
        match self.schedule {
            Schedule::Constant => self.highest,
            Schedule::Cosine => {
                let span = self.total_steps.saturating_sub(self.warmup_steps).max(1);
                let share = (done - self.warmup_steps) as f64 / span as f64;
                between(self.highest, 0.0, share)
            }
            Schedule::OneCycle => self.one_cycle(done as f64),
        }
    }

    /// PyTorch's `OneCycleLR` with `pct_start` .25.
    fn one_cycle(&self, done: f64) -> f64 {
        let first = self.highest / FIRST_DIVISOR;
        let (peak, end) = (RISE * self.total_steps as f64 - 1.0, (self.total_steps - 1) as f64);
        if done <= peak {
            return between(first, self.highest, done / peak);
        }
        let share = (done - peak) / (end - peak).max(f64::EPSILON);
        between(self.highest, first / LAST_DIVISOR, share)
    }
}

/// Half a cosine from `from` (share 0) to `to` (share 1).
fn between(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) / 2.0 * (1.0 + (PI * share.clamp(0.0, 1.0)).cos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(schedule: Schedule, warmup_steps: u64) -> LearningRate {
        LearningRate { schedule, highest: 0.1, warmup_steps, total_steps: 100 }
    }

    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn warming_up_rises_to_the_highest_rate() {
        let rate = rate(Schedule::Constant, 4);
        assert_near(rate.at(0), 0.025);
        assert_near(rate.at(3), 0.1);
        assert_near(rate.at(99), 0.1);
    }

    #[test]
    fn a_cosine_ends_at_nothing() {
        let rate = rate(Schedule::Cosine, 0);
        assert_near(rate.at(0), 0.1);
        assert_near(rate.at(50), 0.05);
        assert_near(rate.at(100), 0.0);
    }

    /// Values of `torch.optim.lr_scheduler.OneCycleLR(opt, .1, total_steps=100, pct_start=.25)`.
    #[test]
    fn one_cycle_is_pytorchs() {
        let rate = rate(Schedule::OneCycle, 0);
        assert_near(rate.at(0), 0.004);
        assert_near(rate.at(12), 0.052);
        assert_near(rate.at(24), 0.1);
        assert_near(rate.at(99), 4e-7);
    }
}
