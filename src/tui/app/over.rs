//! What keys do while help, palette or a filter lies over the tab.

use tui_input::Input as Line;

use super::{App, Overlay, Palette};
use crate::tui::{
    action::{Action, Effect, Motion},
    overlays,
    views::parts::moved,
};

/// Entries of the palette that a page has.
const PAGE: usize = 10;

impl App {
    pub(super) fn in_help(&mut self, top: u16, action: Action) -> Option<Effect> {
        let most = overlays::most_scrolled(self.size, &self.keys);
        let top = top.min(most); // the window may have grown
        let top = match action {
            Action::Move(Motion::Down) => top.saturating_add(1),
            Action::Move(Motion::Up) => top.saturating_sub(1),
            Action::Move(Motion::PageDown) => top.saturating_add(10),
            Action::Move(Motion::PageUp) => top.saturating_sub(10),
            Action::Move(Motion::Top) => 0,
            Action::Move(Motion::Bottom) => u16::MAX,
            Action::Back | Action::Help | Action::Enter | Action::Quit => return None,
            other => return self.act(other),
        };
        self.overlay = Overlay::Help(top.min(most));
        None
    }

    pub(super) fn in_palette(&mut self, mut palette: Palette, action: Action) -> Option<Effect> {
        match action {
            Action::Back => return None,
            Action::Enter => {
                let chosen = palette.chosen();
                // Whoever chooses by name need not know where it can be done.
                if let Some(tab) = chosen.and_then(Action::home) {
                    self.show(tab);
                }
                let effect = chosen.and_then(|chosen| self.act(chosen));
                self.count = None; // a tab chosen by name is no count
                return effect;
            }
            Action::Edit(request) => {
                palette.line.handle(request);
                palette.selected = 0;
            }
            Action::Move(motion) => {
                palette.selected = moved(palette.selected, motion, palette.found().len(), PAGE);
            }
            _ => {}
        }
        self.overlay = Overlay::Palette(palette);
        None
    }

    pub(super) fn in_filter(&mut self, mut line: Line, action: Action) -> Option<Effect> {
        match action {
            Action::Enter => return None,
            Action::Back => {
                self.views.set_filter(self.tab, "");
                return None;
            }
            Action::Edit(request) => {
                line.handle(request);
                self.views.set_filter(self.tab, line.value());
            }
            Action::Move(_) => {
                self.in_view(action);
            }
            _ => {}
        }
        self.overlay = Overlay::Filter(line);
        None
    }
}
