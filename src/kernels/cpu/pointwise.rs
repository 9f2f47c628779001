//! Pointwise convolution of a normalised input: `y = max(0, x·scale + shift) · Wᵀ`.
//!
//! `x` is `[rows, inputs]` with a row for each pixel of each image, `W` is `[outputs, inputs]`. A
//! tile of rows is normalised into scratch memory that fits the second cache and multiplied from
//! there; what comes out is counted into the moments of the next normalisation while it is in
//! registers. The backward pass makes `∂y` from `g` and `y` in the same way and takes both
//! products from one reading.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    epilogue::Count,
    matmul::{self, Left, MAX_ROWS, MAX_WIDTH, Panels, Tiled, multiply, tiled},
    memory::{Buffer, with_scratch},
    norm::{Affine, GradientRule, GradientSums, Moments, Normalisation, Partial},
    rows::{add_lanes, add_shares, normalise, output_gradient},
    simd::{MAX_LANES, load, padded, store, where_positive},
};

/// Rows that are normalised and multiplied at a time.
const TILE: usize = 64;
/// Tiles of a task: so many that partial sums are rare, and still several tasks a thread.
const TILES: usize = 8;

/// `y` (`[rows, outputs]`) and its moments.
pub fn forward(
    on: Machine,
    x: &[f32],
    affine: &Affine,
    weight: &[f32],
    inputs: usize,
) -> (Buffer, Moments) {
    let outputs = weight.len() / inputs;
    let rows = x.len() / inputs;
    let panels = Panels::of_columns(on.team, on.isa, weight, inputs, None);
    let mut y = Buffer::any(rows * outputs);
    let task_rows = task_rows(rows);
    let partials = on.team.map_chunks(&mut y, task_rows * outputs, |task, y| {
        let x = &x[task * task_rows * inputs..][..y.len() / outputs * inputs];
        with_scratch([TILE * matmul::stride(inputs)], |[scratch]| {
            on.isa.run(Forward { x, affine, panels: &panels, y, scratch, inputs, outputs })
        })
    });
    (y, Moments::of(&partials, outputs))
}

/// Rows of a task: a share of all rows that does not depend on the number of threads.
fn task_rows(rows: usize) -> usize {
    let even = rows.div_ceil(16).next_multiple_of(MAX_ROWS);
    even.clamp(MAX_ROWS, TILE * TILES)
}

struct Forward<'a> {
    x: &'a [f32],
    affine: &'a Affine,
    panels: &'a Panels,
    y: &'a mut [f32],
    scratch: &'a mut [f32],
    inputs: usize,
    outputs: usize,
}

impl WithSimd for Forward<'_> {
    type Output = Partial;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Partial {
        tiled(simd, self)
    }
}

impl Tiled for Forward<'_> {
    type Output = Partial;

    fn columns(&self) -> usize {
        self.outputs
    }

    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const WIDTH: usize>(self, simd: S) -> Partial {
        let Self { x, affine, panels, y, scratch, inputs, outputs } = self;
        let mut count = Count::new(outputs);
        let stride = matmul::stride(inputs);
        let tiles = x.chunks(TILE * inputs).zip(y.chunks_mut(TILE * outputs));
        for (x, y) in tiles {
            normalise(simd, x, inputs, affine, scratch);
            let left = Left { segments: [&*scratch], depth: inputs, stride };
            multiply::<S, ROWS, WIDTH, 1>(simd, left, panels, (y, outputs), &mut count);
        }
        count.finish(x.len() / inputs, outputs)
    }
}

/// What the forward pass left and the layer behind found out.
#[derive(Clone, Copy)]
pub struct Saved<'a> {
    /// Gradient of the layer's normalised output where that is positive: `[rows, outputs]`.
    pub g: &'a [f32],
    /// The layer's output: `[rows, outputs]`.
    pub y: &'a [f32],
    /// Makes `∂y` of them.
    pub rule: &'a GradientRule,
    /// The layer's input before normalisation: `[rows, inputs]`.
    pub x: &'a [f32],
    pub norm: &'a Normalisation,
    /// `[outputs, inputs]`.
    pub weight: &'a [f32],
}

/// Gradients that a layer yields.
pub struct Gradients {
    /// Of the normalised input where that is positive, shaped as `x`.
    pub input: Buffer,
    /// Sums over `input` for the normalisation of `x`.
    pub sums: GradientSums,
    pub weight: Buffer,
}

/// Both gradients. Each thread sums the weight gradient of its share of the rows, and the shares
/// are added in their order: the bits depend on the number of threads.
pub fn backward(on: Machine, saved: Saved<'_>, inputs: usize) -> Gradients {
    let outputs = saved.weight.len() / inputs;
    let rows = saved.x.len() / inputs;
    let panels = Panels::of_rows(on.team, on.isa, saved.weight, outputs);
    let mut input = Buffer::any(saved.x.len());
    let shares = on.team.size();
    let share_rows = rows.div_ceil(shares).next_multiple_of(MAX_ROWS);
    let results = on.team.map_chunks(&mut input, share_rows * inputs, |share, gx| {
        let first = share * share_rows;
        let count = gx.len() / inputs;
        let cut = |width: usize| first * width..(first + count) * width;
        let (g, y) = (&saved.g[cut(outputs)], &saved.y[cut(outputs)]);
        let saved = Saved { g, y, x: &saved.x[cut(inputs)], ..saved };
        let mut weight = Buffer::zeroed(outputs * inputs);
        let lengths = [inputs, outputs].map(|width| TILE * matmul::stride(width));
        let sums = with_scratch(lengths, |[a, dy]| {
            let kernel = Backward { saved, panels: &panels, gx, weight: &mut weight, a, dy };
            on.isa.run(kernel)
        });
        (sums, weight)
    });
    let mut sums = GradientSums::zeros(inputs);
    let add = |(share, weight): (GradientSums, Buffer)| {
        sums.add(&share);
        weight
    };
    let shares = results.into_iter().map(add).collect();
    Gradients { input, sums, weight: add_shares(on.team, shares, outputs * inputs) }
}

