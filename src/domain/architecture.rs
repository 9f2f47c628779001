//! The architecture table of MobileNet-V1 and every count that follows from it.

use serde::Serialize;

/// Channels of the stem at `alpha` 1.
pub const STEM_CHANNELS: usize = 32;

/// Depthwise-separable blocks as (output channels, stride): Howard et al. 2017, table 1.
/// Only the stem differs, stride 1 for 2, so that a 32×32 image reaches the pooling as 2×2.
#[rustfmt::skip] // a table
pub const BLOCKS: [(usize, usize); 13] = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
    (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
];

/// Added to the variance before the square root in every batch normalisation.
pub const BN_EPSILON: f64 = 1e-5;
/// Share of the batch's statistics in each update of the running statistics.
pub const BN_MOMENTUM: f64 = 0.1;

/// No layer gets narrower than this, however small `alpha` is.
const MIN_CHANNELS: usize = 8;

/// What distinguishes one MobileNet-V1 from another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArchSpec {
    /// Width multiplier (dimensionless).
    pub alpha: f64,
    /// Number of classes the classifier tells apart.
    pub classes: usize,
    /// Side of the square input in pixels.
    pub resolution: usize,
}

/// What a layer computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerKind {
    /// A standard convolution over all input channels, with batch normalisation and ReLU.
    Conv,
    /// One 3×3 filter for each channel, with batch normalisation and ReLU.
    Depthwise,
    /// A 1×1 convolution that mixes the channels, with batch normalisation and ReLU.
    Pointwise,
    /// The mean over all positions of each channel.
    Pooling,
    /// A fully connected layer with bias.
    Linear,
}

impl LayerKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Conv => "conv",
            Self::Depthwise => "depthwise",
            Self::Pointwise => "pointwise",
            Self::Pooling => "pooling",
            Self::Linear => "linear",
        }
    }
}

/// One row of the layer table: a convolution with its BN and ReLU, the pooling, or the classifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSpec {
    /// The layer's name, also the prefix of its weights on disk: `blocks.0.depthwise`.
    pub name: String,
    pub kind: LayerKind,
    /// Side of the square filter in pixels (1 for the classifier, the input's side for pooling).
    pub kernel: usize,
    pub stride: usize,
    pub in_channels: usize,
    pub out_channels: usize,
    /// Side of the square output in pixels.
    pub out_side: usize,
}

impl LayerSpec {
    /// Numbers that training changes: weights, and scale and shift of the normalisation.
    pub fn parameters(&self) -> u64 {
        let normalisation = if self.has_batch_norm() { 2 * self.out_channels } else { 0 };
        (self.weights() + normalisation) as u64
    }

    /// Numbers that are tracked and not trained: running mean and variance.
    pub fn non_trainable(&self) -> u64 {
        if self.has_batch_norm() { 2 * self.out_channels as u64 } else { 0 }
    }

    /// Multiply-adds for one image: those of convolutions and of the classifier, as is customary.
    pub fn macs(&self) -> u64 {
        let positions = (self.out_side * self.out_side) as u64;
        match self.kind {
            LayerKind::Pooling => 0,
            LayerKind::Linear => (self.in_channels * self.out_channels) as u64,
            LayerKind::Conv | LayerKind::Depthwise | LayerKind::Pointwise => {
                self.weights() as u64 * positions
            }
        }
    }

    /// Multiply-adds of a standard convolution with this layer's kernel and shapes:
    /// Dk²·M·N·Df². Only the depthwise layers differ from it.
    pub fn standard_macs(&self) -> u64 {
        match self.kind {
            LayerKind::Depthwise => self.macs() * self.in_channels as u64,
            _ => self.macs(),
        }
    }

    pub fn has_batch_norm(&self) -> bool {
        matches!(self.kind, LayerKind::Conv | LayerKind::Depthwise | LayerKind::Pointwise)
    }

    fn weights(&self) -> usize {
        match self.kind {
            LayerKind::Conv | LayerKind::Pointwise => {
                self.kernel * self.kernel * self.in_channels * self.out_channels
            }
            LayerKind::Depthwise => self.kernel * self.kernel * self.out_channels,
            LayerKind::Pooling => 0,
            LayerKind::Linear => (self.in_channels + 1) * self.out_channels,
        }
    }
}

/// One depthwise-separable block seen as the replacement of one standard convolution.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockCost {
    pub name: String,
    /// Multiply-adds of depthwise and pointwise together: Dk²·M·Df² + M·N·Df².
    pub macs: u64,
    /// Multiply-adds of the standard 3×3 convolution it stands for: Dk²·M·N·Df².
    pub standard_macs: u64,
    /// `macs / standard_macs`, which is 1/N + 1/Dk².
    pub ratio: f64,
}

impl ArchSpec {
    /// The network of the article: `alpha` 1, 32×32 pixels.
    pub fn with_classes(classes: usize) -> Self {
        Self { alpha: 1.0, classes, resolution: 32 }
    }

