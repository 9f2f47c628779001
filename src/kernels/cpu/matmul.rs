//! The inner loops of matrix products, on tiles that stay in registers.
//!
//! One operand is broadcast element by element from rows in scratch memory, where a pass before
//! has normalised them; the other is read in whole vectors, from *panels*: columns cut into strips
//! as wide as a tile, each strip contiguous. With 16 accumulators in flight a tile keeps both
//! multiply-add units of current processors busy.

use pulp::Simd;

use super::{
    epilogue::Epilogue,
    simd::{Isa, store},
    team::{Chunks, Team},
};

/// Vectors in a row of a register tile, at most.
pub const MAX_WIDTH: usize = 2;
/// Rows of a register tile, at most; scratch is padded to a multiple of it.
pub const MAX_ROWS: usize = 16;

/// Accumulators: `ROWS` rows of `WIDTH` vectors.
pub type Tile<S, const ROWS: usize, const WIDTH: usize> = [[<S as Simd>::f32s; WIDTH]; ROWS];

/// A kernel that works in register tiles, whatever their size.
pub trait Tiled {
    type Output;

    /// Columns of the matrix that is cut into panels.
    fn columns(&self) -> usize;

    fn run<S: Simd, const ROWS: usize, const WIDTH: usize>(self, simd: S) -> Self::Output;
}

/// Runs `kernel` with tiles that suit the registers, of which AVX2 has 16, and its columns: a tile
/// wider than the matrix would compute nothing with half of its lanes.
#[inline(always)]
pub fn tiled<S: Simd, K: Tiled>(simd: S, kernel: K) -> K::Output {
    match (S::F32_LANES == 8, width(S::F32_LANES, kernel.columns())) {
        (true, 1) => kernel.run::<S, 8, 1>(simd),
        (true, _) => kernel.run::<S, 4, 2>(simd),
        (false, 1) => kernel.run::<S, 16, 1>(simd),
        (false, _) => kernel.run::<S, 8, 2>(simd),
    }
}

/// Vectors in a tile for a matrix of `columns`.
fn width(lanes: usize, columns: usize) -> usize {
    if columns <= lanes { 1 } else { MAX_WIDTH }
}

/// Columns of a panel under `isa` of a matrix that has `columns`.
fn panel_columns(isa: Isa, columns: usize) -> usize {
    struct Lanes;
    impl pulp::WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    let lanes = isa.run(Lanes);
    lanes * width(lanes, columns)
}

/// Row length in scratch of rows with `count` numbers: whole panels, and never a multiple of
/// 4 KiB, at which all rows of a tile would fall into one set of the first cache.
pub const fn stride(count: usize) -> usize {
    super::simd::padded(count) + super::simd::MAX_LANES
}

/// All zero.
#[inline(always)]
pub fn zero<S: Simd, const ROWS: usize, const WIDTH: usize>(simd: S) -> Tile<S, ROWS, WIDTH> {
    [[simd.splat_f32s(0.0); WIDTH]; ROWS]
}

/// `tile[i][j] += Σ_k a[i·stride + k] · panel[k][j]`, with as many `k` as `panel` has rows.
#[inline(always)]
pub fn rows_times_panel<S: Simd, const ROWS: usize, const WIDTH: usize>(
    simd: S,
    a: &[f32],
    stride: usize,
    panel: &[f32],
    mut tile: Tile<S, ROWS, WIDTH>,
) -> Tile<S, ROWS, WIDTH> {
    let panel = S::as_simd_f32s(panel).0.as_chunks::<WIDTH>().0;
    let depth = panel.len();
    // Not `from_fn`, which is not always inlined.
    let mut rows = [&a[..depth]; ROWS];
    for (i, row) in rows.iter_mut().enumerate() {
        *row = &a[i * stride..][..depth];
    }
    for k in 0..depth {
        for i in 0..ROWS {
            let factor = simd.splat_f32s(rows[i][k]);
            for j in 0..WIDTH {
                tile[i][j] = simd.mul_add_e_f32s(factor, panel[k][j], tile[i][j]);
            }
        }
    }
    tile
}

/// `tile[i][j] += Σ_m a[m·lda + i] · b[m·ldb + j]` over `rows` values of `m`: a product with the
/// first operand transposed.
#[inline(always)]
pub fn transposed_times_rows<S: Simd, const ROWS: usize, const WIDTH: usize>(
    simd: S,
    (a, lda): (&[f32], usize),
    (b, ldb): (&[f32], usize),
    rows: usize,
    mut tile: Tile<S, ROWS, WIDTH>,
) -> Tile<S, ROWS, WIDTH> {
    for m in 0..rows {
        let factors = &a[m * lda..][..ROWS];
        let vectors = S::as_simd_f32s(&b[m * ldb..][..WIDTH * S::F32_LANES]).0;
        for i in 0..ROWS {
            let factor = simd.splat_f32s(factors[i]);
            for j in 0..WIDTH {
                tile[i][j] = simd.mul_add_e_f32s(factor, vectors[j], tile[i][j]);
            }
        }
    }
    tile
}

