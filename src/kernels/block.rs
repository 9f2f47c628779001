//! Convolution, batch normalisation and ReLU: what the network is made of.

use burn::{
    backend::DispatchDevice,
    tensor::{Device, Tensor},
};

use super::{
    Engine,
    cpu::norm::Affine,
    flex::{self, Layer, LayerKind, Trace},
    observe::{self, first, numbers},
    stock,
    summary::Summary,
};
#[cfg(feature = "wgpu")]
use crate::kernels::gpu;

/// A convolution without bias.
#[derive(Debug, Clone)]
pub struct Convolution {
    pub kind: ConvolutionKind,
    /// `[out, in / groups, k, k]`.
    pub weight: Tensor<4>,
    pub stride: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConvolutionKind {
    /// 3×3 over all channels; only the first of a network.
    Standard,
    /// One 3×3 filter for each channel.
    Depthwise,
    /// 1×1 over all channels; only right after a depthwise one.
    Pointwise,
}

/// Parameters of a batch normalisation: `[channels]` each.
#[derive(Debug, Clone)]
pub struct BatchNorm {
    pub gamma: Tensor<1>,
    pub beta: Tensor<1>,
    pub epsilon: f64,
}

/// Mean and biased variance of each channel: `[channels]` each.
#[derive(Debug, Clone)]
pub struct Statistics {
    pub mean: Tensor<1>,
    pub variance: Tensor<1>,
}

/// What flows from block to block: after normalisation and ReLU as far as anyone can tell, in
/// whatever form the device computes with.
#[derive(Debug, Clone)]
pub struct Activation(Form);

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one at a time, and each is moved once or twice")]
enum Form {
    /// NCHW, for burn's own operations.
    Stock(Tensor<4>),
    /// Images in NCHW, for the kernels of graphics adapters.
    #[cfg(feature = "wgpu")]
    GraphicsImages(Tensor<4>),
    /// NHWC, from them and for them.
    #[cfg(feature = "wgpu")]
    Graphics(Tensor<4>),
    /// Images in NCHW, for the kernels of the CPU.
    Images(Tensor<4>),
    /// NHWC, not yet normalised: the reader does that.
    Counted { y: Tensor<4>, norm: BatchNorm, trace: Trace },
    /// NHWC.
    Ready(Tensor<4>),
    /// A depthwise convolution that the pointwise one behind it will do along the way.
    Deferred { x: Tensor<4>, filters: Tensor<4>, stride: usize, affine: Affine },
}

impl Activation {
    /// Images `[batch, 3, h, w]`, to be worked on by `engine`.
    pub fn images(images: Tensor<4>, engine: Engine) -> Self {
        Self(match path(engine, &images.device()) {
            Path::Stock => Form::Stock(images),
            Path::Cpu => Form::Images(images),
            #[cfg(feature = "wgpu")]
            Path::Graphics => Form::GraphicsImages(images),
        })
    }

    /// The tensor in NCHW, as burn's own operations have it.
    pub fn stock(&self) -> Option<Tensor<4>> {
        match &self.0 {
            Form::Stock(x) => Some(x.clone()),
            _ => None,
        }
    }

    /// The activation with `change` made to its tensor; there may be none yet.
    pub fn map(self, change: impl FnOnce(Tensor<4>) -> Tensor<4>) -> Self {
        Self(match self.0 {
            Form::Stock(x) => Form::Stock(change(x)),
            #[cfg(feature = "wgpu")]
            Form::GraphicsImages(x) => Form::GraphicsImages(change(x)),
            #[cfg(feature = "wgpu")]
            Form::Graphics(x) => Form::Graphics(change(x)),
            Form::Images(x) => Form::Images(change(x)),
            Form::Counted { y, norm, trace } => Form::Counted { y: change(y), norm, trace },
            Form::Ready(x) => Form::Ready(change(x)),
            deferred @ Form::Deferred { .. } => deferred,
        })
    }

    /// Statistics of the first `images`, behind normalisation and ReLU.
    pub(super) fn summary(&self, images: usize) -> Option<Summary> {
        let nhwc = |x: Tensor<4>| {
            let channels = x.dims()[3];
            Some(observe::summary(&numbers(x), channels, true))
        };
        match &self.0 {
            Form::Stock(x) => nhwc(first(x.clone(), images).permute([0, 2, 3, 1])),
            #[cfg(feature = "wgpu")]
            Form::Graphics(x) => nhwc(first(x.clone(), images)),
            Form::Counted { y, norm, trace } => {
                let BatchNorm { gamma, beta, epsilon } = norm.clone();
                let [gamma, beta] = [gamma, beta].map(|tensor| numbers(tensor.inner()));
                let [mean, variance] = trace.statistics();
                let affine = Affine::new(&gamma, &beta, [&mean, &variance], epsilon);
                flex::observe(y.clone().inner(), images, affine)
            }
            Form::Ready(x) => nhwc(first(x.clone(), images)),
            #[cfg(feature = "wgpu")]
            Form::GraphicsImages(_) => None,
            Form::Images(_) | Form::Deferred { .. } => None,
        }
    }
}

/// What training a block yields.
pub struct Trained {
    pub output: Activation,
    /// Of this batch, detached.
    pub statistics: Statistics,
    /// Values a channel that the statistics are of.
    pub count: usize,
}

/// Whose kernels compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    Stock,
    Cpu,
    #[cfg(feature = "wgpu")]
    Graphics,
}

/// The kernels that `engine` has for `device`.
pub fn path(engine: Engine, device: &Device) -> Path {
    match (engine, device.clone().inner().as_dispatch()) {
        (Engine::Own, DispatchDevice::Flex(_)) => Path::Cpu,
        #[cfg(feature = "wgpu")]
        (Engine::Own, DispatchDevice::Cube(_)) => Path::Graphics,
        _ => Path::Stock,
    }
}

