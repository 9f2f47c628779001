//! What weights and activations of the run for tests are like.

use super::noise;
use crate::domain::{
    architecture::{ArchSpec, LayerSpec},
    events::{Dead, Distribution, LayerStatistics, LayerStats, TrainEvent},
};

/// A look at every layer of the article's network.
pub fn layer_stats(step: u64) -> TrainEvent {
    let specs = ArchSpec::with_classes(10).layers();
    let trained = specs.iter().filter(|spec| spec.parameters() > 0);
    let layers = trained.enumerate().map(|(i, spec)| statistics(step, i as u64, spec)).collect();
    TrainEvent::LayerStats(LayerStats { step, images: 64, layers })
}

fn statistics(step: u64, i: u64, spec: &LayerSpec) -> LayerStatistics {
    let (wobble, progress) = (0.1 * noise(step + i), step as f64 / 500.0);
    let spread = 0.05 + 0.05 * progress + 0.02 * wobble;
    LayerStatistics {
        name: spec.name.clone(),
        weights: Distribution {
            mean: 0.002 * (wobble - 0.05),
            deviation: spread,
            low: -3.1 * spread,
            high: 2.9 * spread,
            bins: bell(11.5, 4.0),
        },
        weight_norm: spread * (spec.parameters() as f64).sqrt(),
        gradient_norm: 0.3 / (1.0 + progress) + wobble,
        activations: Distribution {
            mean: 0.42 + wobble,
            deviation: 0.6 + wobble,
            low: 0.0,
            high: 5.2 + 10.0 * wobble,
            bins: bell(2.0, 6.0),
        },
        dead: spec.has_batch_norm().then_some(Dead {
            outputs: 0.5 + wobble,
            channels: if i > 20 { 0.02 * progress } else { 0.0 },
        }),
    }
}

fn bell(centre: f64, width: f64) -> Vec<u32> {
    let height = |bin: u32| 4_000.0 * (-((f64::from(bin) - centre) / width).powi(2)).exp();
    (0..24).map(|bin| height(bin) as u32).collect()
}
