//! Where a chart's curves lie, and the axes around them.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Plot, Selection, put, scale, scale::Scale};
use crate::tui::{text::fit_right, theme::Theme};

/// Columns from one name on the x axis to the next, the closest first.
const DISTANCES: [u16; 6] = [8, 11, 14, 19, 26, 40];
/// Those for an axis on which the others leave less than [`FEWEST`].
const CLOSER: [u16; 3] = [6, 5, 4];
/// A scale can be read from two names on.
const FEWEST: usize = 2;

/// The part of a chart that its curves have, and what its y axis covers.
#[derive(Debug)]
pub struct Canvas {
    pub area: Rect,
    pub scale: Scale,
    /// Whether there may be values beyond the scale.
    is_cut: bool,
    ticks: Vec<(f64, String)>,
}

/// Lays out `plot` in `area`; `None` where it has no finite value or no room.
pub fn canvas(area: Rect, plot: &Plot) -> Option<Canvas> {
    if area.width < 12 || area.height < 4 {
        return None;
    }
    let scale = plot.scale(area.width.into())?;
    let ticks = values(&scale, area.height - 2);
    let labels = scale::labels(&ticks);
    let margin = labels.iter().map(String::len).max().unwrap_or(1) as u16 + 1;
    let width = area.width.checked_sub(margin + 1).filter(|width| *width > 0)?;
    let area = Rect { x: area.x + margin + 1, width, height: area.height - 2, ..area };
    let is_cut = plot.between.is_some();
    Some(Canvas { area, scale, is_cut, ticks: ticks.into_iter().zip(labels).collect() })
}

/// The values that are named on so many rows: about every third, or closer where that leaves too few.
fn values(scale: &Scale, rows: u16) -> Vec<f64> {
    let usual = usize::from(rows.div_ceil(3).max((rows / 2 + 1).min(5)));
    let can_be_read = |ticks: &Vec<f64>| ticks.len() >= FEWEST;
    let counts = usual..=usual.max(rows.into());
    let found = counts.map(|count| scale.ticks(count)).find(can_be_read);
    found.unwrap_or_else(|| scale.ticks(usual))
}

impl Canvas {
    /// The row in which a value lies that has a place.
    pub fn row(&self, place: f64) -> u16 {
        let from_top = (1.0 - place) * f64::from(self.area.height - 1);
        self.area.y + from_top.round() as u16
    }

    /// The values from the lower edge of one row to the upper edge of another.
    pub fn between(&self, (upper, lower): (u16, u16)) -> (f64, f64) {
        let value = |row: f64| {
            let from_top = (row - f64::from(self.area.y)) / f64::from(self.area.height - 1);
            self.scale.value(1.0 - from_top)
        };
        (value(f64::from(lower) + 0.5), value(f64::from(upper) - 0.5))
    }

    /// Whether some of the values from `low` to `high` are to be seen.
    pub fn shows(&self, low: f64, high: f64) -> bool {
        !self.is_cut || (low <= self.scale.high && high >= self.scale.low)
    }
}

/// The axes with their names.
pub fn draw(buffer: &mut Buffer, area: Rect, (plot, canvas): (&Plot, &Canvas), theme: &Theme) {
    let inner = canvas.area;
    for row in inner.top()..inner.bottom() {
        buffer.set_string(inner.x - 1, row, "│", theme.border);
    }
    let line = "─".repeat(usize::from(inner.width));
    buffer.set_string(inner.x - 1, inner.bottom(), format!("└{line}"), theme.border);
    let margin = usize::from(inner.x - area.x - 2);
    for (tick, label) in &canvas.ticks {
        let Some(place) = canvas.scale.place(*tick) else { continue };
        let row = canvas.row(place);
        buffer.set_string(area.x, row, fit_right(label, margin), theme.dim);
        buffer.set_string(inner.x - 1, row, "┤", theme.border);
    }
    steps(buffer, (plot, inner), theme);
}

/// The names below the x axis, and at its end what they count.
fn steps(buffer: &mut Buffer, (plot, inner): (&Plot, Rect), theme: &Theme) {
    let unit = plot.axis.unit.label();
    let below = inner.bottom() + 1;
    let mut end = inner.right();
    if inner.width >= 30 {
        let column = inner.right() - unit.len() as u16;
        buffer.set_string(column, below, unit, theme.dim);
        end = column - 1;
    }
    for Name { tick, start, text } in names(plot, inner, end) {
        buffer.set_string(tick, inner.bottom(), "┬", theme.border);
        buffer.set_string(start, below, &text, theme.dim);
    }
}

/// A name below the x axis: the column that it is the name of, and the one in which it begins.
struct Name {
    tick: u16,
    start: u16,
    text: String,
}

/// The closest names that leave two columns between them and end before the column `end`.
fn names(plot: &Plot, inner: Rect, end: u16) -> Vec<Name> {
    let name = |(x, text): (f64, String)| {
        let tick = inner.x + plot.axis.column(x, inner.width.into())? as u16;
        let start = tick.saturating_sub(text.len() as u16 / 2).max(inner.x);
        (start + text.len() as u16 <= end).then_some(Name { tick, start, text })
    };
    let at = |distance: u16| -> Vec<Name> {
        let ticks = plot.axis.ticks(usize::from(inner.width / distance).max(1));
        ticks.into_iter().filter_map(name).collect()
    };
    let is_loose = |names: &Vec<Name>| {
        let apart = |pair: &[Name]| pair[0].tick + pair[1].text.len() as u16 + 2 <= pair[1].tick;
        names.windows(2).all(apart)
    };
    let usual = DISTANCES.into_iter().map(at).find(is_loose).unwrap_or_default();
    if usual.len() >= FEWEST {
        return usual;
    }
    let can_be_read = |names: &Vec<Name>| names.len() >= FEWEST && is_loose(names);
    CLOSER.into_iter().map(at).find(can_be_read).unwrap_or(usual)
}

/// What is being selected: shaded, with its edges drawn where there is no colour to tell.
pub fn select(buffer: &mut Buffer, (plot, canvas): (&Plot, &Canvas), theme: &Theme) {
    let Some(Selection { columns, rows }) = plot.selection else { return };
    let inner = canvas.area;
    let (left, right) = columns.unwrap_or((inner.left(), inner.right() - 1));
    let (top, bottom) = rows.unwrap_or((inner.top(), inner.bottom() - 1));
    let selected = Rect::new(left, top, right + 1 - left, bottom + 1 - top).intersection(inner);
    if selected.is_empty() {
        return;
    }
    let ground = theme.selection;
    buffer.set_style(selected, ratatui::style::Style { fg: None, ..ground });
    for row in selected.top()..selected.bottom() {
        put(buffer, (selected.left(), row), '▏', theme.accent);
        put(buffer, (selected.right() - 1, row), '▕', theme.accent);
    }
    for column in selected.left()..selected.right() {
        put(buffer, (column, inner.bottom()), '━', theme.accent);
    }
}
