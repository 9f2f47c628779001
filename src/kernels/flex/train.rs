//! Training: convolution layers that read their input's normalisation along with it.
//!
//! A layer's output `y` is normalised and rectified by the layer that reads it, so its gradient
//! arrives there masked but not yet normalised. What the two layers must tell each other besides
//! tensors — moments forward, sums backward — goes through the [`Trace`] of the tensor between
//! them: the tensor that autodiff carries as the gradient of `y` is `g` of [`norm`], and `∂y` is
//! made of it where it is used. So `y` must be read by one layer only, as it is in this network.
//!
//! [`norm`]: crate::kernels::cpu::norm

use burn::{
    backend::{
        Backend, Dispatch, Flex, TensorMetadata, backend_extension, flex::FlexTensor,
        tensor::FloatTensor,
    },
    tensor::Tensor,
};

use super::{
    memory::{numbers, sides, tensor},
    trace::Trace,
};
use crate::kernels::cpu::{
    Machine, depthwise, depthwise_gradient, head,
    pointwise::{self, Gradients as LayerGradients, Saved},
    stem, stem_gradient,
};

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

/// The operations.
#[backend_extension(Autodiff, Flex)]
pub trait TrainBackend: Backend {
    fn stem(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
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

    fn pool(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        from: Trace,
    ) -> FloatTensor<Self>;
}

/// Their gradients, where autodiff keeps no books.
pub trait TrainGradients: Backend {
    /// Gradient of the weight.
    fn stem_gradient(
        g: FloatTensor<Self>,
        y: FloatTensor<Self>,
        images: FloatTensor<Self>,
        stride: usize,
        to: Trace,
    ) -> FloatTensor<Self>;

    /// Gradients of the input and of the weight.
    fn layer_gradient(
        g: FloatTensor<Self>,
        y: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        layer: Layer,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

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
}

impl TrainGradients for Flex {
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
        let gradient = stem_gradient::backward(
            Machine::this(),
            (&g, &y),
            &to.rule(),
            &numbers(&images),
            shape,
        );
        tensor(gradient, [outputs, 3, 3, 3])
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

    fn pool_gradient(gradient: FlexTensor, x: FlexTensor, from: Trace) -> FlexTensor {
        let (gradient, input) = (numbers(&gradient), numbers(&x));
        let (g, sums) = head::backward(Machine::this(), &gradient, &input, &from.norm());
        from.sum(sums);
        tensor(g, x.shape())
    }
}
