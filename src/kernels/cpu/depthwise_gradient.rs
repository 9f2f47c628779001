//! Backward pass of the depthwise convolution: both gradients from one reading.
//!
//! For each row of the input the one to three rows of `∂y` that saw it are in a ring of scratch
//! rows. A vector of `∂y` there serves twice: times the filter for the input's gradient, times the
//! input for the filter's.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    depthwise::{Ring, Shape, TAPS, by_tap},
    memory::{Buffer, with_scratch},
    norm::{GradientRule, GradientSums, Normalisation},
    pointwise::{Gradients, Saved},
    rows::add_lanes,
    simd::{MAX_LANES, load, padded, relu, store, where_positive},
};

/// Both gradients of a depthwise layer. `saved.weight` is `[channels, 1, 3, 3]`.
pub fn backward(on: Machine, saved: Saved<'_>, shape: Shape) -> Gradients {
    let filters = by_tap(saved.weight, None);
    let mut input = Buffer::any(saved.x.len());
    let images = shape.task_images();
    let parts = on.team.map_chunks(&mut input, images * shape.image(), |task, gx| {
        let (first, count) = (task * images, gx.len() / shape.image());
        let cut = |image: usize| first * image..(first + count) * image;
        let (outside, inside) = (cut(shape.out_image()), cut(shape.image()));
        let (g, y) = (&saved.g[outside.clone()], &saved.y[outside]);
        let saved = Saved { g, y, x: &saved.x[inside], ..saved };
        with_scratch([Ring::length(&shape.outside())], |[scratch]| {
            on.isa.run(Backward { saved, filters: &filters, gx, scratch, shape })
        })
    });
    let mut sums = GradientSums::zeros(shape.channels);
    let mut weight = Buffer::zeroed(shape.channels * TAPS);
    let row = padded(shape.channels);
    for part in &parts {
        sums.add(&part.input);
        for (channel, filter) in weight.chunks_exact_mut(TAPS).enumerate() {
            for (tap, value) in filter.iter_mut().enumerate() {
                *value += part.filters[tap * row + channel];
            }
        }
    }
    Gradients { input, sums, weight }
}

/// What a task sums up.
struct Sums {
    input: GradientSums,
    /// `[tap][channel]`, padded.
    filters: Vec<f32>,
}

struct Backward<'a> {
    saved: Saved<'a>,
    filters: &'a [f32],
    gx: &'a mut [f32],
    scratch: &'a mut [f32],
    shape: Shape,
}

impl WithSimd for Backward<'_> {
    type Output = Sums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Sums {
        let Self { saved, filters, gx, scratch, shape } = self;
        let length = padded(shape.channels) + MAX_LANES;
        let filter_sums = vec![0.0; TAPS * padded(shape.channels)];
        let mut sums = Sums { input: GradientSums::zeros(length), filters: filter_sums };
        let outside = shape.outside();
        let layer = Layer { rule: saved.rule, norm: saved.norm, filters, shape, outside };
        let pair = |index: usize| index * outside.image()..(index + 1) * outside.image();
        let images = saved.x.chunks_exact(shape.image()).zip(gx.chunks_exact_mut(shape.image()));
        for (index, (x, gx)) in images.enumerate() {
            let image = Image { x, g: &saved.g[pair(index)], y: &saved.y[pair(index)] };
            layer.image(simd, image, (Ring::new(scratch, &outside), gx), &mut sums);
        }
        sums.input.plain.truncate(shape.channels);
        sums.input.centred.truncate(shape.channels);
        sums
    }
}

/// One image of each tensor that is read.
struct Image<'a> {
    x: &'a [f32],
    g: &'a [f32],
    y: &'a [f32],
}

struct Layer<'a> {
    rule: &'a GradientRule,
    norm: &'a Normalisation,
    filters: &'a [f32],
    shape: Shape,
    outside: Shape,
}

