//! Where the tab lies, and what its layout depends on.

use ratatui::layout::Rect;

use super::App;
use crate::tui::{
    draw::Regions,
    views::{Around, Views},
};

impl App {
    /// What a tab's layout depends on.
    pub fn around(&self) -> Around<'_> {
        Around {
            run: &self.run,
            compared: self.compared.as_ref(),
            size: self.size,
            full_screen: self.full_screen,
        }
    }

    /// The same for a tab that is to change.
    pub(super) fn views_around(&mut self) -> (&mut Views, Around<'_>) {
        let around = Around {
            run: &self.run,
            compared: self.compared.as_ref(),
            size: self.size,
            full_screen: self.full_screen,
        };
        (&mut self.views, around)
    }

    /// What the tab has of the screen.
    pub fn body(&self) -> Rect {
        let (columns, rows) = self.size;
        Regions::of(Rect::new(0, 0, columns, rows), self).body
    }
}
