//! What lies over the tabs.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use tui_input::Input as Line;

use super::{EpochsDialog, RateDialog, RunList};
use crate::tui::{
    action::Action,
    keys::{self, Binding},
};

/// What lies over the tab, if anything.
#[derive(Debug, Default)]
pub enum Overlay {
    #[default]
    None,
    /// With the first line shown.
    Help(u16),
    Palette(Palette),
    /// A run is being picked.
    Runs(RunList),
    /// As what to save the view.
    Export,
    /// The filter of the tab is being typed.
    Filter(Line),
    /// A learning rate is being chosen.
    Rate(RateDialog),
    /// Epochs to be added are being chosen.
    Epochs(EpochsDialog),
    Quit,
}

impl Overlay {
    /// Whether keys are letters for now.
    pub fn is_typing(&self) -> bool {
        match self {
            Self::Palette(_)
            | Self::Runs(_)
            | Self::Filter(_)
            | Self::Export
            | Self::Rate(_)
            | Self::Epochs(_) => true,
            Self::None | Self::Help(_) | Self::Quit => false,
        }
    }
}

/// The command palette: actions by name.
#[derive(Debug, Default)]
pub struct Palette {
    pub line: Line,
    pub selected: usize,
}

impl Palette {
    /// The actions whose names match what is typed, the best match first.
    pub fn found(&self) -> Vec<&'static Binding> {
        let named = keys::bindings().filter(|binding| !binding.name.is_empty());
        let typed = self.line.value();
        if typed.trim().is_empty() {
            return named.collect();
        }
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut buffer = Vec::new();
        let scored = named.filter_map(|binding| {
            let name = Utf32Str::new(binding.name, &mut buffer);
            Some((pattern.score(name, &mut matcher)?, binding))
        });
        let mut scored: Vec<_> = scored.collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().map(|(_, binding)| binding).collect()
    }

    pub fn chosen(&self) -> Option<Action> {
        self.found().get(self.selected).map(|binding| binding.action)
    }
}
