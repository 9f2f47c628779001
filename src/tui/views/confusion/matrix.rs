//! The matrix itself, as much of it as fits around the cursor.

use std::ops::Range;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use super::Mode;
use crate::{
    domain::confusion::Confusion,
    tui::{
        text::{fit, fit_right, width},
        theme::{ColourDepth, Theme},
        views::parts::rows_around,
    },
};

/// Columns of the recall at the right.
const RECALL: u16 = 7;
/// Fewest columns of the names at the left.
const LABEL: u16 = 6;

/// What the matrix shows.
pub struct Matrix<'a> {
    pub confusion: &'a Confusion,
    pub names: &'a [String],
    pub mode: Mode,
    /// Truth and prediction.
    pub cursor: (usize, usize),
}

/// Where the parts of the matrix lie.
struct Grid {
    area: Rect,
    /// Columns of the names at the left.
    label: u16,
    cell: u16,
    rows: Range<usize>,
    columns: Range<usize>,
    /// Whether a blank line sets the precision apart.
    gap: bool,
    /// Lines of a cell.
    tall: u16,
}

impl Matrix<'_> {
    /// Columns that the whole matrix needs with the narrowest cells.
    pub fn narrowest(&self) -> u16 {
        self.confusion.classes() as u16 * self.narrowest_cell() + LABEL + RECALL
    }

    /// A cell holds its number and a blank.
    fn narrowest_cell(&self) -> u16 {
        let classes = 0..self.confusion.classes();
        let largest = match self.mode {
            Mode::Counts => classes.map(|c| self.confusion.row_total(c)).max().unwrap_or(0),
            Mode::Rows | Mode::Columns => 100,
        };
        (largest.to_string().len() as u16 + 1).max(4)
    }

    fn grid(&self, area: Rect) -> Grid {
        let classes = self.confusion.classes();
        let longest = self.names.iter().map(|name| width(name)).max().unwrap_or(0) as u16 + 1;
        let narrow = self.narrowest_cell();
        let whole = classes as u16 * narrow + RECALL;
        let spare = area.width.saturating_sub(whole);
        // Where the matrix scrolls anyway, names are worth more than one more column.
        let label = if spare < LABEL { longest } else { longest.min(spare) }.clamp(LABEL, 12);
        let room = area.width.saturating_sub(label + RECALL);
        let cell = (room / classes.max(1) as u16).clamp(narrow, narrow.max(6));
        let height = usize::from(area.height);
        let gap = height > classes + 4;
        let tall = if height >= 2 * classes + 6 { 2 } else { 1 };
        let lines = height.saturating_sub(2 + usize::from(gap)) / tall;
        Grid {
            area,
            label,
            cell,
            rows: rows_around(self.cursor.0, classes, lines),
            columns: rows_around(self.cursor.1, classes, usize::from(room / cell)),
            gap,
            tall: tall as u16,
        }
    }

    /// Draws into `area` and says how many columns and rows of it were needed.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) -> (u16, u16) {
        let grid = self.grid(area);
        let short = short_names(self.names, usize::from(grid.cell - 1).min(4));
        let x_of =
            |column: usize| area.x + grid.label + (column - grid.columns.start) as u16 * grid.cell;
        let right = x_of(grid.columns.end);
        let cell = usize::from(grid.cell);
        let name = |class: usize| short.get(class).map_or("?", String::as_str);
        let ink = |is_here: bool| if is_here { theme.accent } else { theme.dim };
        buffer.set_string(area.x, area.y, fit("truth", usize::from(grid.label)), theme.dim);
        buffer.set_string(right, area.y, " recall", theme.dim);
        let foot = area.y + 1 + grid.tall * grid.rows.len() as u16 + u16::from(grid.gap);
        buffer.set_string(area.x, foot, fit("prec.", usize::from(grid.label) - 1), theme.dim);
        for column in grid.columns.clone() {
            let style = ink(column == self.cursor.1);
            buffer.set_string(x_of(column), area.y, fit_right(name(column), cell), style);
            let precision = percent(self.confusion.precision(column), cell);
            buffer.set_string(x_of(column), foot, fit_right(&precision, cell), style);
        }
        for row in grid.rows.clone() {
            self.draw_row(buffer, (row, name(row)), &grid, theme);
        }
        (right + RECALL - area.x, foot + 1 - area.y)
    }

    fn draw_row(
        &self,
        buffer: &mut Buffer,
        (row, short): (usize, &str),
        grid: &Grid,
        theme: &Theme,
    ) {
        let x = grid.area.x;
        let y = grid.area.y + 1 + (row - grid.rows.start) as u16 * grid.tall;
        let style = if row == self.cursor.0 { theme.accent } else { theme.dim };
        let label = usize::from(grid.label) - 1;
        let full = self.names.get(row).map_or("?", String::as_str);
        let text = if width(full) <= label { full } else { short };
        buffer.set_string(x, y, fit(text, label), style);
        let cell = usize::from(grid.cell);
        let mut x = x + grid.label;
        for column in grid.columns.clone() {
            let text = fit_right(&self.value((row, column), cell), cell);
            let style = self.shade((row, column), theme);
            buffer.set_string(x, y, text, style);
            for below in 1..grid.tall {
                buffer.set_string(x, y + below, " ".repeat(cell), style);
            }
            x += grid.cell;
        }
        let recall = percent(self.confusion.recall(row), 6);
        buffer.set_string(x, y, fit_right(&recall, usize::from(RECALL)), style);
    }

    /// The number in a cell of `width` columns.
    fn value(&self, (truth, prediction): (usize, usize), width: usize) -> String {
        let count = self.confusion.at(truth, prediction);
        match self.mode {
            _ if count == 0 => "·".to_owned(),
            Mode::Counts => count.to_string(),
            Mode::Rows | Mode::Columns => percent(Some(self.share((truth, prediction))), width),
        }
    }

    /// Share of the row, or of the column where columns are what is looked at.
    fn share(&self, (truth, prediction): (usize, usize)) -> f64 {
        let whole = match self.mode {
            Mode::Counts | Mode::Rows => self.confusion.row_total(truth),
            Mode::Columns => self.confusion.column_total(prediction),
        };
        self.confusion.at(truth, prediction) as f64 / whole.max(1) as f64
    }

    /// Small shares are drawn apart by their square root: mistakes are what one looks for here.
    fn shade(&self, cell: (usize, usize), theme: &Theme) -> Style {
        let share = self.share(cell);
        let style = match theme.colours {
            _ if share == 0.0 => theme.dim,
            ColourDepth::None => theme.heat(share),
            ColourDepth::Palette256 | ColourDepth::TrueColor => theme.heat(share.sqrt()),
        };
        if cell != self.cursor {
            return style;
        }
        match theme.colours {
            ColourDepth::None => theme.selection.add_modifier(Modifier::UNDERLINED),
            _ => theme.accent.add_modifier(Modifier::REVERSED | Modifier::BOLD),
        }
    }
}

/// Per cent with one decimal where a cell of `width` columns has room for it and a blank.
fn percent(share: Option<f64>, width: usize) -> String {
    match share.map(|share| 100.0 * share) {
        None => "–".to_owned(),
        Some(percent) if width >= 5 && percent < 99.95 => format!("{percent:.1}"),
        Some(percent) => format!("{percent:.0}"),
    }
}

/// The names in at most `width` letters, each of them once: the beginning; beginning and end; a
/// number.
pub fn short_names(names: &[String], width: usize) -> Vec<String> {
    let width = width.max(2);
    let head = |name: &String| name.chars().take(width).collect::<String>();
    let ends =
        |name: &String| name.chars().take(width - 1).chain(name.chars().last()).collect::<String>();
    let mut short: Vec<String> = names.iter().map(head).collect();
    for other in [Some(&ends as &dyn Fn(&String) -> String), None] {
        let before = short.clone();
        for (class, name) in names.iter().enumerate() {
            if before.iter().filter(|text| **text == before[class]).count() > 1 {
                short[class] = other.map_or_else(|| class.to_string(), |shorten| shorten(name));
            }
        }
    }
    short
}
