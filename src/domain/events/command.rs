//! What a person can ask of a trainer, and what answers it.
//!
//! The trainer looks for commands between steps, between the batches of an evaluation, and while
//! it is paused. Each is answered by an event, in the order in which they came:
//!
//! | command | answered by |
//! |---|---|
//! | pause, resume, step, finish the epoch | `phase`, told again if it is the same |
//! | checkpoint | `checkpoint`, or a `warning` if it cannot be written |
//! | evaluate | `phase` and `evaluated` |
//! | set the learning rate | `learning_rate` |
//! | add epochs | `extended` |
//! | roll back | `resumed`, then `learning_rate` |
//! | stop | `phase`: `stopping`, then `ended` |
//! | any of them, if it cannot be done | `refused` with the reason |

use std::ops::RangeInclusive;

/// Learning rates that can be asked for: below nothing is learned, above nothing is kept.
pub const LEARNING_RATES: RangeInclusive<f64> = 1e-8..=10.0;

/// Epochs that can be added at a time.
pub const MOST_ADDED: u32 = 10_000;

/// What a person asks of the trainer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    Pause,
    Resume,
    /// Train so many steps, then pause.
    Step(u64),
    /// Train to the end of the epoch, with its evaluation and its checkpoint, then pause.
    FinishEpoch,
    Checkpoint,
    /// Classify the validation split now, between two steps. It changes nothing in the training,
    /// and is no candidate for the best: only the evaluations that end an epoch are.
    Evaluate,
    /// The rate of the next step, within [`LEARNING_RATES`]; after it the schedule goes on in
    /// proportion.
    SetLearningRate(f64),
    /// So many epochs more, 1 to [`MOST_ADDED`]. From the next step on the schedule is the one that
    /// the run would have had with them from the beginning.
    AddEpochs(u32),
    /// Back to the newest checkpoint, at half the learning rate: when the loss is not finite.
    RollBack,
    Stop,
}

impl Command {
    /// What `refused` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Step(_) => "step",
            Self::FinishEpoch => "finish_epoch",
            Self::Checkpoint => "checkpoint",
            Self::Evaluate => "evaluate",
            Self::SetLearningRate(_) => "set_learning_rate",
            Self::AddEpochs(_) => "add_epochs",
            Self::RollBack => "roll_back",
            Self::Stop => "stop",
        }
    }
}
