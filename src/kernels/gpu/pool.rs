//! The mean over all positions.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, TensorMetadata,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        tensor::FloatTensor,
    },
    tensor::{Shape, Tensor},
};
use burn_cubecl::{
    CubeBackend,
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::launch::{contiguous, empty, grid};

/// The mean over all positions.
///
/// # Shapes
/// `x` is `[batch, h, w, channels]`; the result is `[batch, channels]`.
pub fn global_average_pool(x: Tensor<4>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as GlobalPool>::global_pool(x.into_dispatch()))
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Fusion)]
pub trait GlobalPool: Backend {
    #[fusion(dtype = x, shape = Shape::from([x[0], x[3]]))]
    fn global_pool(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Backends that have its gradient.
#[backend_extension(Cube, Fusion)]
pub trait GlobalPoolGradient: Backend {
    /// `grad` is the output's gradient, `shape` that of the input.
    #[fusion(dtype = grad, shape = Shape::from(*shape))]
    fn global_pool_gradient(grad: FloatTensor<Self>, shape: [usize; 4]) -> FloatTensor<Self>;
}

impl GlobalPool for CubeBackend {
    fn global_pool(x: CubeTensor) -> CubeTensor {
        let x = contiguous(x);
        let [batch, height, width, channels] = x.meta.shape.dims();
        let output = empty(&x, [batch, channels]);
        let (client, units) = (output.client.clone(), batch * channels);
        let (count, dim) = grid(&client, units);
        let (from, to) = (x.into_buffer_arg(), output.clone().into_buffer_arg());
        let positions = height * width;
        // SAFETY: units beyond `units` end at once; each picture has `positions` positions.
        unsafe {
            mean::launch_unchecked(&client, count, dim, from, to, units, positions, channels);
        }
        output
    }
}

impl GlobalPoolGradient for CubeBackend {
    fn global_pool_gradient(grad: CubeTensor, shape: [usize; 4]) -> CubeTensor {
        let (grad, [_, height, width, channels]) = (contiguous(grad), shape);
        let output = empty(&grad, shape);
        let (client, units) = (output.client.clone(), output.meta.num_elements());
        let (count, dim) = grid(&client, units);
        let (from, to) = (grad.into_buffer_arg(), output.clone().into_buffer_arg());
        let positions = height * width;
        // SAFETY: units beyond `units` end at once; each picture has `positions` positions.
        unsafe {
            spread::launch_unchecked(&client, count, dim, from, to, units, positions, channels);
        }
        output
    }
}

#[cube(launch_unchecked)]
fn mean(x: &[f32], output: &mut [f32], units: usize, positions: usize, channels: usize) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (channel, picture) = (ABSOLUTE_POS % channels, ABSOLUTE_POS / channels);
    let mut sum = 0.0f32;
    for position in 0..positions {
        sum += x[(picture * positions + position) * channels + channel];
    }
    output[ABSOLUTE_POS] = sum / f32::cast_from(positions);
}

#[cube(launch_unchecked)]
fn spread(grad: &[f32], output: &mut [f32], units: usize, positions: usize, channels: usize) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let (channel, picture) = (ABSOLUTE_POS % channels, ABSOLUTE_POS / channels / positions);
    output[ABSOLUTE_POS] = grad[picture * channels + channel] / f32::cast_from(positions);
}

impl<B, C> GlobalPool for Autodiff<B, C>
where
    B: Backend + GlobalPool + GlobalPoolGradient,
    C: CheckpointStrategy,
{
    fn global_pool(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let (shape, output) = (x.shape().dims(), B::global_pool(x));
        match Step.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(shape, output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}

#[derive(Debug)]
struct Step;

impl<B: Backend + GlobalPoolGradient> Backward<B, 1> for Step {
    /// The input's shape.
    type State = [usize; 4];

    fn backward(self, ops: Ops<[usize; 4], 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        if let Some(node) = x {
            grads.register::<B>(node.id, B::global_pool_gradient(grad, ops.state));
        }
    }
}
