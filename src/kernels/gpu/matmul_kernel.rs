//! A matrix product for adapters that compute on the processor.

use burn_cubecl::cubecl::{self, prelude::*};

/// Results that one unit of work computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tile {
    pub rows: usize,
    pub columns: usize,
}

impl Tile {
    /// As large as it may be before compiling it takes longer than it saves.
    pub const LARGE: Self = Self { rows: 16, columns: 8 };
}

/// Which product to compute: `[rows, inner]` times `[inner, columns]`.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    pub rows: usize,
    pub columns: usize,
    pub inner: usize,
    /// Whether the left and the right matrix lie transposed in memory.
    pub transposed: [bool; 2],
    pub tile: Tile,
}

/// One tile of one block of the product: the sum over every `blocks`-th inner index.
///
/// What a load costs there, eight lanes each by its own address, is much more than what a
/// multiplication costs: a tile of r×c makes r·c multiplications of r + c loads.
#[cube(launch_unchecked)]
pub fn product(
    lhs: &[f32],
    rhs: &[f32],
    output: &mut [f32],
    units: usize,
    blocks: usize,
    rows: usize,
    columns: usize,
    inner: usize,
    #[comptime] transposed: [bool; 2],
    #[comptime] tile: Tile,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let across = columns.div_ceil(tile.columns);
    let (column, rest) = (ABSOLUTE_POS % across * tile.columns, ABSOLUTE_POS / across);
    let (block, row) = (rest % blocks, rest / blocks * tile.rows);
    let mut row_starts = Array::<usize>::new(tile.rows);
    let mut column_starts = Array::<usize>::new(tile.columns);
    let (left_step, right_step) = (
        if comptime!(transposed[0]) { rows } else { 1usize.runtime() },
        if comptime!(transposed[1]) { 1usize.runtime() } else { columns },
    );
    #[unroll]
    for i in 0..tile.rows {
        let at = min(row + i, rows - 1);
        row_starts[i] = if comptime!(transposed[0]) { at } else { at * inner };
    }
    #[unroll]
    for j in 0..tile.columns {
        let at = min(column + j, columns - 1);
        column_starts[j] = if comptime!(transposed[1]) { at * inner } else { at };
    }
    let mut sums = Array::<f32>::new(comptime!(tile.rows * tile.columns));
    for step in 0..(inner - block).div_ceil(blocks) {
        let k = block + step * blocks;
        let mut right = Array::<f32>::new(tile.columns);
        #[unroll]
        for j in 0..tile.columns {
            right[j] = rhs[column_starts[j] + k * right_step];
        }
        #[unroll]
        for i in 0..tile.rows {
            let left = lhs[row_starts[i] + k * left_step];
            #[unroll]
            for j in 0..tile.columns {
                sums[i * tile.columns + j] += left * right[j];
            }
        }
    }
    #[unroll]
    for i in 0..tile.rows {
        #[unroll]
        for j in 0..tile.columns {
            if (row + i < rows) & (column + j < columns) {
                output[(block * rows + row + i) * columns + column + j] =
                    sums[i * tile.columns + j];
            }
        }
    }
}
