//! Passes over rows in scratch memory, and the sums that come out of them.

use pulp::Simd;

use super::{
    matmul::{self, MAX_ROWS},
    memory::Buffer,
    norm::{Affine, GradientRule},
    simd::{load, relu, store},
    team::Team,
};

/// Writes `max(0, x·scale + shift)` to rows of scratch, and zeros up to a whole register tile.
#[inline(always)]
pub fn normalise<S: Simd>(simd: S, x: &[f32], inputs: usize, affine: &Affine, scratch: &mut [f32]) {
    let stride = matmul::stride(inputs);
    let rows = x.len() / inputs;
    for (x, row) in x.chunks_exact(inputs).zip(scratch.chunks_exact_mut(stride)) {
        for at in (0..inputs).step_by(S::F32_LANES) {
            let scale = load(simd, &affine.scale, at);
            let shift = load(simd, &affine.shift, at);
            let value = simd.mul_add_e_f32s(load(simd, x, at), scale, shift);
            store(simd, row, at, relu(simd, value));
        }
    }
    scratch[rows * stride..rows.next_multiple_of(MAX_ROWS) * stride].fill(0.0);
}

/// Writes `∂y` to rows of scratch, and zeros up to a whole register tile.
#[inline(always)]
pub fn output_gradient<S: Simd>(
    simd: S,
    (g, y): (&[f32], &[f32]),
    rule: &GradientRule,
    dy: &mut [f32],
) {
    let outputs = rule.channels;
    let stride = matmul::stride(outputs);
    let rows = g.len() / outputs;
    let sources = g.chunks_exact(outputs).zip(y.chunks_exact(outputs));
    for ((g, y), row) in sources.zip(dy.chunks_exact_mut(stride)) {
        for at in (0..outputs).step_by(S::F32_LANES) {
            store(simd, row, at, rule.apply(simd, at, load(simd, g, at), load(simd, y, at)));
        }
    }
    dy[rows * stride..rows.next_multiple_of(MAX_ROWS) * stride].fill(0.0);
}

/// Adds the lanes of `vector` to sums in double precision.
#[inline(always)]
pub fn add_lanes<S: Simd>(sums: &mut [f64], vector: S::f32s) {
    let vector = [vector];
    for (sum, lane) in sums.iter_mut().zip(bytemuck::cast_slice::<S::f32s, f32>(&vector)) {
        *sum += f64::from(*lane);
    }
}

/// The sum of `shares`, in their order, into the first of them.
pub fn add_shares(team: &Team, shares: Vec<Buffer>, len: usize) -> Buffer {
    const CHUNK: usize = 16_384;
    let mut shares = shares.into_iter();
    let mut first = shares.next().unwrap_or_else(|| Buffer::zeroed(len));
    let others: Vec<Buffer> = shares.collect();
    team.map_chunks(&mut first, CHUNK, |index, part| {
        for other in &others {
            let other = &other[index * CHUNK..][..part.len()];
            part.iter_mut().zip(other).for_each(|(sum, value)| *sum += value);
        }
    });
    first
}
