//! The kernels of the depthwise convolution. Pictures are `[batch, h, w, channels]`.

use burn_cubecl::{
    cubecl::{self, num_traits::Zero, prelude::*},
    tensor::CubeTensor,
};

use super::launch::vector_size;

/// Rows and columns of a tile, for pictures that are larger than one.
const TILE: [usize; 2] = [2, 4];
/// The same for small pictures. Both sides are even, as the gradient at stride 2 needs it.
const SMALL_TILE: [usize; 2] = [2, 2];

/// What a kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    pub height: usize,
    pub width: usize,
    pub out_height: usize,
    pub out_width: usize,
    /// Channels of one vector.
    pub vector: usize,
    /// Vectors of one position.
    pub lanes: usize,
    pub stride: usize,
    /// Rows and columns of a tile.
    pub tile: [usize; 2],
}

impl Geometry {
    /// Of a convolution from `input` to `output`.
    pub fn new(input: &CubeTensor, output: &CubeTensor, stride: usize) -> Self {
        let [_, height, width, channels] = input.meta.shape.dims();
        let [_, out_height, out_width, _] = output.meta.shape.dims();
        let vector = vector_size(channels);
        let tile = if out_width <= SMALL_TILE[1] { SMALL_TILE } else { TILE };
        let lanes = channels / vector;
        Self { height, width, out_height, out_width, vector, lanes, stride, tile }
    }
}

/// Where a unit works: its vector of channels, its picture, the corner of its tile.
#[derive(CubeType, Clone, Copy)]
#[expand(derive(Clone, Copy))]
struct Place {
    lane: usize,
    picture: usize,
    y: usize,
    x: usize,
}

#[cube]
fn place(
    #[comptime] height: usize,
    #[comptime] width: usize,
    #[comptime] tile: [usize; 2],
    #[comptime] lanes: usize,
) -> Place {
    let [tile_height, tile_width] = comptime!(tile);
    let across = comptime!(width.div_ceil(tile_width));
    let down = comptime!(height.div_ceil(tile_height));
    let index = ABSOLUTE_POS / lanes;
    Place {
        lane: ABSOLUTE_POS % lanes,
        picture: index / (across * down),
        y: index / across % down * tile_height,
        x: index % across * tile_width,
    }
}

/// The nine weights of each channel of the vector `lane`, the last first if `flipped`.
#[cube]
fn filter<N: Size>(
    weight: &[f32],
    lane: usize,
    #[comptime] vector: usize,
    #[comptime] flipped: bool,
) -> Array<Vector<f32, N>> {
    let mut taps = Array::<Vector<f32, N>>::new(9usize);
    #[unroll]
    for k in 0..9usize {
        let from = comptime!(if flipped { 8 - k } else { k });
        let mut tap = Vector::<f32, N>::empty();
        #[unroll]
        for i in 0..vector {
            tap.insert(i, weight[(lane * vector + i) * 9 + from]);
        }
        taps[k] = tap;
    }
    taps
}

/// `from` at a position that is 1 more than its own in both directions, or 0 outside.
#[cube]
fn padded<N: Size>(
    from: &[Vector<f32, N>],
    at: Place,
    #[comptime] height: usize,
    #[comptime] width: usize,
    #[comptime] lanes: usize,
) -> Vector<f32, N> {
    let inside = (at.y >= 1) & (at.y <= height) & (at.x >= 1) & (at.x <= width);
    let index = ((at.picture * height + at.y - 1) * width + at.x - 1) * lanes + at.lane;
    let index = select(inside, index, 0);
    select(inside, from[index], Vector::zero())
}

/// Slides the filter over `from`. Without `flipped` this is the convolution; with it, and at stride
/// 1, it takes the output's gradient to the input's.
#[cube(launch_unchecked)]
pub fn correlate<N: Size>(
    from: &[Vector<f32, N>],
    weight: &[f32],
    to: &mut [Vector<f32, N>],
    units: usize,
    #[comptime] g: Geometry,
    #[comptime] flipped: bool,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (stride, lanes) = comptime!((g.stride, g.lanes));
    let [tile_height, tile_width] = comptime!(g.tile);
    let (height, width) = comptime!((g.out_height, g.out_width));
    let at = place(height, width, comptime!(g.tile), lanes);
    let taps = filter::<N>(weight, at.lane, comptime!(g.vector), flipped);
    let mut sums = Array::<Vector<f32, N>>::new(comptime!(tile_height * tile_width));
    let reach = comptime!((tile_width - 1) * stride + 3);
    #[unroll]
    for r in 0..comptime!((tile_height - 1) * stride + 3) {
        let mut row = Array::<Vector<f32, N>>::new(reach);
        #[unroll]
        for q in 0..reach {
            let (y, x) = (at.y * stride + r, at.x * stride + q);
            let there = Place { lane: at.lane, picture: at.picture, y, x };
            row[q] = padded::<N>(from, there, comptime!(g.height), comptime!(g.width), lanes);
        }
        #[unroll]
        for ty in 0..tile_height {
            if comptime!(r >= ty * stride && r < ty * stride + 3) {
                let ky = comptime!(r - ty * stride);
                #[unroll]
                for tx in 0..tile_width {
                    #[unroll]
                    for kx in 0..3usize {
                        sums[ty * tile_width + tx] += row[tx * stride + kx] * taps[ky * 3 + kx];
                    }
                }
            }
        }
    }
    write_tile::<N>(to, &sums, at, height, width, comptime!(g.tile), lanes);
}

