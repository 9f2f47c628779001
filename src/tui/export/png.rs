//! A sheet as pixels.

use std::io::Cursor;

use image::{ImageFormat, Rgb as Pixel, RgbImage};

use super::{
    CELL, Rgb, Sheet,
    cells::Tile,
    glyph::Letters,
    strokes::{DOT, Stroke, strokes},
};

/// Side of the grid of places in a pixel that are asked whether they are covered.
const SAMPLES: u32 = 4;
/// Half of the thickness of a light line.
const HALF_LINE: f32 = 1.0;

/// The sheet as a PNG file, 16 × 32 pixels a cell; `None` where it has no cells.
pub fn png(sheet: &Sheet) -> Option<Vec<u8>> {
    let (width, height) = (u32::from(sheet.columns) * CELL.0, sheet.rows.len() as u32 * CELL.1);
    let mut image = RgbImage::from_pixel(width, height, Pixel(sheet.ground));
    let letters = Letters::new();
    for (y, row) in (0_u32..).zip(&sheet.rows) {
        for tile in row {
            let corner = (u32::from(tile.column) * CELL.0, y * CELL.1);
            draw(&mut Canvas { image: &mut image, corner }, tile, &letters);
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).ok()?;
    Some(bytes.into_inner())
}

/// The image, seen from the upper left corner of a cell.
struct Canvas<'a> {
    image: &'a mut RgbImage,
    corner: (u32, u32),
}

impl Canvas<'_> {
    fn mix(&mut self, (x, y): (u32, u32), ink: Rgb, share: f32) {
        let at = (self.corner.0 + x, self.corner.1 + y);
        let Some(Pixel(old)) = self.image.get_pixel_mut_checked(at.0, at.1) else { return };
        let mixed = |from: u8, to: u8| f32::from(from) + (f32::from(to) - f32::from(from)) * share;
        *old = [0, 1, 2].map(|i| mixed(old[i], ink[i]).round() as u8);
    }
}

fn draw(canvas: &mut Canvas, tile: &Tile, letters: &Letters) {
    let width = u32::from(tile.columns) * CELL.0;
    let whole = || (0..CELL.1).flat_map(|y| (0..width).map(move |x| (x, y)));
    whole().for_each(|at| canvas.mix(at, tile.paper, 1.0));
    if let Some((parts, share)) = strokes(&tile.symbol) {
        let covered = whole().map(|at| (at, coverage(&parts, at)));
        covered.for_each(|(at, covered)| canvas.mix(at, tile.ink, covered * share));
    } else {
        letter(canvas, tile, letters);
    }
    if tile.underlined {
        (0..width).for_each(|x| (28..30).for_each(|y| canvas.mix((x, y), tile.ink, 1.0)));
    }
}

/// A letter, in the middle of the columns that it takes; bold ones are printed twice.
fn letter(canvas: &mut Canvas, tile: &Tile, letters: &Letters) {
    let shift = u32::from(tile.columns - 1) * CELL.0 / 2;
    for (y, row) in (0..).zip(letters.bitmap(&tile.symbol)) {
        let row = if tile.bold { row | row >> 1 } else { row };
        let set = (0..CELL.0).filter(|x| row >> (CELL.0 - 1 - x) & 1 == 1);
        set.for_each(|x| canvas.mix((x + shift, y), tile.ink, 1.0));
    }
}

/// How much of the pixel at (`x`, `y`) of a cell lies under its strokes, 0 to 1.
fn coverage(parts: &[Stroke], (x, y): (u32, u32)) -> f32 {
    let place = |pixel: u32, n: u32| pixel as f32 + (n as f32 + 0.5) / SAMPLES as f32;
    let samples = (0..SAMPLES * SAMPLES).map(|n| (place(x, n % SAMPLES), place(y, n / SAMPLES)));
    if parts.is_empty() {
        return 0.0;
    }
    let under = samples.filter(|at| parts.iter().any(|part| covers(part, *at))).count();
    under as f32 / (SAMPLES * SAMPLES) as f32
}

fn covers(part: &Stroke, (x, y): (f32, f32)) -> bool {
    match *part {
        Stroke::Rect([left, top, width, height]) => {
            (left..left + width).contains(&x) && (top..top + height).contains(&y)
        }
        Stroke::Dot(to_x, to_y) => (x - to_x).hypot(y - to_y) <= DOT,
        Stroke::Arc(to_x, to_y) => {
            let radius = CELL.0 as f32 / 2.0;
            // Only the quarter that leads from the middle of the cell to its side.
            let vertically = if to_y > CELL.1 as f32 / 2.0 { y <= to_y } else { y >= to_y };
            vertically && ((x - to_x).hypot(y - to_y) - radius).abs() <= HALF_LINE
        }
    }
}
