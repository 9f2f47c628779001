//! The training loop.

use std::{sync::Arc, time::Instant};

use burn::module::Module;

use super::{
    adjust::Pace,
    batches::Batches,
    checkpoint::{Best, Origin, Progress},
    control::{Control, Turn},
    error::TrainError,
    evaluate::{InputForm, Score, classify},
    learner::Learner,
    looks::Look,
    pictures::Pictures,
    reporter::Reporter,
    safekeeping::{Divergence, Saving},
    step_log::{PendingStep, StepLog},
};
use crate::{
    data::loader::{Batch, Loader},
    domain::{
        changes::Changes,
        config::TrainConfig,
        events::{Evaluation, Phase, RunFinished, Split, TrainEvent},
        fault,
        images::ImageSet,
        schedule::LearningRate,
    },
    model::weights::Metadata,
    run::{RunDir, predictions},
};

/// Everything that a training holds on its thread.
pub struct Trainer {
    pub(super) config: TrainConfig,
    pub(super) run: RunDir,
    pub(super) learner: Learner,
    pub(super) metadata: Metadata,
    pub(super) origin: Origin,
    pub(super) pictures: Pictures,
    pub(super) rate: LearningRate,
    pub(super) batches: Batches,
    pub(super) loader: Loader,
    pub(super) steps_per_epoch: u64,
    /// What is classified after each epoch, and under which name.
    pub(super) validation: (Split, Arc<ImageSet>),
    pub(super) test: Arc<ImageSet>,
    pub(super) form: InputForm,
    pub(super) control: Control,
    pub(super) log: StepLog,
    pub(super) at: Progress,
    /// Changes that a run taken up from before them has yet to make again.
    pub(super) ahead: Changes,
    /// Whether all steps are made and only the last evaluation is left.
    pub(super) is_ending: bool,
    pub(super) saving: Saving,
    pub(super) divergence: Divergence,
    /// Whether it has been told that the loss is not finite.
    pub(super) diverged: bool,
    /// The newest evaluation: split, step, accuracy.
    pub(super) evaluated: Option<(Split, u64, f64)>,
}

/// How a training came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Completed,
    Stopped,
}

impl Trainer {
    /// Trains until the settings are fulfilled or somebody stops it.
    pub fn train(&mut self, reporter: &mut Reporter) -> Result<RunFinished, TrainError> {
        let ending = loop {
            if self.has_had_the_epoch() {
                self.report(reporter)?;
                let turn = self.await_turn(Phase::Training, reporter)?;
                if !self.has_had_the_epoch() {
                    continue; // it went back to a checkpoint
                }
                if matches!(turn, Turn::Stop) || self.end_epoch(reporter)? == Ending::Stopped {
                    break Ending::Stopped;
                }
                (self.at.epoch, self.at.position) = (self.at.epoch + 1, 0);
                self.save(reporter)?;
                self.control.epoch_ended();
            }
            self.repeat_changes();
            if self.is_complete() && self.control.is_idle() {
                break Ending::Completed;
            }
            if matches!(self.await_turn(Phase::Training, reporter)?, Turn::Stop) {
                break Ending::Stopped;
            }
            if self.is_complete() {
                continue; // it was held here, and may have been given more to do
            }
            let waited = Instant::now();
            let Some(batch) = self.loader.next()? else { break Ending::Completed };
            let data_ms = reporter.running_since(waited).as_secs_f64() * 1e3;
            self.step(batch, data_ms, reporter)?;
            if self.saves_now() {
                self.save(reporter)?;
            }
        };
        self.finish(ending, reporter)
    }

    /// Whether no batch of the epoch is left. A state from when it had more may be further on.
    fn has_had_the_epoch(&self) -> bool {
        self.at.position >= self.steps_per_epoch
    }

    fn is_complete(&self) -> bool {
        let enough = self.config.max_steps.is_some_and(|most| self.at.step >= most);
        enough || self.at.epoch > self.config.epochs
    }

    /// Obeys the commands that have come; the time that this takes belongs to no step.
    pub(super) fn await_turn(
        &mut self,
        phase: Phase,
        reporter: &mut Reporter,
    ) -> Result<Turn, TrainError> {
        loop {
            if self.control.is_idle() {
                return Ok(self.control.next(phase, reporter));
            }
            self.report(reporter)?;
            match self.control.next(phase, reporter) {
                Turn::Do(command) => self.carry_out(command, phase, reporter)?,
                Turn::Answer(query) => self.show_features(&query),
                turn @ (Turn::Proceed | Turn::Stop) => {
                    self.log.restart();
                    return Ok(turn);
                }
            }
        }
    }

