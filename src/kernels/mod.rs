//! The operations of the network: the one place where their implementation is chosen.
//!
//! The model calls these functions and no other tensor operation, so that a faster form of any of
//! them enters here and nothing else changes. At present each is burn's stock operation.
//! Activations are `[batch, channels, height, width]`.

#[cfg(feature = "wgpu")]
pub mod gpu;
pub mod mark;

use burn::tensor::{
    Tensor, activation,
    module::{batch_norm, batch_norm_train, conv2d},
    ops::ConvOptions,
};

/// A standard convolution, padded by half its kernel on every side.
///
/// # Shapes
/// `x` is `[batch, in, h, w]`, `weight` is `[out, in, k, k]`; the result is
/// `[batch, out, ⌈h/stride⌉, ⌈w/stride⌉]`.
pub fn convolution(x: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    let [_, _, k, _] = weight.dims();
    conv2d(x, weight, None, options(stride, k / 2, 1))
}

/// One 3×3 filter for each channel, padded by 1 on every side.
///
/// # Shapes
/// `x` is `[batch, channels, h, w]`, `weight` is `[channels, 1, 3, 3]`; the result is
/// `[batch, channels, ⌈h/stride⌉, ⌈w/stride⌉]`.
pub fn depthwise(x: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    let [channels, ..] = weight.dims();
    conv2d(x, weight, None, options(stride, 1, channels))
}

/// A 1×1 convolution: a matrix product over the channels at every position.
///
/// # Shapes
/// `x` is `[batch, in, h, w]`, `weight` is `[out, in, 1, 1]`; the result is `[batch, out, h, w]`.
pub fn pointwise(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    conv2d(x, weight, None, options(1, 0, 1))
}

/// What training a batch normalisation yields.
pub struct Normalised {
    /// `max(0, norm(x)·gamma + beta)`, shaped as `x`.
    pub output: Tensor<4>,
    /// Mean of each channel of this batch, detached: `[channels]`.
    pub mean: Tensor<1>,
    /// Biased variance of each channel of this batch, detached: `[channels]`.
    pub variance: Tensor<1>,
}

/// Batch normalisation by the batch's own statistics, then ReLU.
///
/// # Shapes
/// `x` is `[batch, channels, h, w]`; `gamma` and `beta` are `[channels]`.
pub fn batch_norm_relu_train(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> Normalised {
    let result = batch_norm_train(x, gamma, beta, epsilon);
    Normalised {
        output: activation::relu(result.output),
        mean: result.mean.detach(),
        variance: result.variance.detach(),
    }
}

/// Statistics that a batch normalisation applies outside training: `[channels]` each.
pub struct Statistics {
    pub mean: Tensor<1>,
    pub variance: Tensor<1>,
}

/// Batch normalisation by given statistics, then ReLU.
///
/// # Shapes
/// `x` is `[batch, channels, h, w]`; `gamma` and `beta` are `[channels]`.
pub fn batch_norm_relu(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    statistics: Statistics,
    epsilon: f64,
) -> Tensor<4> {
    let Statistics { mean, variance } = statistics;
    activation::relu(batch_norm(x, gamma, beta, mean, variance, epsilon))
}

/// The mean over all positions.
///
/// # Shapes
/// `x` is `[batch, channels, h, w]`; the result is `[batch, channels]`.
pub fn global_average_pool(x: Tensor<4>) -> Tensor<2> {
    let [batch, channels, h, w] = x.dims();
    x.reshape([batch, channels, h * w]).mean_dim(2).reshape([batch, channels])
}

/// A fully connected layer.
///
/// # Shapes
/// `x` is `[batch, in]`, `weight` is `[out, in]` (PyTorch's order), `bias` is `[out]`; the result
/// is `[batch, out]`.
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    x.matmul(weight.transpose()) + bias.unsqueeze()
}

fn options(stride: usize, padding: usize, groups: usize) -> ConvOptions<2> {
    ConvOptions::new([stride, stride], [padding, padding], [1, 1], groups)
}
