//! The stem: a standard 3×3 convolution of images with three channels, padded by 1.
//!
//! Each image is turned into padded NHWC rows in scratch memory. There the window of an output
//! pixel is three contiguous segments of nine numbers, so the convolution is a matrix product
//! whose left operand is read in place, with overlapping rows.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    epilogue::{Count, Rectify},
    matmul::{Left, MAX_ROWS, Panels, Tiled, multiply, tiled},
    memory::{Buffer, with_scratch},
    norm::{Affine, Moments, Partial},
};

/// Colours of a pixel.
pub const COLOURS: usize = 3;
/// Numbers of a window in one row.
pub const SEGMENT: usize = 3 * COLOURS;
/// Numbers of a window.
pub const WINDOW: usize = 3 * SEGMENT;

/// Sizes of the stem.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub batch: usize,
    pub height: usize,
    pub width: usize,
    pub stride: usize,
    pub outputs: usize,
}

impl Shape {
    /// Pixels of an output row.
    pub fn out_width(&self) -> usize {
        self.width.div_ceil(self.stride)
    }

    /// Numbers of an image.
    pub fn image(&self) -> usize {
        COLOURS * self.height * self.width
    }

    /// Numbers of an output row.
    pub fn out_row(&self) -> usize {
        self.out_width() * self.outputs
    }

    /// Numbers of an image's output.
    pub fn out_image(&self) -> usize {
        self.height.div_ceil(self.stride) * self.out_row()
    }

    /// Images of a task; does not depend on the number of threads.
    pub fn task_images(&self) -> usize {
        self.batch.div_ceil(16).max(1)
    }

    /// Length of a padded row; a register tile may read beyond the last window.
    pub fn padded_row(&self) -> usize {
        COLOURS * (self.width + 2 + MAX_ROWS * self.stride)
    }

    /// Numbers of scratch for a padded image.
    pub fn scratch(&self) -> usize {
        (self.height + 3) * self.padded_row()
    }
}

/// From `[out][colour][ky][kx]` to `[ky][kx][colour][out]`, each filter times its `scale`.
fn by_window(weight: &[f32], scale: Option<&[f32]>) -> Vec<f32> {
    let outputs = weight.len() / WINDOW;
    let mut result = vec![0.0; weight.len()];
    for (output, filter) in weight.chunks_exact(WINDOW).enumerate() {
        for (at, value) in filter.iter().enumerate() {
            let (colour, tap) = (at / 9, at % 9);
            let scale = scale.map_or(1.0, |scale| scale[output]);
            result[(tap * COLOURS + colour) * outputs + output] = value * scale;
        }
    }
    result
}

/// Output in NHWC and its moments, from `images` in NCHW and `weight` `[out, 3, 3, 3]`.
pub fn forward(on: Machine, images: &[f32], weight: &[f32], shape: Shape) -> (Buffer, Moments) {
    let (y, partials) = run(on, images, by_window(weight, None), shape, None);
    (y, Moments::of(&partials, shape.outputs))
}

/// Output after normalisation by `affine` and ReLU.
pub fn infer(on: Machine, images: &[f32], weight: &[f32], affine: &Affine, shape: Shape) -> Buffer {
    let weight = by_window(weight, Some(&affine.scale));
    run(on, images, weight, shape, Some(&affine.shift)).0
}

fn run(
    on: Machine,
    images: &[f32],
    weight: Vec<f32>,
    shape: Shape,
    shift: Option<&[f32]>,
) -> (Buffer, Vec<Partial>) {
    let on = on.for_channels(shape.outputs);
    let panels = Panels::of_rows(on.team, on.isa, &weight, WINDOW);
    let mut y = Buffer::any(shape.batch * shape.out_image());
    let length = shape.task_images() * shape.out_image();
    let partials = on.team.map_chunks(&mut y, length, |task, y| {
        let count = y.len() / shape.out_image();
        let first = task * shape.task_images();
        let images = &images[first * shape.image()..][..count * shape.image()];
        with_scratch([shape.scratch()], |[scratch]| {
            on.isa.run(Forward { images, panels: &panels, y, scratch, shape, shift })
        })
    });
    (y, partials)
}

struct Forward<'a> {
    images: &'a [f32],
    panels: &'a Panels,
    y: &'a mut [f32],
    scratch: &'a mut [f32],
    shape: Shape,
    /// For inference.
    shift: Option<&'a [f32]>,
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
        self.shape.outputs
    }

    #[inline(always)]
    fn run<S: Simd, const ROWS: usize, const WIDTH: usize>(self, simd: S) -> Partial {
        let Self { images, panels, y, scratch, shape, shift } = self;
        let mut count = Count::new(shape.outputs);
        let pixels = y.len() / shape.outputs;
        let sources = images.chunks_exact(shape.image());
        scratch.fill(0.0);
        for (image, y) in sources.zip(y.chunks_exact_mut(shape.out_image())) {
            pad(image, scratch, &shape);
            for (row, y) in y.chunks_exact_mut(shape.out_row()).enumerate() {
                let left = windows(scratch, row, &shape);
                let target = (y, shape.outputs);
                match shift {
                    Some(shift) => {
                        let epilogue = &mut Rectify::by(shift);
                        multiply::<S, ROWS, WIDTH, 3>(simd, left, panels, target, epilogue);
                    }
                    None => multiply::<S, ROWS, WIDTH, 3>(simd, left, panels, target, &mut count),
                }
            }
        }
        count.finish(pixels, shape.outputs)
    }
}

/// The windows of an output row.
#[inline(always)]
pub fn windows<'a>(scratch: &'a [f32], row: usize, shape: &Shape) -> Left<'a, 3> {
    let length = shape.padded_row();
    let at = |ky: usize| &scratch[(row * shape.stride + ky) * length..];
    Left { segments: [at(0), at(1), at(2)], depth: SEGMENT, stride: COLOURS * shape.stride }
}

/// Writes an image as NHWC rows into `scratch`, whose padding is not touched: it must be zero.
#[inline(always)]
pub fn pad(image: &[f32], scratch: &mut [f32], shape: &Shape) {
    let (height, width, length) = (shape.height, shape.width, shape.padded_row());
    for row in 0..height {
        let target = &mut scratch[(row + 1) * length + COLOURS..][..COLOURS * width];
        let source = |colour: usize| &image[(colour * height + row) * width..][..width];
        let (red, green, blue) = (source(0), source(1), source(2));
        for (column, pixel) in target.as_chunks_mut::<COLOURS>().0.iter_mut().enumerate() {
            *pixel = [red[column], green[column], blue[column]];
        }
    }
}
