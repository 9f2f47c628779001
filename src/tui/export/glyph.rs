//! Letters as pixels: Spleen, a bitmap font by Frederic Cambus, for Latin, Greek capitals, Cyrillic
//! and the usual signs.

use std::collections::HashMap;

use spleen_font::FONT_16X32;

use super::CELL;

/// A letter: a bit for each pixel of a row, the leftmost the highest of 16.
pub type Bitmap = [u16; CELL.1 as usize];

/// The letters of pictures.
pub struct Letters(HashMap<char, Bitmap>);

impl Letters {
    /// Reads the font that is built in: a file of format PSF 2 with a table of characters.
    pub fn new() -> Self {
        let word = |at: usize| FONT_16X32.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        let number = |at| word(at).map_or(0, u32::from_le_bytes) as usize;
        let (header, glyphs, size) = (number(8), number(16), number(20));
        let bitmaps = FONT_16X32.get(header..).unwrap_or_default();
        let table = bitmaps.get(glyphs * size..).unwrap_or_default();
        // (The crate's own search gives up at the first picture that no character has.)
        let names = table.split(|byte| *byte == END_OF_NAMES);
        let mut letters = HashMap::from([('α', ALPHA)]);
        for (names, bitmap) in names.zip(bitmaps.chunks_exact(size.max(1))) {
            let alone = names.split(|byte| *byte == BEGIN_OF_SEQUENCE).next().unwrap_or_default();
            let rows = bitmap.as_chunks().0.iter().map(|row| u16::from_be_bytes(*row));
            let mut picture = [0; CELL.1 as usize];
            picture.iter_mut().zip(rows).for_each(|(to, row)| *to = row);
            let names = String::from_utf8_lossy(alone);
            letters.extend(names.chars().map(|name| (name, picture)));
        }
        Self(letters)
    }

    /// The picture of `symbol`; an empty frame where the font has none.
    pub fn bitmap(&self, symbol: &str) -> Bitmap {
        let letter = symbol.chars().next().map(near);
        letter.and_then(|letter| self.0.get(&letter)).copied().unwrap_or(FRAME)
    }
}

const END_OF_NAMES: u8 = 0xff;
const BEGIN_OF_SEQUENCE: u8 = 0xfe;

/// The sign of the font that stands for one that it lacks.
fn near(letter: char) -> char {
    match letter {
        '—' => '–',
        '★' => '*',
        '□' => '○',
        '▪' => '■',
        '✓' => '√',
        other => other,
    }
}

/// The width multiplier, of which there is so much to say.
#[rustfmt::skip] // a picture
const ALPHA: Bitmap = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0b0000_1111_0000_1100,
    0b0001_1111_1001_1100,
    0b0011_1001_1101_1000,
    0b0111_0000_1111_1000,
    0b0110_0000_0111_0000,
    0b0110_0000_0111_0000,
    0b0110_0000_0110_0000,
    0b0110_0000_0111_0000,
    0b0110_0000_0111_0000,
    0b0111_0000_1111_1000,
    0b0011_1001_1101_1000,
    0b0001_1111_1001_1100,
    0b0000_1111_0000_1100,
    0, 0, 0, 0, 0, 0, 0,
];

/// What stands for a letter that the font lacks.
const FRAME: Bitmap = {
    let mut rows = [0; CELL.1 as usize];
    let mut row = 8;
    while row < 26 {
        rows[row] = if row == 8 || row == 25 { 0x3ffc } else { 0x2004 };
        row += 1;
    }
    rows
};
