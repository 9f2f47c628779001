//! What weights and activations are like at a step that was taken to look at them.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::bounds::{countable, layers, name, nan_as_null};

/// A histogram has at most so many bins, whoever wrote the line.
const MOST_BINS: usize = 64;

/// The layers of the network in one step: weights as they were before its update, gradients and
/// activations as they were in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerStats {
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    /// Images of the batch whose activations were looked at: the first ones.
    #[serde(deserialize_with = "countable")]
    pub images: usize,
    /// Every layer that has weights, in the order of the layer table.
    #[serde(deserialize_with = "layers")]
    pub layers: Vec<LayerStatistics>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerStatistics {
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// Of the filters, or of the classifier's matrix: without scale, shift and bias.
    pub weights: Distribution,
    /// L2 norm of the same numbers.
    #[serde(with = "nan_as_null")]
    pub weight_norm: f64,
    /// L2 norm over the gradients of everything that is trained in the layer: its square is the
    /// layer's part of the square of the step's `grad_norm`.
    #[serde(with = "nan_as_null")]
    pub gradient_norm: f64,
    /// Of what the layer puts out: behind BN and ReLU, or the logits.
    pub activations: Distribution,
    /// Outputs that ReLU made 0; `None` where there is no ReLU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead: Option<Dead>,
}

/// How many outputs of a ReLU are 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Dead {
    /// Share of all outputs, 0 to 1.
    #[serde(with = "nan_as_null")]
    pub outputs: f64,
    /// Share of the channels that are 0 everywhere in every image, 0 to 1.
    #[serde(with = "nan_as_null")]
    pub channels: f64,
}

/// Many numbers in a few.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    #[serde(with = "nan_as_null")]
    pub mean: f64,
    /// Standard deviation.
    #[serde(with = "nan_as_null")]
    pub deviation: f64,
    #[serde(with = "nan_as_null")]
    pub low: f64,
    #[serde(with = "nan_as_null")]
    pub high: f64,
    /// Numbers in each of equal parts of `low..=high`, counted in an even selection of all. What a
    /// ReLU made 0 is in no bin: it would dwarf the others.
    #[serde(default, deserialize_with = "bins")]
    pub bins: Vec<u32>,
}

impl LayerStats {
    /// The layer called `name`.
    pub fn of(&self, name: &str) -> Option<&LayerStatistics> {
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// Forgets the histograms, which are most of it.
    pub fn forget_bins(&mut self) {
        for layer in &mut self.layers {
            layer.weights.bins = Vec::new();
            layer.activations.bins = Vec::new();
        }
    }
}

fn bins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    let bins = Vec::deserialize(deserializer)?;
    match bins.len() {
        0..=MOST_BINS => Ok(bins),
        many => Err(de::Error::invalid_length(many, &"64 at most")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::events::{Record, TrainEvent};

    fn record(bins: usize) -> Record {
        let of = |mean| Distribution { mean, bins: vec![1; bins], ..Distribution::default() };
        let layer = LayerStatistics {
            name: "stem".into(),
            weights: of(0.5),
            weight_norm: 2.0,
            gradient_norm: 0.1,
            activations: of(0.25),
            dead: Some(Dead { outputs: 0.5, channels: 0.0 }),
        };
        let event = TrainEvent::LayerStats(LayerStats { step: 3, images: 8, layers: vec![layer] });
        Record { time: 1, event }
    }

    #[test]
    fn a_line_is_read_as_it_was_written_and_is_a_sample() {
        let line = serde_json::to_value(record(24)).unwrap();
        assert_eq!(line["type"].as_str(), Some("layer_stats"));
        assert_eq!(serde_json::from_value::<Record>(line).unwrap(), record(24));
        assert!(record(24).event.is_sample());
    }

    #[test]
    fn numbers_that_are_none_survive_the_file() {
        let TrainEvent::LayerStats(mut stats) = record(0).event else { unreachable!() };
        stats.layers[0].gradient_norm = f64::INFINITY;
        stats.layers[0].dead = None;
        let line = serde_json::to_string(&stats).unwrap();
        let read: LayerStats = serde_json::from_str(&line).unwrap();
        assert!(read.layers[0].gradient_norm.is_nan() && read.layers[0].dead.is_none());
    }

    #[test]
    fn more_bins_than_any_histogram_has_are_no_event() {
        let line = |bins| serde_json::to_string(&record(bins)).unwrap();
        assert!(serde_json::from_str::<Record>(&line(MOST_BINS)).is_ok());
        assert!(serde_json::from_str::<Record>(&line(MOST_BINS + 1)).is_err());
    }
}
