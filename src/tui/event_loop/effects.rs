//! Does what the state asks for and cannot do itself.

use std::io;

use super::EventLoop;
use crate::{
    domain::events::Command,
    tui::{Exit, action::Effect, app::App, clipboard, save},
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
            Some(Effect::Load(evaluation)) => {
                let samples = self.host.samples(&evaluation);
                self.app.views.loaded(&evaluation, samples);
            }
            Some(Effect::Features(request)) => {
                if let Err(why) = self.host.ask_features(request) {
                    self.app.views.network.answered((request, Err(why)));
                }
            }
            Some(Effect::Compare(run)) => {
                let found = self.host.compared(&run);
                self.app.compare(&run, found);
            }
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

    fn send(&mut self, command: Command) {
        if let Err(why) = self.host.command(command) {
            self.app.refused(command, &why);
        }
    }
}
