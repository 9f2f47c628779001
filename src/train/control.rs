//! Doing what the person at the keys asks, between steps and between batches of an evaluation.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use crossbeam_channel::{Receiver, TryRecvError, never, select};

use super::{features::FeatureQuery, reporter::Reporter, safekeeping::Divergence};
use crate::domain::events::{Command, Phase};

/// What the trainer is to do next.
#[derive(Debug)]
pub enum Turn {
    Proceed,
    /// Do this, then ask again.
    Do(Command),
    /// Answer this, then ask again.
    Answer(FeatureQuery),
    /// Save a checkpoint and end.
    Stop,
}

/// Follows the commands that are about going on and holding, and hands out the others.
pub struct Control {
    commands: Receiver<Command>,
    queries: Receiver<FeatureQuery>,
    /// Commands that came while nothing but a stop could be obeyed, in order.
    kept: VecDeque<Command>,
    mode: Mode,
    /// Whether a command about going on has not been answered by a phase yet.
    unanswered: bool,
    company: Company,
}

/// Whether somebody is there to decide what a run is to do; shared with whoever knows.
#[derive(Debug, Clone, Default)]
pub struct Company(Arc<AtomicU64>);

impl Company {
    /// Nobody is there any more: so many steps in a row whose loss is not finite end the run.
    pub fn leave(&self, patience: u64) {
        self.0.store(patience.max(1), Ordering::Release);
    }

    /// The patience that was left behind, if nobody is there.
    fn patience(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Acquire)).filter(|patience| *patience > 0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Running,
    /// So many more steps, then paused.
    Stepping(u64),
    /// To the end of the epoch, then paused.
    Finishing,
    Paused,
    Stopping,
}

/// What has come in.
enum Asked {
    Command(Command),
    Query(FeatureQuery),
}

impl Control {
    pub fn new(commands: Receiver<Command>, queries: Receiver<FeatureQuery>) -> Self {
        let (kept, mode, unanswered) = (VecDeque::new(), Mode::Running, false);
        Self { commands, queries, kept, mode, unanswered, company: Company::default() }
    }

    /// By which to say that nobody is there any more.
    pub fn company(&self) -> Company {
        self.company.clone()
    }

    /// What to do about a loss that is not finite, where `divergence` is what was asked for while
    /// somebody was there.
    pub fn divergence(&self, divergence: Divergence) -> Divergence {
        self.company.patience().map_or(divergence, |patience| Divergence::End { patience })
    }

    /// Whether nothing has been asked and nothing holds the trainer back.
    pub fn is_idle(&self) -> bool {
        let nothing = self.kept.is_empty() && self.commands.is_empty() && self.queries.is_empty();
        nothing && !self.unanswered && !matches!(self.mode, Mode::Paused | Mode::Stopping)
    }

    /// Asks before a piece of work of `phase`; returns when it may begin, or when there is
    /// something else to do. While paused this waits without using the processor.
    pub fn next(&mut self, phase: Phase, reporter: &mut Reporter) -> Turn {
        loop {
            let asked = match self.look() {
                Some(asked) => asked,
                None => match self.mode {
                    Mode::Stopping => return Turn::Stop,
                    Mode::Paused => {
                        self.answer(Phase::Paused, reporter);
                        match self.wait() {
                            Some(asked) => asked,
                            None => continue,
                        }
                    }
                    Mode::Running | Mode::Stepping(_) | Mode::Finishing => {
                        self.answer(phase, reporter);
                        return Turn::Proceed;
                    }
                },
            };
            match asked {
                Asked::Query(query) => return Turn::Answer(query),
                Asked::Command(command) if self.obey(command) => {}
                Asked::Command(command) if self.mode == Mode::Stopping => {
                    reporter.refuse(command, "the run is stopping");
                }
                Asked::Command(command) => return Turn::Do(command),
            }
        }
    }

    /// Whether somebody wants the run to stop, asked during work that nothing else interrupts:
    /// other commands are kept for later.
    pub fn must_stop(&mut self) -> bool {
        self.kept.extend(self.commands.try_iter());
        self.mode == Mode::Stopping || self.kept.contains(&Command::Stop)
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

    /// Tells that an epoch has ended, with its evaluation and its checkpoint.
    pub fn epoch_ended(&mut self) {
        if self.mode == Mode::Finishing {
            self.mode = Mode::Paused;
        }
    }

    /// What has come in, if anything.
    fn look(&mut self) -> Option<Asked> {
        if let Some(command) = self.kept.pop_front() {
            return Some(Asked::Command(command));
        }
        match self.commands.try_recv() {
            Ok(command) => return Some(Asked::Command(command)),
            Err(TryRecvError::Disconnected) => self.alone(),
            Err(TryRecvError::Empty) => {}
        }
        self.queries.try_recv().ok().map(Asked::Query)
    }

    /// Waits for what comes next; `None` if nothing more will.
    fn wait(&mut self) -> Option<Asked> {
        select! {
            recv(self.commands) -> command => match command {
                Ok(command) => return Some(Asked::Command(command)),
                Err(_) => self.alone(),
            },
            recv(self.queries) -> query => match query {
                Ok(query) => return Some(Asked::Query(query)),
                Err(_) => self.queries = never(),
            },
        }
        None
    }

    /// Whoever gave the commands is gone; the run goes on by itself.
    fn alone(&mut self) {
        if self.mode == Mode::Paused {
            self.mode = Mode::Running;
        }
    }

    fn answer(&mut self, phase: Phase, reporter: &mut Reporter) {
        match std::mem::take(&mut self.unanswered) {
            true => reporter.enter_again(phase),
            false => reporter.enter(phase),
        }
    }

    /// Follows a command about going on or holding; `false` for any other.
    fn obey(&mut self, command: Command) -> bool {
        let mode = match (command, self.mode) {
            (Command::Stop, _) => Mode::Stopping,
            (
                Command::Checkpoint
                | Command::Evaluate
                | Command::SetLearningRate(_)
                | Command::AddEpochs(_)
                | Command::RollBack,
                _,
            ) => return false,
            (_, Mode::Stopping) => return false,
            (Command::Pause | Command::Step(0), _) => Mode::Paused,
            (Command::Resume, _) => Mode::Running,
            (Command::FinishEpoch, _) => Mode::Finishing,
            (Command::Step(more), Mode::Stepping(left)) => {
                Mode::Stepping(left.saturating_add(more))
            }
            (Command::Step(steps), _) => Mode::Stepping(steps),
        };
        (self.mode, self.unanswered) = (mode, true);
        true
    }
}
