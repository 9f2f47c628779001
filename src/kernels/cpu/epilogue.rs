//! What happens to a layer's output while it is in registers.

use pulp::Simd;

use super::{
    matmul::MAX_WIDTH,
    norm::Partial,
    rows::add_lanes,
    simd::{MAX_LANES, load, padded, relu, store},
};

/// Sees every vector of an output once, strip of columns by strip.
pub trait Epilogue {
    /// What is kept in registers for a strip of `N` vectors.
    type Strip<S: Simd, const N: usize>;

    /// Begins the strip whose first column is `first`.
    fn begin<S: Simd, const N: usize>(&self, simd: S, first: usize) -> Self::Strip<S, N>;

    /// What to write in the place of `values`.
    fn pass<S: Simd, const N: usize>(
        &self,
        simd: S,
        strip: &mut Self::Strip<S, N>,
        values: [S::f32s; N],
    ) -> [S::f32s; N];

    fn end<S: Simd, const N: usize>(&mut self, simd: S, first: usize, strip: Self::Strip<S, N>);

    /// All strips have ended for some rows.
    fn rows_done(&mut self) {}
}

/// Training: values stay as they are and are counted for their normalisation.
pub struct Count {
    shift: Vec<f32>,
    sum: Vec<f64>,
    squares: Vec<f64>,
    /// Nothing was counted yet: the first row becomes the shift.
    fresh: bool,
}

impl Count {
    pub fn new(columns: usize) -> Self {
        let length = padded(columns) + MAX_WIDTH * MAX_LANES;
        let zeros = vec![0.0; length];
        Self { shift: vec![0.0; length], sum: zeros.clone(), squares: zeros, fresh: true }
    }

    /// Sums of the first `columns` columns over `count` rows.
    pub fn finish(self, count: usize, columns: usize) -> Partial {
        let Self { mut shift, mut sum, mut squares, .. } = self;
        shift.truncate(columns);
        sum.truncate(columns);
        squares.truncate(columns);
        Partial { count, shift, sum, squares }
    }
}

/// Sums over a strip.
pub struct Counted<S: Simd, const N: usize> {
    fresh: bool,
    shift: [S::f32s; N],
    sum: [S::f32s; N],
    squares: [S::f32s; N],
}

impl Epilogue for Count {
    type Strip<S: Simd, const N: usize> = Counted<S, N>;

    #[inline(always)]
    fn begin<S: Simd, const N: usize>(&self, simd: S, first: usize) -> Counted<S, N> {
        let zero = [simd.splat_f32s(0.0); N];
        let mut shift = zero;
        for (j, shift) in shift.iter_mut().enumerate() {
            *shift = load(simd, &self.shift, first + j * S::F32_LANES);
        }
        Counted { fresh: self.fresh, shift, sum: zero, squares: zero }
    }

    #[inline(always)]
    fn pass<S: Simd, const N: usize>(
        &self,
        simd: S,
        strip: &mut Counted<S, N>,
        values: [S::f32s; N],
    ) -> [S::f32s; N] {
        if strip.fresh {
            strip.fresh = false;
            strip.shift = values;
        }
        for j in 0..N {
            let offset = simd.sub_f32s(values[j], strip.shift[j]);
            strip.sum[j] = simd.add_f32s(strip.sum[j], offset);
            strip.squares[j] = simd.mul_add_e_f32s(offset, offset, strip.squares[j]);
        }
        values
    }

    #[inline(always)]
    fn end<S: Simd, const N: usize>(&mut self, simd: S, first: usize, strip: Counted<S, N>) {
        for j in 0..N {
            let at = first + j * S::F32_LANES;
            store(simd, &mut self.shift, at, strip.shift[j]);
            add_lanes::<S>(&mut self.sum[at..], strip.sum[j]);
            add_lanes::<S>(&mut self.squares[at..], strip.squares[j]);
        }
    }

    #[inline(always)]
    fn rows_done(&mut self) {
        self.fresh = false;
    }
}

/// Inference: the shift of a folded normalisation, then ReLU.
pub struct Rectify<'a> {
    shift: &'a [f32],
}

impl<'a> Rectify<'a> {
    /// `shift` must be padded as [`super::norm::Affine`] pads it.
    pub fn by(shift: &'a [f32]) -> Self {
        Self { shift }
    }
}

impl Epilogue for Rectify<'_> {
    type Strip<S: Simd, const N: usize> = [S::f32s; N];

    #[inline(always)]
    fn begin<S: Simd, const N: usize>(&self, simd: S, first: usize) -> [S::f32s; N] {
        let mut shift = [simd.splat_f32s(0.0); N];
        for (j, shift) in shift.iter_mut().enumerate() {
            let at = first + j * S::F32_LANES;
            if at < self.shift.len() {
                *shift = load(simd, self.shift, at);
            }
        }
        shift
    }

    #[inline(always)]
    fn pass<S: Simd, const N: usize>(
        &self,
        simd: S,
        strip: &mut [S::f32s; N],
        mut values: [S::f32s; N],
    ) -> [S::f32s; N] {
        for j in 0..N {
            values[j] = relu(simd, simd.add_f32s(values[j], strip[j]));
        }
        values
    }

    #[inline(always)]
    fn end<S: Simd, const N: usize>(&mut self, _: S, _: usize, _: [S::f32s; N]) {}
}
