//! How many kernels a training step launches on a graphics adapter, alone in its process: the counter
//! is one for all threads.
#![cfg(feature = "wgpu")]
#![expect(clippy::print_stdout, reason = "a test that did not run should say so")]

use mnv1_tui::{
    data::loader::Batch,
    domain::{
        architecture::{ArchSpec, BLOCKS},
        config::{DeviceChoice, TrainConfig},
    },
    kernels::{Engine, gpu::launches},
    model::weights::{self, Metadata, SavedNetwork},
    train::{checkpoint, device},
};

/// What `kernels::gpu` says on paper.
const CONVOLUTIONS: u64 = 2 * BLOCKS.len() as u64;
const STEM: u64 = 9;
const LAYER: u64 = 10;
const POOLING: u64 = 2;
/// Weights of the convolutions, gamma and beta behind each, and the classifier's two.
const WEIGHTS: u64 = 3 * (CONVOLUTIONS + 1) + 2;

#[test]
fn a_step_launches_what_the_documentation_says() {
    let opened = match device::open(DeviceChoice::Wgpu, None) {
        Ok(opened) if opened.notice.is_some() => opened,
        Ok(_) => return println!("skipped: on a real GPU burn multiplies matrices"),
        Err(error) => return println!("skipped: {error}"),
    };
    let spec = ArchSpec { alpha: 0.25, classes: 10, resolution: 32 };
    let network =
        SavedNetwork { spec, weights: weights::random(&spec, 1), metadata: Metadata::default() };
    let config = TrainConfig { alpha: spec.alpha, ..TrainConfig::default() };
    let on = (&opened.device, Engine::Own);
    let mut learner = checkpoint::learner(&config, &network, on, None).unwrap();
    let batch = Batch {
        epoch: 1,
        position: 0,
        images: vec![0.5; 64 * 3 * 32 * 32],
        labels: vec![3; 64],
        indices: (0..64).collect(),
    };
    let mut counts = Vec::new();
    for _ in 0..3 {
        let before = launches();
        let numbers = learner.step(batch.clone(), 1e-3).into_data();
        assert!(numbers.try_into_vec::<f32>().unwrap().iter().all(|number| number.is_finite()));
        opened.device.sync().unwrap();
        counts.push(launches() - before);
    }
    // Running statistics are burn's, and so is the classifier.
    let expected = STEM + CONVOLUTIONS * LAYER + POOLING + 2 * WEIGHTS;
    assert_eq!(counts[1..], [expected; 2], "{counts:?}");
}
