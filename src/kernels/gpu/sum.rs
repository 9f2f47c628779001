//! The second half of a reduction in blocks: the sum over the blocks, in their order.

use burn::tensor::Shape;
use burn_cubecl::{
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::launch::{empty, grid};

/// Sums `partial`, `[blocks, ...]`, over its blocks, into a tensor of `shape`.
pub fn sum_blocks(partial: CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let output = empty(&partial, shape);
    let (blocks, units) = (partial.meta.shape[0], output.meta.num_elements());
    let (client, (count, dim)) = (output.client.clone(), grid(&output.client, units));
    let (from, to) = (partial.into_buffer_arg(), output.clone().into_buffer_arg());
    // SAFETY: units beyond `units` end at once; `partial` holds `blocks` times as many values.
    unsafe { sum_kernel::launch_unchecked(&client, count, dim, from, to, units, blocks) };
    output
}

#[cube(launch_unchecked)]
fn sum_kernel(partial: &[f32], output: &mut [f32], units: usize, blocks: usize) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let mut sum = 0.0f32;
    for block in 0..blocks {
        sum += partial[block * units + ABSOLUTE_POS];
    }
    output[ABSOLUTE_POS] = sum;
}
