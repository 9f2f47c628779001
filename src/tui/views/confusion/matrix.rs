//! The matrix itself, as much of it as fits around the cursor.

use std::ops::Range;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
};

use crate::{
    domain::confusion::Confusion,
    tui::{
        text::{fit, fit_right, short_names, width},
        theme::{ColourDepth, Theme},
        views::parts::{part_of, rows_around},
    },
};

/// What the cells show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Counts,
    /// Per cent of the images of a class.
    Rows,
    /// Per cent of the predictions of a class.
    Columns,
}

impl Mode {
    pub fn next(self) -> Self {
        match self {
            Self::Counts => Self::Rows,
            Self::Rows => Self::Columns,
            Self::Columns => Self::Counts,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Rows => "row %",
            Self::Columns => "column %",
        }
    }
}

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
    /// The largest count.
    pub largest: u64,
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
        let classes = self.confusion.classes() as u16; // at most 1,000
        classes * self.narrowest_cell() + LABEL + RECALL
    }

    pub fn name(&self, class: usize) -> &str {
        self.names.get(class).map_or("?", String::as_str)
    }

    /// Truth and prediction of the cell that is drawn at `at`.
    pub fn hit(&self, area: Rect, at: Position) -> Option<(usize, usize)> {
        let grid = self.grid(area);
        let column = at.x.checked_sub(area.x + grid.label)? / grid.cell;
        let row = at.y.checked_sub(area.y + 1)? / grid.tall;
        let cell = (grid.rows.start + usize::from(row), grid.columns.start + usize::from(column));
        (grid.rows.contains(&cell.0) && grid.columns.contains(&cell.1)).then_some(cell)
    }

    /// Which rows and columns of all are drawn into `area`, where not all are.
    pub fn part(&self, area: Rect) -> String {
        let Grid { rows, columns, .. } = self.grid(area);
        let classes = self.confusion.classes();
        let of = |what: &str, shown| match part_of(shown, classes) {
            part if part.is_empty() => part,
            part => format!("{what} {part}"),
        };
        let parts = [of("rows", &rows), of("columns", &columns)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// A cell holds its number and a blank.
    fn narrowest_cell(&self) -> u16 {
        let largest = if self.mode == Mode::Counts { self.largest } else { 100 };
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
        let height = usize::from(area.height);
        let gap = height > classes + 4;
        let tall = (height.saturating_sub(6) / classes.max(1)).clamp(1, 4);
        // A character is about twice as high as it is wide.
        let widest = narrow.max(6).max(3 * tall as u16);
        let cell = (room / classes.max(1) as u16).clamp(narrow, widest);
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

    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let grid = self.grid(area);
        let short = short_names(self.names, usize::from(grid.cell - 1).min(10));
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
        let middle = y + (grid.tall - 1) / 2;
        let style = if row == self.cursor.0 { theme.accent } else { theme.dim };
        let label = usize::from(grid.label) - 1;
        let full = self.name(row);
        let text = if width(full) <= label { full } else { short };
        buffer.set_string(x, middle, fit(text, label), style);
        let cell = usize::from(grid.cell);
        let mut x = x + grid.label;
        for column in grid.columns.clone() {
            let text = fit_right(&self.value((row, column), cell), cell);
            let style = self.shade((row, column), theme);
            for line in y..y + grid.tall {
                let text = if line == middle { text.clone() } else { " ".repeat(cell) };
                buffer.set_string(x, line, text, style);
            }
            x += grid.cell;
        }
        let recall = percent(self.confusion.recall(row), 6);
        buffer.set_string(x, middle, fit_right(&recall, usize::from(RECALL)), style);
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
        let shade = if cell.0 == cell.1 { Theme::heat } else { Theme::mistake };
        let style = match theme.colours {
            _ if share == 0.0 => theme.dim,
            ColourDepth::None => shade(theme, share),
            ColourDepth::Palette256 | ColourDepth::TrueColor => shade(theme, share.sqrt()),
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
pub fn percent(share: Option<f64>, width: usize) -> String {
    match share.map(|share| 100.0 * share) {
        None => "–".to_owned(),
        Some(percent) if width >= 5 && percent < 99.95 => format!("{percent:.1}"),
        Some(percent) => format!("{percent:.0}"),
    }
}