/// Takes the output's gradient to the input's, at stride 2: what a position of the output got
/// from nine positions goes back to them.
#[cube(launch_unchecked)]
pub fn spread<N: Size>(
    from: &[Vector<f32, N>],
    weight: &[f32],
    to: &mut [Vector<f32, N>],
    units: usize,
    #[comptime] g: Geometry,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let lanes = comptime!(g.lanes);
    let [tile_height, tile_width] = comptime!(g.tile);
    let (height, width) = comptime!((g.height, g.width));
    let at = place(height, width, comptime!(g.tile), lanes);
    let taps = filter::<N>(weight, at.lane, comptime!(g.vector), false);
    let mut sums = Array::<Vector<f32, N>>::new(comptime!(tile_height * tile_width));
    #[unroll]
    for r in 0..comptime!(tile_height / 2 + 1) {
        #[unroll]
        for q in 0..comptime!(tile_width / 2 + 1) {
            let (y, x) = (at.y / 2 + r + 1, at.x / 2 + q + 1);
            let there = Place { lane: at.lane, picture: at.picture, y, x };
            let (rows, columns) = comptime!((g.out_height, g.out_width));
            let grad = padded::<N>(from, there, rows, columns, lanes);
            #[unroll]
            for ty in 0..tile_height {
                #[unroll]
                for tx in 0..tile_width {
                    // Position 2·r of the input was under tap 1, its neighbours under 0 and 2.
                    let ky = comptime!(ty + 1);
                    let kx = comptime!(tx + 1);
                    if comptime!(ky >= 2 * r && ky < 2 * r + 3 && kx >= 2 * q && kx < 2 * q + 3) {
                        sums[ty * tile_width + tx] += grad * taps[(ky - 2 * r) * 3 + kx - 2 * q];
                    }
                }
            }
        }
    }
    write_tile::<N>(to, &sums, at, height, width, comptime!(g.tile), lanes);
}

#[cube]
fn write_tile<N: Size>(
    to: &mut [Vector<f32, N>],
    sums: &Array<Vector<f32, N>>,
    at: Place,
    #[comptime] height: usize,
    #[comptime] width: usize,
    #[comptime] tile: [usize; 2],
    #[comptime] lanes: usize,
) {
    let [tile_height, tile_width] = comptime!(tile);
    #[unroll]
    for ty in 0..tile_height {
        #[unroll]
        for tx in 0..tile_width {
            let (y, x) = (at.y + ty, at.x + tx);
            if (y < height) & (x < width) {
                to[((at.picture * height + y) * width + x) * lanes + at.lane] =
                    sums[ty * tile_width + tx];
            }
        }
    }
}

/// One block of the filter's gradient: the sum over every `blocks`-th row of the output.
#[cube(launch_unchecked)]
pub fn filter_gradient<N: Size>(
    x: &[Vector<f32, N>],
    grad: &[Vector<f32, N>],
    partial: &mut [f32],
    units: usize,
    rows: usize,
    #[comptime] g: Geometry,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (stride, lanes, vector) = comptime!((g.stride, g.lanes, g.vector));
    let (height, width) = comptime!((g.height, g.width));
    let (lane, block, blocks) = (ABSOLUTE_POS % lanes, ABSOLUTE_POS / lanes, units / lanes);
    let mut sums = Array::<Vector<f32, N>>::new(9usize);
    for step in 0..(rows - block).div_ceil(blocks) {
        let row = block + step * blocks;
        let (picture, y) = (row / g.out_height, row % g.out_height * stride);
        // Columns 0 to 2 of the window; at stride 1 two of them are the last step's.
        let mut window = Array::<Vector<f32, N>>::new(9usize);
        #[unroll]
        for ky in 0..3usize {
            #[unroll]
            for kx in stride..3usize {
                let there = Place { lane, picture, y: y + ky, x: (kx - stride).runtime() };
                window[ky * 3 + kx] = padded::<N>(x, there, height, width, lanes);
            }
        }
        for column in 0..g.out_width {
            let value = grad[(row * g.out_width + column) * lanes + lane];
            #[unroll]
            for ky in 0..3usize {
                #[unroll]
                for kx in 0..3usize {
                    if comptime!(kx + stride < 3) {
                        window[ky * 3 + kx] = window[ky * 3 + kx + stride];
                    } else {
                        let there = Place { lane, picture, y: y + ky, x: column * stride + kx };
                        window[ky * 3 + kx] = padded::<N>(x, there, height, width, lanes);
                    }
                    sums[ky * 3 + kx] += value * window[ky * 3 + kx];
                }
            }
        }
    }
    #[unroll]
    for k in 0..9usize {
        #[unroll]
        for i in 0..vector {
            partial[(block * lanes * vector + lane * vector + i) * 9 + k] = sums[k].extract(i);
        }
    }
}
