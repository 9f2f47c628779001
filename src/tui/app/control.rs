//! Asking the trainer for something and waiting for its answer.

use crate::domain::events::{Command, Phase, TrainEvent};

/// How far leaving has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Leaving {
    #[default]
    No,
    /// The trainer was asked to stop; the screen stays until it has.
    WaitingForEnd,
}

/// What was asked of the trainer and not answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Control {
    asked: Option<Command>,
    pub leaving: Leaving,
}

impl Control {
    /// Notes that `command` has gone out.
    pub fn sent(&mut self, command: Command) {
        match command {
            Command::Stop => self.leaving = Leaving::WaitingForEnd,
            Command::Checkpoint | Command::RollBack => return,
            Command::Pause | Command::Resume | Command::Step(_) => {}
        }
        self.asked = Some(command);
    }

    /// Notes that there was nobody to take the command.
    pub fn refused(&mut self) {
        *self = Self::default();
    }

    /// Takes an answer out of `event`, if it is one.
    pub fn hear(&mut self, event: &TrainEvent) {
        let TrainEvent::Phase { phase } = event else { return };
        let answered = match self.asked {
            Some(Command::Pause) => !matches!(phase, Phase::Training | Phase::Evaluating),
            Some(Command::Stop) => *phase == Phase::Ended,
            Some(Command::Resume | Command::Step(_)) => true,
            Some(Command::Checkpoint | Command::RollBack) | None => false,
        };
        if answered {
            self.asked = None;
        }
    }

    /// What is being waited for, in a word.
    pub fn waiting(&self) -> Option<&'static str> {
        match self.asked? {
            Command::Pause => Some("pausing…"),
            Command::Resume => Some("resuming…"),
            Command::Step(_) => Some("stepping…"),
            Command::Stop => Some("stopping…"),
            Command::Checkpoint | Command::RollBack => None,
        }
    }

    /// The command that flips pause, seen from what has been asked already.
    pub fn flip_pause(&self, phase: Phase) -> Option<Command> {
        match self.asked {
            Some(Command::Pause) => Some(Command::Resume),
            Some(Command::Stop) => None,
            _ => phase.pause_command(),
        }
    }
}
