//! Where the panes of the tab lie.

use ratatui::layout::{Constraint, Layout, Rect};

use super::{NetworkView, article};

/// Columns of the tab in which the article's example stands beside the element.
const BESIDE: u16 = 180;
/// Fewest rows in which something stands below the element: feature maps, or all blocks.
const BELOW: u16 = 48;
/// Rows of the element above its maps, and above all blocks.
const ABOVE: [u16; 2] = [24, 31];
/// Fewest rows in which the article's example stands below the element.
const STACKED: u16 = 35;

/// A pane that has no room is not there.
#[derive(Debug, Default)]
pub struct Regions {
    pub tower: Option<Rect>,
    pub element: Option<Rect>,
    pub example: Option<Rect>,
    pub blocks: Option<Rect>,
    pub maps: Option<Rect>,
    /// Whether the article's example can take the place of the element.
    pub takes_turns: bool,
}

/// Whether the article's example and the element take turns in a tab drawn into `area`, where one of
/// them may be alone: else both are in sight, or the maps cover both.
pub fn takes_turns((area, full_screen): (Rect, bool), view: &NetworkView) -> bool {
    match full_screen {
        true => !view.maps.is_shown,
        false => area.width < BESIDE && (!view.maps.is_shown || area.height >= BELOW),
    }
}

impl Regions {
    pub fn of(area: Rect, view: &NetworkView, full_screen: bool) -> Self {
        let takes_turns = takes_turns((area, full_screen), view);
        if full_screen {
            return Self { takes_turns, ..Self::alone(area, view) };
        }
        let tower_width = match area.width {
            BESIDE.. => 54,
            100.. => 46,
            72.. => 36,
            _ => 26,
        };
        let columns = [Constraint::Length(tower_width), Constraint::Fill(1)];
        let [tower, right] = Layout::horizontal(columns).areas(area);
        let is_tall = area.height >= BELOW;
        let [maps_shown, is_wide] = [view.maps.is_shown, area.width >= BESIDE];
        let above = match (maps_shown, is_tall) {
            (true, true) => ABOVE[0],
            (true, false) => 0,
            (false, true) if is_wide => ABOVE[1],
            (false, _) => right.height,
        };
        let rows = [Constraint::Length(above), Constraint::Fill(1)];
        let [upper, lower] = Layout::vertical(rows).areas(right);
        let lower = there(lower);
        let [element, example] = halves(upper, is_wide, view.example);
        Self {
            tower: Some(tower),
            element: there(element),
            example: there(example),
            blocks: lower.filter(|_| !maps_shown),
            maps: lower.filter(|_| maps_shown),
            takes_turns,
        }
    }

    /// The maps if they are shown, else the element or the example in its place.
    fn alone(area: Rect, view: &NetworkView) -> Self {
        let area = Some(area);
        match (view.maps.is_shown, view.example) {
            (true, _) => Self { maps: area, ..Self::default() },
            (false, true) => Self { example: area, ..Self::default() },
            (false, false) => Self { element: area, ..Self::default() },
        }
    }
}

/// Element and example.
fn halves(area: Rect, is_wide: bool, example: bool) -> [Rect; 2] {
    if is_wide {
        return Layout::horizontal([Constraint::Fill(1); 2]).areas(area);
    }
    if example {
        return [Rect { height: 0, ..area }, area];
    }
    let rows = match area.height {
        STACKED.. => article::rows(area.width.saturating_sub(2)) + 2,
        _ => 0,
    };
    Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(area)
}

fn there(pane: Rect) -> Option<Rect> {
    Some(pane).filter(|pane| pane.height > 0)
}
