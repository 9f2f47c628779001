//! Keeping what has been learned: checkpoints that are tried again, and the way back to one.

use std::time::{Duration, Instant};

use super::{
    begin,
    checkpoint::{self, Progress, Resumed},
    error::TrainError,
    reporter::Reporter,
    step_log::StepLog,
    trainer::Trainer,
};
use crate::{
    domain::events::{CheckpointSaved, Command, Phase, TrainEvent},
    kernels::Engine,
    run::checkpoint as folder,
};

/// When a checkpoint that failed is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// What the learning rate is multiplied by when training goes back to a checkpoint.
const CAUTION: f64 = 0.5;

/// What to do about a loss that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Divergence {
    /// Pause: somebody is there to decide.
    Pause,
    /// End the run after so many such steps in a row.
    End { patience: u64 },
}

/// How saving has gone so far.
#[derive(Debug, Default)]
pub(super) struct Saving {
    /// Step of the newest checkpoint.
    newest: Option<u64>,
    /// When the newest attempt failed, and why.
    failed: Option<(Instant, String)>,
}

impl Saving {
    /// Of a run whose newest checkpoint is that of `step`.
    pub fn since(step: Option<u64>) -> Self {
        Self { newest: step, failed: None }
    }
}

impl Trainer {
    /// Reports the steps that have not been, and looks at what they say.
    pub(super) fn report(&mut self, reporter: &mut Reporter) -> Result<(), TrainError> {
        self.log.flush(reporter)?;
        let steps = self.log.not_finite();
        if steps == 0 {
            self.diverged = false;
            return Ok(());
        }
        let divergence = self.control.divergence(self.divergence);
        if !self.diverged {
            self.diverged = true;
            let first = self.at.step + 1 - steps;
            let mut message = format!("the loss or its gradient is not finite at step {first}");
            if divergence == Divergence::Pause {
                self.control.pause();
                message += ": paused; space goes on, B goes back to the last checkpoint at half \
                            the learning rate";
            }
            reporter.warn("loss", message);
        }
        match divergence {
            Divergence::End { patience } if steps >= patience => {
                Err(TrainError::Diverged { steps })
            }
            _ => Ok(()),
        }
    }

    /// Whether a checkpoint is due after this step, or one that failed is to be tried again.
    pub(super) fn saves_now(&self) -> bool {
        let due = self.config.checkpoint_every.is_some_and(|n| self.at.step.is_multiple_of(n));
        due || self.saving.failed.as_ref().is_some_and(|(at, _)| at.elapsed() >= RETRY)
    }

    /// Saves a checkpoint. A failure is told; training goes on, and later it is tried again.
    /// Weights behind a loss that is not finite are not saved: those from before it stay.
    pub(super) fn save(&mut self, reporter: &mut Reporter) -> Result<(), TrainError> {
        self.report(reporter)?;
        if self.diverged {
            return Ok(());
        }
        let step = self.at.step;
        let is_best = self.at.best.is_some_and(|best| best.step == step);
        let before = self.at.best_saved;
        self.at.best_saved = if is_best { Some(step) } else { before };
        let state = (&self.at, &self.origin, &self.pictures);
        match checkpoint::save(&self.run, &self.learner, &self.metadata, state) {
            Ok(()) => {
                self.saving = Saving::since(Some(step));
                let path = folder::relative_path(step);
                let saved = CheckpointSaved { step, path, best: is_best };
                reporter.emit(TrainEvent::Checkpoint(saved));
                self.prune(reporter);
            }
            Err(error) => {
                self.at.best_saved = before;
                self.note_failure(error.to_string(), reporter);
            }
        }
        self.log.restart();
        Ok(())
    }

    /// Saves a checkpoint because somebody asked for it, who hears why if it is not made.
    pub(super) fn save_as_asked(&mut self, reporter: &mut Reporter) -> Result<(), TrainError> {
        self.save(reporter)?;
        if self.diverged {
            let why = format!("the loss at step {} is not finite", self.at.step);
            reporter.refuse(Command::Checkpoint, &why);
        }
        Ok(())
    }

    fn prune(&self, reporter: &mut Reporter) {
        let best = self.at.best_saved;
        if let Err(error) = folder::prune(&self.run, self.config.keep, self.at.step, best) {
            reporter.warn("checkpoint", format!("an old checkpoint stays: {error}"));
        }
    }

    fn note_failure(&mut self, reason: String, reporter: &mut Reporter) {
        let message = format!("step {} is not saved: {reason}; it is tried again", self.at.step);
        match self.saving.failed {
            None => reporter.warn("checkpoint", message),
            Some(_) => tracing::warn!("{message}"), // said before
        }
        self.saving.failed = Some((Instant::now(), reason));
    }

    /// Saves the last state of the run.
    ///
    /// # Errors
    /// It is not worth saving, or cannot be saved now either.
    pub(super) fn save_the_end(&mut self, reporter: &mut Reporter) -> Result<(), TrainError> {
        if self.diverged {
            return Err(TrainError::Diverged { steps: self.log.not_finite() });
        }
        // What was saved at this step may be from before the epoch's evaluation.
        if self.saving.newest != Some(self.at.step) || self.saving.failed.is_some() {
            self.save(reporter)?;
        }
        match self.saving.failed.take() {
            None => Ok(()),
            Some((_, reason)) => {
                let (step, saved) = (self.at.step, self.saving.newest);
                Err(TrainError::NotSaved { step, reason, saved })
            }
        }
    }

    /// Goes back to the newest good checkpoint at half the learning rate, and trains on. Refused,
    /// with the reason told, while the loss is finite and where there is no such checkpoint.
    pub(super) fn roll_back(
        &mut self,
        phase: Phase,
        reporter: &mut Reporter,
    ) -> Result<(), TrainError> {
        if !self.diverged || phase != Phase::Training {
            reporter.refuse(Command::RollBack, "the loss is finite");
            return Ok(());
        }
        if let Err(reason) = self.go_back(reporter) {
            reporter.refuse(Command::RollBack, &reason);
            return Ok(());
        }
        let Progress { step, lr_scale, .. } = self.at;
        let message = format!("back to step {step}; learning rates are times {lr_scale} from here");
        reporter.warn("loss", message);
        // So that a run taken up from here remembers the lower rate.
        self.save(reporter)?;
        self.control.resume();
        Ok(())
    }

    fn go_back(&mut self, reporter: &mut Reporter) -> Result<(), String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        let (newest, _) = folder::newest_good(&self.run).map_err(|e| told(&e))?;
        let newest = newest.ok_or("there is no checkpoint yet")?;
        let Resumed { network, optimizer, progress, .. } =
            checkpoint::load(&newest.path).map_err(|e| told(&e))?;
        let (device, engine) = (self.learner.device.clone().inner(), Engine::default());
        let state = Some((optimizer, &*newest.path));
        let learner = checkpoint::learner(&self.config, &network, (&device, engine), state)
            .map_err(|e| told(&e))?;
        // What is damaged would count as newer than what follows, which would then be removed.
        folder::void_after(&self.run, newest.step).map_err(|e| told(&e))?;
        self.learner = learner; // from here on nothing fails: whoever is refused loses nothing
        // A rate that was lowered since then was still too high.
        let scale = self.at.lr_scale.min(progress.lr_scale) * CAUTION;
        self.at = progress;
        self.loader = self.batches.after(&self.at);
        self.log = StepLog::new();
        (self.diverged, self.evaluated) = (false, None);
        reporter.emit(TrainEvent::Resumed { step: self.at.step });
        self.scale_rate(scale, reporter);
        begin::repeat(&self.ahead, reporter);
        Ok(())
    }
}
