//! What every launch needs: buffers, vectors, how many units of work, and which kind of machine.

use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::{DType, Shape};
use burn_cubecl::{
    cubecl::{
        CubeCount, CubeDim, Device, calculate_cube_count_elemwise,
        client::Client,
        wgpu::{WgpuDevice, WgpuDeviceKind},
    },
    kernel::into_contiguous,
    ops::numeric::empty_device_contiguous_dtype,
    tensor::CubeTensor,
};

/// Channels that one unit of work handles at once, where their number allows it.
const VECTOR: usize = 4;
/// Units of work that keep a real GPU busy.
const GPU_UNITS: usize = 16 * 1024;
/// Units of work that keep the few cores behind a software adapter busy.
const SOFTWARE_UNITS: usize = 1024;

/// `tensor` as these kernels read it: float32, its elements in the order of its shape.
pub fn contiguous(tensor: CubeTensor) -> CubeTensor {
    assert_eq!(tensor.dtype, DType::F32, "the kernels are for float32");
    into_contiguous(tensor)
}

/// An uninitialised float32 tensor where `like` is.
pub fn empty(like: &CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let (client, device) = (like.client.clone(), like.device.clone());
    empty_device_contiguous_dtype(client, device, shape.into(), DType::F32)
}

/// How many channels make one vector.
pub fn vector_size(channels: usize) -> usize {
    if channels.is_multiple_of(VECTOR) { VECTOR } else { 1 }
}

/// Whether the processor computes: lavapipe, SwiftShader, WARP.
pub fn is_software(tensor: &CubeTensor) -> bool {
    matches!(&tensor.device, Device::Wgpu(WgpuDevice { kind: WgpuDeviceKind::Cpu, .. }))
}

/// In how many blocks to reduce `items`, when `lanes` units work on each block.
///
/// Enough to keep the device busy, few enough that a block is worth a partial result.
pub fn blocks(tensor: &CubeTensor, items: usize, lanes: usize) -> usize {
    let (units, least) = match is_software(tensor) {
        true => (SOFTWARE_UNITS, 16),
        false => (GPU_UNITS, 8),
    };
    (units / lanes).min(items / least).max(1)
}

/// Kernels of this module that were launched.
static LAUNCHES: AtomicU64 = AtomicU64::new(0);

/// How many kernels of this module were launched in this process.
pub fn launches() -> u64 {
    LAUNCHES.load(Ordering::Relaxed)
}

/// Cubes for `units` units of work, one position each: asked for once by each launch.
pub fn grid(client: &Client, units: usize) -> (CubeCount, CubeDim) {
    LAUNCHES.fetch_add(1, Ordering::Relaxed);
    let dim = CubeDim::new_1d(64);
    (calculate_cube_count_elemwise(client, units, dim), dim)
}
