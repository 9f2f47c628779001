//! A depthwise-separable block in one pass, for inference.
//!
//! Both normalisations are folded into the weights. The depthwise output never reaches memory: as
//! many of its rows as fit the second cache are filtered into scratch memory and multiplied from
//! there.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    depthwise::{Shape, TAPS, by_tap},
    epilogue::{Epilogue, Rectify},
    matmul::{self, Left, MAX_ROWS, Panels, Tiled, multiply, tiled},
    memory::{Buffer, with_scratch},
    norm::Affine,
    simd::{load, padded, store},
};

/// Pixels that are filtered before they are multiplied.
const TILE: usize = 64;

/// A convolution with its normalisation.
#[derive(Clone, Copy)]
pub struct Folded<'a> {
    pub weight: &'a [f32],
    pub affine: &'a Affine,
}

/// `[batch, ⌈h/stride⌉, ⌈w/stride⌉, outputs]`, normalised and rectified, from `x` in NHWC.
/// The weights are `[channels, 1, 3, 3]` and `[outputs, channels, 1, 1]`.
pub fn infer(
    on: Machine,
    x: &[f32],
    depthwise: Folded<'_>,
    pointwise: Folded<'_>,
    shape: Shape,
) -> Buffer {
    let on = on.for_channels(shape.channels);
    let outputs = pointwise.affine.channels;
    let scale = Some(&*pointwise.affine.scale);
    let block = Block {
        filters: by_tap(depthwise.weight, Some(&depthwise.affine.scale)),
        panels: Panels::of_columns(on.team, on.isa, pointwise.weight, shape.channels, scale),
        shifts: [&depthwise.affine.shift, &pointwise.affine.shift],
        shape,
        outputs,
    };
    let out_image = shape.out_height() * shape.out_width() * outputs;
    let mut y = Buffer::any(shape.batch * out_image);
    let images = shape.task_images();
    on.team.map_chunks(&mut y, images * out_image, |task, y| {
        let count = y.len() / out_image;
        let x = &x[task * images * shape.image()..][..count * shape.image()];
        with_scratch([shape.width * shape.channels, block.tile()], |[zeros, tile]| {
            zeros.fill(0.0);
            on.isa.run(Infer { x, block: &block, y, zeros, tile });
        });
    });
    y
}

struct Block<'a> {
    filters: Vec<f32>,
    panels: Panels,
    /// Of the two normalisations.
    shifts: [&'a [f32]; 2],
    shape: Shape,
    outputs: usize,
}

impl Block<'_> {
    /// Pixels of a tile: whole rows of the output.
    fn tile_pixels(&self) -> usize {
        let row = self.shape.out_width();
        (TILE / row).max(1) * row
    }

    fn tile(&self) -> usize {
        let pixels = self.tile_pixels().next_multiple_of(MAX_ROWS);
        pixels * matmul::stride(self.shape.channels)
    }
}

struct Infer<'a> {
    x: &'a [f32],
    block: &'a Block<'a>,
    y: &'a mut [f32],
    /// A row of the image's padding.
    zeros: &'a [f32],
    tile: &'a mut [f32],
}

impl WithSimd for Infer<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        tiled(simd, self)
    }
}

impl Tiled for Infer<'_> {
    type Output = ();

    fn columns(&self) -> usize {
        self.block.outputs
    }

    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const WIDTH: usize>(self, simd: S) {
        let Self { x, block, mut y, zeros, tile } = self;
        let shape = block.shape;
        let step = matmul::stride(shape.channels);
        let width = shape.out_width();
        // Pixels in the tile so far; a tile may span images.
        let mut pixels = 0;
        for image in x.chunks_exact(shape.image()) {
            for row in 0..shape.out_height() {
                let window = window(image, zeros, row, &shape);
                let target = &mut tile[pixels * step..][..width * step];
                filter_row(simd, window, block, target);
                pixels += width;
                if pixels == block.tile_pixels() {
                    y = flush::<S, ROWS, WIDTH>(simd, block, tile, pixels, y);
                    pixels = 0;
                }
            }
        }
        flush::<S, ROWS, WIDTH>(simd, block, tile, pixels, y);
    }
}

/// Multiplies the pixels of a tile; returns what is left of `y`.
#[inline(always)]
fn flush<'a, S: Simd, const ROWS: usize, const WIDTH: usize>(
    simd: S,
    block: &Block<'_>,
    tile: &[f32],
    pixels: usize,
    y: &'a mut [f32],
) -> &'a mut [f32] {
    let (now, later) = y.split_at_mut(pixels * block.outputs);
    let channels = block.shape.channels;
    let left = Left { segments: [tile], depth: channels, stride: matmul::stride(channels) };
    let mut rectify = Rectify::by(block.shifts[1]);
    multiply::<S, ROWS, WIDTH, 1>(simd, left, &block.panels, (now, block.outputs), &mut rectify);
    later
}

/// The rows of `image`, from their first pixel, of which output row `row` is made.
#[inline(always)]
fn window<'a>(image: &'a [f32], zeros: &'a [f32], row: usize, shape: &Shape) -> [&'a [f32]; 3] {
    let at = |ky: usize| match (row * shape.stride + ky).checked_sub(1) {
        Some(index) if index < shape.height => &image[index * shape.width * shape.channels..],
        _ => zeros,
    };
    [at(0), at(1), at(2)]
}

/// One row of the depthwise output, normalised and rectified, from input rows read where they are:
/// padding them would cost a copy, and of that a row has but two pixels.
#[inline(always)]
fn filter_row<S: Simd>(simd: S, window: [&[f32]; 3], block: &Block<'_>, target: &mut [f32]) {
    let Shape { channels, width, stride, .. } = block.shape;
    let step = matmul::stride(channels);
    let rectify = Rectify::by(block.shifts[0]);
    for at in (0..channels).step_by(S::F32_LANES) {
        let mut filter = [simd.splat_f32s(0.0); TAPS];
        for (tap, value) in filter.iter_mut().enumerate() {
            *value = load(simd, &block.filters, tap * padded(channels) + at);
        }
        let mut strip = rectify.begin::<S, 1>(simd, at);
        for (column, target) in target.chunks_exact_mut(step).enumerate() {
            let centre = column * stride;
            let place = (centre * channels + at, channels);
            let value = match (centre > 0, centre + 1 < width) {
                (true, true) => filtered::<S, 0, 3>(simd, window, &filter, place),
                (false, true) => filtered::<S, 1, 3>(simd, window, &filter, place),
                (true, false) => filtered::<S, 0, 2>(simd, window, &filter, place),
                (false, false) => filtered::<S, 1, 2>(simd, window, &filter, place),
            };
            let [value] = rectify.pass(simd, &mut strip, [value]);
            store(simd, &mut target[..channels], at, value);
        }
    }
}

/// The columns `FROM..TO` of the filter, those within the image, around the pixel at `centre`.
#[inline(always)]
fn filtered<S: Simd, const FROM: usize, const TO: usize>(
    simd: S,
    window: [&[f32]; 3],
    filter: &[S::f32s; TAPS],
    (centre, pixel): (usize, usize),
) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for (row, taps) in window.iter().zip(filter.as_chunks::<3>().0) {
        for column in FROM..TO {
            let x = load(simd, row, centre + column * pixel - pixel);
            sum = simd.mul_add_e_f32s(x, taps[column], sum);
        }
    }
    sum
}
