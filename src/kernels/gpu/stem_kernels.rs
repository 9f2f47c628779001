//! The kernels of the first convolution. Pictures are `[batch, planes, h, w]`, activations
//! `[batch, h, w, channels]`.

use burn_cubecl::{
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::launch::vector_size;

/// Positions of one row that a unit of work computes.
const STRIP: usize = 4;

/// What a kernel is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Geometry {
    pub planes: usize,
    pub height: usize,
    pub width: usize,
    pub out_height: usize,
    pub out_width: usize,
    /// Channels of one vector.
    pub vector: usize,
    /// Vectors of one position.
    pub lanes: usize,
    pub stride: usize,
    pub strip: usize,
}

impl Geometry {
    /// Of a convolution from `images` to `output`.
    pub fn new(images: &CubeTensor, output: &CubeTensor, stride: usize) -> Self {
        let [_, planes, height, width] = images.meta.shape.dims();
        let [_, out_height, out_width, channels] = output.meta.shape.dims();
        let vector = vector_size(channels);
        let (lanes, strip) = (channels / vector, STRIP);
        Self { planes, height, width, out_height, out_width, vector, lanes, stride, strip }
    }
}

/// A pixel of plane `plane` of all pictures, at a position that is 1 more than its own in both
/// directions, or 0 outside.
#[cube]
fn padded(images: &[f32], plane: usize, y: usize, x: usize, #[comptime] g: Geometry) -> f32 {
    let inside = (y >= 1) & (y <= g.height) & (x >= 1) & (x <= g.width);
    let index = select(inside, (plane * g.height + y - 1) * g.width + x - 1, 0);
    select(inside, images[index], 0.0f32)
}

#[cube(launch_unchecked)]
pub fn convolve<N: Size>(
    images: &[f32],
    weight: &[f32],
    output: &mut [Vector<f32, N>],
    units: usize,
    #[comptime] g: Geometry,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (strip, stride, vector) = comptime!((g.strip, g.stride, g.vector));
    let strips = comptime!(g.out_width.div_ceil(g.strip));
    let (lane, rest) = (ABSOLUTE_POS % g.lanes, ABSOLUTE_POS / g.lanes);
    let (column, row) = (rest % strips * strip, rest / strips);
    let (y, picture) = (row % g.out_height * stride, row / g.out_height);
    let reach = comptime!((strip - 1) * stride + 3);
    let mut sums = Array::<Vector<f32, N>>::new(strip);
    for at in 0..comptime!(g.planes * 3).runtime() {
        let (plane, ky) = (at / 3, at % 3);
        let mut pixels = Array::<f32>::new(reach);
        #[unroll]
        for q in 0..reach {
            let x = column * stride + q;
            pixels[q] = padded(images, picture * g.planes + plane, y + ky, x, g);
        }
        #[unroll]
        for kx in 0..3usize {
            let mut tap = Vector::<f32, N>::empty();
            #[unroll]
            for i in 0..vector {
                let out = lane * vector + i;
                tap.insert(i, weight[(out * g.planes * 3 + at) * 3 + kx]);
            }
            #[unroll]
            for tx in 0..strip {
                sums[tx] += tap * Vector::new(pixels[tx * stride + kx]);
            }
        }
    }
    #[unroll]
    for tx in 0..strip {
        if column + tx < g.out_width {
            output[(row * g.out_width + column + tx) * g.lanes + lane] = sums[tx];
        }
    }
}

/// One block of the weight's gradient: the sum over every `blocks`-th row of the output, for one
/// plane and one vector of channels.
#[cube(launch_unchecked)]
pub fn weight_gradient<N: Size>(
    images: &[f32],
    grad: &[Vector<f32, N>],
    partial: &mut [f32],
    units: usize,
    rows: usize,
    #[comptime] g: Geometry,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (stride, vector) = comptime!((g.stride, g.vector));
    let (lane, rest) = (ABSOLUTE_POS % g.lanes, ABSOLUTE_POS / g.lanes);
    let (plane, block) = (rest % g.planes, rest / g.planes);
    let blocks = units / comptime!(g.lanes * g.planes);
    let mut sums = Array::<Vector<f32, N>>::new(9usize);
    for step in 0..(rows - block).div_ceil(blocks) {
        let row = block + step * blocks;
        let (picture, y) = (row / g.out_height, row % g.out_height * stride);
        // Columns 0 to 2 of the window; at stride 1 two of them are the last step's.
        let mut window = Array::<f32>::new(9usize);
        #[unroll]
        for ky in 0..3usize {
            #[unroll]
            for kx in stride..3usize {
                let x = comptime!(kx - stride).runtime();
                window[ky * 3 + kx] = padded(images, picture * g.planes + plane, y + ky, x, g);
            }
        }
        for column in 0..g.out_width {
            let value = grad[(row * g.out_width + column) * g.lanes + lane];
            #[unroll]
            for ky in 0..3usize {
                #[unroll]
                for kx in 0..3usize {
                    if comptime!(kx + stride < 3) {
                        window[ky * 3 + kx] = window[ky * 3 + kx + stride];
                    } else {
                        let x = column * stride + kx;
                        let plane = picture * g.planes + plane;
                        window[ky * 3 + kx] = padded(images, plane, y + ky, x, g);
                    }
                    sums[ky * 3 + kx] += value * Vector::new(window[ky * 3 + kx]);
                }
            }
        }
    }
    #[unroll]
    for k in 0..9usize {
        #[unroll]
        for i in 0..vector {
            let out = (block * g.lanes + lane) * vector + i;
            partial[(out * g.planes + plane) * 9 + k] = sums[k].extract(i);
        }
    }
}
