//! The memory of a training, alone in its process: the counter is one for all threads.
#![cfg(feature = "train")]

use burn::tensor::Device;
use mnv1_tui::{
    data::loader::Batch,
    domain::{architecture::ArchSpec, config::TrainConfig},
    kernels::{Engine, cpu::memory},
    model::weights::{self, Metadata, SavedNetwork},
    train::checkpoint,
};

#[test]
fn buffers_are_used_again_and_no_more_are_asked_for_after_the_tenth_step() {
    let spec = ArchSpec { alpha: 0.25, classes: 10, resolution: 32 };
    let network =
        SavedNetwork { spec, weights: weights::random(&spec, 1), metadata: Metadata::default() };
    let config = TrainConfig { alpha: spec.alpha, ..TrainConfig::default() };
    let device = (&Device::flex(), Engine::Own);
    let mut learner = checkpoint::learner(&config, &network, device, None).unwrap();
    let batch = Batch {
        epoch: 1,
        position: 0,
        images: vec![0.5; 16 * 3 * 32 * 32],
        labels: vec![3; 16],
        indices: (0..16).collect(),
    };
    let mut held = Vec::new();
    for _ in 0..500 {
        learner.step(batch.clone(), 1e-3).into_data();
        held.push(memory::held());
    }
    assert!(held[9] > 0, "the kernels take their memory here");
    assert!(held[9..].iter().all(|now| *now == held[9]), "{held:?}");
    drop(learner);
    memory::release();
    assert_eq!(memory::held(), 0, "no tensor is left, so no buffer is");
}
