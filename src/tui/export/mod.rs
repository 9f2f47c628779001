//! A view as a picture: the cells that the terminal would show, drawn into a file.

mod cells;
mod glyph;
mod png;
mod strokes;
mod svg;

pub use cells::Sheet;
pub use png::png;
pub use svg::svg;

/// Width and height of a cell in the units of a picture: pixels of a PNG.
const CELL: (u32, u32) = (16, 32);

/// Red, green, blue.
type Rgb = [u8; 3];

#[cfg(test)]
mod tests;
