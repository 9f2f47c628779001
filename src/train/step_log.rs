//! The numbers of each step, left on the device and read back together.

use std::time::{Duration, Instant};

use burn::tensor::Tensor;

use super::{error::TrainError, evaluate, reporter::Reporter};
use crate::domain::events::{StepSample, TrainEvent};

/// Reading back makes the host wait for the device, so it happens no more often than this.
const INTERVAL: Duration = Duration::from_millis(50);

/// What the host knows of a step at once, with what only the device knows yet.
pub struct PendingStep {
    pub step: u64,
    pub epoch: u32,
    pub lr: f64,
    /// Images of the batch.
    pub images: usize,
    pub data_ms: f64,
    /// Loss, accuracy and gradient norm: `[3]`.
    pub scalars: Tensor<1>,
}

/// Collects steps until it is time to report them.
pub struct StepLog {
    pending: Vec<PendingStep>,
    /// When the first pending step began.
    since: Instant,
    /// Duration of a step in the last reported group, in ms.
    last_step_ms: Option<f64>,
    not_finite: u64,
}

impl StepLog {
    pub fn new() -> Self {
        Self { pending: Vec::new(), since: Instant::now(), last_step_ms: None, not_finite: 0 }
    }

    /// Reported steps in a row, up to the newest, whose loss or gradients were not finite: the
    /// weights after such a step are of no use.
    pub fn not_finite(&self) -> u64 {
        self.not_finite
    }

    pub fn push(&mut self, step: PendingStep) {
        self.pending.push(step);
    }

    pub fn is_due(&self) -> bool {
        self.since.elapsed() >= INTERVAL
    }

    /// Duration of a step in the last reported group, in ms.
    pub fn last_step_ms(&self) -> Option<f64> {
        self.last_step_ms
    }

    /// Starts the clock anew after time that was not spent on steps.
    pub fn restart(&mut self) {
        self.since = Instant::now();
    }

    /// Reads the pending numbers and reports their steps. The time since the last report is shared
    /// evenly: a device that works behind the host's back shows no other.
    pub fn flush(&mut self, reporter: &mut Reporter) -> Result<(), TrainError> {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return Ok(());
        }
        let scalars = pending.iter().map(|step| step.scalars.clone()).collect();
        let values = evaluate::read(Tensor::<1>::cat(scalars, 0), "step")?;
        let running = reporter.running_since(self.since);
        let step_ms = running.as_secs_f64() * 1e3 / pending.len() as f64;
        self.restart();
        for (step, values) in pending.iter().zip(values.chunks_exact(3)) {
            let finite = values[0].is_finite() && values[2].is_finite();
            self.not_finite = if finite { 0 } else { self.not_finite + 1 };
            reporter.emit(TrainEvent::Step(sample(step, values, step_ms)));
        }
        self.last_step_ms = Some(step_ms);
        Ok(())
    }
}

fn sample(step: &PendingStep, values: &[f32], step_ms: f64) -> StepSample {
    StepSample {
        step: step.step,
        epoch: step.epoch,
        loss: values[0].into(),
        accuracy: values[1].into(),
        lr: step.lr,
        images_per_s: step.images as f64 / step_ms * 1e3,
        data_ms: step.data_ms,
        step_ms,
        grad_norm: values[2].into(),
    }
}
