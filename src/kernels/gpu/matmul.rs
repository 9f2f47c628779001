//! Matrix products over the last axis of activations.
//!
//! On a real GPU they are burn's, which knows its matrix units. On a software adapter those kernels
//! are written for hardware that is not there; one kernel of our own serves instead.

use burn::tensor::Shape;
use burn_cubecl::{
    cubecl::zspace::metadata::Metadata,
    kernel::matmul::{MatmulStrategy, matmul},
    tensor::CubeTensor,
};

use super::{
    launch::{blocks, contiguous, empty, grid, is_software},
    matmul_kernel::{Product, Tile, product},
    sum::sum_blocks,
};

/// Blocks of rows that a weight gradient is summed in: enough to keep a GPU busy with a small one.
const MOST_BLOCKS: usize = 64;
/// Values of a weight gradient that occupy a GPU by themselves.
const MANY_VALUES: usize = 512 * 512;

/// A tensor read as a matrix: all but the last axis are the rows.
#[derive(Clone)]
struct Matrix {
    tensor: CubeTensor,
    rows: usize,
    columns: usize,
}

impl Matrix {
    /// Of activations `[batch, h, w, channels]`: a row is a position.
    fn of_activations(tensor: CubeTensor) -> Self {
        let tensor = contiguous(tensor);
        let columns = tensor.meta.shape[3];
        Self { rows: tensor.meta.num_elements() / columns, columns, tensor }
    }

    /// Of a weight `[out, in, 1, 1]`: a row is an output.
    fn of_weight(tensor: CubeTensor) -> Self {
        let tensor = contiguous(tensor);
        let (rows, columns) = (tensor.meta.shape[0], tensor.meta.shape[1]);
        Self { rows, columns, tensor }
    }

    /// As burn takes it: `[blocks, rows / blocks, columns]`, or transposed.
    fn view(&self, blocks: usize, transposed: bool) -> CubeTensor {
        let (rows, columns) = (self.rows / blocks, self.columns);
        let (shape, strides) = match transposed {
            false => ([blocks, rows, columns], [rows * columns, columns, 1]),
            true => ([blocks, columns, rows], [rows * columns, 1, columns]),
        };
        let mut view = self.tensor.clone();
        *view.meta = Metadata::new(shape, strides);
        view
    }
}

/// `x`·`weight`ᵀ: from `[..., in]` and `[out, in, 1, 1]` to `shape`, `[..., out]`.
pub fn rows_by_transposed(x: CubeTensor, weight: CubeTensor, shape: [usize; 4]) -> CubeTensor {
    let (x, weight) = (Matrix::of_activations(x), Matrix::of_weight(weight));
    if !is_software(&x.tensor) {
        return burn_matmul(x.view(1, false), weight.view(1, true), shape);
    }
    let (inner, rows, columns) = (x.columns, x.rows, weight.rows);
    let product = Product { inner, rows, columns, transposed: [false, true], tile: Tile::LARGE };
    launch_product(x, weight, product, 1, shape.into())
}

/// `grad`·`weight`: from `[..., out]` and `[out, in, 1, 1]` to `shape`, `[..., in]`.
pub fn rows_by_rows(grad: CubeTensor, weight: CubeTensor, shape: [usize; 4]) -> CubeTensor {
    let (grad, weight) = (Matrix::of_activations(grad), Matrix::of_weight(weight));
    if !is_software(&grad.tensor) {
        return burn_matmul(grad.view(1, false), weight.view(1, false), shape);
    }
    let (inner, rows, columns) = (grad.columns, grad.rows, weight.columns);
    let product = Product { inner, rows, columns, transposed: [false, false], tile: Tile::LARGE };
    launch_product(grad, weight, product, 1, shape.into())
}

/// `grad`ᵀ·`x`: from `[..., out]` and `[..., in]` to `shape`, `[out, in, 1, 1]`.
pub fn columns_by_rows(grad: CubeTensor, x: CubeTensor, shape: [usize; 4]) -> CubeTensor {
    let (grad, x) = (Matrix::of_activations(grad), Matrix::of_activations(x));
    let (inner, rows, columns) = (x.rows, grad.columns, x.columns);
    if !is_software(&grad.tensor) {
        let blocks = dividing_blocks(inner, rows * columns);
        let (grad, x) = (grad.view(blocks, true), x.view(blocks, false));
        return match blocks {
            1 => burn_matmul(grad, x, shape),
            _ => sum_blocks(burn_matmul(grad, x, [blocks, rows, columns]), shape),
        };
    }
    let tile = Tile::LARGE;
    let tiles = rows.div_ceil(tile.rows) * columns.div_ceil(tile.columns);
    let blocks = blocks(&x.tensor, inner, tiles);
    let product = Product { inner, rows, columns, transposed: [true, false], tile };
    let partial = launch_product(grad, x, product, blocks, [blocks, rows, columns].into());
    if blocks == 1 { reshaped(partial, shape) } else { sum_blocks(partial, shape) }
}

/// The largest power of two that divides `rows` and does not split a large gradient needlessly.
fn dividing_blocks(rows: usize, values: usize) -> usize {
    let most = (MANY_VALUES / values).clamp(1, MOST_BLOCKS).min(rows / 256);
    (0..).map(|n| 1 << n).take_while(|n| *n <= most && rows.is_multiple_of(*n)).last().unwrap_or(1)
}

fn burn_matmul(lhs: CubeTensor, rhs: CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let dtype = lhs.dtype;
    let output = matmul(lhs, rhs, None, MatmulStrategy::default(), dtype);
    reshaped(contiguous(output.expect("the shapes of a product of matrices agree")), shape)
}

/// A contiguous tensor under another shape.
fn reshaped(tensor: CubeTensor, shape: impl Into<Shape>) -> CubeTensor {
    let CubeTensor { client, handle, device, dtype, .. } = tensor;
    CubeTensor::new_contiguous(client, device, shape.into(), handle, dtype)
}

/// Multiplies in `blocks` blocks of the inner axis; the result is `[blocks, rows, columns]` under
/// the shape `shape`.
fn launch_product(
    lhs: Matrix,
    rhs: Matrix,
    what: Product,
    blocks: usize,
    shape: Shape,
) -> CubeTensor {
    let output = empty(&lhs.tensor, shape);
    let tile = what.tile;
    let tiles = what.rows.div_ceil(tile.rows) * what.columns.div_ceil(tile.columns);
    let units = tiles * blocks;
    let (client, (count, dim)) = (output.client.clone(), grid(&output.client, units));
    // SAFETY: units beyond `units` end at once; a tile reads its last row or column again for those
    // beyond them, and does not write them.
    unsafe {
        product::launch_unchecked(
            &client,
            count,
            dim,
            lhs.tensor.into_buffer_arg(),
            rhs.tensor.into_buffer_arg(),
            output.clone().into_buffer_arg(),
            units,
            blocks,
            what.rows,
            what.columns,
            what.inner,
            what.transposed,
            tile,
        );
    }
    output
}