    /// Channels of a layer that has `base` channels at `alpha` 1.
    pub fn channels(&self, base: usize) -> usize {
        MIN_CHANNELS.max((base as f64 * self.alpha) as usize)
    }

    /// Every layer in the order of the forward pass: stem, 13 × (depthwise, pointwise), pooling,
    /// classifier.
    pub fn layers(&self) -> Vec<LayerSpec> {
        let mut channels = self.channels(STEM_CHANNELS);
        let mut side = self.resolution;
        let mut layers = vec![conv_layer("stem", LayerKind::Conv, (3, 1), (3, channels), side)];
        for (index, (base, stride)) in BLOCKS.into_iter().enumerate() {
            side = side.div_ceil(stride);
            let name = |part| format!("blocks.{index}.{part}");
            let depthwise = (channels, channels);
            let pointwise = (channels, self.channels(base));
            let kind = LayerKind::Depthwise;
            layers.push(conv_layer(&name("depthwise"), kind, (3, stride), depthwise, side));
            let kind = LayerKind::Pointwise;
            layers.push(conv_layer(&name("pointwise"), kind, (1, 1), pointwise, side));
            channels = self.channels(base);
        }
        layers.push(conv_layer("pooling", LayerKind::Pooling, (side, 1), (channels, channels), 1));
        let shape = (channels, self.classes);
        layers.push(conv_layer("classifier", LayerKind::Linear, (1, 1), shape, 1));
        layers
    }

    /// The 13 blocks with the cost of the standard convolutions that they replace.
    pub fn block_costs(&self) -> Vec<BlockCost> {
        let layers = self.layers();
        let pairs = layers[1..=2 * BLOCKS.len()].chunks_exact(2);
        pairs.map(|pair| block_cost(&pair[0], &pair[1])).collect()
    }

    /// Numbers that training changes.
    pub fn parameters(&self) -> u64 {
        self.layers().iter().map(LayerSpec::parameters).sum()
    }

    /// Running means and variances.
    pub fn non_trainable(&self) -> u64 {
        self.layers().iter().map(LayerSpec::non_trainable).sum()
    }

    /// Multiply-adds for one image.
    pub fn macs(&self) -> u64 {
        self.layers().iter().map(LayerSpec::macs).sum()
    }
}

fn conv_layer(
    name: &str,
    kind: LayerKind,
    (kernel, stride): (usize, usize),
    (in_channels, out_channels): (usize, usize),
    out_side: usize,
) -> LayerSpec {
    LayerSpec { name: name.to_owned(), kind, kernel, stride, in_channels, out_channels, out_side }
}

fn block_cost(depthwise: &LayerSpec, pointwise: &LayerSpec) -> BlockCost {
    let macs = depthwise.macs() + pointwise.macs();
    let standard_macs = depthwise.macs() * pointwise.out_channels as u64;
    let name = depthwise.name.trim_end_matches(".depthwise").to_owned();
    BlockCost { name, macs, standard_macs, ratio: macs as f64 / standard_macs as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(alpha: f64) -> ArchSpec {
        ArchSpec { alpha, ..ArchSpec::with_classes(10) }
    }

    #[test]
    fn counts_equal_those_of_keras() {
        #[rustfmt::skip] // a table
        let expected = [
            (0.25, 215_642, 5_472, 3_331_072), (0.5, 823_722, 10_944, 12_167_168),
            (0.75, 1_824_250, 16_416, 26_508_288), (1.0, 3_217_226, 21_888, 46_354_432),
        ];
        for (alpha, trainable, other, macs) in expected {
            let spec = spec(alpha);
            assert_eq!(
                (spec.parameters(), spec.non_trainable(), spec.macs()),
                (trainable, other, macs)
            );
        }
    }

    #[test]
    fn a_thousand_classes_give_the_papers_4_2_million() {
        assert_eq!(ArchSpec::with_classes(1000).parameters(), 4_231_976);
    }

    #[test]
    fn twenty_seven_convolutions_then_pooling_and_classifier() {
        let layers = spec(1.0).layers();
        assert_eq!(layers.iter().filter(|l| l.has_batch_norm()).count(), 27);
        assert_eq!(layers.len(), 29);
        assert_eq!(layers[26].out_side, 2);
    }

    #[test]
    fn a_block_costs_one_over_n_plus_one_ninth_of_a_standard_convolution() {
        for (block, (channels, _)) in spec(1.0).block_costs().iter().zip(BLOCKS) {
            let expected = 1.0 / channels as f64 + 1.0 / 9.0;
            assert!((block.ratio - expected).abs() < 1e-12, "{}: {}", block.name, block.ratio);
        }
    }

    #[test]
    fn narrow_networks_keep_eight_channels() {
        assert_eq!(spec(0.1).layers()[0].out_channels, 8);
    }
}
