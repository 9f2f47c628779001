//! The state of a run as a fold over its events: the same live, in `watch`, on resume, in tests.

mod notes;
mod outline;
mod resumed;

pub use notes::{NOTES, Notice, keep_newest};

use super::{
    changes::Changes,
    config::TrainConfig,
    evaluations::{Best, Evaluations},
    events::{
        CheckpointSaved, Evaluation, LayerStats, LayersSample, Phase, Quantity, Record,
        RunFinished, RunStarted, Split, StepSample, TrainEvent,
    },
    history::History,
    pace::Pace,
    schedule::LearningRate,
    series::Series,
};

/// Everything that the events of a run have said so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunState {
    pub started: Option<RunStarted>,
    /// `None` before the first event.
    pub phase: Option<Phase>,
    /// Each [`Quantity`] over the steps, in the order of [`Quantity::ALL`].
    series: [Series; Quantity::ALL.len()],
    /// Seconds of training until each step: pauses, evaluations and void steps do not count.
    pub clock: Series,
    /// Loss and accuracy of each validation.
    validation: [Series; 2],
    pub last_step: Option<StepSample>,
    /// Oldest first; of a very long run a selection.
    pub evaluations: Evaluations,
    /// Steps that were timed by layer, oldest first; of a long run a selection.
    pub layers: History<LayersSample>,
    /// Steps whose weights and activations were looked at, likewise; only the newest has its
    /// histograms.
    pub stats: History<LayerStats>,
    pub pace: Pace,
    pub checkpoints: Vec<CheckpointSaved>,
    pub warnings: Vec<Notice>,
    /// What somebody changed while the run went on, or has announced for a later step.
    pub changes: Changes,
    pub finished: Option<RunFinished>,
    /// Steps after which training was resumed from a checkpoint.
    pub resumed: Vec<u64>,
    /// Time spent training, in ms: phases other than `training` do not count.
    pub trained_ms: u64,
    /// [`Self::trained_ms`], and what the clock showed, when training was last resumed.
    taken_up: (u64, f64),
    /// When the current phase began (Unix ms).
    pub phase_since: u64,
    /// Time of the newest event (Unix ms).
    pub now: u64,
}

impl RunState {
    pub fn apply(&mut self, record: &Record) {
        let before = std::mem::replace(&mut self.now, record.time);
        match &record.event {
            TrainEvent::RunStarted(started) => {
                self.changes.begin(started.config.epochs);
                self.start(started);
            }
            // Nobody knows when a process died that had no word for it: not later than this.
            TrainEvent::Phase { phase: Phase::Starting } => self.enter(Phase::Starting, before),
            TrainEvent::Phase { phase } => self.enter(*phase, record.time),
            TrainEvent::Step(sample) => self.step(sample),
            TrainEvent::Layers(sample) => {
                self.pace.layers_timed(sample.step);
                self.layers.push(sample.clone());
            }
            TrainEvent::LayerStats(stats) => self.stats.look(stats),
            TrainEvent::Evaluated(evaluation) => self.evaluated(evaluation),
            TrainEvent::Checkpoint(saved) => {
                keep_newest(&mut self.checkpoints, saved.clone(), NOTES)
            }
            TrainEvent::Resumed { step } => self.resume(*step),
            TrainEvent::Warning { kind, message } => keep_newest(
                &mut self.warnings,
                Notice { time: record.time, kind: kind.clone(), message: message.clone() },
                NOTES,
            ),
            TrainEvent::LearningRate(change) => self.changes.set_rate(change.clone()),
            TrainEvent::Extended(extension) => self.changes.extend(extension.clone()),
            TrainEvent::Refused { .. } => {}
            TrainEvent::RunFinished(finished) => self.finished = Some(finished.clone()),
        }
    }

    pub fn series(&self, quantity: Quantity) -> &Series {
        &self.series[quantity as usize]
    }

    /// What the validations found, where `quantity` is something that they look for.
    pub fn validation(&self, quantity: Quantity) -> Option<&Series> {
        match quantity {
            Quantity::Loss => Some(&self.validation[0]),
            Quantity::Accuracy => Some(&self.validation[1]),
            _ => None,
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
        self.total_steps_of(self.epochs()?)
    }

    /// Optimizer steps that the run would have with so many epochs.
    pub fn total_steps_of(&self, epochs: u32) -> Option<u64> {
        let started = self.started.as_ref()?;
        let by_epochs = started.steps_per_epoch.saturating_mul(epochs.into());
        Some(started.config.max_steps.map_or(by_epochs, |most| most.min(by_epochs)))
    }

    /// The learning rate over the whole run, before anybody changed it.
    pub fn schedule(&self) -> Option<LearningRate> {
        self.schedule_of(self.epochs()?)
    }

    /// The learning rate over a run of so many epochs.
    pub fn schedule_of(&self, epochs: u32) -> Option<LearningRate> {
        let started = self.started.as_ref()?;
        let config = TrainConfig { epochs, ..started.config.clone() };
        Some(LearningRate::new(&config, self.total_steps_of(epochs)?))
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
    pub fn best(&self) -> Option<&Best> {
        self.evaluations.best()
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

    /// Where one says what counts as a validation that others did not, the best is another.
    fn start(&mut self, started: &RunStarted) {
        let counts = |state: &Self| {
            let per_epoch = state.started.as_ref().map_or(0, |started| started.steps_per_epoch);
            (state.validation_split(), per_epoch)
        };
        let before = counts(self);
        self.started = Some(started.clone());
        let (split, per_epoch) = counts(self);
        if before != (split, per_epoch) {
            let ends_epoch = |e: &Evaluation| per_epoch == 0 || e.step.is_multiple_of(per_epoch);
            self.evaluations.find_best(|e| e.split == split && ends_epoch(e));
        }
    }

    fn evaluated(&mut self, evaluation: &Evaluation) {
        let is_validation = evaluation.split == self.validation_split();
        if is_validation {
            self.validation[0].push(evaluation.step, evaluation.loss);
            self.validation[1].push(evaluation.step, evaluation.accuracy);
        }
        let counts = is_validation && self.ends_epoch(evaluation.step);
        self.evaluations.push(evaluation.clone(), counts);
    }

    fn step(&mut self, sample: &StepSample) {
        for quantity in Quantity::ALL {
            self.series[quantity as usize].push(sample.step, sample.value(quantity));
        }
        let (before, shown) = self.taken_up;
        let since = self.training_ms().saturating_sub(before);
        self.clock.push(sample.step, shown + since as f64 / 1e3);
        self.pace.step(sample);
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
        if phase != Phase::Starting {
            self.changes.settle();
        }
        (self.phase, self.phase_since) = (Some(phase), self.now);
    }

    /// Time spent training until now, in ms.
    fn training_ms(&self) -> u64 {
        let running = match self.phase {
            Some(Phase::Training) => self.now.saturating_sub(self.phase_since),
            _ => 0,
        };
        self.trained_ms.saturating_add(running)
    }

    /// Seconds of training that so many steps take at the mean speed so far.
    pub fn seconds_for(&self, steps: u64) -> Option<f64> {
        let made = self.steps().saturating_sub(self.resumed.last().copied().unwrap_or(0));
        let trained = self.training_ms().saturating_sub(self.taken_up.0) as f64 / 1e3;
        (made > 0 && trained > 0.0).then(|| trained / made as f64 * steps as f64)
    }
}

#[cfg(test)]
mod tests;
