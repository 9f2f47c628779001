//! Sixel: six rows of pixels in a line of letters, of at most 256 colours.
//!
//! ratatui-image would mix colours that it lacks out of dots of others, as suits a photograph in
//! its own size. Here a pixel of the picture is a square, and is to stay one.

use std::{collections::HashMap, fmt::Write};

use super::pixels::Pixels;

/// Colours of a picture: what terminals have room for.
const MOST_COLOURS: usize = 256;
/// Rows of pixels in a line.
const BAND: usize = 6;

/// The picture as a device control string; what it does not cover stays as it is.
pub fn sixel(pixels: &Pixels) -> String {
    let (palette, indices) = reduced(&pixels.rgb);
    let (side, extent) = (pixels.side, pixels.extent());
    let mut text = format!("\u{1b}P0;1;0q\"1;1;{extent};{extent}");
    for (index, rgb) in palette.iter().enumerate() {
        let [r, g, b] = rgb.map(|value| (u32::from(value) * 100 + 127) / 255);
        let _ = write!(text, "#{index};2;{r};{g};{b}"); // a string takes everything
    }
    for top in (0..extent).step_by(BAND) {
        let lines = (0..BAND.min(extent - top)).map(|line| (top + line) / pixels.scale);
        let rows: Vec<&[u16]> = lines.map(|y| &indices[y * side..(y + 1) * side]).collect();
        let mut colours: Vec<u16> = rows.iter().flat_map(|row| row.iter().copied()).collect();
        colours.sort_unstable();
        colours.dedup();
        for colour in colours {
            let _ = write!(text, "#{colour}");
            let mut run = (0, 0);
            for x in 0..side {
                let bits = rows.iter().enumerate().filter(|(_, row)| row[x] == colour);
                let mask = bits.fold(0, |mask, (line, _)| mask | 1 << line);
                if mask != run.0 {
                    repeat(&mut text, run);
                    run = (mask, 0);
                }
                run.1 += pixels.scale;
            }
            repeat(&mut text, run);
            text.push('$');
        }
        text.push('-');
    }
    text.push_str("\u{1b}\\");
    text
}

/// Writes a pattern of six pixels `count` times.
fn repeat(text: &mut String, (mask, count): (u8, usize)) {
    let letter = char::from(b'?' + mask);
    match count {
        0 => {}
        1..4 => text.extend(std::iter::repeat_n(letter, count)),
        _ => {
            let _ = write!(text, "!{count}{letter}");
        }
    }
}

/// The colours of a picture, and for each of its pixels which it is. Where there are too many,
/// those that differ in their lowest bits only become their mean.
pub(super) fn reduced(rgb: &[[u8; 3]]) -> (Vec<[u8; 3]>, Vec<u16>) {
    for dropped in 0..8 {
        let mut known = HashMap::new();
        let mut sums: Vec<([u32; 3], u32)> = Vec::new();
        let indices: Vec<u16> = rgb
            .iter()
            .map(|rgb| {
                let next = known.len() as u16; // at most as many as there are pixels of a picture
                let index = *known.entry(rgb.map(|value| value >> dropped)).or_insert(next);
                if usize::from(index) == sums.len() {
                    sums.push(([0; 3], 0));
                }
                let (sum, count) = &mut sums[usize::from(index)];
                sum.iter_mut().zip(rgb).for_each(|(sum, value)| *sum += u32::from(*value));
                *count += 1;
                index
            })
            .take_while(|index| usize::from(*index) < MOST_COLOURS)
            .collect();
        if indices.len() == rgb.len() {
            let mean = |(sum, count): ([u32; 3], u32)| sum.map(|sum| (sum / count) as u8);
            return (sums.into_iter().map(mean).collect(), indices);
        }
    }
    (vec![[128; 3]], vec![0; rgb.len()]) // one bit of each makes eight colours: never reached
}
