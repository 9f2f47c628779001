//! Depthwise 3×3 convolution of a normalised input: one filter for each channel, padded by 1.
//!
//! Rows of the image are normalised once into a ring of padded scratch rows and filtered from
//! there, a vector of channels at a time; nothing else touches memory.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    epilogue::{Count, Epilogue},
    memory::{Buffer, with_scratch},
    norm::{Affine, Moments, Partial},
    simd::{MAX_LANES, load, padded, relu, store},
};

/// Taps of a filter.
pub const TAPS: usize = 9;

/// Sizes of a depthwise layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub batch: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    /// 1 or 2.
    pub stride: usize,
}

impl Shape {
    pub fn out_height(&self) -> usize {
        self.height.div_ceil(self.stride)
    }

    pub fn out_width(&self) -> usize {
        self.width.div_ceil(self.stride)
    }

    /// Numbers of one image of the input.
    pub fn image(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Numbers of one image of the output.
    pub fn out_image(&self) -> usize {
        self.out_height() * self.out_width() * self.channels
    }

    /// The output, as if it were the input of a layer.
    pub fn outside(&self) -> Self {
        Self { height: self.out_height(), width: self.out_width(), ..*self }
    }

    /// Images of a task; does not depend on the number of threads.
    pub fn task_images(&self) -> usize {
        self.batch.div_ceil(16).max(1)
    }
}

/// Filters as `[tap][channel]`, channels padded by zeros, from `[channel][1][3][3]`; each filter
/// times its `scale` if there is one.
pub fn by_tap(weight: &[f32], scale: Option<&[f32]>) -> Vec<f32> {
    let channels = weight.len() / TAPS;
    let row = padded(channels);
    let mut result = vec![0.0; TAPS * row];
    for (channel, filter) in weight.chunks_exact(TAPS).enumerate() {
        for (tap, value) in filter.iter().enumerate() {
            result[tap * row + channel] = value * scale.map_or(1.0, |scale| scale[channel]);
        }
    }
    result
}

/// Output `[batch, ⌈h/stride⌉, ⌈w/stride⌉, channels]` and its moments, from `x` in NHWC before
/// normalisation and `weight` `[channels, 1, 3, 3]`.
pub fn forward(
    on: Machine,
    x: &[f32],
    affine: &Affine,
    weight: &[f32],
    shape: Shape,
) -> (Buffer, Moments) {
    let on = on.for_channels(shape.channels);
    let filters = by_tap(weight, None);
    let mut y = Buffer::any(shape.batch * shape.out_image());
    let images = shape.task_images();
    let partials = on.team.map_chunks(&mut y, images * shape.out_image(), |task, y| {
        let count = y.len() / shape.out_image();
        let x = &x[task * images * shape.image()..][..count * shape.image()];
        with_scratch([Ring::length(&shape)], |[scratch]| {
            on.isa.run(Forward { x, affine, filters: &filters, y, scratch, shape })
        })
    });
    (y, Moments::of(&partials, shape.channels))
}

struct Forward<'a> {
    x: &'a [f32],
    affine: &'a Affine,
    filters: &'a [f32],
    y: &'a mut [f32],
    scratch: &'a mut [f32],
    shape: Shape,
}

impl WithSimd for Forward<'_> {
    type Output = Partial;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Partial {
        let Self { x, affine, filters, y, scratch, shape } = self;
        let mut count = Count::new(shape.channels);
        let out_row = shape.out_width() * shape.channels;
        let pixels = y.len() / shape.channels;
        let images = x.chunks_exact(shape.image()).zip(y.chunks_exact_mut(shape.out_image()));
        for (x, y) in images {
            let mut ring = Ring::new(scratch, &shape);
            for (row, y) in y.chunks_exact_mut(out_row).enumerate() {
                ring.advance(row * shape.stride + 2, |index, target| {
                    normalise_row(simd, image_row(x, index, &shape), affine, target);
                });
                let window = ring.window(row * shape.stride);
                let target = Target { row: y, step: shape.channels };
                filter_row(simd, window, filters, (target, &shape), &mut count);
            }
        }
        count.finish(pixels, shape.channels)
    }
}

/// Row `index` of an image.
pub fn image_row<'a>(image: &'a [f32], index: usize, shape: &Shape) -> &'a [f32] {
    &image[index * shape.width * shape.channels..][..shape.width * shape.channels]
}

