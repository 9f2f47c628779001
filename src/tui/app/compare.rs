//! A second run beside the one that is shown.

use super::App;
use crate::{
    domain::state::RunState,
    tui::{chart::smooth::AllSmoothed, text::plain},
};

/// The run that is drawn behind this one.
#[derive(Debug)]
pub struct Compared {
    /// The run's id.
    pub title: String,
    /// What it came to until it was read.
    pub run: RunState,
    /// Smoothed like the run that is shown.
    pub smoothed: AllSmoothed,
}

impl App {
    /// Takes what the host answered about the run to compare with.
    pub fn compare(&mut self, name: &str, found: Result<RunState, String>) {
        match found {
            Ok(run) => {
                let title = plain(run.started.as_ref().map_or(name, |started| &started.run_id));
                self.say(format!("compared with {title}; C stops it"));
                let smoothed = AllSmoothed::default();
                self.compared = Some(Compared { title, run, smoothed });
                self.smooth_compared();
            }
            Err(why) => self.say(plain(&why)),
        }
    }

    /// Smoothes the other run as this one is.
    pub(super) fn smooth_compared(&mut self) {
        let strength = self.views.train.strength();
        if let Some(Compared { run, smoothed, .. }) = &mut self.compared {
            *smoothed = AllSmoothed::with_strength(strength);
            smoothed.follow(run);
        }
    }

    /// Stops comparing, or says how it is begun.
    pub(super) fn stop_comparing(&mut self) {
        match self.compared.take() {
            Some(before) => self.say(format!("no longer compared with {}", before.title)),
            None => self.say("R lists the runs; any of them can be drawn behind this one"),
        }
    }
}
