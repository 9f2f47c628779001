//! The state of a run as a fold over its events: the same live, in `watch`, on resume, in tests.

use super::{
    changes::Changes,
    config::TrainConfig,
    events::{
        CheckpointSaved, Evaluation, LayersSample, Phase, Record, RunFinished, RunStarted, Split,
        StepSample, TrainEvent,
    },
    schedule::LearningRate,
    series::Series,
};

/// A warning with the moment at which it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Unix time in milliseconds.
    pub time: u64,
    pub kind: String,
    pub message: String,
}

/// Everything that the events of a run have said so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunState {
    pub started: Option<RunStarted>,
    /// `None` before the first event.
    pub phase: Option<Phase>,
    /// Mean cross-entropy of each training batch in nats.
    pub loss: Series,
    /// Accuracy of each training batch, 0 to 1.
    pub accuracy: Series,
    pub learning_rate: Series,
    pub grad_norm: Series,
    pub images_per_s: Series,
    pub step_ms: Series,
    pub last_step: Option<StepSample>,
    pub evaluations: Vec<Evaluation>,
    /// Every timed step, oldest first.
    pub layers: Vec<LayersSample>,
    pub checkpoints: Vec<CheckpointSaved>,
    pub warnings: Vec<Notice>,
    /// What somebody changed while the run went on, or has announced for a later step.
    pub changes: Changes,
    pub finished: Option<RunFinished>,
    /// Steps after which training was resumed from a checkpoint.
    pub resumed: Vec<u64>,
    /// Time spent training, in ms: phases other than `training` do not count.
    pub trained_ms: u64,
    /// When the current phase began (Unix ms).
    pub phase_since: u64,
    /// Time of the newest event (Unix ms).
    pub now: u64,
}

impl RunState {
    pub fn apply(&mut self, record: &Record) {
        self.now = record.time;
        match &record.event {
            TrainEvent::RunStarted(started) => {
                self.changes.forget_extensions();
                self.started = Some((**started).clone());
            }
            TrainEvent::Phase { phase } => self.enter(*phase, record.time),
            TrainEvent::Step(sample) => self.step(sample),
            TrainEvent::Layers(sample) => self.layers.push(sample.clone()),
            TrainEvent::Evaluated(evaluation) => self.evaluated(evaluation),
            TrainEvent::Checkpoint(saved) => self.checkpoints.push(saved.clone()),
            TrainEvent::Resumed { step } => self.void_after(*step),
            TrainEvent::Warning { kind, message } => self.warnings.push(Notice {
                time: record.time,
                kind: kind.clone(),
                message: message.clone(),
            }),
            TrainEvent::LearningRate(change) => self.changes.set_rate(change.clone()),
            TrainEvent::Extended(extension) => self.changes.extend(extension.clone()),
            TrainEvent::Refused { .. } => {}
            TrainEvent::RunFinished(finished) => self.finished = Some(finished.clone()),
        }
    }

    /// Optimizer steps made so far.
    pub fn steps(&self) -> u64 {
        self.last_step.as_ref().map_or(0, |sample| sample.step)
    }

    /// Epochs that the run is to have, those that were added included.
    pub fn epochs(&self) -> Option<u32> {
        self.changes.epochs().or(self.started.as_ref().map(|started| started.config.epochs))
    }

    /// Optimizer steps that the settings and those who added epochs ask for.
    pub fn total_steps(&self) -> Option<u64> {
        let started = self.started.as_ref()?;
        let by_epochs = started.steps_per_epoch.saturating_mul(self.epochs()?.into());
        Some(started.config.max_steps.map_or(by_epochs, |most| most.min(by_epochs)))
    }

    /// The learning rate over the whole run, before anybody changed it.
    pub fn schedule(&self) -> Option<LearningRate> {
        let started = self.started.as_ref()?;
        let config = TrainConfig { epochs: self.epochs()?, ..started.config.clone() };
        Some(LearningRate::new(&config, self.total_steps()?))
    }

    /// What the schedule is multiplied by for the next step.
    pub fn lr_scale(&self) -> f64 {
        let steps = self.steps();
        let as_told = self.changes.scale_at(steps);
        let as_seen = || {
            let last = self.last_step.as_ref()?;
            let scheduled = self.schedule()?.at(last.step.saturating_sub(1));
            Some(last.lr / scheduled).filter(|scale| scale.is_finite() && *scale > 0.0)
        };
        as_told.or_else(as_seen).unwrap_or(1.0)
    }

    /// The learning rate of the next step.
    pub fn next_lr(&self) -> Option<f64> {
        Some(self.schedule()?.at(self.steps()) * self.lr_scale())
    }

    /// Seconds of training left at the mean speed so far; pauses and evaluations do not count.
    pub fn eta_s(&self) -> Option<f64> {
        self.seconds_for(self.total_steps()?.saturating_sub(self.steps()))
    }

    /// Seconds left in this epoch, likewise.
    pub fn epoch_eta_s(&self) -> Option<f64> {
        let per_epoch = self.started.as_ref()?.steps_per_epoch;
        let done = self.epoch_steps()?;
        self.seconds_for(per_epoch.saturating_sub(done))
    }

