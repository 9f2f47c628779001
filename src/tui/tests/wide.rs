//! Names of classes in scripts whose letters take two columns, or share one.

use super::super::testing::*;
use crate::tui::{app::App, text::width};

/// Letters that no text of the dashboard has.
const NARROW: [char; 10] = ['ß', 'ð', 'þ', 'ø', 'æ', 'đ', 'ħ', 'ł', 'ŋ', 'œ'];
const WIDE: [&str; 10] =
    ["飛行機", "自動車", "鳥", "猫", "鹿", "犬", "蛙", "馬", "貨物船舶", "화물자동차"];

/// Each tab, and what can be looked at in it.
const PLACES: [&str; 10] = ["1", "2", "3", "3m", "3<tab>", "4", "4<enter>", "4i", "5", "6"];
const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (60, 16)];

/// A letter of a name.
fn is_of_a_name(c: char) -> bool {
    NARROW.contains(&c) || c == '\u{301}' || c > '\u{2e7f}'
}

/// What each cell of the screen shows; a letter of a name is `#` in each of its cells.
fn cells(app: &mut App, size: (u16, u16)) -> Vec<Vec<char>> {
    let screen = rendered(app, size.0, size.1);
    let row = |line: &str| {
        let mut row = Vec::new();
        for c in line.chars() {
            let columns = width(&c.to_string());
            row.extend(std::iter::repeat_n(if is_of_a_name(c) { '#' } else { c }, columns));
        }
        row.resize(usize::from(size.0), ' ');
        row
    };
    screen.lines().map(row).collect()
}

/// Borders and numbers stand in columns; where a name that is cut ends is nothing to them.
fn stands_in_a_column(c: char) -> bool {
    c.is_ascii_digit() || "│╭╮╰╯".contains(c)
}

fn assert_same_places(wide: &[&str], narrow: &[String]) {
    let narrow: Vec<&str> = narrow.iter().map(String::as_str).collect();
    let (mut wide, mut narrow) = (running_with(wide), running_with(&narrow));
    for size in SIZES {
        for place in PLACES {
            for app in [&mut wide, &mut narrow] {
                app.size = size;
                press(app, "<esc><esc><esc>");
                app.count = None;
                press(app, place);
                app.count = None;
            }
            let (a, b) = (cells(&mut wide, size), cells(&mut narrow, size));
            for (row, (a, b)) in a.iter().zip(&b).enumerate() {
                let other = a.iter().zip(b).position(|(a, b)| {
                    a != b && (stands_in_a_column(*a) || stands_in_a_column(*b))
                });
                let shown = |row: &[char]| row.iter().collect::<String>();
                assert!(
                    other.is_none() && a.len() == b.len(),
                    "{place} at {size:?}, row {row}, column {other:?}:\n{}\n{}\n{}",
                    shown(a),
                    shown(b),
                    rendered(&mut wide, size.0, size.1),
                );
            }
        }
    }
}

fn as_wide_as(names: &[&str]) -> Vec<String> {
    let names = names.iter().zip(NARROW);
    names.map(|(name, letter)| letter.to_string().repeat(width(name))).collect()
}

#[test]
fn letters_of_two_columns_move_nothing_else() {
    assert_same_places(&WIDE, &as_wide_as(&WIDE));
}

#[test]
fn letters_that_share_a_column_move_nothing_else() {
    let combined = NARROW.map(|letter| format!("{letter}\u{301}").repeat(7));
    let combined = combined.each_ref().map(String::as_str);
    assert_same_places(&combined, &as_wide_as(&combined));
}
