//! Doing what the person at the keys asks, between steps and between batches of an evaluation.

use crossbeam_channel::{Receiver, TryRecvError};

use super::reporter::Reporter;
use crate::domain::events::{Command, Phase};

/// What the trainer is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Proceed,
    /// Save a checkpoint, then ask again.
    Checkpoint,
    /// Go back to the newest checkpoint, then ask again.
    RollBack,
    /// Save a checkpoint and end.
    Stop,
}

/// Follows the commands and answers each by a phase.
pub struct Control {
    commands: Receiver<Command>,
    mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Running,
    /// So many more steps, then paused.
    Stepping(u64),
    Paused,
    Stopping,
}

impl Control {
    pub fn new(commands: Receiver<Command>) -> Self {
        Self { commands, mode: Mode::Running }
    }

    /// Whether nothing has been asked and nothing holds the trainer back.
    pub fn is_idle(&self) -> bool {
        self.commands.is_empty() && matches!(self.mode, Mode::Running | Mode::Stepping(_))
    }

    /// Asks before a piece of work of `phase`; returns when it may begin. While paused this waits
    /// for the next command without using the processor.
    pub fn next(&mut self, phase: Phase, reporter: &mut Reporter) -> Turn {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Checkpoint) => return Turn::Checkpoint,
                Ok(Command::RollBack) => return Turn::RollBack,
                Ok(command) => self.obey(command),
                // Whoever gave the commands is gone; the run goes on by itself.
                Err(TryRecvError::Disconnected) if self.mode == Mode::Paused => {
                    self.mode = Mode::Running;
                }
                Err(_) => match self.mode {
                    Mode::Stopping => return Turn::Stop,
                    Mode::Paused => {
                        reporter.enter(Phase::Paused);
                        match self.commands.recv() {
                            Ok(Command::Checkpoint) => return Turn::Checkpoint,
                            Ok(Command::RollBack) => return Turn::RollBack,
                            Ok(command) => self.obey(command),
                            Err(_) => self.mode = Mode::Running,
                        }
                    }
                    Mode::Running | Mode::Stepping(_) => {
                        reporter.enter(phase);
                        return Turn::Proceed;
                    }
                },
            }
        }
    }

    /// Holds the trainer before its next piece of work, as if somebody had asked for it.
    pub fn pause(&mut self) {
        self.obey(Command::Pause);
    }

    /// Lets the trainer go on.
    pub fn resume(&mut self) {
        self.obey(Command::Resume);
    }

    /// Tells that a training step has been made.
    pub fn stepped(&mut self) {
        self.mode = match self.mode {
            Mode::Stepping(0 | 1) => Mode::Paused,
            Mode::Stepping(left) => Mode::Stepping(left - 1),
            mode => mode,
        };
    }

    fn obey(&mut self, command: Command) {
        self.mode = match (command, self.mode) {
            (_, Mode::Stopping) | (Command::Stop, _) => Mode::Stopping,
            (Command::Pause | Command::Step(0), _) => Mode::Paused,
            (Command::Resume, _) => Mode::Running,
            (Command::Step(more), Mode::Stepping(left)) => Mode::Stepping(left + more),
            (Command::Step(steps), _) => Mode::Stepping(steps),
            (Command::Checkpoint | Command::RollBack, mode) => mode,
        };
    }
}
