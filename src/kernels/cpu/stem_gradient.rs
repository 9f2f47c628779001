//! Gradient of the stem's weight: windows of the images, transposed, times `∂y`. The images
//! themselves need no gradient.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    matmul::{self, Left, MAX_ROWS, transposed_times_rows},
    memory::{Buffer, with_scratch},
    norm::GradientRule,
    rows::output_gradient,
    simd::{load, store},
    stem::{COLOURS, SEGMENT, Shape, WINDOW, pad, windows},
};

/// Gradient of the weight, `[out, 3, 3, 3]`; `g` and `y` are in NHWC, `images` in NCHW.
pub fn backward(
    on: Machine,
    (g, y): (&[f32], &[f32]),
    rule: &GradientRule,
    images: &[f32],
    shape: Shape,
) -> Buffer {
    let tasks = shape.batch.div_ceil(shape.task_images());
    let dy_length = shape.out_width().next_multiple_of(MAX_ROWS) * matmul::stride(shape.outputs);
    let parts = on.team.map(tasks, |task| {
        let first = task * shape.task_images();
        let count = shape.task_images().min(shape.batch - first);
        let cut = |length: usize| first * length..(first + count) * length;
        let mut sums = Buffer::zeroed(WINDOW * matmul::stride(shape.outputs));
        with_scratch([shape.scratch(), dy_length], |[scratch, dy]| {
            let outside = (&g[cut(shape.out_image())], &y[cut(shape.out_image())]);
            let images = &images[cut(shape.image())];
            let sums = &mut *sums;
            on.isa.run(Backward { outside, rule, images, shape, scratch, dy, sums });
        });
        sums
    });
    let mut weight = Buffer::zeroed(shape.outputs * WINDOW);
    let row = matmul::stride(shape.outputs);
    for sums in &parts {
        for (output, filter) in weight.chunks_exact_mut(WINDOW).enumerate() {
            for (at, value) in filter.iter_mut().enumerate() {
                *value += sums[(at % 9 * COLOURS + at / 9) * row + output];
            }
        }
    }
    weight
}

struct Backward<'a> {
    outside: (&'a [f32], &'a [f32]),
    rule: &'a GradientRule,
    images: &'a [f32],
    shape: Shape,
    scratch: &'a mut [f32],
    dy: &'a mut [f32],
    /// `[ky][kx][colour][out]`, rows padded.
    sums: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // 16 registers hold fewer accumulators.
        match (S::F32_LANES == 8, self.shape.outputs <= S::F32_LANES) {
            (true, _) => self.run::<S, 3, 2>(simd),
            (false, true) => self.run::<S, 9, 1>(simd),
            (false, false) => self.run::<S, 9, 2>(simd),
        }
    }
}

impl Backward<'_> {
    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const WIDTH: usize>(self, simd: S) {
        let Self { outside: (g, y), rule, images, shape, scratch, dy, sums } = self;
        let outputs = g.chunks_exact(shape.out_image()).zip(y.chunks_exact(shape.out_image()));
        scratch.fill(0.0);
        for (image, (g, y)) in images.chunks_exact(shape.image()).zip(outputs) {
            pad(image, scratch, &shape);
            let rows = g.chunks_exact(shape.out_row()).zip(y.chunks_exact(shape.out_row()));
            for (row, outside) in rows.enumerate() {
                output_gradient(simd, outside, rule, dy);
                add_windows::<S, ROWS, WIDTH>(
                    simd,
                    windows(scratch, row, &shape),
                    dy,
                    sums,
                    &shape,
                );
            }
        }
    }
}

/// `sums += windowsᵀ · dy` over an output row.
#[inline(always)]
fn add_windows<S: Simd, const ROWS: usize, const WIDTH: usize>(
    simd: S,
    windows: Left<'_, 3>,
    dy: &[f32],
    sums: &mut [f32],
    shape: &Shape,
) {
    let stride = matmul::stride(shape.outputs);
    for first in (0..shape.outputs).step_by(WIDTH * S::F32_LANES) {
        for (ky, segment) in windows.segments.iter().enumerate() {
            for part in (0..SEGMENT).step_by(ROWS) {
                let tile = transposed_times_rows::<S, ROWS, WIDTH>(
                    simd,
                    (&segment[part..], windows.stride),
                    (&dy[first..], stride),
                    shape.out_width(),
                    matmul::zero(simd),
                );
                for (i, values) in tile.into_iter().enumerate() {
                    let target = &mut sums[(ky * SEGMENT + part + i) * stride..][..stride];
                    for (j, value) in values.into_iter().enumerate() {
                        let at = first + j * S::F32_LANES;
                        let sum = simd.add_f32s(load(simd, target, at), value);
                        store(simd, target, at, sum);
                    }
                }
            }
        }
    }
}
