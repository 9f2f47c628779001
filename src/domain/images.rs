//! Labelled pictures as plain bytes: what a data set holds and what the dashboard shows.

use std::sync::Arc;

/// Classes of a data set: more are not told apart by anybody who looks on.
pub const MOST_CLASSES: usize = 1_000;

/// Square RGB pictures of one size, with their labels.
///
/// # Shapes
/// `pixels` is `[count, 3, side, side]`: planes of red, green and blue, rows from the top.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageSet {
    /// Side of every picture in pixels.
    pub side: usize,
    pub pixels: Vec<u8>,
    /// Index of the class of each picture.
    pub labels: Vec<u16>,
}

impl ImageSet {
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Bytes of one picture.
    pub fn stride(&self) -> usize {
        3 * self.side * self.side
    }

    /// The three planes of picture `index`.
    pub fn image(&self, index: usize) -> &[u8] {
        let stride = self.stride();
        &self.pixels[index * stride..(index + 1) * stride]
    }

    /// Red, green and blue at column `x`, row `y` of picture `index`.
    pub fn rgb(&self, index: usize, x: usize, y: usize) -> [u8; 3] {
        let (image, plane) = (self.image(index), self.side * self.side);
        let at = y * self.side + x;
        [image[at], image[plane + at], image[2 * plane + at]]
    }

    /// The pictures at `indices`, in that order.
    pub fn subset(&self, indices: &[u32]) -> Self {
        let mut pixels = Vec::with_capacity(indices.len() * self.stride());
        indices.iter().for_each(|&i| pixels.extend_from_slice(self.image(i as usize)));
        let labels = indices.iter().map(|&i| self.labels[i as usize]).collect();
        Self { side: self.side, pixels, labels }
    }
}

/// One evaluation in full: for each picture of a split, its label and the network's logits.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// Step after which the network was evaluated.
    pub step: u64,
    pub classes: usize,
    /// `[count, classes]`, row-major.
    pub logits: Vec<f32>,
    pub labels: Vec<u16>,
}

impl Predictions {
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    pub fn logits_of(&self, index: usize) -> &[f32] {
        &self.logits[index * self.classes..(index + 1) * self.classes]
    }

    /// The class with the largest logit (the first of equals).
    pub fn prediction(&self, index: usize) -> usize {
        let logits = self.logits_of(index);
        (1..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best })
    }

    /// Softmax of the logits of picture `index`.
    pub fn probabilities(&self, index: usize) -> Vec<f32> {
        let logits = self.logits_of(index);
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exps: Vec<f32> = logits.iter().map(|l| (l - largest).exp()).collect();
        let sum: f32 = exps.iter().sum();
        exps.into_iter().map(|e| e / sum).collect()
    }

    /// Cross-entropy of picture `index` in nats.
    pub fn loss(&self, index: usize) -> f32 {
        let logits = self.logits_of(index);
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|l| (l - largest).exp()).sum();
        largest + sum.ln() - logits[self.labels[index] as usize]
    }

    /// The `count` most probable classes with their probabilities, best first.
    pub fn top(&self, index: usize, count: usize) -> Vec<(usize, f32)> {
        let mut ranked: Vec<_> = self.probabilities(index).into_iter().enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(count);
        ranked
    }
}

/// Predictions together with the pictures they are about: row `i` is picture `i`.
#[derive(Debug, Clone)]
pub struct Samples {
    pub predictions: Arc<Predictions>,
    pub images: Arc<ImageSet>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictions() -> Predictions {
        Predictions {
            step: 1,
            classes: 3,
            logits: vec![0.0, 2.0, 1.0, 5.0, 5.0, -1.0],
            labels: vec![0, 1],
        }
    }

    #[test]
    fn the_largest_logit_is_the_prediction_and_the_first_of_equals_wins() {
        assert_eq!((predictions().prediction(0), predictions().prediction(1)), (1, 0));
    }

    #[test]
    fn loss_is_the_negative_log_of_the_labels_probability() {
        let p = predictions();
        assert!((p.loss(0) + p.probabilities(0)[0].ln()).abs() < 1e-6);
        assert_eq!(p.top(0, 2).iter().map(|t| t.0).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_subset_keeps_pictures_and_labels_together() {
        let set = ImageSet { side: 1, pixels: (0..9).collect(), labels: vec![7, 8, 9] };
        let picked = set.subset(&[2, 0]);
        assert_eq!((picked.rgb(0, 0, 0), picked.labels), ([6, 7, 8], vec![9, 7]));
    }
}
