//! The lists beside the matrix: the worst pairs, and the classes one by one.

use std::ops::Range;

use ratatui::{
    Frame,
    layout::{Alignment, Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Block, Paragraph},
};

use super::matrix::{Matrix, percent};
use crate::tui::{
    pane::pane,
    text::{clip, fit, fit_right, short_names, width as text_width},
    theme::Theme,
    views::parts::{self, bar, part_of, rows_around},
};

/// Truth, prediction and how often.
pub type Pair = (usize, usize, u64);

/// Columns below which the shares of pairs and those of classes have no decimals.
const NARROW: (usize, usize) = (28, 34);
/// Columns of a bar: fewest and most.
const BAR: (usize, usize) = (12, 60);
/// Columns of what a class is most often taken for: fewest and most.
const TAKEN: (usize, usize) = (24, 32);

/// A list with a row under the cursor.
#[derive(Debug, Clone, Copy)]
pub struct List {
    pub area: Rect,
    pub cursor: usize,
    pub rows: usize,
    /// Rows of the list that are its head.
    pub head: u16,
    pub focused: bool,
}

impl List {
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

    /// The frame, with which rows it shows and which keys lead on.
    fn block(&self, (names, words): (&[&str], Words), theme: &Theme) -> Block<'static> {
        let title = words.title(names, usize::from(self.area.width).saturating_sub(4));
        let part = part_of(&self.shown(), self.rows);
        let block = pane(&title, self.focused, theme);
        with_foot(block, self.area, (&part, &words.foot(&title)), theme)
    }
}

/// `block` with words at both ends of its lower border, as far as there is room.
pub fn with_foot(
    block: Block<'static>,
    area: Rect,
    (left, right): (&str, &str),
    theme: &Theme,
) -> Block<'static> {
    let padded = |text: &str| match text {
        "" => Span::default(),
        text => Span::styled(format!(" {text} "), theme.dim),
    };
    let (left, right) = (padded(left), padded(right));
    let has_room = left.width() + right.width() + 3 <= usize::from(area.width);
    let block = block.title_bottom(left);
    if !has_room {
        return block;
    }
    block.title_bottom(Line::from(right).alignment(Alignment::Right))
}

/// What is said once on the tab, by the matrix or by the list in its place.
#[derive(Debug, Clone, Copy, Default)]
pub struct Words<'a> {
    /// Which evaluation is shown, in fewer and fewer words.
    pub details: &'a [String],
    /// The keys that lead to other evaluations.
    pub ways: &'a str,
    /// The key that opens, and what it leads to.
    pub way_in: &'a str,
}

impl Words<'_> {
    /// What the pane shows, which has names of different lengths, and of which evaluation, as fully
    /// as `room` columns hold.
    pub fn title(&self, names: &[&str], room: usize) -> String {
        let of = |details: &str| {
            let join = move |name: &&str| format!("{name}  {details}").trim().to_owned();
            names.iter().map(join).collect::<Vec<_>>()
        };
        let mut wordings: Vec<String> =
            self.details.iter().flat_map(|details| of(details)).collect();
        wordings.extend(of(""));
        wordings.retain(|wording| !wording.is_empty());
        let fits = wordings.iter().find(|wording| text_width(wording) <= room);
        clip(fits.or(wordings.last()).map_or("", String::as_str), room)
    }

    /// The keys that lead on and are not in the title.
    pub fn foot(&self, title: &str) -> String {
        let ways = if title.contains(self.ways) { "" } else { self.ways };
        format!("{ways}  {}", self.way_in).trim().to_owned()
    }
}