/// Three rows in scratch, padded by one row of zeros above and below the image and by one pixel of
/// zeros at either side.
pub struct Ring<'a> {
    rows: &'a mut [f32],
    stride: usize,
    height: usize,
    pixel: usize,
    /// Padded rows that were written.
    filled: usize,
}

impl<'a> Ring<'a> {
    const ROWS: usize = 3;

    /// Numbers of scratch for the input of a layer.
    pub fn length(shape: &Shape) -> usize {
        Self::ROWS * Self::row_length(shape.width, shape.channels)
    }

    fn row_length(width: usize, channels: usize) -> usize {
        // The odd vector keeps rows apart in the first cache.
        (width + 2) * padded(channels) + MAX_LANES
    }

    /// A ring for the rows of one image, as wide and high as the input of `shape`.
    pub fn new(scratch: &'a mut [f32], shape: &Shape) -> Self {
        let stride = Self::row_length(shape.width, shape.channels);
        scratch.fill(0.0);
        Self {
            rows: scratch,
            stride,
            height: shape.height,
            pixel: padded(shape.channels),
            filled: 0,
        }
    }

    /// Fills the ring up to padded row `last`: `fill` gets the number of a row of the image and
    /// where its pixels go, each padded to whole vectors.
    #[inline(always)]
    pub fn advance(&mut self, last: usize, mut fill: impl FnMut(usize, &mut [f32])) {
        while self.filled <= last {
            let (index, pixel) = (self.filled, self.pixel);
            let at = (index % Self::ROWS) * self.stride;
            let row = &mut self.rows[at..at + self.stride - MAX_LANES];
            if index == 0 || index > self.height {
                row.fill(0.0);
            } else {
                let end = row.len() - pixel;
                fill(index - 1, &mut row[pixel..end]);
            }
            self.filled += 1;
        }
    }

    /// The three padded rows from `first`.
    #[inline(always)]
    pub fn window(&self, first: usize) -> [&[f32]; 3] {
        std::array::from_fn(|i| {
            &self.rows[((first + i) % Self::ROWS) * self.stride..][..self.stride]
        })
    }
}

#[inline(always)]
fn normalise_row<S: Simd>(simd: S, x: &[f32], affine: &Affine, target: &mut [f32]) {
    let channels = affine.channels;
    let pixels = x.chunks_exact(channels).zip(target.chunks_exact_mut(padded(channels)));
    for (x, target) in pixels {
        for at in (0..channels).step_by(S::F32_LANES) {
            let (scale, shift) = (load(simd, &affine.scale, at), load(simd, &affine.shift, at));
            let value = simd.mul_add_e_f32s(load(simd, x, at), scale, shift);
            store(simd, target, at, relu(simd, value));
        }
    }
}

/// Where a row of the output goes: `step` numbers from a pixel to the next.
pub struct Target<'a> {
    pub row: &'a mut [f32],
    pub step: usize,
}

/// One output row from three padded input rows.
#[inline(always)]
pub fn filter_row<S: Simd>(
    simd: S,
    window: [&[f32]; 3],
    filters: &[f32],
    (target, shape): (Target<'_>, &Shape),
    epilogue: &mut impl Epilogue,
) {
    let (channels, pixel) = (shape.channels, padded(shape.channels));
    for at in (0..channels).step_by(S::F32_LANES) {
        let mut filter = [simd.splat_f32s(0.0); TAPS];
        for (tap, value) in filter.iter_mut().enumerate() {
            *value = load(simd, filters, tap * pixel + at);
        }
        let mut strip = epilogue.begin::<S, 1>(simd, at);
        for (column, y) in target.row.chunks_exact_mut(target.step).enumerate() {
            let start = column * shape.stride * pixel + at;
            let value = filtered(simd, window, &filter, (start, pixel));
            let [value] = epilogue.pass(simd, &mut strip, [value]);
            store(simd, &mut y[..channels], at, value);
        }
        epilogue.end(simd, at, strip);
    }
    epilogue.rows_done();
}

/// The filter at one place, whose first pixel is at `start` in each row.
#[inline(always)]
pub fn filtered<S: Simd>(
    simd: S,
    window: [&[f32]; 3],
    filter: &[S::f32s; TAPS],
    (start, pixel): (usize, usize),
) -> S::f32s {
    let mut sum = simd.splat_f32s(0.0);
    for (row, taps) in window.iter().zip(filter.as_chunks::<3>().0) {
        for (column, tap) in taps.iter().enumerate() {
            sum = simd.mul_add_e_f32s(load(simd, row, start + column * pixel), *tap, sum);
        }
    }
    sum
}