/// The left operand of a product: rows made of segments that lie apart, each `depth` long.
///
/// Rows may overlap: a convolution's window moves on by less than its length.
#[derive(Clone, Copy)]
pub struct Left<'a, const SEGMENTS: usize> {
    pub segments: [&'a [f32]; SEGMENTS],
    pub depth: usize,
    /// From a row to the next.
    pub stride: usize,
}

/// `y = left · panels` for the rows of `y`, which are `outputs` long.
#[inline(always)]
pub fn multiply<S: Simd, const ROWS: usize, const WIDTH: usize, const SEGMENTS: usize>(
    simd: S,
    left: Left<'_, SEGMENTS>,
    panels: &Panels,
    (y, outputs): (&mut [f32], usize),
    epilogue: &mut impl Epilogue,
) {
    let rows = y.len() / outputs;
    let length = left.depth * panels.columns;
    for (first, panel) in panels.iter() {
        let mut strip = epilogue.begin::<S, WIDTH>(simd, first);
        for row in (0..rows).step_by(ROWS) {
            let mut tile = zero::<S, ROWS, WIDTH>(simd);
            for (segment, panel) in left.segments.iter().zip(panel.chunks_exact(length)) {
                let a = &segment[row * left.stride..];
                tile = rows_times_panel(simd, a, left.stride, panel, tile);
            }
            for (i, values) in tile.into_iter().enumerate().take(rows - row) {
                let values = epilogue.pass(simd, &mut strip, values);
                let target = &mut y[(row + i) * outputs..][..outputs];
                for (j, value) in values.into_iter().enumerate() {
                    let at = first + j * S::F32_LANES;
                    if at < outputs {
                        store(simd, target, at, value);
                    }
                }
            }
        }
        epilogue.end(simd, first, strip);
    }
    epilogue.rows_done();
}

/// A matrix cut into panels of `columns`: `[⌈n/columns⌉][k][columns]`, zero beyond `n`.
pub struct Panels {
    data: super::memory::Buffer,
    depth: usize,
    columns: usize,
}

impl Panels {
    /// From `source`, `[depth][n]`.
    pub fn of_rows(team: &Team, isa: Isa, source: &[f32], depth: usize) -> Self {
        let n = source.len() / depth.max(1);
        Self::fill(team, isa, [depth, n], |first, columns, panel| {
            let width = columns.min(n - first);
            let rows = source.chunks_exact(n).zip(panel.chunks_exact_mut(columns));
            for (source, target) in rows {
                target[..width].copy_from_slice(&source[first..first + width]);
                target[width..].fill(0.0);
            }
        })
    }

    /// From the transpose of `source`, which is `[n][depth]`, each row times its `scale` if given.
    pub fn of_columns(
        team: &Team,
        isa: Isa,
        source: &[f32],
        depth: usize,
        scale: Option<&[f32]>,
    ) -> Self {
        let n = source.len() / depth.max(1);
        Self::fill(team, isa, [depth, n], |first, columns, panel| {
            if first + columns > n {
                panel.fill(0.0);
            }
            let width = columns.min(n - first);
            for (column, row) in source.chunks_exact(depth).skip(first).take(width).enumerate() {
                let scale = scale.map_or(1.0, |scale| scale[first + column]);
                for (target, value) in panel[column..].iter_mut().step_by(columns).zip(row) {
                    *target = value * scale;
                }
            }
        })
    }

    fn fill(
        team: &Team,
        isa: Isa,
        [depth, n]: [usize; 2],
        work: impl Fn(usize, usize, &mut [f32]) + Sync,
    ) -> Self {
        let columns = panel_columns(isa, n);
        let count = n.div_ceil(columns);
        let mut data = super::memory::Buffer::any(count * depth * columns);
        let panels = Chunks::new(&mut data, depth * columns);
        let cut = |index: usize| work(index * columns, columns, panels.take(index));
        // Small matrices are cut sooner than a thread is told of them.
        if count * depth * columns < 16_384 {
            (0..count).for_each(cut)
        } else {
            team.run(count, cut)
        }
        drop(panels);
        Self { data, depth, columns }
    }

    /// First column and numbers of each panel.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let panels = self.data.chunks_exact((self.depth * self.columns).max(1));
        panels.enumerate().map(|(index, panel)| (index * self.columns, panel))
    }
}