impl Layer<'_> {
    #[inline(always)]
    fn image<S: Simd>(
        &self,
        simd: S,
        image: Image<'_>,
        (mut ring, gx): (Ring<'_>, &mut [f32]),
        sums: &mut Sums,
    ) {
        let length = self.shape.width * self.shape.channels;
        let rows = image.x.chunks_exact(length).zip(gx.chunks_exact_mut(length));
        for (row, (x, gx)) in rows.enumerate() {
            // Output row o is padded row o + 1; input row i was seen by rows (i-1..=i+1) / stride.
            let last = if self.shape.stride == 1 { row + 2 } else { row.div_ceil(2) + 1 };
            ring.advance(last, |index, target| self.output_gradient(simd, &image, index, target));
            let window = ring.window(last + 1); // the ring has three rows: last - 2 to last
            match (self.shape.stride, row % 2) {
                // Padded rows i, i + 1, i + 2 saw it through filter rows 2, 1, 0.
                (1, _) => {
                    let taps = [(window[0], 2), (window[1], 1), (window[2], 0)];
                    self.row::<S, 3, 1>(simd, taps, (x, gx), sums);
                }
                // An even row lies under the middle of a filter only.
                (_, 0) => self.row::<S, 1, 2>(simd, [(window[2], 1)], (x, gx), sums),
                (_, _) => {
                    let taps = [(window[1], 2), (window[2], 0)];
                    self.row::<S, 2, 2>(simd, taps, (x, gx), sums);
                }
            }
        }
    }

    /// `∂y` of one output row, to padded pixels.
    #[inline(always)]
    fn output_gradient<S: Simd>(
        &self,
        simd: S,
        image: &Image<'_>,
        index: usize,
        target: &mut [f32],
    ) {
        let channels = self.shape.channels;
        let length = self.outside.width * channels;
        let (g, y) = (&image.g[index * length..][..length], &image.y[index * length..][..length]);
        let pixels = g.chunks_exact(channels).zip(y.chunks_exact(channels));
        for ((g, y), target) in pixels.zip(target.chunks_exact_mut(padded(channels))) {
            for at in (0..channels).step_by(S::F32_LANES) {
                let dy = self.rule.apply(simd, at, load(simd, g, at), load(simd, y, at));
                store(simd, target, at, dy);
            }
        }
    }

    /// One row of the input, seen by `ROWS` output rows, each through a row of the filter.
    #[inline(always)]
    fn row<S: Simd, const ROWS: usize, const STRIDE: usize>(
        &self,
        simd: S,
        seen: [(&[f32], usize); ROWS],
        (x, gx): (&[f32], &mut [f32]),
        sums: &mut Sums,
    ) {
        let (channels, pixel) = (self.shape.channels, padded(self.shape.channels));
        let zero = simd.splat_f32s(0.0);
        for at in (0..channels).step_by(S::F32_LANES) {
            let tap = |row: usize, column: usize| (seen[row].1 * 3 + column) * pixel + at;
            let mut taps = Taps { filter: [[zero; 3]; ROWS], gradient: [[zero; 3]; ROWS] };
            for row in 0..ROWS {
                for column in 0..3 {
                    taps.filter[row][column] = load(simd, self.filters, tap(row, column));
                }
            }
            let (mut plain, mut centred) = (zero, zero);
            let gate = Gate::new(simd, self.norm, at);
            let pixels = x.chunks_exact(channels).zip(gx.chunks_exact_mut(channels));
            for (column, (x, gx)) in pixels.enumerate() {
                let x = load(simd, x, at);
                let a = gate.open(simd, x);
                // Columns of the filter, and the padded output columns that saw this input column.
                let place = |column: usize| column * pixel + at;
                let sum = if STRIDE == 1 {
                    let sum = taps.see(simd, (&seen, 0, place(column + 2)), a, zero);
                    let sum = taps.see(simd, (&seen, 1, place(column + 1)), a, sum);
                    taps.see(simd, (&seen, 2, place(column)), a, sum)
                } else if column % 2 == 0 {
                    taps.see(simd, (&seen, 1, place(column / 2 + 1)), a, zero)
                } else {
                    let sum = taps.see(simd, (&seen, 0, place(column / 2 + 2)), a, zero);
                    taps.see(simd, (&seen, 2, place(column / 2 + 1)), a, sum)
                };
                let g = where_positive(simd, a, sum);
                store(simd, gx, at, g);
                plain = simd.add_f32s(plain, g);
                let offset = simd.sub_f32s(x, gate.mean);
                centred = simd.mul_add_e_f32s(g, offset, centred);
            }
            add_lanes::<S>(&mut sums.input.plain[at..], plain);
            add_lanes::<S>(&mut sums.input.centred[at..], centred);
            for row in 0..ROWS {
                for column in 0..3 {
                    let target = tap(row, column);
                    let before = load(simd, &sums.filters, target);
                    let after = simd.add_f32s(before, taps.gradient[row][column]);
                    store(simd, &mut sums.filters, target, after);
                }
            }
        }
    }
}

/// Rows of the filter and what their gradient came to, for a vector of channels.
struct Taps<S: Simd, const ROWS: usize> {
    filter: [[S::f32s; 3]; ROWS],
    gradient: [[S::f32s; 3]; ROWS],
}

impl<S: Simd, const ROWS: usize> Taps<S, ROWS> {
    /// Lets column `tap` of the filter see `∂y` at `place` of each row, and the input `a` there;
    /// returns `sum` with what comes to the input's gradient.
    #[inline(always)]
    fn see(
        &mut self,
        simd: S,
        (seen, tap, place): (&[(&[f32], usize); ROWS], usize, usize),
        a: S::f32s,
        mut sum: S::f32s,
    ) -> S::f32s {
        for row in 0..ROWS {
            let dy = load(simd, seen[row].0, place);
            sum = simd.mul_add_e_f32s(dy, self.filter[row][tap], sum);
            self.gradient[row][tap] = simd.mul_add_e_f32s(dy, a, self.gradient[row][tap]);
        }
        sum
    }
}

/// Normalisation of a vector of channels.
struct Gate<S: Simd> {
    scale: S::f32s,
    shift: S::f32s,
    mean: S::f32s,
}

impl<S: Simd> Gate<S> {
    #[inline(always)]
    fn new(simd: S, norm: &Normalisation, at: usize) -> Self {
        Self {
            scale: load(simd, &norm.affine.scale, at),
            shift: load(simd, &norm.affine.shift, at),
            mean: load(simd, &norm.mean, at),
        }
    }

    #[inline(always)]
    fn open(&self, simd: S, x: S::f32s) -> S::f32s {
        relu(simd, simd.mul_add_e_f32s(x, self.scale, self.shift))
    }
}
