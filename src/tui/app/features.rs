//! When feature maps are asked for, and of which weights.

use ratatui::layout::Rect;

use super::App;
use crate::{
    domain::features::FeatureRequest,
    tui::{Source, draw::Regions, tab::Tab},
};

impl App {
    /// The feature maps to be asked for before the next drawing.
    pub(super) fn wanted_features(&mut self) -> Option<FeatureRequest> {
        if self.tab != Tab::Network {
            return None;
        }
        let (sample, weights) = (self.views.samples.selected_of_split(), self.newest_weights());
        self.views.network.wanted(sample, (weights, self.now), (self.body(), self.full_screen))
    }

    /// Where on the screen the tab is drawn.
    pub(super) fn body(&self) -> Rect {
        let (columns, rows) = self.size;
        Regions::of(Rect::new(0, 0, columns, rows), self).body
    }

    /// When the maps that are shown are older than the weights that can be asked about.
    pub(super) fn features_due(&self) -> Option<u64> {
        let is_shown = self.tab == Tab::Network;
        is_shown.then(|| self.views.network.next_change(self.newest_weights())).flatten()
    }

    /// Steps that the newest weights have had which can be asked about: those that are trained, or
    /// those of the newest checkpoint.
    fn newest_weights(&self) -> u64 {
        match self.trains() {
            true => self.run.steps(),
            false => self.run.checkpoints.last().map_or(0, |saved| saved.step),
        }
    }

    /// Whether a trainer of this process can be asked about its weights.
    pub fn trains(&self) -> bool {
        self.source == Source::Live && !self.is_over()
    }
}