    /// Steps made in the current epoch.
    pub fn epoch_steps(&self) -> Option<u64> {
        let per_epoch = self.started.as_ref()?.steps_per_epoch.max(1);
        let sample = self.last_step.as_ref()?;
        Some(
            sample.step.saturating_sub(
                u64::from(sample.epoch.saturating_sub(1)).saturating_mul(per_epoch),
            ),
        )
    }

    /// The newest evaluation on `split`.
    pub fn latest(&self, split: Split) -> Option<&Evaluation> {
        self.evaluations.iter().rev().find(|evaluation| evaluation.split == split)
    }

    /// The split that is classified after each epoch: the test split where none is held out.
    pub fn validation_split(&self) -> Split {
        match &self.started {
            Some(started) if started.val_images == 0 => Split::Test,
            _ => Split::Validation,
        }
    }

    /// The validation with the highest accuracy (the first of equals) of those that ended an epoch:
    /// the trainer keeps their weights, not those of an evaluation that somebody asked for.
    pub fn best(&self) -> Option<&Evaluation> {
        let split = self.validation_split();
        let ends_epoch = |e: &&Evaluation| self.ends_epoch(e.step);
        let validations = self.evaluations.iter().filter(|e| e.split == split).filter(ends_epoch);
        validations.reduce(|best, e| if e.accuracy > best.accuracy { e } else { best })
    }

    /// Whether an epoch ends with `step`; `true` where the events do not tell.
    pub fn ends_epoch(&self, step: u64) -> bool {
        let per_epoch = self.started.as_ref().map_or(0, |started| started.steps_per_epoch);
        per_epoch == 0 || step.is_multiple_of(per_epoch)
    }

    /// Names of the classes; empty before the run has started.
    pub fn class_names(&self) -> &[String] {
        self.started.as_ref().map_or(&[], |started| &started.classes)
    }

    /// A run that was killed after an evaluation and goes on from just before makes it again.
    fn evaluated(&mut self, evaluation: &Evaluation) {
        let of = |e: &Evaluation| (e.split, e.step);
        self.evaluations.retain(|before| of(before) != of(evaluation));
        self.evaluations.push(evaluation.clone());
    }

    fn step(&mut self, sample: &StepSample) {
        self.loss.push(sample.step, sample.loss);
        self.accuracy.push(sample.step, sample.accuracy);
        self.learning_rate.push(sample.step, sample.lr);
        self.grad_norm.push(sample.step, sample.grad_norm);
        self.images_per_s.push(sample.step, sample.images_per_s);
        self.step_ms.push(sample.step, sample.step_ms);
        self.last_step = Some(sample.clone());
    }

    fn enter(&mut self, phase: Phase, time: u64) {
        if self.phase == Some(Phase::Training) {
            let spent = time.saturating_sub(self.phase_since);
            self.trained_ms = self.trained_ms.saturating_add(spent);
        }
        if self.phase == Some(Phase::Ended) {
            self.finished = None; // another process has taken the run up again
        }
        (self.phase, self.phase_since) = (Some(phase), time);
    }

    fn void_after(&mut self, step: u64) {
        let all = [
            &mut self.loss,
            &mut self.accuracy,
            &mut self.learning_rate,
            &mut self.grad_norm,
            &mut self.images_per_s,
            &mut self.step_ms,
        ];
        all.into_iter().for_each(|series| series.void_after(step));
        self.evaluations.retain(|e| e.step <= step);
        self.layers.retain(|sample| sample.step <= step);
        self.checkpoints.retain(|saved| saved.step <= step);
        self.changes.void_after(step);
        if self.steps() > step {
            self.last_step = self.sample_at(step);
        }
        self.finished = None;
        self.resumed.push(step);
    }

    /// The sample of the last step up to `step`, put together from the series.
    fn sample_at(&self, step: u64) -> Option<StepSample> {
        let value = |series: &Series| series.at(step).map(|(_, value)| value);
        let (step, loss) = self.loss.at(step)?;
        let per_epoch = self.started.as_ref().map_or(0, |s| s.steps_per_epoch).max(1);
        Some(StepSample {
            step,
            epoch: u32::try_from(1 + step.saturating_sub(1) / per_epoch).unwrap_or(u32::MAX),
            loss,
            accuracy: value(&self.accuracy)?,
            lr: value(&self.learning_rate)?,
            images_per_s: value(&self.images_per_s)?,
            data_ms: 0.0,
            step_ms: value(&self.step_ms)?,
            grad_norm: value(&self.grad_norm)?,
        })
    }

    /// Seconds of training that so many steps take at the mean speed so far.
    pub fn seconds_for(&self, steps: u64) -> Option<f64> {
        let running = match self.phase {
            Some(Phase::Training) => self.now.saturating_sub(self.phase_since),
            _ => 0,
        };
        let made = self.steps().saturating_sub(self.resumed.last().copied().unwrap_or(0));
        let trained = self.trained_ms.saturating_add(running) as f64 / 1e3;
        (made > 0 && trained > 0.0).then(|| trained / made as f64 * steps as f64)
    }
}

#[cfg(test)]
mod tests;
