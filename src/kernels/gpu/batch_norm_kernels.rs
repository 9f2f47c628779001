//! The kernels of batch normalisation. A row is all channels of one position.
//!
//! Rows are dealt out in turn, so that units which work side by side read side by side.

use burn_cubecl::cubecl::{self, num_traits::Zero, prelude::*};

/// One block of the statistics: mean and sum of squared deviations of every `blocks`-th row, by
/// Welford's method, which never subtracts large sums.
#[cube(launch_unchecked)]
pub fn partial_statistics<N: Size>(
    x: &[Vector<f32, N>],
    means: &mut [Vector<f32, N>],
    squares: &mut [Vector<f32, N>],
    units: usize,
    rows: usize,
    #[comptime] lanes: usize,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (block, blocks) = (ABSOLUTE_POS / lanes, units / lanes);
    let mut mean = Vector::<f32, N>::zero();
    let mut square = Vector::<f32, N>::zero();
    for step in 0..(rows - block).div_ceil(blocks) {
        let value = x[ABSOLUTE_POS + step * units];
        let delta = value - mean;
        mean += delta * Vector::new(1.0f32 / f32::cast_from(step + 1));
        square += delta * (value - mean);
    }
    means[ABSOLUTE_POS] = mean;
    squares[ABSOLUTE_POS] = square;
}

/// Merges the blocks' statistics in their order.
///
/// Source: Chan, Golub, LeVeque 1983, "Algorithms for computing the sample variance".
#[cube(launch_unchecked)]
pub fn merge_statistics(
    means: &[f32],
    squares: &[f32],
    mean: &mut [f32],
    variance: &mut [f32],
    channels: usize,
    blocks: usize,
    rows: usize,
) {
    if ABSOLUTE_POS >= channels {
        terminate!();
    }
    let mut merged = 0.0f32;
    let mut square = 0.0f32;
    let mut total = 0.0f32;
    for block in 0..blocks {
        let count = f32::cast_from((rows - block).div_ceil(blocks));
        let delta = means[block * channels + ABSOLUTE_POS] - merged;
        let share = count / (total + count);
        square += squares[block * channels + ABSOLUTE_POS] + delta * delta * total * share;
        merged += delta * share;
        total += count;
    }
    mean[ABSOLUTE_POS] = merged;
    variance[ABSOLUTE_POS] = square / total;
}

/// Deviation from the mean in standard deviations.
#[cube]
fn normal<N: Size>(
    value: Vector<f32, N>,
    mean: Vector<f32, N>,
    inverse: Vector<f32, N>,
) -> Vector<f32, N> {
    (value - mean) * inverse
}

#[cube]
fn inverse_deviation<N: Size>(variance: Vector<f32, N>, epsilon: f32) -> Vector<f32, N> {
    (variance + Vector::new(epsilon)).inverse_sqrt()
}

/// `value` where `of` is positive, else 0.
#[cube]
fn where_positive<N: Size>(of: Vector<f32, N>, value: Vector<f32, N>) -> Vector<f32, N> {
    select_many(of.greater_than(&Vector::zero()), value, Vector::zero())
}

#[cube(launch_unchecked)]
pub fn normalise_relu<N: Size>(
    x: &[Vector<f32, N>],
    gamma: &[Vector<f32, N>],
    beta: &[Vector<f32, N>],
    mean: &[Vector<f32, N>],
    variance: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    units: usize,
    rows: usize,
    epsilon: f32,
    #[comptime] lanes: usize,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (lane, first, strides) = (ABSOLUTE_POS % lanes, ABSOLUTE_POS / lanes, units / lanes);
    let (gamma, beta, mean) = (gamma[lane], beta[lane], mean[lane]);
    let inverse = inverse_deviation::<N>(variance[lane], epsilon);
    for step in 0..(rows - first).div_ceil(strides) {
        let at = ABSOLUTE_POS + step * units;
        let y = normal::<N>(x[at], mean, inverse) * gamma + beta;
        output[at] = where_positive::<N>(y, y);
    }
}

