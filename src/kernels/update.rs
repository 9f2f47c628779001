//! Optimizer updates in one pass over each parameter.

use burn::tensor::{Device, Tensor};

use super::{
    Engine,
    block::{Path, path},
    flex,
};

pub use super::cpu::update::{Decay, Rule};

/// Whether `engine` has updates of its own for `device`.
pub fn is_fused(engine: Engine, device: &Device) -> bool {
    path(engine, device) != Path::Stock
}

/// Whether the updates for `device` tell the squares of gradients, too.
pub fn knows_squares(device: &Device) -> bool {
    path(Engine::Own, device) == Path::Cpu
}

/// Parts whose sum is that of the squares of `gradient`, without autodiff: `[parts]`.
pub fn squares<const D: usize>(engine: Engine, gradient: Tensor<D>) -> Tensor<1> {
    match path(engine, &gradient.device()) {
        #[cfg(feature = "wgpu")]
        Path::Graphics => super::gpu::squares(gradient),
        _ => gradient.square().sum(),
    }
}

/// Tensors after an update, and what was seen of the gradient on the way.
pub struct Updated<const D: usize, const N: usize> {
    pub tensors: [Tensor<D>; N],
    /// Sum of the squares of the gradient, where the update knows it at once.
    pub squares: Option<f64>,
}

/// One update by [`Rule::Adam`] of weight, gradient, first and second moment, without autodiff.
/// Yields weight and moments.
pub fn adam<const D: usize>(tensors: [Tensor<D>; 4], rule: Rule) -> Updated<D, 3> {
    match path(Engine::Own, &tensors[0].device()) {
        #[cfg(feature = "wgpu")]
        Path::Graphics => Updated { tensors: graphics::adam(tensors, rule), squares: None },
        _ => {
            let (tensors, squares) = flex::adam(tensors, rule);
            Updated { tensors, squares: Some(squares) }
        }
    }
}

/// One update by [`Rule::Sgd`] of weight, gradient and velocity, without autodiff. Yields weight
/// and velocity.
pub fn sgd<const D: usize>(tensors: [Tensor<D>; 3], rule: Rule) -> Updated<D, 2> {
    match path(Engine::Own, &tensors[0].device()) {
        #[cfg(feature = "wgpu")]
        Path::Graphics => Updated { tensors: graphics::sgd(tensors, rule), squares: None },
        _ => {
            let (tensors, squares) = flex::sgd(tensors, rule);
            Updated { tensors, squares: Some(squares) }
        }
    }
}

#[cfg(feature = "wgpu")]
mod graphics {
    use burn::tensor::Tensor;

    use super::{Decay, Rule};
    use crate::kernels::gpu::{self, AdamStep, SgdStep};

    pub fn adam<const D: usize>(tensors: [Tensor<D>; 4], rule: Rule) -> [Tensor<D>; 3] {
        let Rule::Adam { lr, betas: [beta1, beta2], epsilon, decay, time } = rule else {
            panic!("an update by Adam with another rule: {rule:?}");
        };
        let (weight_decay, decoupled) = match decay {
            Decay::Coupled(decay) => (decay, false),
            Decay::Decoupled(decay) => (decay, true),
        };
        let [lr, beta1, beta2, epsilon, weight_decay] =
            [lr, beta1, beta2, epsilon, weight_decay].map(f64::from);
        let step = AdamStep { lr, beta1, beta2, epsilon, weight_decay, decoupled, step: time };
        let [weight, gradient, first, second] = tensors;
        let (weight, first, second) = gpu::adam(weight, gradient, first, second, step);
        [weight, first, second]
    }

    pub fn sgd<const D: usize>(tensors: [Tensor<D>; 3], rule: Rule) -> [Tensor<D>; 2] {
        let Rule::Sgd { lr, momentum, nesterov, decay } = rule else {
            panic!("an update by momentum with another rule: {rule:?}");
        };
        let [lr, momentum, weight_decay] = [lr, momentum, decay].map(f64::from);
        let [weight, gradient, velocity] = tensors;
        let step = SgdStep { lr, momentum, weight_decay, nesterov };
        let (weight, velocity) = gpu::sgd(weight, gradient, velocity, step);
        [weight, velocity]
    }
}
