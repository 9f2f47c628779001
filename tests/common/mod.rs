//! What several test files need.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::Path;

use mnv1_tui::{
    data::{self, DataRequest, Dataset},
    domain::{
        architecture::ArchSpec,
        config::{DatasetChoice, DeviceChoice, TrainConfig},
    },
    model::weights::{self, Metadata, SavedNetwork},
    train::{Divergence, Setup, Start, device},
};

/// Few and small steps on built-in pictures.
pub fn small() -> TrainConfig {
    TrainConfig {
        dataset: DatasetChoice::Shapes,
        device: DeviceChoice::Cpu,
        alpha: 0.25,
        epochs: 1,
        batch_size: 16,
        limit: Some(80),
        layers_every: 3,
        ..TrainConfig::default()
    }
}

/// The first pictures of `shapes`, and few of them to test on.
pub fn shapes(config: &TrainConfig) -> Dataset {
    let mut dataset = whole_shapes(config);
    let few: Vec<u32> = (0..64).collect();
    dataset.test = dataset.test.subset(&few);
    dataset
}

pub fn whole_shapes(config: &TrainConfig) -> Dataset {
    let request = DataRequest {
        choice: &config.dataset,
        data_dir: Path::new("nowhere"),
        seed: config.seed,
        resolution: config.resolution,
        limit: config.limit,
        download: false,
    };
    data::open(&request, &mut |_| {}).unwrap()
}

/// Everything for a training from random weights on the CPU.
pub fn setup(config: &TrainConfig) -> Setup {
    let dataset = shapes(config);
    let spec = ArchSpec {
        alpha: config.alpha,
        classes: dataset.class_names.len(),
        resolution: dataset.train.side,
    };
    let weights = weights::random(&spec, config.seed);
    let opened = device::open(config.device, None).unwrap();
    Setup {
        config: config.clone(),
        dataset,
        device: opened.device,
        device_description: opened.description,
        banner: None,
        network: SavedNetwork { spec, weights, metadata: Metadata::default() },
        start: Start::Fresh,
        divergence: Divergence::End { patience: 3 },
    }
}