    fn step(
        &mut self,
        batch: Batch,
        data_ms: f64,
        reporter: &mut Reporter,
    ) -> Result<(), TrainError> {
        fault::at("trainer");
        let (images, lr) = (batch.labels.len(), self.rate.at(self.at.step) * self.at.lr_scale);
        let look = Look::at(self.at.step + 1, &self.config);
        if look != Look::Away {
            self.report(reporter)?;
        }
        let (usual_ms, began) = (self.log.last_step_ms(), Instant::now());
        let (scalars, seen) = look.step(&mut self.learner, batch, lr);
        self.at.step += 1;
        self.at.position += 1;
        let (step, epoch) = (self.at.step, self.at.epoch);
        self.log.push(PendingStep { step, epoch, lr, images, data_ms, scalars });
        if look != Look::Away || self.log.is_due() {
            self.report(reporter)?;
        }
        // Times with a stop of the process in them are none of the layers'.
        if !reporter.stopped_since(began) {
            seen.report(step, [self.log.last_step_ms(), usual_ms], reporter);
        }
        self.control.stepped();
        Ok(())
    }

    fn end_epoch(&mut self, reporter: &mut Reporter) -> Result<Ending, TrainError> {
        let (split, images) = (self.validation.0, Arc::clone(&self.validation.1));
        let Some(accuracy) = self.evaluate(split, &images, Pace::Run, reporter)? else {
            return Ok(Ending::Stopped);
        };
        if self.at.best.is_none_or(|best| accuracy > best.accuracy) {
            self.at.best = Some(Best { step: self.at.step, accuracy });
        }
        Ok(Ending::Completed)
    }

    /// Classifies `images` and reports it; `None` if somebody stopped the run meanwhile.
    pub(super) fn evaluate(
        &mut self,
        split: Split,
        images: &ImageSet,
        pace: Pace,
        reporter: &mut Reporter,
    ) -> Result<Option<f64>, TrainError> {
        self.report(reporter)?;
        reporter.enter(Phase::Evaluating);
        let network = self.learner.network().valid();
        let device = self.learner.device.clone().inner();
        let form = self.form;
        let go_on = || self.goes_on(pace, reporter);
        let predictions = classify::<TrainError>(&network, images, &form, &device, go_on)?;
        self.log.restart();
        let Some(mut predictions) = predictions else { return Ok(None) };
        predictions.step = self.at.step;
        let score = Score::of(&predictions);
        let name = match split {
            Split::Validation => format!("{}.safetensors", self.at.step),
            Split::Test => format!("{}-test.safetensors", self.at.step),
        };
        let saved = predictions::save(&self.run.predictions_path(&name), &predictions);
        if let Err(error) = &saved {
            reporter.warn("recording", error.to_string());
        }
        reporter.emit(TrainEvent::Evaluated(Evaluation {
            step: self.at.step,
            epoch: self.at.epoch.min(self.config.epochs),
            split,
            loss: score.loss,
            accuracy: score.accuracy,
            confusion: score.confusion,
            predictions: saved.is_ok().then(|| format!("predictions/{name}")),
        }));
        self.evaluated = Some((split, self.at.step, score.accuracy));
        Ok(Some(score.accuracy))
    }

    fn finish(
        &mut self,
        ending: Ending,
        reporter: &mut Reporter,
    ) -> Result<RunFinished, TrainError> {
        self.report(reporter)?;
        let (mut test_accuracy, mut reason) = (None, "stopped");
        self.is_ending = true;
        if ending == Ending::Completed {
            let test = Arc::clone(&self.test);
            test_accuracy = match self.evaluated {
                Some((Split::Test, step, accuracy)) if step == self.at.step => Some(accuracy),
                _ => self.evaluate(Split::Test, &test, Pace::Run, reporter)?,
            };
            reason = if test_accuracy.is_some() { "completed" } else { "stopped" };
        }
        reporter.enter(Phase::Stopping);
        self.save_the_end(reporter)?;
        let end = self.at.end(self.config.epochs, reason.to_owned());
        Ok(RunFinished { test_accuracy, ..end })
    }
}
