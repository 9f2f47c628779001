//! Does what the state asks for and cannot do itself.

use std::io;

use super::{EventLoop, Loading, aside::wall};
use crate::{
    domain::events::{Command, Evaluation},
    tui::{Exit, action::Effect, app::App, clipboard, text::plain},
};

impl EventLoop<'_> {
    /// Lets the state decide and does what it asks for.
    pub(super) fn carry_out(
        &mut self,
        decide: impl FnOnce(&mut App) -> Option<Effect>,
    ) -> io::Result<Option<Exit>> {
        match decide(&mut self.app) {
            None => {}
            Some(Effect::Send(command)) => self.send(command),
            Some(Effect::Load(evaluation)) => self.load(evaluation),
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
            Some(Effect::Watch(run)) => self.turn_to(&run),
            Some(Effect::Compare(run)) => self.compare(&run),
            Some(Effect::Save { name, draft }) => {
                let unwritten = format!("{name} cannot be written");
                if let Err(error) = self.saves.begin(name, draft) {
                    self.app.say(format!("{unwritten}: {error}"));
                }
            }
            Some(Effect::Copy(text)) => self.copy(&text)?,
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

    /// Begins to read `evaluation`, unless another is read: then it is asked for again after that.
    fn load(&mut self, evaluation: Box<Evaluation>) {
        if self.loading.is_none() {
            let samples = self.host.samples(&evaluation);
            self.loading = Some(Loading { evaluation, samples });
        }
    }

    fn turn_to(&mut self, run: &str) {
        match self.host.watch(run) {
            Ok((title, inputs)) => {
                (self.inputs, self.loading) = (inputs, None);
                self.app.begin_anew(&title, self.options);
                self.app.news.begin(wall());
            }
            Err(why) => self.app.say(plain(&why)),
        }
    }

    fn compare(&mut self, run: &str) {
        match self.host.compared(run) {
            Ok(other) => {
                self.other = other;
                self.app.begin_comparing(run);
            }
            Err(why) => self.app.say(plain(&why)),
        }
    }

    fn copy(&mut self, text: &str) -> io::Result<()> {
        if let Some(held) = &mut self.held {
            held.screen.send(&clipboard::osc_52(text))?;
        }
        self.app.say("copied (if the terminal allows it)");
        Ok(())
    }

    fn send(&mut self, command: Command) {
        if let Err(why) = self.host.command(command) {
            self.app.refused(command, &why);
        }
    }
}
