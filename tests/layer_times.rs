//! The times of the layers on a graphics adapter, alone in its process: an adapter can be opened
//! once in each.
#![cfg(feature = "wgpu")]
#![expect(clippy::print_stdout, reason = "a test that did not run should say so")]

use std::time::Instant;

use burn::tensor::{Tensor, TensorData, wgpu::wgpu};
use mnv1_tui::{
    data::loader::Batch,
    domain::{
        architecture::ArchSpec,
        config::{DeviceChoice, TrainConfig},
        events::LayerTime,
    },
    kernels::Engine,
    model::{
        probe::LayerClock,
        stopwatch::Method,
        weights::{self, Metadata, SavedNetwork},
    },
    train::{
        checkpoint,
        device::{self, Opened},
        learner::Learner,
    },
};

fn learner(opened: &Opened) -> Learner {
    let spec = ArchSpec { alpha: 0.25, classes: 10, resolution: 32 };
    let network =
        SavedNetwork { spec, weights: weights::random(&spec, 1), metadata: Metadata::default() };
    let config = TrainConfig { alpha: spec.alpha, ..TrainConfig::default() };
    checkpoint::learner(&config, &network, (&opened.device, Engine::Own), None).unwrap()
}

fn batch() -> Batch {
    let images = (0..32 * 3 * 32 * 32).map(|i| (i % 251) as f32 / 251.0).collect();
    let labels = (0..32).map(|i| i % 10).collect();
    Batch { epoch: 1, position: 0, images, labels, indices: (0..32).collect() }
}

fn bits(scalars: Tensor<1>) -> Vec<u32> {
    let values = scalars.into_data().try_into_vec::<f32>().unwrap();
    values.into_iter().map(f32::to_bits).collect()
}

/// Several steps, of which the second and the fourth are timed if `timed`.
fn losses(opened: &Opened, timed: bool) -> Vec<Vec<u32>> {
    let mut learner = learner(opened);
    let mut step = |number: usize| match timed && number % 2 == 1 {
        true => learner.timed_step(batch(), 1e-3).0,
        false => learner.step(batch(), 1e-3),
    };
    (0..5).map(|number| bits(step(number))).collect()
}

/// By what wgpu says of the adapter, without burn.
fn best_method(opened: &Opened) -> Method {
    let backends = wgpu::Backends::all();
    let descriptor = wgpu::InstanceDescriptor {
        backends,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    };
    let adapters = wgpu::Instance::new(descriptor).enumerate_adapters(backends);
    let adapters = pollster::block_on(adapters);
    let description = |adapter: &wgpu::Adapter| {
        let info = adapter.get_info();
        format!("wgpu {:?}, {}", info.backend, info.name)
    };
    let ours = adapters.iter().find(|adapter| description(adapter) == opened.description).unwrap();
    match ours.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
        true => Method::Timestamps,
        false => Method::Synchronised,
    }
}

/// All layers, forward and backward, in ms, as `method` has it: the shorter of two passes.
fn sum_by(method: Method, learner: &Learner) -> f64 {
    let names: Vec<String> = learner.spec.layers().into_iter().map(|layer| layer.name).collect();
    let pass = || {
        let images = TensorData::new(batch().images, [32, 3, 32, 32]);
        let images = Tensor::from_data(images, &learner.device);
        let mut clock = LayerClock::start(&learner.device, method);
        let logits = learner.network().forward_probed(images, &mut clock);
        logits.powi_scalar(2).mean().backward();
        let layers = clock.finish(&names).unwrap();
        layers.iter().map(|layer| layer.forward_ms + layer.backward_ms).sum()
    };
    f64::min(pass(), pass())
}

/// A step that ends between two layers, and marks that outlive their clock.
fn leave_half_way(learner: &Learner) {
    let images = Tensor::zeros([32, 3, 32, 32], &learner.device);
    let mut clock = LayerClock::start(&learner.device, learner.method);
    let logits = learner.network().forward_probed(images, &mut clock);
    drop(clock);
    logits.mean().backward();
    assert!(sum_by(learner.method, learner) > 0.0);
}

#[test]
fn an_adapter_times_every_layer_within_the_step_and_changes_no_number() {
    let opened = match device::open(DeviceChoice::Wgpu, None) {
        Ok(opened) => opened,
        Err(error) => return println!("skipped: {error}"),
    };
    let expected = best_method(&opened);
    let mut learner = learner(&opened);
    for _ in 0..3 {
        let start = Instant::now();
        let (scalars, timed) = learner.timed_step(batch(), 1e-3);
        bits(scalars);
        let step_ms = start.elapsed().as_secs_f64() * 1e3;
        let timed = timed.unwrap();
        assert_eq!(timed.method, expected);
        assert_eq!(timed.layers.len(), 29);
        let positive = |layer: &LayerTime| layer.forward_ms > 0.0 && layer.backward_ms > 0.0;
        assert!(timed.layers.iter().all(positive), "{:?}", timed.layers);
        let sum: f64 = timed.layers.iter().map(|l| l.forward_ms + l.backward_ms).sum();
        let whole = timed.forward_backward_ms;
        println!("{}: {sum:.1} of {whole:.1} ms in a step of {step_ms:.1} ms", timed.method);
        // Two clocks need not agree to the last percent.
        assert!(sum < 1.05 * whole && whole < step_ms, "{sum} of {whole} of {step_ms} ms");
    }
    if expected == Method::Timestamps {
        let [adapter, host] =
            [Method::Timestamps, Method::Synchronised].map(|method| sum_by(method, &learner));
        println!("{adapter:.1} ms by the adapter's clock, {host:.1} ms by the host's");
        // Machines have other things to do, and one clock sees the host's part, the other not.
        assert!((0.1..2.0).contains(&(adapter / host)), "{adapter} of {host} ms");
    }
    leave_half_way(&learner);
    assert_eq!(losses(&opened, true), losses(&opened, false));
}
