//! Takes in what comes from other threads.

use crossbeam_channel::{Receiver, TryRecvError, never};

use super::{EventLoop, saves::Saved};
use crate::{
    domain::{images::Samples, machine::Load, runs::Overview},
    tui::{Input, Reading},
};

/// Events taken in before the screen is drawn again, so that a long history does not freeze it.
const MOST_AT_ONCE: usize = 20_000;

impl EventLoop<'_> {
    /// What is told, unless the next drawing will be time enough for it: to wake up for each step
    /// takes more of the training's cores than to draw.
    pub(super) fn inputs_now(&self) -> Receiver<Input> {
        let is_due_later = self.pace.until_due().is_some_and(|left| !left.is_zero());
        if self.held.is_some() && is_due_later { never() } else { self.inputs.clone() }
    }

    pub(super) fn receive(&mut self, input: Input) {
        if matches!(input, Input::Disconnected(_)) {
            self.inputs = never();
        }
        self.app.receive(input);
        self.pace.note(true);
    }

    /// Takes in what waits already, so that many events cost one drawing.
    pub(super) fn drain(&mut self) {
        for _ in 0..MOST_AT_ONCE {
            match self.inputs.try_recv() {
                Ok(input) => self.receive(input),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    return self.receive(Input::Disconnected(None));
                }
            }
        }
    }

    /// Takes in what has been read for the list of runs; without a run, that these were all.
    pub(super) fn listed(&mut self, run: Option<Overview>) {
        let is_last = run.is_none();
        // A list that is closed needs no more of them.
        if !self.app.listed(run) || is_last {
            self.runs = never();
        }
        self.pace.note(true);
    }

    /// Takes in what has been read of the run to compare with.
    pub(super) fn read_of_other(&mut self, reading: Option<Reading>) {
        let silent = || Reading::Failed("the other run could not be read".to_owned());
        // Where nobody compares any more, nobody needs to read on.
        if !self.app.compare(reading.unwrap_or_else(silent)) {
            self.other = never();
        }
        self.pace.note(true);
    }

    /// Says where a file that was asked for is, or why there is none.
    pub(super) fn saved(&mut self, Saved { name, path }: Saved) {
        self.saves.ended();
        self.app.say(match path {
            Ok(path) => format!("written to {}", path.display()),
            Err(error) => format!("{name} cannot be written: {error}"),
        });
        self.pace.answer(true);
    }

    /// Takes in what was measured; only what looks different is worth a drawing.
    pub(super) fn measured(&mut self, load: Option<Load>) {
        let changed = load.is_some_and(|load| self.app.measured(load));
        self.pace.note(changed);
    }

    /// Takes in what was read of an evaluation. The next drawing asks for another, if it is wanted.
    pub(super) fn loaded(&mut self, samples: Option<Result<Samples, String>>) {
        let Some(loading) = self.loading.take() else { return };
        let silent = || Err("the pictures could not be read".to_owned());
        self.app.loaded(&loading.evaluation, samples.unwrap_or_else(silent));
        self.pace.note(true);
    }
}
