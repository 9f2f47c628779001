//! Batch normalisation with ReLU behind it: statistics, one pass forward, one pass backward.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, ExtensionType,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        tensor::FloatTensor,
    },
    tensor::Tensor,
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use super::batch_norm_launch::{self as launch, Channels};
use crate::kernels::block::Statistics;

/// Batch normalisation by the batch's own statistics, then ReLU; the statistics are detached.
///
/// # Shapes
/// `x` is `[batch, h, w, channels]`; `gamma` and `beta` are `[channels]`.
pub fn batch_norm_relu_train(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> (Tensor<4>, Statistics) {
    let tracked = x.device().is_autodiff();
    let plain = if tracked { x.clone().inner() } else { x.clone() };
    let (mean, variance) = <Dispatch as BatchNorm>::channel_statistics(plain.into_dispatch());
    let [mean, variance] = [mean, variance].map(Tensor::<1>::from_dispatch);
    let [mean, variance] =
        [mean, variance].map(|plain| if tracked { Tensor::from_inner(plain) } else { plain });
    let statistics = Statistics { mean, variance };
    (normalise(x, gamma, beta, statistics.clone(), epsilon), statistics)
}

/// Batch normalisation by given statistics, then ReLU. It has no gradient: `x` must be without
/// autodiff.
///
/// # Shapes
/// `x` is `[batch, h, w, channels]`; `gamma` and `beta` are `[channels]`.
pub fn batch_norm_relu(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    statistics: Statistics,
    epsilon: f64,
) -> Tensor<4> {
    assert!(!x.device().is_autodiff(), "given statistics are for inference");
    normalise(x, gamma, beta, statistics, epsilon)
}

fn normalise(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    statistics: Statistics,
    epsilon: f64,
) -> Tensor<4> {
    let parameters = Parameters::<Dispatch> {
        gamma: gamma.into_dispatch(),
        beta: beta.into_dispatch(),
        mean: statistics.mean.into_dispatch(),
        variance: statistics.variance.into_dispatch(),
    };
    Tensor::from_dispatch(<Dispatch as NormaliseRelu>::normalise_relu(
        x.into_dispatch(),
        parameters,
        epsilon,
    ))
}

/// Four numbers for each channel: `[channels]` each.
#[derive(Debug, Clone, ExtensionType)]
#[extension_type(fusion)]
pub struct Parameters<B: Backend> {
    pub gamma: FloatTensor<B>,
    pub beta: FloatTensor<B>,
    pub mean: FloatTensor<B>,
    pub variance: FloatTensor<B>,
}

/// Backends that normalise.
#[backend_extension(Autodiff, Cube, Fusion)]
pub trait NormaliseRelu: Backend {
    /// With autodiff, the mean and the variance are taken to be those of `x`.
    #[fusion(dtype = x, shape = x)]
    fn normalise_relu(
        x: FloatTensor<Self>,
        #[extension_type] parameters: Parameters<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self>;
}

/// Backends that have the parts of it that need no gradient.
#[backend_extension(Cube, Fusion)]
pub trait BatchNorm: Backend {
    /// Mean and biased variance of each channel.
    #[fusion(meta = |x| {
        let mut one = x.clone();
        one.shape = burn::tensor::Shape::from([x.shape[3]]);
        (one.clone(), one)
    })]
    fn channel_statistics(x: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// Gradients of `x`, gamma and beta; `grad` is the output's.
    #[fusion(meta = |x, _grad, parameters, _epsilon| {
        (x.clone(), parameters.gamma.clone(), parameters.beta.clone())
    })]
    fn normalise_relu_gradients(
        x: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        #[extension_type] parameters: Parameters<Self>,
        epsilon: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl NormaliseRelu for CubeBackend {
    fn normalise_relu(x: CubeTensor, parameters: Parameters<Self>, epsilon: f64) -> CubeTensor {
        launch::normalise(x, channels(parameters), epsilon)
    }
}

impl BatchNorm for CubeBackend {
    fn channel_statistics(x: CubeTensor) -> (CubeTensor, CubeTensor) {
        launch::statistics(x)
    }

    fn normalise_relu_gradients(
        x: CubeTensor,
        grad: CubeTensor,
        parameters: Parameters<Self>,
        epsilon: f64,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        launch::gradients(x, grad, channels(parameters), epsilon)
    }
}

fn channels(parameters: Parameters<CubeBackend>) -> Channels {
    let Parameters { gamma, beta, mean, variance } = parameters;
    Channels { gamma, beta, mean, variance }
}

impl<B, C> NormaliseRelu for Autodiff<B, C>
where
    B: Backend + NormaliseRelu + BatchNorm,
    C: CheckpointStrategy,
{
    fn normalise_relu(
        x: FloatTensor<Self>,
        parameters: Parameters<Self>,
        epsilon: f64,
    ) -> FloatTensor<Self> {
        let Parameters { gamma, beta, mean, variance } = parameters;
        let nodes = [x.node(), gamma.node(), beta.node()];
        let x = x.into_primitive();
        let parameters = Parameters::<B> {
            gamma: gamma.into_primitive(),
            beta: beta.into_primitive(),
            mean: mean.into_primitive(),
            variance: variance.into_primitive(),
        };
        match Step.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let output = B::normalise_relu(x.clone(), parameters.clone(), epsilon);
                prep.finish(State { x, parameters, epsilon }, output)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::normalise_relu(x, parameters, epsilon)),
        }
    }
}

#[derive(Debug)]
struct Step;

#[derive(Debug, Clone)]
struct State<B: Backend> {
    x: FloatTensor<B>,
    parameters: Parameters<B>,
    epsilon: f64,
}

impl<B: Backend + BatchNorm> Backward<B, 3> for Step {
    type State = State<B>;

    fn backward(self, ops: Ops<State<B>, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let State { x, parameters, epsilon } = ops.state;
        let grad = grads.consume::<B>(&ops.node);
        let (x, gamma, beta) = B::normalise_relu_gradients(x, grad, parameters, epsilon);
        for (node, grad) in ops.parents.into_iter().zip([x, gamma, beta]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}
