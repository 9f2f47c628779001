//! Curves as small dots within the cells of a terminal.

use super::glyphs::Glyphs;

/// What dots stand for: where a cell has too few of them to tell, the glyph must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    Line,
    /// The line of the run that this one is compared with.
    Behind,
    Band,
}

/// Dots that are set or not. x runs from the left, y from the top, both in dots.
#[derive(Debug, Clone)]
pub struct Dots {
    glyphs: Glyphs,
    columns: usize,
    rows: usize,
    masks: Vec<u8>,
}

/// Bit of each dot in Unicode's braille block, by row and column within the cell.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Dots {
    /// An empty picture over so many cells.
    pub fn new(glyphs: Glyphs, columns: usize, rows: usize) -> Self {
        Self { glyphs, columns, rows, masks: vec![0; columns * rows] }
    }

    pub fn width(&self) -> usize {
        self.glyphs.dots().0 * self.columns
    }

    pub fn height(&self) -> usize {
        self.glyphs.dots().1 * self.rows
    }

    /// Dots of a cell, across and down.
    pub fn cell(&self) -> (usize, usize) {
        self.glyphs.dots()
    }

    /// Sets a dot; outside the picture nothing happens.
    pub fn set(&mut self, x: usize, y: usize) {
        let (across, down) = self.glyphs.dots();
        if x < self.width() && y < self.height() {
            self.masks[y / down * self.columns + x / across] |= BITS[y % down][x % across];
        }
    }

    /// A straight line from one dot to another.
    pub fn line(&mut self, from: (usize, usize), to: (usize, usize)) {
        let length = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        let between = |a: usize, b: usize, i: usize| {
            (a as f64 + (b as f64 - a as f64) * i as f64 / length as f64).round() as usize
        };
        (0..=length).for_each(|i| self.set(between(from.0, to.0, i), between(from.1, to.1, i)));
    }

    /// The character of a cell, or `None` where no dot is set.
    pub fn glyph(&self, column: usize, row: usize, stroke: Stroke) -> Option<char> {
        let mask = self.masks[row * self.columns + column];
        let glyph = match (self.glyphs, stroke, mask) {
            (Glyphs::Braille, ..) => char::from_u32(0x2800 + u32::from(mask)).unwrap_or(' '),
            (Glyphs::Blocks, Stroke::Band, _) | (Glyphs::Ascii, Stroke::Band, _) => {
                self.glyphs.raw()
            }
            (_, Stroke::Behind, _) => self.glyphs.behind(),
            (Glyphs::Blocks, Stroke::Line, 1) => '▀',
            (Glyphs::Blocks, Stroke::Line, 2) => '▄',
            (Glyphs::Blocks, Stroke::Line, _) => '█',
            (Glyphs::Ascii, Stroke::Line, _) => '#',
        };
        (mask != 0).then_some(glyph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_joins_its_ends_in_whatever_it_is_made_of() {
        let drawn = |glyphs: Glyphs, to| {
            let mut dots = Dots::new(glyphs, 2, 1);
            dots.line((0, 0), to);
            [0, 1].map(|column| dots.glyph(column, 0, Stroke::Line).unwrap_or(' '))
        };
        assert_eq!(drawn(Glyphs::Braille, (3, 3)), ['⠑', '⢄']);
        assert_eq!(drawn(Glyphs::Blocks, (1, 1)), ['▀', '▄']);
        assert_eq!(drawn(Glyphs::Ascii, (1, 1)), ['#', '#']);
        assert_eq!(drawn(Glyphs::Braille, (9, 0)), ['⠉', '⠉']);
    }
}
