//! What a layer makes of one picture: its feature maps.

use super::{
    architecture::{ArchSpec, LayerKind},
    events::Split,
    images::ImageSet,
};

/// Which maps are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureRequest {
    /// Place in the layer table: the stem is 0.
    pub layer: usize,
    pub split: Split,
    /// Place of the picture in its split.
    pub sample: usize,
}

impl FeatureRequest {
    /// Whether the layer has maps: there are none behind the pooling.
    pub fn has_maps(&self, arch: &ArchSpec) -> bool {
        let layers = arch.layers();
        let kind = layers.get(self.layer).map(|layer| layer.kind);
        kind.is_some_and(|kind| !matches!(kind, LayerKind::Pooling | LayerKind::Linear))
    }
}

/// What a request came to; `Err` says why not, in words.
pub type FeatureAnswer = (FeatureRequest, Result<FeatureMaps, String>);

/// The output of a layer for one picture, after normalisation and ReLU.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMaps {
    /// Updates that the weights have had.
    pub step: u64,
    pub channels: usize,
    /// Side of each map in pixels.
    pub side: usize,
    /// `[channels, side, side]`, row-major.
    pub values: Vec<f32>,
    /// The picture alone, with its label.
    pub picture: ImageSet,
}

impl FeatureMaps {
    /// One map, `[side, side]`.
    pub fn map(&self, channel: usize) -> &[f32] {
        let area = self.side * self.side;
        self.values.get(channel * area..(channel + 1) * area).unwrap_or(&[])
    }
}
