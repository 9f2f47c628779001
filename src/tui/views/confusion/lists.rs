//! The lists beside the matrix: the worst pairs, and the classes one by one.

use std::ops::Range;

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::matrix::{Matrix, percent};
use crate::tui::{
    pane::pane,
    text::{clip, fit, fit_right, short_names, width as text_width},
    theme::Theme,
    views::parts::{self, rows_around},
};

/// Truth, prediction and how often.
pub type Pair = (usize, usize, u64);

/// Columns below which the shares of pairs and those of classes have no decimals.
const NARROW: (usize, usize) = (28, 34);

/// A list with a row under the cursor.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    pub area: Rect,
    pub cursor: usize,
    pub rows: usize,
    /// Rows of the list that are its head.
    pub head: u16,
    pub focused: bool,
    /// What the matrix would say of the evaluation, were it there.
    pub evaluation: &'a str,
}

impl List<'_> {
    fn inner(&self) -> Rect {
        let Rect { x, y, width, height } = self.area;
        Rect {
            x: x + 1,
            y: y + 1 + self.head,
            width: width.saturating_sub(2),
            height: height.saturating_sub(2 + self.head),
        }
    }

    /// The rows that are shown.
    fn shown(&self) -> Range<usize> {
        rows_around(self.cursor, self.rows, usize::from(self.inner().height))
    }

    /// The row of the list that is drawn at `at`.
    pub fn hit(&self, at: Position) -> Option<usize> {
        let inner = self.inner();
        let line = inner.contains(at).then(|| usize::from(at.y - inner.y))?;
        let shown = self.shown();
        Some(shown.start + line).filter(|row| shown.contains(row))
    }

    /// How row `row` is written: under the cursor, or like `other`.
    fn style(&self, row: usize, other: Style, theme: &Theme) -> Style {
        if self.focused && row == self.cursor { theme.selection } else { other }
    }
}

fn titled(what: &str, list: List) -> String {
    match list.evaluation {
        "" => what.to_owned(),
        evaluation => clip(&format!("{what}  {evaluation}"), usize::from(list.area.width) - 6),
    }
}

/// Draws the most frequent mistakes with their share of the class.
pub fn draw_pairs(
    frame: &mut Frame,
    list: List,
    (matrix, pairs): (&Matrix, &[Pair]),
    theme: &Theme,
) {
    let block = pane(&titled("worst pairs", list), list.focused, theme);
    let inner = block.inner(list.area);
    frame.render_widget(block, list.area);
    if pairs.is_empty() {
        let line = Line::styled("none: every image is classified correctly", theme.dim);
        return frame.render_widget(line, inner);
    }
    let width = usize::from(inner.width);
    let names = width.saturating_sub(if width < NARROW.0 { 10 } else { 13 });
    let short = short_names(matrix.names, names.saturating_sub(3) / 2);
    let short = |class: usize| short.get(class).map_or("?", String::as_str);
    let line = |row: usize| {
        let (truth, prediction, count) = pairs[row];
        let share = 100.0 * count as f64 / matrix.confusion.row_total(truth).max(1) as f64;
        let share = match width {
            w if w < NARROW.0 => format!("{share:>3.0} %"),
            _ => format!("{share:>6.1} %"),
        };
        let pair = match [matrix.name(truth), matrix.name(prediction)] {
            [from, to] if text_width(from) + text_width(to) + 3 <= names => {
                parts::pair(from, to, names)
            }
            _ => parts::pair(short(truth), short(prediction), names),
        };
        let is_cell = matrix.cursor == (truth, prediction);
        let text = list.style(row, if is_cell { theme.accent } else { theme.text }, theme);
        Line::from(vec![
            Span::styled(fit(&pair, names), text),
            Span::styled(format!("{count:>5}"), text),
            Span::styled(share, list.style(row, theme.dim, theme)),
        ])
    };
    let lines: Vec<Line> = list.shown().map(line).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Draws precision, recall, F1 and the number of images of each class.
pub fn draw_classes(frame: &mut Frame, list: List, matrix: &Matrix, theme: &Theme) {
    let block = pane(&titled("classes, in per cent", list), list.focused, theme);
    let inner = block.inner(list.area);
    frame.render_widget(block, list.area);
    let width = usize::from(inner.width);
    let (number, images) = if width < NARROW.1 { (4, 5) } else { (6, 7) };
    let names = width.saturating_sub(3 * number + images).min(24);
    let row = |name: &str, numbers: [String; 3], count: String| {
        let numbers = numbers.map(|text| fit_right(&text, number)).concat();
        format!("{}{numbers}{}", fit(name, names), fit_right(&count, images))
    };
    let heads = if width < NARROW.1 { ["pre", "rec", "F1"] } else { ["prec", "rec", "F1"] };
    let head = row("class", heads.map(str::to_owned), "n".to_owned());
    let mut lines = vec![Line::styled(head, theme.dim)];
    let short = short_names(matrix.names, names.saturating_sub(1));
    lines.extend(list.shown().map(|class| {
        let confusion = matrix.confusion;
        let shares = [confusion.precision(class), confusion.recall(class), confusion.f1(class)];
        let shares = shares.map(|share| percent(share, number));
        let count = confusion.row_total(class).to_string();
        let other = if class == matrix.cursor.0 { theme.accent } else { theme.text };
        let style = list.style(class, other, theme);
        let full = matrix.name(class);
        let name = if text_width(full) < names {
            full
        } else {
            short.get(class).map_or("?", String::as_str)
        };
        Line::styled(row(name, shares, count), style)
    }));
    frame.render_widget(Paragraph::new(lines), inner);
}
