//! The operations of the network: the one place where their implementation is chosen.
//!
//! The model calls [`block::train`], [`block::infer`], [`block::global_average_pool`] and
//! [`linear`], and no other tensor operation. They are computed by the kernels in [`cpu`] on the
//! CPU and by those in [`gpu`] on wgpu, which enter burn as operations with their own backward
//! pass; under [`Engine::Stock`] they are burn's own.

pub mod block;
pub mod cpu;
mod engine;
mod flex;
#[cfg(feature = "wgpu")]
pub mod gpu;
pub mod mark;
pub mod observe;
mod stock;
pub mod summary;
pub mod update;

pub use engine::Engine;

use burn::tensor::Tensor;

/// A fully connected layer.
///
/// # Shapes
/// `x` is `[batch, in]`, `weight` is `[out, in]` (PyTorch's order), `bias` is `[out]`; the result
/// is `[batch, out]`.
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    x.matmul(weight.transpose()) + bias.unsqueeze()
}
