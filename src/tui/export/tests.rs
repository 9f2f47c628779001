use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};

use super::*;

const GROUND: Style = Style::new().fg(Color::Rgb(200, 200, 200)).bg(Color::Rgb(10, 20, 30));

fn sheet(text: &str, style: Style) -> Sheet {
    let mut buffer = Buffer::empty(Rect::new(0, 0, crate::tui::text::width(text) as u16, 1));
    buffer.set_string(0, 0, text, style);
    Sheet::of(&buffer, GROUND)
}

/// The pixels of one row of cells.
fn pixels(text: &str, style: Style) -> image::RgbImage {
    image::load_from_memory(&png(&sheet(text, style)).unwrap()).unwrap().to_rgb8()
}

#[test]
fn cells_without_colours_have_those_of_the_theme() {
    let image = pixels("█ ", Style::new());
    assert_eq!(image.dimensions(), (32, 32));
    assert_eq!((image[(8, 16)].0, image[(24, 16)].0), ([200; 3], [10, 20, 30]));
    let image = pixels("█", Style::new().add_modifier(Modifier::REVERSED));
    assert_eq!(image[(8, 16)].0, [10, 20, 30]);
}

#[test]
fn half_blocks_hold_two_pixels_and_palette_entries_are_colours() {
    let image = pixels("▀", Style::new().fg(Color::Indexed(196)).bg(Color::Indexed(255)));
    assert_eq!((image[(0, 15)].0, image[(15, 16)].0), ([255, 0, 0], [238; 3]));
}

#[test]
fn braille_dots_lie_where_a_chart_set_them() {
    let image = pixels("⢁", Style::new());
    let inked = |x: u32, y: u32| image[(x, y)].0 == [200; 3];
    assert!(inked(4, 4) && inked(12, 28));
    assert!(!inked(12, 4) && !inked(4, 28));
}

#[test]
fn lines_of_neighbours_meet() {
    let image = pixels("─╮", Style::new());
    assert!((0..20).all(|x| image[(x, 16)].0 != [10, 20, 30]), "a gap in the line");
    assert_eq!(image[(24, 31)].0, [200; 3]);
}

#[test]
fn every_line_and_block_of_unicode_is_drawn() {
    let drawn = |c: char| strokes::strokes(&c.to_string()).is_some_and(|(it, _)| !it.is_empty());
    assert!(('▀'..='▟').all(drawn) && ('\u{2801}'..='\u{28ff}').all(drawn));
    assert!("─━│┃┌┐└┘├┤┬┴┼╌┄┈╭╮╰╯┏┓┗┛┷┯".chars().all(drawn));
    assert_eq!(strokes::strokes("a"), None);
}

#[test]
fn letters_are_text_in_a_vector_picture_and_dots_are_not() {
    let text = svg(&sheet("a<b ⣿ 日本", Style::new().add_modifier(Modifier::BOLD)));
    assert!(text.contains("textLength=\"48\"") && text.contains("bold\">a&lt;b</text>"), "{text}");
    assert!(text.contains("textLength=\"64\"") && text.contains(">日本</text>"));
    assert_eq!(text.matches("h.01").count(), 8);
    assert!(!text.contains('⣿'));
}

#[test]
fn what_would_command_a_terminal_is_left_out() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
    buffer[(0, 0)].set_symbol("\u{1b}_Gf=32\u{1b}\\");
    let text = svg(&Sheet::of(&buffer, GROUND));
    assert!(!text.contains('\u{1b}') && !text.contains("<text"));
}

#[test]
fn the_signs_of_the_dashboard_have_letters() {
    let (letters, unknown) = (glyph::Letters::new(), glyph::Letters::new().bitmap("日"));
    for sign in "aZ09é×·…–“”→←↑↓▸▶▼▲●○◆²ⁿµα≤≥≈∞".chars()
    {
        let bitmap = letters.bitmap(&sign.to_string());
        assert!(bitmap != unknown && bitmap.iter().any(|row| *row != 0), "no {sign}");
    }
}
