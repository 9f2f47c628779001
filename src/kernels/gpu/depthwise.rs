//! The depthwise convolution: one 3×3 filter a channel, padding 1, stride 1 or 2.
//!
//! A unit of work computes a tile of one vector of channels, so that what it has read is used up
//! to nine times before it is dropped.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, TensorMetadata,
        autodiff::{
            NodeId,
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        tensor::FloatTensor,
    },
    tensor::{Shape, Tensor},
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use super::{
    depthwise_kernels::{Geometry, correlate, filter_gradient, spread},
    launch::{blocks, contiguous, empty, grid},
    sum::sum_blocks,
};

/// One 3×3 filter for each channel, padded by 1 on every side.
///
/// # Shapes
/// `x` is `[batch, h, w, channels]`, `weight` is `[channels, 1, 3, 3]`; the result is
/// `[batch, ⌈h/stride⌉, ⌈w/stride⌉, channels]`. `stride` is 1 or 2.
pub fn depthwise(x: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Depthwise>::depthwise(x, weight, stride))
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Fusion)]
pub trait Depthwise: Backend {
    #[fusion(dtype = x, shape = output_shape(x, *stride))]
    fn depthwise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;
}

/// Backends that have its gradients.
#[backend_extension(Cube, Fusion)]
pub trait DepthwiseGradients: Backend {
    /// `grad` is the output's gradient, `shape` that of the input.
    #[fusion(dtype = grad, shape = Shape::from(*shape))]
    fn depthwise_input_gradient(
        grad: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        shape: [usize; 4],
        stride: usize,
    ) -> FloatTensor<Self>;

    #[fusion(dtype = x, shape = Shape::from([x[3], 1, 3, 3]))]
    fn depthwise_weight_gradient(
        x: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;
}

fn output_shape(x: &Shape, stride: usize) -> Shape {
    Shape::from([x[0], x[1].div_ceil(stride), x[2].div_ceil(stride), x[3]])
}

impl Depthwise for CubeBackend {
    fn depthwise(x: CubeTensor, weight: CubeTensor, stride: usize) -> CubeTensor {
        let (x, weight) = (contiguous(x), contiguous(weight));
        let output = empty(&x, output_shape(&x.meta.shape, stride));
        let geometry = Geometry::new(&x, &output, stride);
        launch_tiles(x, weight, output, geometry, Pass::Forward)
    }
}

impl DepthwiseGradients for CubeBackend {
    fn depthwise_input_gradient(
        grad: CubeTensor,
        weight: CubeTensor,
        shape: [usize; 4],
        stride: usize,
    ) -> CubeTensor {
        let (grad, weight) = (contiguous(grad), contiguous(weight));
        let output = empty(&grad, shape);
        let geometry = Geometry::new(&output, &grad, stride);
        launch_tiles(grad, weight, output, geometry, Pass::Backward)
    }

    fn depthwise_weight_gradient(x: CubeTensor, grad: CubeTensor, stride: usize) -> CubeTensor {
        let (x, grad) = (contiguous(x), contiguous(grad));
        let geometry = Geometry::new(&x, &grad, stride);
        let (channels, rows) = (x.meta.shape[3], grad.meta.shape[0] * geometry.out_height);
        let blocks = blocks(&x, rows, geometry.lanes);
        let partial = empty(&x, [blocks, channels, 3, 3]);
        let units = blocks * geometry.lanes;
        let (client, (count, dim)) = (x.client.clone(), grid(&x.client, units));
        // SAFETY: units beyond `units` end at once; every row that a unit reads is one of `rows`,
        // and what lies beyond the picture is not read.
        unsafe {
            filter_gradient::launch_unchecked(
                &client,
                count,
                dim,
                geometry.vector,
                x.into_buffer_arg(),
                grad.into_buffer_arg(),
                partial.clone().into_buffer_arg(),
                units,
                rows,
                geometry,
            );
        }
        sum_blocks(partial, [channels, 1, 3, 3])
    }
}

enum Pass {
    Forward,
    Backward,
}

/// Computes `output` tile by tile: the output from the input, or the input's gradient from the
/// output's.
fn launch_tiles(
    from: CubeTensor,
    weight: CubeTensor,
    output: CubeTensor,
    geometry: Geometry,
    pass: Pass,
) -> CubeTensor {
    let tiled = match pass {
        Pass::Forward => [geometry.out_height, geometry.out_width],
        Pass::Backward => [geometry.height, geometry.width],
    };
    let tiles: usize =
        tiled.iter().zip(geometry.tile).map(|(side, tile)| side.div_ceil(tile)).product();
    let units = output.meta.shape[0] * tiles * geometry.lanes;
    let (client, (count, dim)) = (output.client.clone(), grid(&output.client, units));
    let (from, weight) = (from.into_buffer_arg(), weight.into_buffer_arg());
    let (to, vector) = (output.clone().into_buffer_arg(), geometry.vector);
    // SAFETY: units beyond `units` end at once; what a tile has beyond its picture is neither read
    // nor written.
    unsafe {
        match (pass, geometry.stride) {
            (Pass::Forward, _) => correlate::launch_unchecked(
                &client, count, dim, vector, from, weight, to, units, geometry, false,
            ),
            (Pass::Backward, 1) => correlate::launch_unchecked(
                &client, count, dim, vector, from, weight, to, units, geometry, true,
            ),
            (Pass::Backward, _) => spread::launch_unchecked(
                &client, count, dim, vector, from, weight, to, units, geometry,
            ),
        }
    }
    output
}

impl<B, C> Depthwise for Autodiff<B, C>
where
    B: Backend + Depthwise + DepthwiseGradients,
    C: CheckpointStrategy,
{
    fn depthwise(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self> {
        let prep = Step.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful();
        match prep {
            OpsKind::Tracked(mut prep) => {
                let state =
                    State { x: prep.checkpoint(&x), weight: prep.checkpoint(&weight), stride };
                let output = B::depthwise(x.into_primitive(), weight.into_primitive(), stride);
                prep.finish(state, output)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::depthwise(x.into_primitive(), weight.into_primitive(), stride))
            }
        }
    }
}

#[derive(Debug)]
struct Step;

#[derive(Debug, Clone)]
struct State {
    x: NodeId,
    weight: NodeId,
    stride: usize,
}

impl<B: Backend + DepthwiseGradients> Backward<B, 2> for Step {
    type State = State;

    fn backward(self, ops: Ops<State, 2>, grads: &mut Gradients, saved: &mut Checkpointer) {
        let [x_node, weight_node] = ops.parents;
        let State { x, weight, stride } = ops.state;
        let grad = grads.consume::<B>(&ops.node);
        let x = saved.retrieve_node_output::<FloatTensor<B>>(x);
        let weight = saved.retrieve_node_output::<FloatTensor<B>>(weight);
        if let Some(node) = x_node {
            let shape = x.shape().dims();
            let grad = B::depthwise_input_gradient(grad.clone(), weight, shape, stride);
            grads.register::<B>(node.id, grad);
        }
        if let Some(node) = weight_node {
            grads.register::<B>(node.id, B::depthwise_weight_gradient(x, grad, stride));
        }
    }
}