/// A block in training: normalised by its batch's own statistics.
///
/// # Panics
/// The blocks do not come in MobileNet's order: standard, then depthwise and pointwise in turn.
pub fn train(x: Activation, convolution: Convolution, norm: BatchNorm) -> Trained {
    let Convolution { kind, weight, stride } = convolution;
    let trace = Trace::default();
    let y = match (x.0, kind) {
        (Form::Stock(x), _) => {
            let y = stock::convolution(x, Convolution { kind, weight, stride });
            let [batch, _, h, w] = y.dims();
            let (x, statistics) = stock::batch_norm_relu_train(y, norm);
            let output = Activation(Form::Stock(x));
            return Trained { output, statistics, count: batch * h * w };
        }
        #[cfg(feature = "wgpu")]
        (form @ (Form::GraphicsImages(_) | Form::Graphics(_)), _) => {
            let y = graphics(form, Convolution { kind, weight, stride });
            let [batch, h, w, _] = y.dims();
            let BatchNorm { gamma, beta, epsilon } = norm;
            let (x, statistics) = gpu::batch_norm_relu_train(y, gamma, beta, epsilon);
            let output = Activation(Form::Graphics(x));
            return Trained { output, statistics, count: batch * h * w };
        }
        (Form::Images(images), ConvolutionKind::Standard) => {
            flex::stem(images, weight, stride, trace.clone())
        }
        (Form::Counted { y, norm, trace: from }, kind) => {
            let kind = match kind {
                ConvolutionKind::Depthwise => LayerKind::Depthwise { stride },
                ConvolutionKind::Pointwise => LayerKind::Pointwise,
                ConvolutionKind::Standard => panic!("a standard convolution behind the stem"),
            };
            let BatchNorm { gamma, beta, epsilon } = norm;
            let layer = Layer { kind, epsilon, from, to: trace.clone() };
            flex::layer(y, [gamma, beta], weight, layer)
        }
        (form, kind) => panic!("a {kind:?} convolution of {form:?} in training"),
    };
    let device = y.device().inner();
    let [mean, variance] = trace.statistics().map(|values| Tensor::from_floats(&*values, &device));
    let statistics =
        Statistics { mean: Tensor::from_inner(mean), variance: Tensor::from_inner(variance) };
    let [batch, h, w, _] = y.dims();
    let output = Activation(Form::Counted { y, norm, trace });
    Trained { output, statistics, count: batch * h * w }
}

/// A block in inference: normalised by given statistics.
///
/// # Panics
/// As [`train`].
pub fn infer(
    x: Activation,
    convolution: Convolution,
    norm: BatchNorm,
    statistics: Statistics,
) -> Activation {
    let Convolution { kind, weight, stride } = convolution;
    Activation(match (x.0, kind) {
        (Form::Stock(x), _) => {
            let y = stock::convolution(x, Convolution { kind, weight, stride });
            Form::Stock(stock::batch_norm_relu(y, norm, statistics))
        }
        #[cfg(feature = "wgpu")]
        (form @ (Form::GraphicsImages(_) | Form::Graphics(_)), _) => {
            let y = graphics(form, Convolution { kind, weight, stride });
            let BatchNorm { gamma, beta, epsilon } = norm;
            Form::Graphics(gpu::batch_norm_relu(y, gamma, beta, statistics, epsilon))
        }
        (Form::Images(images), ConvolutionKind::Standard) => {
            Form::Ready(flex::stem_inferred(images, weight, stride, affine(norm, statistics)))
        }
        (Form::Ready(x), ConvolutionKind::Depthwise) => {
            Form::Deferred { x, filters: weight, stride, affine: affine(norm, statistics) }
        }
        (Form::Deferred { x, filters, stride, affine: first }, ConvolutionKind::Pointwise) => {
            let norms = [first, affine(norm, statistics)];
            Form::Ready(flex::separable(x, (filters, stride), weight, norms))
        }
        (form, kind) => panic!("a {kind:?} convolution of {form:?} in inference"),
    })
}

/// A convolution on a graphics adapter, to NHWC.
#[cfg(feature = "wgpu")]
fn graphics(x: Form, convolution: Convolution) -> Tensor<4> {
    let Convolution { kind, weight, stride } = convolution;
    match (x, kind) {
        (Form::GraphicsImages(x), ConvolutionKind::Standard) => gpu::stem(x, weight, stride),
        (Form::Graphics(x), ConvolutionKind::Depthwise) => gpu::depthwise(x, weight, stride),
        (Form::Graphics(x), ConvolutionKind::Pointwise) => gpu::pointwise(x, weight),
        (form, kind) => panic!("a {kind:?} convolution of {form:?}"),
    }
}

fn affine(norm: BatchNorm, statistics: Statistics) -> Affine {
    let [gamma, beta] = [norm.gamma, norm.beta].map(numbers);
    let [mean, variance] = [statistics.mean, statistics.variance].map(numbers);
    Affine::new(&gamma, &beta, [&mean, &variance], norm.epsilon)
}

/// The mean over all positions: `[batch, channels]`.
pub fn global_average_pool(x: Activation) -> Tensor<2> {
    match x.0 {
        Form::Stock(x) => stock::global_average_pool(x),
        #[cfg(feature = "wgpu")]
        Form::Graphics(x) => gpu::global_average_pool(x),
        Form::Counted { y, norm: BatchNorm { gamma, beta, epsilon }, trace } => {
            flex::pool(y, [gamma, beta], epsilon, trace)
        }
        Form::Ready(x) => flex::pool_inferred(x),
        form => panic!("pooling of {form:?}"),
    }
}
