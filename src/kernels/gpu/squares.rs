//! The sum of the squares of a gradient, in parts: one launch for each weight.

use burn::{
    backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor},
    tensor::{Shape, Tensor},
};
use burn_cubecl::{
    CubeBackend,
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::launch::{contiguous, empty, grid};

/// Parts of a large gradient.
const MOST_PARTS: usize = 512;
/// Values that are worth a part.
const LEAST: usize = 64;

/// Parts whose sum is that of the squares of `gradient`: `[parts]`.
pub fn squares<const D: usize>(gradient: Tensor<D>) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as Squares>::squares(gradient.into_dispatch()))
}

/// Parts of a gradient with `values`.
fn parts(values: usize) -> usize {
    values.div_ceil(LEAST).min(MOST_PARTS)
}

/// Backends that have the operation.
#[backend_extension(Cube, Fusion)]
pub trait Squares: Backend {
    #[fusion(dtype = gradient, shape = Shape::from([parts(gradient.num_elements())]))]
    fn squares(gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Squares for CubeBackend {
    fn squares(gradient: CubeTensor) -> CubeTensor {
        let gradient = contiguous(gradient);
        let values = gradient.meta.num_elements();
        let units = parts(values);
        let output = empty(&gradient, [units]);
        let (client, (count, dim)) = (output.client.clone(), grid(&output.client, units));
        let (from, to) = (gradient.into_buffer_arg(), output.clone().into_buffer_arg());
        // SAFETY: units beyond `units` end at once; a unit reads below `values` only.
        unsafe { squares_kernel::launch_unchecked(&client, count, dim, from, to, units, values) };
        output
    }
}

/// Neighbouring units read neighbouring values.
#[cube(launch_unchecked)]
fn squares_kernel(gradient: &[f32], output: &mut [f32], units: usize, values: usize) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let mut sum = 0.0f32;
    let rounds = (values - ABSOLUTE_POS).div_ceil(units);
    for round in 0..rounds {
        let value = gradient[round * units + ABSOLUTE_POS];
        sum += value * value;
    }
    output[ABSOLUTE_POS] = sum;
}
