//! The network as the article builds it: convolution block, depthwise-separable block, model.
//!
//! The fields are named as PyTorch names the weights, so that a walk over the modules yields the
//! names on disk: `blocks.0.depthwise.conv.weight`.

use burn::{
    module::{Module, Param, ParamId, RunningState},
    tensor::{Device, Tensor, TensorData},
};

use super::{
    probe::{NoProbe, Probe},
    weights::{WeightTensor, Weights},
};
use crate::{
    domain::architecture::{ArchSpec, BLOCKS, BN_EPSILON, BN_MOMENTUM, LayerKind, LayerSpec},
    kernels::{
        self, Engine,
        block::{self, Activation, BatchNorm, Convolution, ConvolutionKind, Statistics, Trained},
    },
};

/// A convolution without bias: the normalisation behind it has one.
#[derive(Module, Debug)]
pub struct Conv {
    /// `[out, in / groups, k, k]`.
    pub weight: Param<Tensor<4>>,
    #[module(skip)]
    spec: ConvSpec,
}

/// What the weight's shape does not tell.
#[derive(Debug, Clone, Copy)]
struct ConvSpec {
    kind: LayerKind,
    stride: usize,
}

impl Conv {
    fn convolution(&self) -> Convolution {
        let kind = match self.spec.kind {
            LayerKind::Depthwise => ConvolutionKind::Depthwise,
            LayerKind::Pointwise => ConvolutionKind::Pointwise,
            LayerKind::Conv | LayerKind::Pooling | LayerKind::Linear => ConvolutionKind::Standard,
        };
        Convolution { kind, weight: self.weight.val(), stride: self.spec.stride }
    }
}

/// Batch normalisation with ReLU behind it. Running statistics are kept as PyTorch keeps them: the
/// variance that is tracked is the unbiased one.
#[derive(Module, Debug)]
pub struct BatchNormRelu {
    /// Scale: `[channels]`.
    pub weight: Param<Tensor<1>>,
    /// Shift: `[channels]`.
    pub bias: Param<Tensor<1>>,
    pub running_mean: RunningState<Tensor<1>>,
    pub running_var: RunningState<Tensor<1>>,
}

impl BatchNormRelu {
    fn norm(&self) -> BatchNorm {
        BatchNorm { gamma: self.weight.val(), beta: self.bias.val(), epsilon: BN_EPSILON }
    }

    fn running(&self) -> Statistics {
        Statistics { mean: self.running_mean.value(), variance: self.running_var.value() }
    }

    /// Moves the running statistics towards those of a batch with `count` values a channel.
    fn track(&self, batch: Statistics, count: usize) {
        // A single value has no unbiased variance; its biased one, 0, is all that there is.
        let unbiased = count as f64 / (count.max(2) - 1) as f64;
        let towards = |old: Tensor<1>, new: Tensor<1>, share: f64| {
            old.mul_scalar(1.0 - BN_MOMENTUM) + new.mul_scalar(BN_MOMENTUM * share)
        };
        let mean = towards(self.running_mean.value_sync(), batch.mean, 1.0);
        let var = towards(self.running_var.value_sync(), batch.variance, unbiased);
        self.running_mean.update(mean.detach());
        self.running_var.update(var.detach());
    }
}

/// Convolution, batch normalisation, activation.
#[derive(Module, Debug)]
pub struct ConvBlock {
    pub conv: Conv,
    pub bn: BatchNormRelu,
}

impl ConvBlock {
    fn forward(&self, x: Activation) -> Activation {
        let (convolution, norm) = (self.conv.convolution(), self.bn.norm());
        if !norm.gamma.device().is_autodiff() {
            return block::infer(x, convolution, norm, self.bn.running());
        }
        let Trained { output, statistics, count } = block::train(x, convolution, norm);
        self.bn.track(statistics, count);
        output
    }
}

/// A depthwise-separable convolution: one filter for each channel, then a mix of the channels.
#[derive(Module, Debug)]
pub struct SeparableBlock {
    pub depthwise: ConvBlock,
    pub pointwise: ConvBlock,
}

