//! Training: convolution layers that read their input's normalisation along with it.
//!
//! A layer's output `y` is normalised and rectified by the layer that reads it, so its gradient
//! arrives there masked but not yet normalised. What the two layers must tell each other besides
//! tensors — moments forward, sums backward — goes through the [`Trace`] of the tensor between
//! them: the tensor that autodiff carries as the gradient of `y` is `g` of [`norm`], and `∂y` is
//! made of it where it is used. So `y` must be read by one layer only, as it is in this network.
//!
//! [`norm`]: crate::kernels::cpu::norm

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, Flex, TensorMetadata,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        flex::FlexTensor,
        tensor::FloatTensor,
    },
    tensor::{Tensor, TensorData},
};

use super::memory::{numbers, sides, tensor};
use crate::kernels::cpu::{
    Machine, depthwise, depthwise_gradient, head,
    norm::{GradientRule, GradientSums, Moments, Normalisation},
    pointwise::{self, Gradients as LayerGradients, Saved},
    stem,
};

/// What is known of a layer's output besides its numbers.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    moments: Option<Moments>,
    norm: Option<Arc<Normalisation>>,
    sums: Option<GradientSums>,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

impl Trace {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, moments: Moments) {
        self.known().moments = Some(moments);
    }

    /// Mean and biased variance of each channel.
    ///
    /// # Panics
    /// The layer has not run.
    pub fn statistics(&self) -> [Vec<f32>; 2] {
        let known = self.known();
        let Moments { mean, variance, .. } = known.moments.as_ref().expect("the layer has run");
        [mean, variance].map(|values| values.iter().map(|value| *value as f32).collect())
    }

    fn normalise(&self, gamma: &FlexTensor, beta: &FlexTensor, epsilon: f64) -> Arc<Normalisation> {
        let mut known = self.known();
        let moments = known.moments.as_ref().expect("the layer before has run");
        let norm = Normalisation::new(moments, &numbers(gamma), &numbers(beta), epsilon);
        Arc::clone(known.norm.insert(Arc::new(norm)))
    }

    fn norm(&self) -> Arc<Normalisation> {
        Arc::clone(self.known().norm.as_ref().expect("the layer behind has run"))
    }

    fn sum(&self, sums: GradientSums) {
        self.known().sums = Some(sums);
    }

    /// How `∂y` comes from `g`.
    fn rule(&self) -> GradientRule {
        let known = self.known();
        let sums = known.sums.as_ref().expect("the layer behind has run backward");
        GradientRule::new(sums, known.norm.as_ref().expect("the layer behind has run"))
    }

    /// Gradients of gamma and beta.
    fn parameters(&self) -> (Vec<f32>, Vec<f32>) {
        let known = self.known();
        let sums = known.sums.as_ref().expect("this layer has run backward");
        sums.parameters(known.norm.as_ref().expect("this layer has run"))
    }
}

/// The convolutions that follow the stem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    Depthwise { stride: usize },
    Pointwise,
}

/// A layer between two traces.
#[derive(Debug, Clone)]
pub struct Layer {
    pub kind: LayerKind,
    /// Of the normalisation of its input.
    pub epsilon: f64,
    pub from: Trace,
    pub to: Trace,
}

