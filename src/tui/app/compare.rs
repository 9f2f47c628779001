//! A second run beside the one that is shown.

use super::App;
use crate::{
    domain::{state::RunState, units::Count},
    tui::{Reading, action::Action, chart::smooth::AllSmoothed, text::plain},
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
    /// The run `name` is being read, to be compared with this one.
    pub fn begin_comparing(&mut self, name: &str) {
        self.comparing = Some(plain(name));
        self.being_read(None);
    }

    /// Takes what has come of the run that is being read; says whether there is more to wait for.
    pub fn compare(&mut self, reading: Reading) -> bool {
        match reading {
            _ if self.comparing.is_none() => false,
            Reading::UnderWay(steps) => {
                self.being_read(Some(steps));
                true
            }
            Reading::Complete(run) => {
                let name = self.comparing.take().unwrap_or_default();
                self.compare_with(&name, *run);
                false
            }
            Reading::Failed(why) => {
                self.comparing = None;
                self.say(plain(&why));
                false
            }
        }
    }

    fn compare_with(&mut self, name: &str, run: RunState) {
        let title = plain(run.started.as_ref().map_or(name, |started| &started.run_id));
        self.say(format!("compared with {title}; {} stops it", self.keys.label(Action::Compare)));
        let smoothed = AllSmoothed::default();
        self.compared = Some(Compared { title, run, smoothed });
        self.smooth_compared();
    }

    fn being_read(&mut self, steps: Option<u64>) {
        let Some(name) = &self.comparing else { return };
        let so_far = match steps {
            Some(steps) => format!(", {} steps so far", Count(steps)),
            None => "…".to_owned(),
        };
        let key = self.keys.label(Action::Compare);
        self.say(format!("reading {name} to compare with{so_far}; {key} stops it"));
    }

    /// Smoothes the other run as this one is.
    pub(super) fn smooth_compared(&mut self) {
        let strength = self.views.train.strength();
        if let Some(Compared { run, smoothed, .. }) = &mut self.compared {
            *smoothed = AllSmoothed::with_strength(strength);
            smoothed.follow(run);
        }
    }

    /// Stops comparing or reading for it, or says how it is begun.
    pub(super) fn stop_comparing(&mut self) {
        match (self.comparing.take(), self.compared.take()) {
            (Some(name), before) => {
                self.compared = before;
                self.say(format!("{name} is not read any further"));
            }
            (None, Some(before)) => self.say(format!("no longer compared with {}", before.title)),
            (None, None) => {
                let key = self.keys.label(Action::ListRuns);
                self.say(format!("{key} lists the runs; any of them can be drawn behind this one"));
            }
        }
    }
}
