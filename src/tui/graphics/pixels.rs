//! A picture in the pixels of the terminal.

use image::{Rgba, RgbaImage};

use crate::domain::images::ImageSet;

/// A square picture, each of its pixels a square of `scale` × `scale` pixels of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    pub side: usize,
    /// Rows from the top.
    pub rgb: Vec<[u8; 3]>,
    pub scale: usize,
}

impl Pixels {
    /// Picture `index` in a room of side `room`: larger by a whole factor, so that every pixel is
    /// as sharp and as large as the next; smaller by any.
    pub fn fitting((set, index): (&ImageSet, usize), room: usize) -> Self {
        let side = set.side.min(room);
        let scale = (room / set.side.max(1)).max(1);
        let at = |i: usize| mean((set, index), (i % side, i / side), side);
        Self { side, rgb: (0..side * side).map(at).collect(), scale }
    }

    /// Side in pixels of the terminal.
    pub fn extent(&self) -> usize {
        self.side * self.scale
    }

    /// The picture in the upper left of a canvas that is clear otherwise.
    pub fn canvas(&self, (width, height): (u32, u32)) -> RgbaImage {
        RgbaImage::from_fn(width, height, |x, y| {
            let (x, y) = (x as usize / self.scale, y as usize / self.scale);
            match x < self.side && y < self.side {
                true => {
                    let [r, g, b] = self.rgb[y * self.side + x];
                    Rgba([r, g, b, 255])
                }
                false => Rgba([0; 4]),
            }
        })
    }
}

/// The mean of the source pixels that lie under pixel (`x`, `y`) of a picture of side `side`.
pub fn mean((set, index): (&ImageSet, usize), (x, y): (usize, usize), side: usize) -> [u8; 3] {
    let range = |at: usize| {
        let from = at * set.side / side;
        from..((at + 1) * set.side / side).max(from + 1)
    };
    let mut sums = [0_u32; 3];
    for source_y in range(y) {
        for source_x in range(x) {
            let rgb = set.rgb(index, source_x, source_y);
            sums.iter_mut().zip(rgb).for_each(|(sum, value)| *sum += u32::from(value));
        }
    }
    let count = (range(x).len() * range(y).len()) as u32;
    sums.map(|sum| (sum / count) as u8)
}