/// One block of the sums of `grad` and of `grad` times the normalised `x`, where ReLU let it pass.
#[cube(launch_unchecked)]
pub fn gradient_sums<N: Size>(
    x: &[Vector<f32, N>],
    grad: &[Vector<f32, N>],
    gamma: &[Vector<f32, N>],
    beta: &[Vector<f32, N>],
    mean: &[Vector<f32, N>],
    variance: &[Vector<f32, N>],
    scaled: &mut [Vector<f32, N>],
    plain: &mut [Vector<f32, N>],
    units: usize,
    rows: usize,
    epsilon: f32,
    #[comptime] lanes: usize,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (lane, block, blocks) = (ABSOLUTE_POS % lanes, ABSOLUTE_POS / lanes, units / lanes);
    let (gamma, beta, mean) = (gamma[lane], beta[lane], mean[lane]);
    let inverse = inverse_deviation::<N>(variance[lane], epsilon);
    let mut sum_scaled = Vector::<f32, N>::zero();
    let mut sum_plain = Vector::<f32, N>::zero();
    for step in 0..(rows - block).div_ceil(blocks) {
        let at = ABSOLUTE_POS + step * units;
        let normal = normal::<N>(x[at], mean, inverse);
        let passed = where_positive::<N>(normal * gamma + beta, grad[at]);
        sum_plain += passed;
        sum_scaled += passed * normal;
    }
    scaled[ABSOLUTE_POS] = sum_scaled;
    plain[ABSOLUTE_POS] = sum_plain;
}

/// Sums the blocks' sums in their order.
#[cube(launch_unchecked)]
pub fn merge_sums(
    scaled: &[f32],
    plain: &[f32],
    gamma: &mut [f32],
    beta: &mut [f32],
    channels: usize,
    blocks: usize,
) {
    if ABSOLUTE_POS >= channels {
        terminate!();
    }
    let mut sum_scaled = 0.0f32;
    let mut sum_plain = 0.0f32;
    for block in 0..blocks {
        sum_scaled += scaled[block * channels + ABSOLUTE_POS];
        sum_plain += plain[block * channels + ABSOLUTE_POS];
    }
    gamma[ABSOLUTE_POS] = sum_scaled;
    beta[ABSOLUTE_POS] = sum_plain;
}

/// The gradient of `x`, which changes mean and variance, too.
#[cube(launch_unchecked)]
pub fn input_gradient<N: Size>(
    x: &[Vector<f32, N>],
    grad: &[Vector<f32, N>],
    gamma: &[Vector<f32, N>],
    beta: &[Vector<f32, N>],
    mean: &[Vector<f32, N>],
    variance: &[Vector<f32, N>],
    sum_scaled: &[Vector<f32, N>],
    sum_plain: &[Vector<f32, N>],
    output: &mut [Vector<f32, N>],
    units: usize,
    rows: usize,
    epsilon: f32,
    #[comptime] lanes: usize,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (lane, first, strides) = (ABSOLUTE_POS % lanes, ABSOLUTE_POS / lanes, units / lanes);
    let (gamma, beta, mean) = (gamma[lane], beta[lane], mean[lane]);
    let inverse = inverse_deviation::<N>(variance[lane], epsilon);
    let share = Vector::<f32, N>::new(1.0f32 / f32::cast_from(rows));
    let (scaled, plain) = (sum_scaled[lane] * share, sum_plain[lane] * share);
    for step in 0..(rows - first).div_ceil(strides) {
        let at = ABSOLUTE_POS + step * units;
        let normal = normal::<N>(x[at], mean, inverse);
        let passed = where_positive::<N>(normal * gamma + beta, grad[at]);
        output[at] = gamma * inverse * (passed - plain - normal * scaled);
    }
}