impl SeparableBlock {
    fn forward(&self, x: Activation, probe: &mut impl Probe) -> Activation {
        let x = probe.passed(self.depthwise.forward(x));
        probe.passed(self.pointwise.forward(x))
    }
}

/// The fully connected layer that turns features into logits.
#[derive(Module, Debug)]
pub struct Classifier {
    /// `[classes, channels]`.
    pub weight: Param<Tensor<2>>,
    /// `[classes]`.
    pub bias: Param<Tensor<1>>,
}

/// MobileNet-V1 for small images.
///
/// # Source
/// Howard et al. 2017, arXiv:1704.04861, table 1, with stride 1 in the stem.
#[derive(Module, Debug)]
pub struct MobileNetV1 {
    pub stem: ConvBlock,
    pub blocks: Vec<SeparableBlock>,
    pub classifier: Classifier,
    #[module(skip)]
    engine: Engine,
}

impl MobileNetV1 {
    /// Builds the network that `weights` are for; `weights` must have been checked against `spec`.
    pub fn new(spec: &ArchSpec, weights: &Weights, device: &Device) -> Self {
        let layers = spec.layers();
        let builder = Builder { weights, device };
        let pairs = layers[1..=2 * BLOCKS.len()].chunks_exact(2);
        Self {
            stem: builder.conv_block(&layers[0]),
            blocks: pairs
                .map(|pair| SeparableBlock {
                    depthwise: builder.conv_block(&pair[0]),
                    pointwise: builder.conv_block(&pair[1]),
                })
                .collect(),
            classifier: Classifier {
                weight: builder.parameter("classifier.weight"),
                bias: builder.parameter("classifier.bias"),
            },
            engine: Engine::default(),
        }
    }

    /// The same network, computed by `engine`.
    pub fn with_engine(self, engine: Engine) -> Self {
        Self { engine, ..self }
    }

    /// Classifies a batch of normalised images.
    ///
    /// # Shapes
    /// `images` is `[batch, 3, side, side]`; the result is logits `[batch, classes]`, not
    /// probabilities. On an autodiff device batch statistics are used, and tracked; elsewhere the
    /// running ones.
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_probed(images, &mut NoProbe)
    }

    /// The same arithmetic, with `probe` told of every layer in the order of the layer table.
    pub fn forward_probed(&self, images: Tensor<4>, probe: &mut impl Probe) -> Tensor<2> {
        let x = Activation::images(images, self.engine);
        let x = probe.passed(self.stem.forward(x));
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, probe));
        let x = probe.passed(block::global_average_pool(x));
        let Classifier { weight, bias } = &self.classifier;
        probe.passed(kernels::linear(x, weight.val(), bias.val()))
    }
}

/// Turns named numbers into parameters.
struct Builder<'a> {
    weights: &'a Weights,
    device: &'a Device,
}

impl Builder<'_> {
    fn conv_block(&self, layer: &LayerSpec) -> ConvBlock {
        let name = |part: &str| format!("{}.{part}", layer.name);
        ConvBlock {
            conv: Conv {
                weight: self.parameter(&name("conv.weight")),
                spec: ConvSpec { kind: layer.kind, stride: layer.stride },
            },
            bn: BatchNormRelu {
                weight: self.parameter(&name("bn.weight")),
                bias: self.parameter(&name("bn.bias")),
                running_mean: self.running(&name("bn.running_mean")),
                running_var: self.running(&name("bn.running_var")),
            },
        }
    }

    fn parameter<const D: usize>(&self, name: &str) -> Param<Tensor<D>> {
        let tensor = self.tensor(name);
        let tensor = if self.device.is_autodiff() { tensor.require_grad() } else { tensor };
        Param::initialized(ParamId::new(), tensor)
    }

    fn running(&self, name: &str) -> RunningState<Tensor<1>> {
        RunningState::new(self.tensor(name))
    }

    fn tensor<const D: usize>(&self, name: &str) -> Tensor<D> {
        let WeightTensor { shape, values } =
            self.weights.get(name).expect("weights are checked against the architecture before");
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), self.device)
    }
}
