//! What the mouse does, by where it does it.

use ratatui::layout::Rect;

use super::{App, Overlay};
use crate::tui::{
    action::{Action, Effect, Motion},
    draw::{Regions, SMALLEST},
    mouse::{Mouse, MouseKind},
    overlays::{self, Hit},
    views::{footer, header},
};

/// Lines of an overlay that a notch of the wheel is.
const NOTCH: usize = 3;

impl App {
    /// Does what was done with the mouse. What a press does, a key does as well.
    pub fn mouse(&mut self, mouse: Mouse) -> Option<Effect> {
        let (columns, rows) = self.size;
        if columns < SMALLEST.0 || rows < SMALLEST.1 {
            return None;
        }
        self.views.prepare(self.tab, &self.run);
        let screen = Rect::new(0, 0, columns, rows);
        match (&self.overlay, mouse.kind) {
            (Overlay::None, _) => {}
            // What is typed into a filter is kept by going elsewhere.
            (Overlay::Filter(_), MouseKind::Press) => self.overlay = Overlay::None,
            (Overlay::Filter(_), _) => {}
            _ => return self.mouse_over(screen, mouse),
        }
        let regions = Regions::of(screen, self);
        if mouse.kind == MouseKind::Press {
            if regions.tabs.contains(mouse.at) {
                if let Some(tab) = header::tab_at(self, columns, mouse.at.x) {
                    self.count = None;
                    self.show(tab);
                }
                return None;
            }
            if regions.hints.contains(mouse.at) {
                return match one_action(footer::hint_at(self, columns, mouse.at.x)) {
                    Some(action) => self.act(action),
                    None => None,
                };
            }
        }
        let tab = self.tab;
        let (views, around) = self.views_around();
        let outcome = views.mouse(tab, mouse, regions.body, &around);
        self.follow(outcome);
        None
    }

    /// The same while something lies over the tab.
    fn mouse_over(&mut self, screen: Rect, mouse: Mouse) -> Option<Effect> {
        match mouse.kind {
            MouseKind::Press => match overlays::hit(screen, self, mouse.at) {
                Hit::Outside => self.update(Action::Back),
                Hit::Nothing => None,
                Hit::Key(action) => self.update(action),
                Hit::Entry(entry) => {
                    match &mut self.overlay {
                        Overlay::Palette(palette) => palette.selected = entry,
                        Overlay::Runs(list) => list.selected = entry,
                        _ => {}
                    }
                    self.update(Action::Enter)
                }
            },
            MouseKind::WheelUp => self.scrolled(Motion::Up),
            MouseKind::WheelDown => self.scrolled(Motion::Down),
            MouseKind::Drag | MouseKind::Release => None,
        }
    }

    fn scrolled(&mut self, motion: Motion) -> Option<Effect> {
        if !matches!(self.overlay, Overlay::Help(_) | Overlay::Palette(_) | Overlay::Runs(_)) {
            return None; // in a dialog, up and down may mean more and less
        }
        (0..NOTCH).find_map(|_| self.update(Action::Move(motion)))
    }
}

/// Where a digit stands for all the tabs, a press on it means none of them.
fn one_action(action: Option<Action>) -> Option<Action> {
    action.filter(|action| !matches!(action, Action::Digit(_)))
}
