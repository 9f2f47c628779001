//! Every operation and its gradients against plain loops in float64, on the adapter that is here.
#![expect(clippy::print_stdout, reason = "a test that did not run should say so")]

mod batch_norm;
mod depthwise;
mod pointwise;
mod pool;
mod squares;
mod stem;
mod update;

use std::{env, sync::OnceLock};

use burn::tensor::{Device, DeviceKind, Tensor, TensorData};

use super::SOFTWARE_TASKS;

/// Float32 sums of up to some thousand terms of about 1, in another order than the reference.
const TOLERANCE: f64 = 2e-5;

/// Batch, height, width, channels: odd, small, many, one.
pub const SHAPES: [[usize; 4]; 8] = [
    [1, 1, 1, 1],
    [1, 7, 5, 1],
    [2, 7, 5, 6],
    [3, 8, 8, 8],
    [65, 2, 2, 12],
    [65, 5, 7, 4],
    [1, 2, 3, 1000],
    [2, 17, 16, 16],
];

/// The adapter to test on, with autodiff: a software one, if there is one and `REAL_GPU` is not set.
///
/// With `REAL_GPU` set, a software adapter is taken for a real GPU, and burn multiplies matrices.
pub fn device() -> Option<Device> {
    // An adapter can be opened once in a process.
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    let software = env::var_os("REAL_GPU").is_none().then_some(DeviceKind::Cpu);
    let mut kinds = software.into_iter().chain([DeviceKind::DefaultDevice]);
    let open = |kind| Device::wgpu_options().device_kind(kind).tasks_max(SOFTWARE_TASKS).init();
    let device = DEVICE.get_or_init(|| kinds.find_map(|kind| open(kind).ok()));
    if device.is_none() {
        println!("skipped: no graphics adapter");
    }
    device.clone().map(Device::autodiff)
}

/// Numbers between -1 and 1 that look random and are the same each time.
pub fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Numbers as a tensor.
pub fn tensor<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

/// Fails unless all of `found` are as near to `expected` as float32 is, by the largest of them.
pub fn assert_near(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1.0_f64, |max, value| max.max(value.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / largest;
        assert!(error < TOLERANCE, "{what}: {found} for {expected} at {at}");
    }
}
