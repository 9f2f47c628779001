//! The pointwise convolution: a matrix product over the channels at every position.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch,
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

use super::matmul;

/// A 1×1 convolution.
///
/// # Shapes
/// `x` is `[batch, h, w, in]`, `weight` is `[out, in, 1, 1]`; the result is `[batch, h, w, out]`.
pub fn pointwise(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Pointwise>::pointwise(x, weight))
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Fusion)]
pub trait Pointwise: Backend {
    #[fusion(dtype = x, shape = Shape::from([x[0], x[1], x[2], weight[0]]))]
    fn pointwise(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Backends that have its gradients.
#[backend_extension(Cube, Fusion)]
pub trait PointwiseGradients: Backend {
    /// `grad` is the output's gradient.
    #[fusion(dtype = grad, shape = Shape::from([grad[0], grad[1], grad[2], weight[1]]))]
    fn pointwise_input_gradient(
        grad: FloatTensor<Self>,
        weight: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    #[fusion(dtype = x, shape = Shape::from([grad[3], x[3], 1, 1]))]
    fn pointwise_weight_gradient(
        x: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

impl Pointwise for CubeBackend {
    fn pointwise(x: CubeTensor, weight: CubeTensor) -> CubeTensor {
        let [batch, height, width, _] = x.meta.shape.dims();
        let out = weight.meta.shape[0];
        matmul::rows_by_transposed(x, weight, [batch, height, width, out])
    }
}

impl PointwiseGradients for CubeBackend {
    fn pointwise_input_gradient(grad: CubeTensor, weight: CubeTensor) -> CubeTensor {
        let [batch, height, width, _] = grad.meta.shape.dims();
        let channels = weight.meta.shape[1];
        matmul::rows_by_rows(grad, weight, [batch, height, width, channels])
    }

    fn pointwise_weight_gradient(x: CubeTensor, grad: CubeTensor) -> CubeTensor {
        let (out, channels) = (grad.meta.shape[3], x.meta.shape[3]);
        matmul::columns_by_rows(grad, x, [out, channels, 1, 1])
    }
}

impl<B, C> Pointwise for Autodiff<B, C>
where
    B: Backend + Pointwise + PointwiseGradients,
    C: CheckpointStrategy,
{
    fn pointwise(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        match Step.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let state = (prep.checkpoint(&x), prep.checkpoint(&weight));
                prep.finish(state, B::pointwise(x.into_primitive(), weight.into_primitive()))
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::pointwise(x.into_primitive(), weight.into_primitive()))
            }
        }
    }
}

#[derive(Debug)]
struct Step;

impl<B: Backend + PointwiseGradients> Backward<B, 2> for Step {
    /// The input and the weight.
    type State = (NodeId, NodeId);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, saved: &mut Checkpointer) {
        let [x_node, weight_node] = ops.parents;
        let (x, weight) = ops.state;
        let grad = grads.consume::<B>(&ops.node);
        let x = saved.retrieve_node_output::<FloatTensor<B>>(x);
        let weight = saved.retrieve_node_output::<FloatTensor<B>>(weight);
        if let Some(node) = x_node {
            grads.register::<B>(node.id, B::pointwise_input_gradient(grad.clone(), weight));
        }
        if let Some(node) = weight_node {
            grads.register::<B>(node.id, B::pointwise_weight_gradient(x, grad));
        }
    }
}
