//! The selected picture as a file.

use std::io::Cursor;

use image::ImageFormat;

use super::SamplesView;
use crate::tui::graphics::Pixels;

/// Fewest pixels of a side: the pictures themselves are too small for most viewers.
const SIDE: usize = 256;

impl SamplesView {
    /// The selected picture as PNG, larger by a whole factor, and what to call it.
    pub fn png(&self) -> Option<(String, Vec<u8>)> {
        let shown = self.shown.as_ref()?;
        let (images, index) = (&shown.samples.images, self.selected()?);
        let judged = &shown.judged[index];
        let room = images.side * SIDE.div_ceil(images.side.max(1)).max(1);
        let pixels = Pixels::fitting((images, index), room);
        let extent = pixels.extent() as u32;
        let mut png = Cursor::new(Vec::new());
        pixels.canvas((extent, extent)).write_to(&mut png, ImageFormat::Png).ok()?;
        let (truth, prediction) = (self.name(judged.truth), self.name(judged.prediction));
        let name = format!("{}-{index}-{truth}-as-{prediction}", shown.made.split.label());
        Some((name, png.into_inner()))
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::*;

    #[test]
    fn the_selected_picture_is_saved_in_its_pixels() {
        let mut app = running();
        let (name, bytes) = saved(&mut app, "4lep");
        let index = app.views.samples.selected().unwrap();
        let evaluation = app.run.evaluations.last().unwrap();
        let samples = samples(evaluation);
        let truth = CLASSES[usize::from(samples.predictions.labels[index])];
        let prediction = CLASSES[samples.predictions.prediction(index)];
        let expected = format!("0102-0304-validation-{index}-{truth}-as-{prediction}.png");
        assert_eq!(name, expected);
        let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (256, 256));
        for (x, y, pixel) in picture.enumerate_pixels() {
            let (x, y) = (x as usize / 8, y as usize / 8);
            assert_eq!(pixel.0, samples.images.rgb(index, x, y));
        }
    }
}