/// The stem: `[batch, 3, h, w]` to `[batch, ⌈h/stride⌉, ⌈w/stride⌉, out]`, before normalisation.
pub fn stem(images: Tensor<4>, weight: Tensor<4>, stride: usize, to: Trace) -> Tensor<4> {
    let (images, weight) = (images.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(<Dispatch as TrainBackend>::stem(images, weight, stride, to))
}

/// A layer with the normalisation by `gamma` and `beta`, and ReLU, in front of it: NHWC to NHWC.
pub fn layer(
    x: Tensor<4>,
    [gamma, beta]: [Tensor<1>; 2],
    weight: Tensor<4>,
    layer: Layer,
) -> Tensor<4> {
    let [x, weight] = [x, weight].map(Tensor::into_dispatch);
    let [gamma, beta] = [gamma, beta].map(Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as TrainBackend>::layer(x, gamma, beta, weight, layer))
}

/// Normalisation, ReLU and the mean over all positions: NHWC to `[batch, channels]`.
pub fn pool(x: Tensor<4>, norm: [Tensor<1>; 2], epsilon: f64, from: Trace) -> Tensor<2> {
    let [gamma, beta] = norm.map(Tensor::into_dispatch);
    let x = x.into_dispatch();
    Tensor::from_dispatch(<Dispatch as TrainBackend>::pool(x, gamma, beta, epsilon, from))
}

/// The operations and their gradients, without autodiff's bookkeeping.
#[backend_extension(Autodiff, Flex)]
pub trait TrainBackend: Backend {
    fn stem(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
        to: Trace,
    ) -> FloatTensor<Self>;

    /// Gradient of the weight.
    fn stem_gradient(
        g: FloatTensor<Self>,
        y: FloatTensor<Self>,
        images: FloatTensor<Self>,
        stride: usize,
        to: Trace,
    ) -> FloatTensor<Self>;

    fn layer(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        layer: Layer,
    ) -> FloatTensor<Self>;

    /// Gradients of the input and of the weight.
    fn layer_gradient(
        g: FloatTensor<Self>,
        y: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        layer: Layer,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    fn pool(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        from: Trace,
    ) -> FloatTensor<Self>;

    /// Gradient of the input.
    fn pool_gradient(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        from: Trace,
    ) -> FloatTensor<Self>;
}

fn stem_shape(images: &FlexTensor, outputs: usize, stride: usize) -> stem::Shape {
    let [batch, _, height, width] = sides(images);
    stem::Shape { batch, height, width, stride, outputs }
}

fn depthwise_shape(x: &FlexTensor, stride: usize) -> depthwise::Shape {
    let [batch, height, width, channels] = sides(x);
    depthwise::Shape { batch, height, width, channels, stride }
}

impl TrainBackend for Flex {
    fn stem(images: FlexTensor, weight: FlexTensor, stride: usize, to: Trace) -> FlexTensor {
        let [outputs, ..]: [usize; 4] = sides(&weight);
        let shape = stem_shape(&images, outputs, stride);
        let (y, moments) =
            stem::forward(Machine::this(), &numbers(&images), &numbers(&weight), shape);
        to.count(moments);
        let out = |side: usize| side.div_ceil(stride);
        tensor(y, [shape.batch, out(shape.height), out(shape.width), outputs])
    }

    fn stem_gradient(
        g: FlexTensor,
        y: FlexTensor,
        images: FlexTensor,
        stride: usize,
        to: Trace,
    ) -> FlexTensor {
        let [.., outputs]: [usize; 4] = sides(&y);
        let shape = stem_shape(&images, outputs, stride);
        let (g, y) = (numbers(&g), numbers(&y));
        let gradient =
            stem::backward(Machine::this(), (&g, &y), &to.rule(), &numbers(&images), shape);
        tensor(gradient, [outputs, 3, 3, 3])
    }

    fn layer(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        weight: FlexTensor,
        layer: Layer,
    ) -> FlexTensor {
        let on = Machine::this();
        let norm = layer.from.normalise(&gamma, &beta, layer.epsilon);
        let [batch, height, width, channels] = sides(&x);
        let (input, filters) = (numbers(&x), numbers(&weight));
        let (y, moments, shape) = match layer.kind {
            LayerKind::Depthwise { stride } => {
                let shape = depthwise_shape(&x, stride);
                let (y, moments) = depthwise::forward(on, &input, &norm.affine, &filters, shape);
                (y, moments, [batch, shape.out_height(), shape.out_width(), channels])
            }
            LayerKind::Pointwise => {
                let (y, moments) = pointwise::forward(on, &input, &norm.affine, &filters, channels);
                (y, moments, [batch, height, width, filters.len() / channels])
            }
        };
        layer.to.count(moments);
        tensor(y, shape)
    }

    fn layer_gradient(
        g: FlexTensor,
        y: FlexTensor,
        x: FlexTensor,
        weight: FlexTensor,
        layer: Layer,
    ) -> (FlexTensor, FlexTensor) {
        let on = Machine::this();
        let (rule, norm) = (layer.to.rule(), layer.from.norm());
        let [g, y, input, filters] = [&g, &y, &x, &weight].map(numbers);
        let saved = Saved { g: &g, y: &y, rule: &rule, x: &input, norm: &norm, weight: &filters };
        let [.., channels]: [usize; 4] = sides(&x);
        let LayerGradients { input, sums, weight: gradient } = match layer.kind {
            LayerKind::Depthwise { stride } => {
                depthwise_gradient::backward(on, saved, depthwise_shape(&x, stride))
            }
            LayerKind::Pointwise => pointwise::backward(on, saved, channels),
        };
        layer.from.sum(sums);
        (tensor(input, x.shape()), tensor(gradient, weight.shape()))
    }

    fn pool(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f64,
        from: Trace,
    ) -> FlexTensor {
        let norm = from.normalise(&gamma, &beta, epsilon);
        let [batch, _, _, channels] = sides(&x);
        let means = head::forward(Machine::this(), &numbers(&x), &norm.affine, batch);
        tensor(means, [batch, channels])
    }

    fn pool_gradient(gradient: FlexTensor, x: FlexTensor, from: Trace) -> FlexTensor {
        let (gradient, input) = (numbers(&gradient), numbers(&x));
        let (g, sums) = head::backward(Machine::this(), &gradient, &input, &from.norm());
        from.sum(sums);
        tensor(g, x.shape())
    }
}

impl<B: Backend + TrainBackend, C: CheckpointStrategy> TrainBackend for Autodiff<B, C> {
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

    fn stem_gradient(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: usize,
        _: Trace,
    ) -> FloatTensor<Self> {
        unimplemented!("gradients of gradients")
    }

    fn layer_gradient(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: Layer,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        unimplemented!("gradients of gradients")
    }

    fn pool_gradient(_: FloatTensor<Self>, _: FloatTensor<Self>, _: Trace) -> FloatTensor<Self> {
        unimplemented!("gradients of gradients")
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

impl<B: Backend + TrainBackend> Backward<B, 1> for StemStep {
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

impl<B: Backend + TrainBackend> Backward<B, 4> for LayerStep {
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

impl<B: Backend + TrainBackend> Backward<B, 3> for PoolStep {
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
    [gamma, beta]: [Option<burn::backend::autodiff::NodeId>; 2],
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
