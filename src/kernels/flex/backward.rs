//! The backward passes of the training operations, as autodiff steps.

use burn::{
    backend::{
        Autodiff, Backend, TensorMetadata,
        autodiff::{
            NodeId,
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        tensor::FloatTensor,
    },
    tensor::TensorData,
};

use super::{
    trace::Trace,
    train::{Layer, TrainBackend, TrainGradients},
};

impl<B, C> TrainBackend for Autodiff<B, C>
where
    B: Backend + TrainBackend + TrainGradients,
    C: CheckpointStrategy,
{
    fn stem(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
        to: Trace,
    ) -> FloatTensor<Self> {
        let (images, _) = images.into_parts();
        let (weight, node) = weight.into_parts();
        let y = B::stem(images.clone(), weight, stride, to.clone());
        match StemStep.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                prep.finish(StemState::<B> { y: y.clone(), images, stride, to }, y)
            }
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn layer(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        layer: Layer,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (gamma, gamma_node)) = (x.into_parts(), gamma.into_parts());
        let ((beta, beta_node), (weight, weight_node)) = (beta.into_parts(), weight.into_parts());
        let y = B::layer(x.clone(), gamma, beta, weight.clone(), layer.clone());
        let nodes = [x_node, gamma_node, beta_node, weight_node];
        match LayerStep.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                prep.finish(LayerState::<B> { y: y.clone(), x, weight, layer }, y)
            }
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn pool(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        from: Trace,
    ) -> FloatTensor<Self> {
        let ((x, x_node), (gamma, gamma_node)) = (x.into_parts(), gamma.into_parts());
        let (beta, beta_node) = beta.into_parts();
        let means = B::pool(x.clone(), gamma, beta, epsilon, from.clone());
        match PoolStep.prepare::<C>([x_node, gamma_node, beta_node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(PoolState::<B> { x, from }, means),
            OpsKind::UnTracked(prep) => prep.finish(means),
        }
    }
}

#[derive(Debug)]
struct StemStep;

#[derive(Debug, Clone)]
struct StemState<B: Backend> {
    y: FloatTensor<B>,
    images: FloatTensor<B>,
    stride: usize,
    to: Trace,
}

impl<B: Backend + TrainGradients> Backward<B, 1> for StemStep {
    type State = StemState<B>;

    fn backward(self, ops: Ops<StemState<B>, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [weight] = ops.parents;
        let g = grads.consume::<B>(&ops.node);
        let StemState { y, images, stride, to } = ops.state;
        if let Some(node) = weight {
            grads.register::<B>(node.id, B::stem_gradient(g, y, images, stride, to));
        }
    }
}

#[derive(Debug)]
struct LayerStep;

#[derive(Debug, Clone)]
struct LayerState<B: Backend> {
    y: FloatTensor<B>,
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    layer: Layer,
}

impl<B: Backend + TrainGradients> Backward<B, 4> for LayerStep {
    type State = LayerState<B>;

    fn backward(self, ops: Ops<LayerState<B>, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, gamma, beta, weight_node] = ops.parents;
        let g = grads.consume::<B>(&ops.node);
        let device = g.device();
        let LayerState { y, x, weight, layer } = ops.state;
        let from = layer.from.clone();
        let (input, filters) = B::layer_gradient(g, y, x, weight, layer);
        for (node, gradient) in [(x_node, input), (weight_node, filters)] {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
        register_parameters::<B>(
            &from,
            [gamma, beta].map(|node| node.map(|node| node.id)),
            &device,
            grads,
        );
    }
}

#[derive(Debug)]
struct PoolStep;

#[derive(Debug, Clone)]
struct PoolState<B: Backend> {
    x: FloatTensor<B>,
    from: Trace,
}

impl<B: Backend + TrainGradients> Backward<B, 3> for PoolStep {
    type State = PoolState<B>;

    fn backward(self, ops: Ops<PoolState<B>, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, gamma, beta] = ops.parents;
        let gradient = grads.consume::<B>(&ops.node);
        let device = gradient.device();
        let PoolState { x, from } = ops.state;
        let input = B::pool_gradient(gradient, x, from.clone());
        if let Some(node) = x_node {
            grads.register::<B>(node.id, input);
        }
        register_parameters::<B>(
            &from,
            [gamma, beta].map(|node| node.map(|node| node.id)),
            &device,
            grads,
        );
    }
}

/// Registers the gradients of a normalisation's gamma and beta.
fn register_parameters<B: Backend>(
    from: &Trace,
    [gamma, beta]: [Option<NodeId>; 2],
    device: &B::Device,
    grads: &mut Gradients,
) {
    let (of_gamma, of_beta) = from.parameters();
    for (node, gradient) in [(gamma, of_gamma), (beta, of_beta)] {
        if let Some(node) = node {
            let count = gradient.len();
            let data = TensorData::new(gradient, [count]);
            grads.register::<B>(node, B::float_from_data(data, device));
        }
    }
}
