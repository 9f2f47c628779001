//! The operations as burn has them, NCHW.

use burn::tensor::{
    Tensor, activation,
    module::{batch_norm, batch_norm_train, conv2d},
    ops::ConvOptions,
};

use super::block::{BatchNorm, Convolution, ConvolutionKind, Statistics};

/// A convolution, padded by half its kernel on every side.
pub fn convolution(x: Tensor<4>, convolution: Convolution) -> Tensor<4> {
    let Convolution { kind, weight, stride } = convolution;
    let [channels, _, side, _] = weight.dims();
    let groups = if kind == ConvolutionKind::Depthwise { channels } else { 1 };
    let padding = side / 2;
    let options = ConvOptions::new([stride, stride], [padding, padding], [1, 1], groups);
    conv2d(x, weight, None, options)
}

/// Normalisation by the batch's own statistics, then ReLU; the statistics are detached.
pub fn batch_norm_relu_train(x: Tensor<4>, norm: BatchNorm) -> (Tensor<4>, Statistics) {
    let BatchNorm { gamma, beta, epsilon } = norm;
    let result = batch_norm_train(x, gamma, beta, epsilon);
    let (mean, variance) = (result.mean.detach(), result.variance.detach());
    (activation::relu(result.output), Statistics { mean, variance })
}

/// Normalisation by given statistics, then ReLU.
pub fn batch_norm_relu(x: Tensor<4>, norm: BatchNorm, statistics: Statistics) -> Tensor<4> {
    let BatchNorm { gamma, beta, epsilon } = norm;
    let Statistics { mean, variance } = statistics;
    activation::relu(batch_norm(x, gamma, beta, mean, variance, epsilon))
}

/// The mean over all positions: `[batch, channels, h, w]` to `[batch, channels]`.
pub fn global_average_pool(x: Tensor<4>) -> Tensor<2> {
    let [batch, channels, h, w] = x.dims();
    x.reshape([batch, channels, h * w]).mean_dim(2).reshape([batch, channels])
}
