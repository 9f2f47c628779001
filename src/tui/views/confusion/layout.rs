//! Which panes the tab has room for, and where they lie.

use ratatui::layout::{Constraint, Layout, Rect};

/// Columns of the lists beside the matrix: fewest and most.
const BESIDE: (u16, u16) = (24, 44);
/// Columns from which a matrix that scrolls anyway makes room for the lists.
const WIDE: u16 = 76;
/// Rows of a list that are worth a pane, its frame included.
const LOWEST: u16 = 6;
/// Rows of the matrix beside its classes: frame, names, precision, the cell in words.
const AROUND: u16 = 5;

/// A part of the tab that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    #[default]
    Matrix,
    Pairs,
    Classes,
}

impl Focus {
    pub fn next(self) -> Self {
        match self {
            Self::Matrix => Self::Pairs,
            Self::Pairs => Self::Classes,
            Self::Classes => Self::Matrix,
        }
    }

    pub fn previous(self) -> Self {
        self.next().next()
    }
}

/// Where the panes lie; those without room are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Panes {
    pub matrix: Rect,
    pub pairs: Rect,
    pub classes: Rect,
}

impl Panes {
    /// For a matrix of `classes` that needs `columns` to be seen in full. What has the focus is
    /// always there; then come the matrix, the pairs, the classes.
    pub fn new(area: Rect, (classes, columns): (usize, u16), focus: Focus, alone: bool) -> Self {
        let whole = columns.saturating_add(2);
        let spare = area.width.saturating_sub(whole);
        let rows = u16::try_from(classes).unwrap_or(u16::MAX);
        if alone {
            return Self::default().with(focus, area);
        }
        let scrolls = whole > area.width && area.width >= WIDE;
        if spare >= BESIDE.0 || scrolls {
            let beside = if scrolls { area.width / 3 } else { spare }.clamp(BESIDE.0, BESIDE.1);
            let widths = [Constraint::Fill(1), Constraint::Length(beside)];
            let [matrix, lists] = Layout::horizontal(widths).areas(area);
            return Self { matrix, ..Self::lists(lists, rows, focus) };
        }
        let below = area.height.saturating_sub(rows.saturating_add(AROUND));
        if below >= LOWEST {
            let heights = [Constraint::Fill(1), Constraint::Length(below)];
            let [matrix, lists] = Layout::vertical(heights).areas(area);
            let [pairs, classes] = Layout::horizontal([Constraint::Fill(1); 2]).areas(lists);
            return Self { matrix, pairs, classes };
        }
        Self::default().with(focus, area)
    }

    /// Both lists, one above the other, or the one that is more worth it.
    fn lists(area: Rect, classes: u16, focus: Focus) -> Self {
        let wanted = classes.saturating_add(3).min(area.height / 2 + classes.min(4));
        let classes = wanted.min(area.height.saturating_sub(LOWEST));
        if classes < LOWEST {
            let only = if focus == Focus::Classes { focus } else { Focus::Pairs };
            return Self::default().with(only, area);
        }
        let heights = [Constraint::Fill(1), Constraint::Length(classes)];
        let [pairs, classes] = Layout::vertical(heights).areas(area);
        Self { pairs, classes, ..Self::default() }
    }

    fn with(mut self, focus: Focus, area: Rect) -> Self {
        match focus {
            Focus::Matrix => self.matrix = area,
            Focus::Pairs => self.pairs = area,
            Focus::Classes => self.classes = area,
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_focus_is_always_there() {
        for (width, height) in [(60, 12), (80, 19), (120, 35), (200, 55), (60, 35)] {
            for classes in [2, 10, 100, 1_000] {
                for focus in [Focus::Matrix, Focus::Pairs, Focus::Classes] {
                    let area = Rect::new(0, 2, width, height);
                    let columns = 13 + 4 * classes as u16;
                    let panes = Panes::new(area, (classes, columns), focus, false);
                    let all = [panes.matrix, panes.pairs, panes.classes];
                    let focused = all[focus as usize];
                    assert!(focused.width >= 20 && focused.height >= 5, "{panes:?}");
                    for (i, pane) in all.into_iter().enumerate() {
                        assert!(pane.is_empty() || pane.intersection(area) == pane, "{panes:?}");
                        let others = all[i + 1..].iter();
                        assert!(others.into_iter().all(|other| !other.intersects(pane)));
                    }
                }
            }
        }
    }
}
