//! What a person changes in a run while it goes on: the learning rate, the number of epochs; and an
//! evaluation between two steps.

use std::sync::Arc;

use super::{
    control::Turn,
    error::TrainError,
    features::{self, FeatureQuery},
    reporter::Reporter,
    trainer::Trainer,
};
use crate::{
    domain::{
        config::TrainConfig,
        events::{Command, Extension, LEARNING_RATES, MOST_ADDED, Phase, RateChange, TrainEvent},
        schedule::LearningRate,
    },
    model::{snapshot::weights_of, weights::SavedNetwork},
};

/// Who lets an evaluation go on from batch to batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// Whoever pauses and steps the run.
    Run,
    /// Nobody: it was asked for, maybe of a run that is paused. Only a stop ends it.
    Asked,
}

impl Trainer {
    /// Does what was asked during `phase`, or says why not.
    pub(super) fn carry_out(
        &mut self,
        command: Command,
        phase: Phase,
        reporter: &mut Reporter,
    ) -> Result<(), TrainError> {
        let done = match command {
            Command::Checkpoint => return self.save_as_asked(reporter),
            Command::RollBack => return self.roll_back(phase, reporter),
            Command::Evaluate => self.evaluate_as_asked(phase, reporter)?,
            Command::SetLearningRate(rate) => self.set_learning_rate(rate, reporter),
            Command::AddEpochs(more) => self.add_epochs(more, reporter),
            // These are about going on, which `Control` sees to.
            Command::Pause
            | Command::Resume
            | Command::Step(_)
            | Command::FinishEpoch
            | Command::Stop => Ok(()),
        };
        if let Err(why) = done {
            reporter.refuse(command, why);
        }
        Ok(())
    }

    /// What happens between two batches of an evaluation; whether it goes on.
    pub(super) fn goes_on(
        &mut self,
        pace: Pace,
        reporter: &mut Reporter,
    ) -> Result<bool, TrainError> {
        match pace {
            Pace::Run => Ok(!matches!(self.await_turn(Phase::Evaluating, reporter)?, Turn::Stop)),
            Pace::Asked => Ok(!self.control.must_stop()),
        }
    }

    /// Makes the changes that a run taken up from before them had had at this step.
    pub(super) fn repeat_changes(&mut self) {
        let (scale, epochs) = self.ahead.take_due(self.at.step);
        if let Some(scale) = scale {
            self.at.lr_scale = scale;
        }
        if let Some(epochs) = epochs {
            self.give_epochs(epochs);
        }
    }

    /// Answers whoever wants to see feature maps; nobody may be waiting any more.
    pub(super) fn show_features(&self, query: &FeatureQuery) {
        let images = match query.request.split {
            split if split == self.validation.0 => &self.validation.1,
            _ => &self.test,
        };
        let weights = weights_of(self.learner.network());
        let (spec, metadata) = (self.learner.spec, self.metadata.clone());
        let network = SavedNetwork { spec, weights, metadata };
        let maps = features::of(&network, (images, &self.form), &query.request);
        let maps = maps.map(|maps| features::at_step(maps, self.at.step));
        let _ = query.reply.try_send((query.request, maps));
    }

    fn evaluate_as_asked(
        &mut self,
        phase: Phase,
        reporter: &mut Reporter,
    ) -> Result<Result<(), &'static str>, TrainError> {
        if phase == Phase::Evaluating {
            return Ok(Err("an evaluation is under way already"));
        }
        let (split, images) = (self.validation.0, Arc::clone(&self.validation.1));
        let accuracy = self.evaluate(split, &images, Pace::Asked, reporter)?;
        Ok(accuracy.map(|_| ()).ok_or("the run is stopping"))
    }

    fn set_learning_rate(
        &mut self,
        rate: f64,
        reporter: &mut Reporter,
    ) -> Result<(), &'static str> {
        if !LEARNING_RATES.contains(&rate) {
            return Err("a learning rate is from 1e-8 to 10");
        }
        let scheduled = self.rate.at(self.at.step);
        let scale = rate / scheduled;
        if !(scheduled > 0.0 && scale.is_finite()) {
            return Err("the schedule has come to 0, of which there is no multiple");
        }
        self.scale_rate(scale, reporter);
        Ok(())
    }

    /// Multiplies the schedule by `scale` from the next step on.
    pub(super) fn scale_rate(&mut self, scale: f64, reporter: &mut Reporter) {
        let (step, lr) = (self.at.step, self.rate.at(self.at.step) * scale);
        let change = RateChange { step, scale, lr };
        self.ahead.set_rate(change.clone());
        self.repeat_changes();
        reporter.emit(TrainEvent::LearningRate(change));
    }

    fn add_epochs(&mut self, more: u32, reporter: &mut Reporter) -> Result<(), &'static str> {
        if !(1..=MOST_ADDED).contains(&more) {
            return Err("1 to 10,000 epochs can be added at a time");
        }
        if self.is_ending {
            return Err("the last step has been made; `train --resume` with --epochs goes on");
        }
        let planned = self.ahead.epochs().unwrap_or(self.config.epochs);
        let by_epochs = self.steps_per_epoch.saturating_mul(planned.into());
        if self.config.max_steps.is_some_and(|most| most <= by_epochs) {
            return Err("this run ends by its number of steps (--max-steps), not by epochs");
        }
        let epochs = planned.checked_add(more).ok_or("nobody trains so many epochs")?;
        let extension = Extension { step: self.at.step, epochs };
        self.ahead.extend(extension.clone());
        self.repeat_changes();
        // For whoever takes the run up, or makes another with its settings.
        let text = toml::to_string(&self.config).map_err(|e| e.to_string());
        let saved = text.and_then(|text| self.run.save_config(&text).map_err(|e| e.to_string()));
        if let Err(error) = saved {
            reporter.warn("settings", format!("the added epochs are not in config.toml: {error}"));
        }
        reporter.emit(TrainEvent::Extended(extension));
        Ok(())
    }

    /// The run has so many epochs: schedule, batches and end follow.
    fn give_epochs(&mut self, epochs: u32) {
        self.config.epochs = epochs;
        self.rate = schedule(&self.config, self.steps_per_epoch);
        self.batches.epochs = epochs;
        self.loader = self.batches.after(&self.at);
    }
}

/// The learning rate over all steps that the settings ask for.
pub(super) fn schedule(config: &TrainConfig, steps_per_epoch: u64) -> LearningRate {
    let by_epochs = steps_per_epoch * u64::from(config.epochs);
    LearningRate::new(config, config.max_steps.map_or(by_epochs, |most| most.min(by_epochs)))
}
