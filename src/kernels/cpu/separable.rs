//! A depthwise-separable block in one pass, for inference.
//!
//! Both normalisations are folded into the weights. The depthwise output never reaches memory: as
//! many of its rows as fit the second cache are filtered into scratch memory and multiplied from
//! there.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    depthwise::{Ring, Shape, Target, by_tap, filter_row, image_row},
    epilogue::Rectify,
    matmul::{self, Left, MAX_ROWS, Panels, Tiled, multiply, tiled},
    memory::{Buffer, with_scratch},
    norm::Affine,
    simd::padded,
    team::Chunks,
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
    let parts = Chunks::new(&mut y, images * out_image);
    on.team.run(parts.count(), |task| {
        let y = parts.take(task);
        let count = y.len() / out_image;
        let x = &x[task * images * shape.image()..][..count * shape.image()];
        with_scratch([Ring::length(&shape), block.tile()], |[ring, tile]| {
            on.isa.run(Infer { x, block: &block, y, ring, tile });
        });
    });
    drop(parts);
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
    ring: &'a mut [f32],
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
        let Self { x, block, mut y, ring, tile } = self;
        let shape = block.shape;
        let step = matmul::stride(shape.channels);
        let width = shape.out_width();
        // Pixels in the tile so far; a tile may span images.
        let mut pixels = 0;
        for image in x.chunks_exact(shape.image()) {
            let mut ring = Ring::new(ring, &shape);
            for row in 0..shape.out_height() {
                ring.advance(row * shape.stride + 2, |index, target| {
                    copy_row(image_row(image, index, &shape), target, shape.channels);
                });
                let target = Target { row: &mut tile[pixels * step..][..width * step], step };
                let mut rectify = Rectify::by(block.shifts[0]);
                let window = ring.window(row * shape.stride);
                filter_row(simd, window, &block.filters, (target, &shape), &mut rectify);
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

#[inline(always)]
fn copy_row(source: &[f32], target: &mut [f32], channels: usize) {
    if padded(channels) == channels {
        return target.copy_from_slice(source);
    }
    let pixels = source.chunks_exact(channels).zip(target.chunks_exact_mut(padded(channels)));
    pixels.for_each(|(source, target)| target[..channels].copy_from_slice(source));
}
