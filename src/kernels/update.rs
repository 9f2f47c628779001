//! Optimizer updates in one pass over each parameter.

use burn::tensor::{Device, Tensor};

use super::{Engine, block::is_cpu, flex};

pub use super::cpu::update::{Decay, Rule};

/// Whether `engine` has fused updates for `device`.
pub fn is_fused(engine: Engine, device: &Device) -> bool {
    engine == Engine::Own && is_cpu(device)
}

/// One update by [`Rule::Adam`] of weight, gradient, first and second moment, without autodiff.
/// Returns weight and moments; the squares of the gradient are added to `squares`.
pub fn adam<const D: usize>(
    tensors: [Tensor<D>; 4],
    rule: Rule,
    squares: &mut f64,
) -> [Tensor<D>; 3] {
    flex::adam(tensors, rule, squares)
}

/// One update by [`Rule::Sgd`] of weight, gradient and velocity, without autodiff. Returns weight
/// and velocity; the squares of the gradient are added to `squares`.
pub fn sgd<const D: usize>(
    tensors: [Tensor<D>; 3],
    rule: Rule,
    squares: &mut f64,
) -> [Tensor<D>; 2] {
    flex::sgd(tensors, rule, squares)
}
