//! The state of a run for whoever needs its curves and its outcome alone.

use super::RunState;
use crate::domain::{
    confusion::Confusion,
    events::{Evaluation, Record, TrainEvent},
};

impl RunState {
    /// Takes in what `record` says about steps, validations and the end, but neither matrices nor
    /// the times of layers nor notes: of a run that is one in a list, or behind another one, nobody
    /// looks at them.
    pub fn apply_outline(&mut self, record: &Record) {
        match &record.event {
            TrainEvent::Layers(_)
            | TrainEvent::LayerStats(_)
            | TrainEvent::Checkpoint(_)
            | TrainEvent::Warning { .. }
            | TrainEvent::Refused { .. } => self.now = record.time,
            TrainEvent::Evaluated(evaluation) => {
                let Evaluation { step, epoch, split, loss, accuracy, .. } = *evaluation;
                let (confusion, predictions) = (Confusion::new(0), None);
                let figures =
                    Evaluation { step, epoch, split, loss, accuracy, confusion, predictions };
                self.apply(&Record { time: record.time, event: TrainEvent::Evaluated(figures) });
            }
            TrainEvent::RunStarted(_)
            | TrainEvent::Phase { .. }
            | TrainEvent::Step(_)
            | TrainEvent::Resumed { .. }
            | TrainEvent::LearningRate(_)
            | TrainEvent::Extended(_)
            | TrainEvent::RunFinished(_) => self.apply(record),
        }
    }
}
