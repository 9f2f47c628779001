//! The keys by purpose, from the key table: in two columns where there is room, else scrolled.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Modifier,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{boxed, centred};
use crate::tui::{
    app::App,
    keys::{self, Group, KeyTable, Row},
    text::{fit, width, wrapped},
    theme::Theme,
};

/// Most columns that the text of one column of the help is wide.
const COLUMN: u16 = 84;
/// Fewest columns inside the box for two of them.
const TWO: u16 = 104;
/// Columns and rows of the screen that the box leaves free, and those of its border.
const AROUND: (u16, u16) = (4, 2);

/// One line of the help.
enum Item {
    Blank,
    Title(&'static str),
    Keys { keys: String, text: String },
}

impl Item {
    fn line(&self, theme: &Theme) -> Line<'static> {
        match self {
            Self::Blank => Line::default(),
            Self::Title(title) => {
                Line::styled(format!(" {title}"), theme.text.add_modifier(Modifier::BOLD))
            }
            Self::Keys { keys, text } => Line::from(vec![
                Span::styled(keys.clone(), theme.accent),
                Span::styled(text.clone(), theme.text),
            ]),
        }
    }
}

/// Draws the help with its first `top` lines scrolled off.
pub fn draw(frame: &mut Frame, area: Rect, top: u16, app: &App) {
    let (inside, columns) = laid_out(area.width, &app.keys);
    let rows = most_rows(&columns);
    let hidden = rows.saturating_sub(area.height.saturating_sub(AROUND.1));
    let title = if hidden > 0 { "keys  ↓ ↑ more  esc closes" } else { "keys  esc closes" };
    let inner = boxed(frame, area, (inside + AROUND.1, rows + AROUND.1), title, app);
    let areas = Layout::horizontal(vec![Constraint::Fill(1); columns.len()]).split(inner);
    for (items, area) in columns.iter().zip(areas.iter()) {
        let lines: Vec<Line> = items.iter().map(|item| item.line(&app.theme)).collect();
        frame.render_widget(Paragraph::new(lines).scroll((top.min(hidden), 0)), *area);
    }
}

/// Where the help lies on the screen.
pub fn place(area: Rect, app: &App) -> Rect {
    let (inside, columns) = laid_out(area.width, &app.keys);
    centred(area, (inside + AROUND.1, most_rows(&columns) + AROUND.1))
}

/// How many lines can be scrolled off at most on a screen of so many columns and rows.
pub fn most_scrolled((columns, rows): (u16, u16), table: &KeyTable) -> u16 {
    most_rows(&laid_out(columns, table).1).saturating_sub(rows.saturating_sub(AROUND.1))
}

fn most_rows(columns: &[Vec<Item>]) -> u16 {
    columns.iter().map(|items| items.len() as u16).max().unwrap_or(0)
}

/// Columns inside the box on a screen of so many, and the lines of each column of the help.
fn laid_out(screen: u16, table: &KeyTable) -> (u16, Vec<Vec<Item>>) {
    let inside = screen.saturating_sub(AROUND.0 + 2).max(1);
    if inside < TWO {
        let inside = inside.min(COLUMN);
        return (inside, vec![section(keys::GROUPS, inside, table)]);
    }
    let inside = inside.min(2 * COLUMN);
    let halves = |at: usize| {
        let (left, right) = keys::GROUPS.split_at(at);
        vec![section(left, inside / 2, table), section(right, inside / 2, table)]
    };
    let even = (1..keys::GROUPS.len()).map(halves).min_by_key(|halves| most_rows(halves));
    (inside, even.unwrap_or_default())
}

fn section(groups: &'static [Group], columns: u16, table: &KeyTable) -> Vec<Item> {
    let keys_width = keys::rows().map(|row| width(&table.shown(row))).max().unwrap_or(0);
    let room = usize::from(columns).saturating_sub(keys_width + 6);
    let mut items = Vec::new();
    for group in groups {
        if !items.is_empty() {
            items.push(Item::Blank);
        }
        items.push(Item::Title(group.title));
        items.extend(
            group.rows.iter().flat_map(|row| lines_of(row, &table.shown(row), keys_width, room)),
        );
    }
    items
}

/// One row of the table, its text broken between words.
fn lines_of(row: &Row, shown: &str, keys_width: usize, room: usize) -> Vec<Item> {
    let keys = |first: bool| format!("  {}  ", fit(if first { shown } else { "" }, keys_width));
    let lines = wrapped(row.help, room).into_iter().enumerate();
    lines.map(|(i, text)| Item::Keys { keys: keys(i == 0), text }).collect()
}
