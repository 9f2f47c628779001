//! A picture of braille dots, two by four in each cell.

/// Dots that are set or not. x runs from the left, y from the top, both in dots.
#[derive(Debug, Clone)]
pub struct Dots {
    columns: usize,
    rows: usize,
    masks: Vec<u8>,
}

/// Bit of each dot in Unicode's braille block, by row and column within the cell.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Dots {
    /// An empty picture over so many cells.
    pub fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, masks: vec![0; columns * rows] }
    }

    pub fn width(&self) -> usize {
        2 * self.columns
    }

    pub fn height(&self) -> usize {
        4 * self.rows
    }

    /// Sets a dot; outside the picture nothing happens.
    pub fn set(&mut self, x: usize, y: usize) {
        if x < self.width() && y < self.height() {
            self.masks[y / 4 * self.columns + x / 2] |= BITS[y % 4][x % 2];
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
    pub fn glyph(&self, column: usize, row: usize) -> Option<char> {
        let mask = self.masks[row * self.columns + column];
        (mask != 0).then(|| char::from_u32(0x2800 + u32::from(mask)).unwrap_or(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_joins_its_ends() {
        let mut dots = Dots::new(2, 1);
        dots.line((0, 0), (3, 3));
        assert_eq!((dots.glyph(0, 0), dots.glyph(1, 0)), (Some('⠑'), Some('⢄')));
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let mut dots = Dots::new(1, 1);
        dots.line((0, 0), (9, 0));
        assert_eq!(dots.glyph(0, 0), Some('⠉'));
    }
}
