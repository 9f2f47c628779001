//! Pictures: in the terminal's pixels where it takes them, else out of characters, two pixels in
//! each cell, one above the other.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    app::{App, Overlay},
    graphics::{Graphics, mean},
    theme::{ColourDepth, Theme, ThemeName},
};
use crate::domain::images::ImageSet;

/// From dark to bright, for terminals without colour.
const INK: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// What pictures are drawn with.
#[derive(Debug, Clone, Copy)]
pub struct Brush<'a> {
    pub theme: &'a Theme,
    /// `None` where characters are called for.
    pub graphics: Option<&'a Graphics>,
}

impl<'a> Brush<'a> {
    /// What lies over the tabs is made of characters, and cannot lie over anything else.
    pub fn of(app: &'a App) -> Self {
        let is_open = matches!(app.overlay, Overlay::None | Overlay::Filter(_));
        Self { theme: &app.theme, graphics: is_open.then_some(&app.graphics) }
    }
}

/// Side in pixels of a square picture of side `side` in a room of `columns` × `rows` cells: larger
/// by whole factors only, so that every pixel has one size; smaller by any.
pub fn fitting(side: usize, columns: u16, rows: u16) -> usize {
    let most = usize::from(columns).min(2 * usize::from(rows)) / 2 * 2;
    if side == 0 || most <= side { most } else { most / side * side / 2 * 2 }
}

/// Draws picture `index` into the upper left of `area` and says how many cells it covers.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    (set, index): (&ImageSet, usize),
    Brush { theme, graphics }: Brush,
) -> (u16, u16) {
    let side = fitting(set.side, area.width, area.height);
    let covered = Rect { width: side as u16, height: side as u16 / 2, ..area };
    if graphics.is_some_and(|graphics| graphics.draw(buffer, covered, (set, index))) {
        return (covered.width, covered.height);
    }
    for row in 0..side / 2 {
        for column in 0..side {
            let upper = mean((set, index), (column, 2 * row), side);
            let lower = mean((set, index), (column, 2 * row + 1), side);
            let (glyph, style) = cell(upper, lower, theme);
            let at = (area.x + column as u16, area.y + row as u16);
            if let Some(cell) = buffer.cell_mut(at) {
                cell.set_char(glyph).set_style(style);
            }
        }
    }
    (covered.width, covered.height)
}

/// The character for two pixels.
fn cell(upper: [u8; 3], lower: [u8; 3], theme: &Theme) -> (char, Style) {
    if theme.colours == ColourDepth::None {
        let both = (luminance(upper) + luminance(lower)) / 2;
        // On a light ground, ink is dark.
        let ink = if theme.name == ThemeName::Light { 255 - both } else { both };
        return (INK[ink as usize * INK.len() / 256], Style::new());
    }
    let colour = |[r, g, b]: [u8; 3]| theme.colours.colour((r, g, b));
    ('▀', Style::new().fg(colour(upper)).bg(colour(lower)))
}

/// Brightness from 0 to 255, as ITU-R BT.601 weighs the primaries.
fn luminance([r, g, b]: [u8; 3]) -> u32 {
    (299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b)) / 1_000
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    /// Red and green above, blue and white below.
    fn four_colours() -> ImageSet {
        let pixels = vec![255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255];
        ImageSet { side: 2, pixels, labels: vec![0] }
    }

    fn drawn(set: &ImageSet, (columns, rows): (u16, u16), depth: ColourDepth) -> Buffer {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        let theme = &Theme::new(ThemeName::Dark, depth);
        draw(&mut buffer, area, (set, 0), Brush { theme, graphics: None });
        buffer
    }

    #[test]
    fn a_cell_holds_the_upper_pixel_over_the_lower() {
        let buffer = drawn(&four_colours(), (2, 1), ColourDepth::TrueColor);
        let cell = &buffer[(0, 0)];
        assert_eq!(cell.symbol(), "▀");
        assert_eq!((cell.fg, cell.bg), (Color::Rgb(255, 0, 0), Color::Rgb(0, 0, 255)));
        let cell = &buffer[(1, 0)];
        assert_eq!((cell.fg, cell.bg), (Color::Rgb(0, 255, 0), Color::Rgb(255, 255, 255)));
    }

    #[test]
    fn the_palette_takes_the_nearest_colours() {
        let buffer = drawn(&four_colours(), (2, 1), ColourDepth::Palette256);
        assert_eq!(
            (buffer[(0, 0)].fg, buffer[(0, 0)].bg),
            (Color::Indexed(196), Color::Indexed(21))
        );
    }

    #[test]
    fn larger_pictures_repeat_pixels_and_smaller_ones_average() {
        let buffer = drawn(&four_colours(), (5, 9), ColourDepth::TrueColor);
        assert_eq!(
            (buffer[(1, 0)].fg, buffer[(1, 0)].bg),
            (Color::Rgb(255, 0, 0), Color::Rgb(255, 0, 0))
        );
        assert_eq!((buffer[(2, 1)].fg, buffer[(4, 0)].symbol()), (Color::Rgb(255, 255, 255), " "));
        let pixels = [[0_u8, 100].repeat(8), vec![0; 32]].concat();
        let set = ImageSet { side: 4, pixels, labels: vec![0] };
        let buffer = drawn(&set, (2, 1), ColourDepth::TrueColor);
        assert_eq!(buffer[(0, 0)].fg, Color::Rgb(50, 0, 0));
    }

    #[test]
    fn without_colour_brightness_is_ink() {
        let set = ImageSet { side: 2, pixels: [0, 255, 0, 255].repeat(3), labels: vec![0] };
        let buffer = drawn(&set, (2, 1), ColourDepth::None);
        assert_eq!((buffer[(0, 0)].symbol(), buffer[(1, 0)].symbol()), (" ", "@"));
        assert_eq!(buffer[(1, 0)].fg, Color::Reset);
    }

    #[test]
    fn pictures_of_any_side_find_a_size() {
        assert_eq!((fitting(32, 40, 40), fitting(32, 70, 40), fitting(32, 12, 6)), (32, 64, 12));
        assert_eq!((fitting(224, 40, 16), fitting(28, 60, 30), fitting(32, 1, 9)), (32, 56, 0));
    }
}