struct Backward<'a> {
    saved: Saved<'a>,
    panels: &'a Panels,
    gx: &'a mut [f32],
    weight: &'a mut [f32],
    /// Scratch for the normalised input and for `∂y`.
    a: &'a mut [f32],
    dy: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = GradientSums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> GradientSums {
        tiled(simd, self)
    }
}

impl Tiled for Backward<'_> {
    type Output = GradientSums;

    fn columns(&self) -> usize {
        self.saved.norm.affine.channels
    }

    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const WIDTH: usize>(self, simd: S) -> GradientSums {
        let Self { saved, panels, gx, weight, a, dy } = self;
        let (inputs, outputs) = (saved.norm.affine.channels, saved.rule.channels);
        let (a_stride, dy_stride) = (matmul::stride(inputs), matmul::stride(outputs));
        let mut sums = GradientSums::zeros(padded(inputs) + MAX_WIDTH * MAX_LANES);
        for (index, x) in saved.x.chunks(TILE * inputs).enumerate() {
            let rows = x.len() / inputs;
            let here = index * TILE * outputs..(index * TILE + rows) * outputs;
            normalise(simd, x, inputs, &saved.norm.affine, a);
            output_gradient(simd, (&saved.g[here.clone()], &saved.y[here]), saved.rule, dy);
            let gx = &mut gx[index * TILE * inputs..][..x.len()];
            let gate = Gate { x, a, stride: a_stride, norm: saved.norm, inputs };
            input_gradient::<S, ROWS, WIDTH>(simd, (dy, dy_stride), panels, (gx, &gate), &mut sums);
            let tile = (&*dy, dy_stride);
            weight_gradient::<S, ROWS, WIDTH>(simd, tile, (a, a_stride), (weight, inputs), rows);
        }
        sums.plain.truncate(inputs);
        sums.centred.truncate(inputs);
        sums
    }
}

/// The input of a tile, before and after normalisation.
struct Gate<'a> {
    x: &'a [f32],
    a: &'a [f32],
    stride: usize,
    norm: &'a Normalisation,
    inputs: usize,
}

/// `gx = ∂y · W` where the input is positive, counted into `sums`.
#[inline(always)]
fn input_gradient<S: Simd, const ROWS: usize, const WIDTH: usize>(
    simd: S,
    (dy, stride): (&[f32], usize),
    panels: &Panels,
    (gx, gate): (&mut [f32], &Gate<'_>),
    sums: &mut GradientSums,
) {
    let inputs = gate.inputs;
    let rows = gx.len() / inputs;
    for (first, panel) in panels.iter() {
        let zero = simd.splat_f32s(0.0);
        let (mut plain, mut centred) = ([zero; WIDTH], [zero; WIDTH]);
        let at: [usize; WIDTH] = std::array::from_fn(|j| first + j * S::F32_LANES);
        let live = at.map(|at| at < inputs);
        let mean: [S::f32s; WIDTH] =
            std::array::from_fn(
                |j| {
                    if live[j] { load(simd, &gate.norm.mean, at[j]) } else { zero }
                },
            );
        for row in (0..rows).step_by(ROWS) {
            let start = matmul::zero::<S, ROWS, WIDTH>(simd);
            let tile = matmul::rows_times_panel(simd, &dy[row * stride..], stride, panel, start);
            for (i, values) in tile.iter().enumerate().take(rows - row) {
                let a = &gate.a[(row + i) * gate.stride..][..gate.stride];
                let x = &gate.x[(row + i) * inputs..][..inputs];
                let target = &mut gx[(row + i) * inputs..][..inputs];
                for j in 0..WIDTH {
                    if live[j] {
                        let g = where_positive(simd, load(simd, a, at[j]), values[j]);
                        let offset = simd.sub_f32s(load(simd, x, at[j]), mean[j]);
                        store(simd, target, at[j], g);
                        plain[j] = simd.add_f32s(plain[j], g);
                        centred[j] = simd.mul_add_e_f32s(g, offset, centred[j]);
                    }
                }
            }
        }
        for j in 0..WIDTH {
            add_lanes::<S>(&mut sums.plain[at[j]..], plain[j]);
            add_lanes::<S>(&mut sums.centred[at[j]..], centred[j]);
        }
    }
}

/// `weight += ∂yᵀ · a` over the rows of a tile.
#[inline(always)]
fn weight_gradient<S: Simd, const ROWS: usize, const WIDTH: usize>(
    simd: S,
    (dy, dy_stride): (&[f32], usize),
    (a, a_stride): (&[f32], usize),
    (weight, inputs): (&mut [f32], usize),
    rows: usize,
) {
    let outputs = weight.len() / inputs;
    for first in (0..inputs).step_by(WIDTH * S::F32_LANES) {
        for output in (0..outputs).step_by(ROWS) {
            let start = matmul::zero::<S, ROWS, WIDTH>(simd);
            let factors = (&dy[output..], dy_stride);
            let vectors = (&a[first..], a_stride);
            let tile = matmul::transposed_times_rows(simd, factors, vectors, rows, start);
            for (i, values) in tile.iter().enumerate().take(outputs - output) {
                let target = &mut weight[(output + i) * inputs..][..inputs];
                for (j, value) in values.iter().enumerate() {
                    let at = first + j * S::F32_LANES;
                    if at < inputs {
                        let sum = simd.add_f32s(load(simd, target, at), *value);
                        store(simd, target, at, sum);
                    }
                }
            }
        }
    }
}
