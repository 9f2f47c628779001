//! Asking the trainer for something and waiting for its answer.

use crate::domain::{
    events::{Command, Phase, TrainEvent},
    units::Rate,
};

/// How far leaving has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leaving {
    #[default]
    No,
    /// The trainer was asked to stop; the screen stays until it has.
    WaitingForEnd,
}

/// What happens, and what can be done, while the trainer stops.
pub const LEAVING: &str = "stopping after this batch and saving; C-c leaves at once";

/// What was asked of the trainer and not answered yet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Control {
    /// About going on and holding: the newest of them counts.
    going: Option<Command>,
    /// The others, in order.
    others: Vec<Command>,
    pub leaving: Leaving,
}

impl Control {
    /// Notes that `command` has gone out.
    pub fn sent(&mut self, command: Command) {
        match command {
            Command::Stop => self.leaving = Leaving::WaitingForEnd,
            Command::Pause | Command::Resume | Command::Step(_) | Command::FinishEpoch => {}
            Command::Checkpoint
            | Command::Evaluate
            | Command::SetLearningRate(_)
            | Command::AddEpochs(_)
            | Command::RollBack => return self.others.push(command),
        }
        self.going = Some(command);
    }

    /// Notes that there was nobody to take `command`. Whoever wants to leave still does: the trainer
    /// may have ended before the screen heard of it.
    pub fn refused(&mut self, command: Command) {
        if command == Command::Stop {
            (self.going, self.others) = (None, Vec::new());
        }
        self.forget(command.name());
    }

    /// Takes an answer out of `event`, if it is one.
    pub fn hear(&mut self, event: &TrainEvent) {
        match event {
            TrainEvent::Phase { phase: Phase::Ended } => {
                (self.going, self.others) = (None, Vec::new());
            }
            TrainEvent::Phase { phase } => {
                let answered = match self.going {
                    Some(Command::Pause) => !matches!(phase, Phase::Training | Phase::Evaluating),
                    Some(Command::Stop) | None => false,
                    Some(_) => true,
                };
                self.going = self.going.filter(|_| !answered);
            }
            TrainEvent::Checkpoint(_) => self.forget(Command::Checkpoint.name()),
            TrainEvent::Warning { kind, .. } if kind == "checkpoint" => {
                self.forget(Command::Checkpoint.name());
            }
            TrainEvent::Evaluated(_) => self.forget(Command::Evaluate.name()),
            TrainEvent::LearningRate(_) => {
                self.forget(Command::SetLearningRate(0.0).name());
            }
            TrainEvent::Extended(_) => self.forget(Command::AddEpochs(0).name()),
            TrainEvent::Resumed { .. } => self.forget(Command::RollBack.name()),
            TrainEvent::Refused { command, .. } => self.forget(command),
            TrainEvent::RunStarted(_)
            | TrainEvent::Step(_)
            | TrainEvent::Layers(_)
            | TrainEvent::LayerStats(_)
            | TrainEvent::Warning { .. }
            | TrainEvent::RunFinished(_) => {}
        }
    }

    /// The oldest command of this name needs no answer any more.
    fn forget(&mut self, name: &str) {
        if let Some(place) = self.others.iter().position(|command| command.name() == name) {
            self.others.remove(place);
        } else {
            self.going = self.going.filter(|command| command.name() != name);
        }
    }

    /// What is being waited for, in a word.
    pub fn waiting(&self) -> Option<&'static str> {
        Some(match self.going? {
            Command::Pause => "pausing…",
            Command::Resume => "resuming…",
            Command::Step(_) => "stepping…",
            Command::Stop => "stopping…",
            Command::FinishEpoch => "to epoch's end…",
            _ => "asked…",
        })
    }

    /// What else was asked for, in words, and has not been answered.
    pub fn asked(&self) -> Option<String> {
        if self.leaving == Leaving::WaitingForEnd {
            return Some(LEAVING.to_owned());
        }
        let newest = self.others.last()?;
        let what = match newest {
            Command::Checkpoint => "a checkpoint".to_owned(),
            Command::Evaluate => "an evaluation".to_owned(),
            Command::SetLearningRate(rate) => format!("learning rate {}", Rate(*rate)),
            Command::AddEpochs(1) => "one more epoch".to_owned(),
            Command::AddEpochs(more) => format!("{more} more epochs"),
            _ => "the way back to the last checkpoint".to_owned(),
        };
        Some(format!("asked for {what}…"))
    }

    /// The command that flips pause, seen from what has been asked already.
    pub fn flip_pause(&self, phase: Phase) -> Option<Command> {
        match self.going {
            Some(Command::Pause) => Some(Command::Resume),
            Some(Command::Stop) => None,
            _ => phase.pause_command(),
        }
    }
}
