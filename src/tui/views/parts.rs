//! What several tabs are made of.

use std::ops::Range;

use ratatui::{
    Frame,
    layout::{Margin, Rect},
    style::Style,
    text::Line,
    widgets::Paragraph,
};

use crate::tui::{
    action::{Action, Motion},
    app::App,
    keys::KeyTable,
    text::{clip, width, wrapped},
    theme::Theme,
};

/// Rows and columns of the screen that are not the inside of a tab's pane, roughly.
const AROUND: u16 = 9;

/// What a pane's border leaves.
pub fn inside(pane: Rect) -> Rect {
    pane.inner(Margin::new(1, 1))
}

/// Says in the middle of `area` what is being waited for.
pub fn waiting(frame: &mut Frame, area: Rect, what: &str, theme: &Theme) {
    centred(frame, area, what, theme.dim);
}

/// What a tab lacks, `what` of the run, and `when` it comes; once nobody trains any more, that it
/// never will.
pub fn awaited(app: &App, what: &str, when: &str) -> String {
    match app.awaits() {
        true => format!("waiting for the {what}{when}…"),
        false => format!("the run ended before its {what}"),
    }
}

/// Says something in the middle of `area`, in as many lines as it takes.
pub fn centred(frame: &mut Frame, area: Rect, what: &str, style: Style) {
    let room = usize::from(area.width);
    let lines: Vec<Line> =
        what.lines().flat_map(|line| wrapped(line, room)).map(Line::from).collect();
    let top = area.height.saturating_sub(lines.len() as u16) / 2;
    let middle = Rect { y: area.y + top, height: area.height - top, ..area };
    frame.render_widget(Paragraph::new(lines).style(style).centered(), middle);
}

/// The rows of a list that fit into `height` with the cursor near the middle.
pub fn rows_around(cursor: usize, rows: usize, height: usize) -> Range<usize> {
    let top = cursor.saturating_sub(height / 2).min(rows.saturating_sub(height));
    top..(top + height).min(rows)
}

/// Which of all rows are shown, where not all are: `4–10 of 13`.
pub fn part_of(shown: &Range<usize>, rows: usize) -> String {
    if shown.len() >= rows {
        return String::new();
    }
    format!("{}–{} of {rows}", shown.start + 1, shown.end)
}

/// Where `motion` leads in a list of `rows`; to the left and right nothing happens.
pub fn moved(cursor: usize, motion: Motion, rows: usize, page: usize) -> usize {
    let last = rows.saturating_sub(1);
    match motion {
        Motion::Up => cursor.saturating_sub(1),
        Motion::Down => (cursor + 1).min(last),
        Motion::PageUp => cursor.saturating_sub(page),
        Motion::PageDown => (cursor + page).min(last),
        Motion::Top => 0,
        Motion::Bottom => last,
        Motion::Left | Motion::Right => cursor.min(last),
    }
}

/// Rows that a page has on a screen of this size.
pub fn page((_, rows): (u16, u16)) -> usize {
    usize::from(rows.saturating_sub(AROUND)).max(1)
}

/// A share of 1 as a bar of at most `width` columns, in eighths of one.
pub fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let eighths = (share * width as f64 * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// Whether `text` holds `filter`, whatever the case of the letters.
pub fn matches(text: &str, filter: &str) -> bool {
    text.to_lowercase().contains(&filter.trim().to_lowercase())
}

/// `truth → prediction` in `room` columns, both shortened alike where there is no room.
pub fn pair(truth: &str, prediction: &str, room: usize) -> String {
    let names = room.saturating_sub(3);
    let truth_gets = (names / 2).max(names.saturating_sub(width(prediction)));
    let truth = clip(truth, truth_gets);
    let prediction = clip(prediction, names.saturating_sub(width(&truth)));
    format!("{truth} → {prediction}")
}

/// `key: words` for a title, two columns apart from what stands before it; nothing where no key does
/// it.
pub fn hint(keys: &KeyTable, action: Action, words: &str) -> String {
    match keys.label(action) {
        key if key.is_empty() => key,
        key => format!("  {key}: {words}"),
    }
}

/// A field of a comma-separated file.
pub fn csv(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_sight_and_the_list_fills_its_room() {
        assert_eq!(rows_around(0, 29, 10), 0..10);
        assert_eq!(rows_around(14, 29, 10), 9..19);
        assert_eq!(rows_around(28, 29, 10), 19..29);
        assert_eq!(rows_around(2, 3, 10), 0..3);
        assert_eq!(rows_around(0, 0, 10), 0..0);
    }

    #[test]
    fn motions_stop_at_the_ends() {
        assert_eq!(moved(0, Motion::Up, 5, 3), 0);
        assert_eq!(moved(3, Motion::PageDown, 5, 3), 4);
        assert_eq!(moved(9, Motion::Left, 5, 3), 4);
        assert_eq!(moved(0, Motion::Bottom, 0, 3), 0);
    }

    #[test]
    fn bars_count_eighths() {
        assert_eq!(
            (bar(0.5, 4), bar(0.28, 4), bar(f64::NAN, 4)),
            ("██".into(), "█▏".into(), "".into())
        );
    }

    #[test]
    fn fields_with_commas_are_quoted() {
        assert_eq!((csv("a,\"b\""), csv("plain")), ("\"a,\"\"b\"\"\"".into(), "plain".into()));
    }
}
