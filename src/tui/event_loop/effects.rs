//! Does what the state asks for and cannot do itself.

use std::io;

use crossbeam_channel::never;

use super::{EventLoop, aside::wall};
use crate::{
    domain::{events::Command, machine::Load, runs::Overview},
    tui::{Exit, Reading, action::Effect, app::App, clipboard, save, text::plain},
};

impl EventLoop<'_> {
    /// Gets what the state lacks; says whether it was an evaluation, behind which another may be
    /// wanted.
    pub(super) fn fill_in(&mut self) -> io::Result<bool> {
        let wanted = self.app.wanted();
        let loads = matches!(wanted, Some(Effect::Load(_)));
        self.carry_out(|_| wanted)?;
        Ok(loads)
    }

    /// Lets the state decide and does what it asks for.
    pub(super) fn carry_out(
        &mut self,
        decide: impl FnOnce(&mut App) -> Option<Effect>,
    ) -> io::Result<Option<Exit>> {
        match decide(&mut self.app) {
            None => {}
            Some(Effect::Send(command)) => self.send(command),
            Some(Effect::Load(evaluation)) => {
                let samples = self.host.samples(&evaluation);
                self.app.views.loaded(&evaluation, samples);
            }
            Some(Effect::Features(request)) => {
                if let Err(why) = self.host.ask_features(request) {
                    self.app.views.network.answered((request, Err(why)));
                }
            }
            Some(Effect::Measure(what)) => self.host.measure(what),
            Some(Effect::ListRuns) => match self.host.runs() {
                Ok(runs) => self.runs = runs,
                Err(why) => self.app.unlisted(&why),
            },
            Some(Effect::Watch(run)) => match self.host.watch(&run) {
                Ok((title, inputs)) => {
                    self.inputs = inputs;
                    self.app.begin_anew(&title, self.options);
                    self.app.news.begin(wall());
                }
                Err(why) => self.app.say(plain(&why)),
            },
            Some(Effect::Compare(run)) => match self.host.compared(&run) {
                Ok(other) => {
                    self.other = other;
                    self.app.begin_comparing(&run);
                }
                Err(why) => self.app.say(plain(&why)),
            },
            Some(Effect::Save { name, bytes }) => match save::anew(&name, &bytes) {
                Ok(path) => self.app.say(format!("written to {}", path.display())),
                Err(error) => self.app.say(format!("{name} cannot be written: {error}")),
            },
            Some(Effect::Copy(text)) => {
                if let Some(held) = &mut self.held {
                    held.screen.send(&clipboard::osc_52(&text))?;
                }
                self.app.say("copied (if the terminal allows it)");
            }
            Some(Effect::Redraw) => {
                if let Some(held) = &mut self.held {
                    held.screen.clear()?;
                }
            }
            Some(Effect::Suspend) => {
                if let Err(why) = self.host.put_aside() {
                    self.app.say(why);
                }
            }
            Some(Effect::Leave(exit)) => return Ok(Some(exit)),
        }
        Ok(None)
    }

    /// Begins to read the run to compare with once there is something to look at: both take time.
    pub(super) fn begin_to_compare(&mut self) -> io::Result<()> {
        if self.pace.has_drawn()
            && let Some(run) = self.to_compare.take()
        {
            self.pace.note(true);
            self.carry_out(|_| Some(Effect::Compare(run)))?;
        }
        Ok(())
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

    /// Takes in what was measured; only what looks different is worth a drawing.
    pub(super) fn measured(&mut self, load: Option<Load>) {
        let changed = load.is_some_and(|load| self.app.measured(load));
        self.pace.note(changed);
    }

    fn send(&mut self, command: Command) {
        if let Err(why) = self.host.command(command) {
            self.app.refused(command, &why);
        }
    }
}
