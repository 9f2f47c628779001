//! The confusion matrix in small: what is taken for what.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::{
    domain::{
        confusion::Confusion,
        events::{Evaluation, Split},
    },
    tui::{
        app::App,
        pane::pane,
        text::{fit, fit_right, width},
        views::parts,
    },
};

/// Columns of a cell.
const CELL: u16 = 4;

pub fn draw(frame: &mut Frame, area: Rect, app: &App, focused: bool) {
    let newest = app.run.evaluations.last();
    let inside = pane("", focused, &app.theme).inner(area);
    let fits = newest.is_some_and(|newest| fits(&newest.confusion, inside));
    let title = newest.map_or("confusion".to_owned(), |newest| {
        title(newest, fits, usize::from(area.width).saturating_sub(4))
    });
    let block = pane(&title, focused, &app.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(evaluation) = newest else {
        let what = parts::awaited(app, "first validation", "");
        return parts::waiting(frame, inner, &what, &app.theme);
    };
    let lines = if fits {
        matrix(&evaluation.confusion, app)
    } else {
        pairs(&evaluation.confusion, app, usize::from(inner.height))
    };
    frame.render_widget(Paragraph::new(lines), inner);
}

/// Whether the matrix has room; else the worst pairs are told.
fn fits(confusion: &Confusion, room: Rect) -> bool {
    let classes = confusion.classes() as u16;
    classes * CELL + 3 <= room.width && classes < room.height
}

/// What is shown, and which way a matrix is to be read.
fn title(evaluation: &Evaluation, is_matrix: bool, room: usize) -> String {
    let split = match evaluation.split {
        Split::Validation => "val",
        Split::Test => "test",
    };
    let title = format!("confusion  {split}, epoch {}", evaluation.epoch);
    let read = format!("{title}  rows = truth");
    if is_matrix && width(&read) <= room { read } else { title }
}

fn matrix(confusion: &Confusion, app: &App) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let short = abbreviations(app.run.class_names());
    let two = |class: usize| short.get(class).map_or("?", String::as_str);
    let classes = confusion.classes();
    let head: String = (0..classes).map(|class| fit_right(two(class), usize::from(CELL))).collect();
    let mut lines = vec![Line::styled(format!("   {head}"), theme.dim)];
    for truth in 0..classes {
        let most = confusion.row_total(truth).max(1) as f64;
        let mut spans = vec![Span::styled(fit(two(truth), 3), theme.dim)];
        for prediction in 0..classes {
            let count = confusion.at(truth, prediction);
            let text = if count == 0 { "   ·".to_owned() } else { format!("{count:>4}") };
            let share = count as f64 / most;
            let style = match count {
                0 => theme.dim,
                _ if truth == prediction => theme.heat(share),
                _ => theme.mistake(share),
            };
            spans.push(Span::styled(text, style));
        }
        lines.push(Line::from(spans));
    }
    lines
}

/// Two columns for each class: the first letters, or first and last where those would be the same.
fn abbreviations(names: &[String]) -> Vec<String> {
    let head = |name: &String| first_columns(name.chars());
    let ends = |name: &String| first_columns(name.chars().take(1).chain(name.chars().last()));
    let heads: Vec<String> = names.iter().map(head).collect();
    let is_twice = |head: &String| heads.iter().filter(|other| *other == head).count() > 1;
    let pairs = names.iter().zip(&heads);
    let short = pairs.map(|(name, head)| if is_twice(head) { ends(name) } else { head.clone() });
    short.map(|text| fit(&text, 2)).collect()
}

/// As many of the letters as two columns hold.
fn first_columns(letters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    for letter in letters {
        if width(&text) + width(letter.encode_utf8(&mut [0; 4])) > 2 {
            break;
        }
        text.push(letter);
    }
    text
}

/// The most frequent mistakes, where the matrix has no room.
fn pairs(confusion: &Confusion, app: &App, most: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let name = |class: usize| app.run.class_names().get(class).cloned().unwrap_or_default();
    let worst = confusion.worst_pairs(most).into_iter();
    let line = |(truth, prediction, count): (usize, usize, u64)| {
        Line::from(vec![
            Span::styled(format!("{count:>5}  "), theme.accent),
            Span::styled(name(truth), theme.text),
            Span::styled(" taken for ", theme.dim),
            Span::styled(name(prediction), theme.text),
        ])
    };
    worst.map(line).collect()
}