/// Draws the most frequent mistakes with their share of the class.
pub fn draw_pairs(
    frame: &mut Frame,
    (list, words): (List, Words),
    (matrix, pairs): (&Matrix, &[Pair]),
    theme: &Theme,
) {
    let block = list.block((&["worst pairs, % of truth", "pairs, % of truth"], words), theme);
    let inner = block.inner(list.area);
    frame.render_widget(block, list.area);
    if pairs.is_empty() {
        let line = Line::styled("none: every image is classified correctly", theme.dim);
        return frame.render_widget(line, inner);
    }
    let table = Pairs::of(usize::from(inner.width), matrix);
    let line = |row: usize| {
        let (truth, prediction, count) = pairs[row];
        let share = count as f64 / matrix.confusion.row_total(truth).max(1) as f64;
        let is_cell = matrix.cursor == (truth, prediction);
        let text = list.style(row, if is_cell { theme.accent } else { theme.text }, theme);
        Line::from(vec![
            Span::styled(table.pair(matrix, truth, prediction), text),
            Span::styled(format!("{count:>5}"), text),
            Span::styled(table.percent(share), list.style(row, theme.dim, theme)),
            Span::styled(bar_in(share, table.bar), theme.accent),
        ])
    };
    let lines: Vec<Line> = list.shown().map(line).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

/// How the table of pairs is laid out.
struct Pairs {
    is_narrow: bool,
    /// Columns of both names.
    names: usize,
    short: Vec<String>,
    bar: usize,
}

impl Pairs {
    fn of(width: usize, matrix: &Matrix) -> Self {
        let is_narrow = width < NARROW.0;
        let longest = matrix.names.iter().map(|name| text_width(name)).max().unwrap_or(0);
        let room = width.saturating_sub(if is_narrow { 10 } else { 13 });
        // Where the names leave much room, it is for bars.
        let names = if room < 2 * longest + 5 + BAR.0 { room } else { 2 * longest + 5 };
        let short = short_names(matrix.names, names.saturating_sub(3) / 2);
        Self { is_narrow, names, short, bar: room - names }
    }

    fn pair(&self, matrix: &Matrix, truth: usize, prediction: usize) -> String {
        let short = |class: usize| self.short.get(class).map_or("?", String::as_str);
        let pair = match [matrix.name(truth), matrix.name(prediction)] {
            [from, to] if text_width(from) + text_width(to) + 3 <= self.names => {
                parts::pair(from, to, self.names)
            }
            _ => parts::pair(short(truth), short(prediction), self.names),
        };
        fit(&pair, self.names)
    }

    fn percent(&self, share: f64) -> String {
        match 100.0 * share {
            percent if self.is_narrow => format!("{percent:>3.0} %"),
            percent => format!("{percent:>6.1} %"),
        }
    }
}

/// A bar after two blanks, where `room` columns are enough for one.
fn bar_in(share: f64, room: usize) -> String {
    if room < BAR.0 + 2 {
        return String::new();
    }
    format!("  {}", bar(share, (room - 2).min(BAR.1)))
}

/// Draws precision, recall, F1 and the number of images of each class.
pub fn draw_classes(
    frame: &mut Frame,
    (list, words): (List, Words),
    matrix: &Matrix,
    theme: &Theme,
) {
    let block = list.block((&["classes, in per cent", "classes, %"], words), theme);
    let inner = block.inner(list.area);
    frame.render_widget(block, list.area);
    let columns = Columns::of(usize::from(inner.width));
    let mut lines = vec![Line::styled(columns.head(), theme.dim)];
    let short = short_names(matrix.names, columns.name.saturating_sub(1));
    lines.extend(list.shown().map(|class| {
        let full = matrix.name(class);
        let name = if text_width(full) < columns.name {
            full
        } else {
            short.get(class).map_or("?", String::as_str)
        };
        let other = if class == matrix.cursor.0 { theme.accent } else { theme.text };
        let text = columns.row(matrix, (class, name));
        let recall = matrix.confusion.recall(class).unwrap_or(0.0);
        Line::from(vec![
            Span::styled(text, list.style(class, other, theme)),
            Span::styled(bar_in(recall, columns.bar), theme.accent),
        ])
    }));
    frame.render_widget(Paragraph::new(lines), inner);
}

/// How wide the columns of the table of classes are.
struct Columns {
    name: usize,
    number: usize,
    images: usize,
    /// What the class is most often taken for; 0 where there is no room.
    taken: usize,
    /// The recall as a bar.
    bar: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let (number, images) = if width < NARROW.1 { (4, 5) } else { (6, 7) };
        let name = width.saturating_sub(3 * number + images).min(24);
        let spare = width.saturating_sub(name + 3 * number + images);
        let taken = if spare < TAKEN.0 { 0 } else { spare.min(TAKEN.1) };
        Self { name, number, images, taken, bar: spare - taken }
    }

    fn head(&self) -> String {
        let shares = if self.number < 6 { ["pre", "rec", "F1"] } else { ["prec", "rec", "F1"] };
        let bar = if self.bar < BAR.0 + 2 { "" } else { "  recall" };
        let row = self.written("class", shares.map(str::to_owned), "n".to_owned());
        row + &fit("   most often taken for", self.taken) + bar
    }

    fn row(&self, matrix: &Matrix, (class, name): (usize, &str)) -> String {
        let confusion = matrix.confusion;
        let shares = [confusion.precision(class), confusion.recall(class), confusion.f1(class)];
        let shares = shares.map(|share| percent(share, self.number));
        let row = self.written(name, shares, confusion.row_total(class).to_string());
        if self.taken == 0 {
            return row;
        }
        let worst = confusion.worst_of(class);
        let taken = worst.map_or_else(String::new, |(other, count)| {
            let count = format!(" {count}");
            format!("   {}{count}", clip(matrix.name(other), self.taken - 3 - count.len()))
        });
        row + &fit(&taken, self.taken)
    }

    fn written(&self, name: &str, shares: [String; 3], count: String) -> String {
        let shares = shares.map(|text| fit_right(&text, self.number)).concat();
        format!("{}{shares}{}", fit(name, self.name), fit_right(&count, self.images))
    }
}
