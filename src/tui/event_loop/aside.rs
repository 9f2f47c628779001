//! What the terminal is told beside the screen: its title, and notices for the desktop.

use std::{
    io,
    time::{SystemTime, UNIX_EPOCH},
};

use super::EventLoop;
use crate::tui::notify::Notify;

/// What this terminal is to be told beside the screen.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    /// It is to be asked for its background.
    pub asks: bool,
    /// Its title is ours.
    pub title: bool,
    pub notify: Notify,
    pub in_tmux: bool,
}

impl EventLoop<'_> {
    /// Sends what is new; while the terminal is the shell's, there is nobody to be told.
    pub(super) fn tell(&mut self) -> io::Result<()> {
        let (news, Manners { notify, in_tmux, .. }) = (self.app.news.take(), self.manners);
        let Some(held) = self.held.as_mut().filter(|_| notify != Notify::Off) else {
            return Ok(());
        };
        let heading = format!("mnv1-tui {}", self.app.title);
        news.iter().try_for_each(|text| held.screen.send(&notify.bytes(in_tmux, &heading, text)))
    }

    /// Has the title say how far the run is, once the screen does, where it is ours.
    pub(super) fn entitle(&mut self) -> io::Result<()> {
        match &mut self.held {
            Some(held) if self.manners.title && self.pace.has_drawn() => {
                held.screen.entitle(&self.app)
            }
            _ => Ok(()),
        }
    }
}

/// The time of day, as Unix time in ms.
pub fn wall() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}
