//! Updating a weight: one pass over it, its gradient and what the optimizer remembers of it.
//!
//! The results are fresh tensors. Updating in place would move as many bytes, and the old weights
//! are still held when an update runs.

use burn::{
    backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor},
    tensor::Tensor,
};
use burn_cubecl::{
    CubeBackend,
    cubecl::{self, prelude::*},
    tensor::CubeTensor,
};

use super::launch::{contiguous, empty, grid};

/// What one update by Adam or AdamW depends on, besides tensors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Learning rate.
    pub lr: f64,
    /// Share of the old mean of the gradient that is kept.
    pub beta1: f64,
    /// Share of the old mean of the squared gradient that is kept.
    pub beta2: f64,
    /// Added to the square root, as PyTorch does.
    pub epsilon: f64,
    pub weight_decay: f64,
    /// AdamW: the weight itself decays. Adam: the gradient gets a share of the weight.
    pub decoupled: bool,
    /// Which update of this weight it is, from 1.
    pub step: i32,
}

/// What one update by stochastic gradient descent depends on, besides tensors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SgdStep {
    /// Learning rate.
    pub lr: f64,
    /// Share of the old velocity that is kept.
    pub momentum: f64,
    pub weight_decay: f64,
    /// Whether to step by the velocity of the next update, too.
    pub nesterov: bool,
}

/// One update by Adam (Kingma and Ba 2015) or AdamW (Loshchilov and Hutter 2019): the new weight
/// and the new means of the gradient and of its square. Before the first update both are 0.
///
/// # Shapes
/// All tensors are of one shape, and without autodiff.
pub fn adam<const D: usize>(
    weight: Tensor<D>,
    grad: Tensor<D>,
    m: Tensor<D>,
    v: Tensor<D>,
    hyper: AdamStep,
) -> (Tensor<D>, Tensor<D>, Tensor<D>) {
    let [weight, grad, m, v] = [weight, grad, m, v].map(Tensor::into_dispatch);
    let (weight, m, v) = <Dispatch as Update>::adam(weight, grad, m, v, hyper);
    (Tensor::from_dispatch(weight), Tensor::from_dispatch(m), Tensor::from_dispatch(v))
}

/// One update by stochastic gradient descent with momentum, without dampening: the new weight and
/// the new velocity. Before the first update the velocity is 0.
///
/// # Shapes
/// All tensors are of one shape, and without autodiff.
pub fn sgd<const D: usize>(
    weight: Tensor<D>,
    grad: Tensor<D>,
    velocity: Tensor<D>,
    hyper: SgdStep,
) -> (Tensor<D>, Tensor<D>) {
    let [weight, grad, velocity] = [weight, grad, velocity].map(Tensor::into_dispatch);
    let (weight, velocity) = <Dispatch as Update>::sgd(weight, grad, velocity, hyper);
    (Tensor::from_dispatch(weight), Tensor::from_dispatch(velocity))
}

/// Backends that update weights in one pass.
#[backend_extension(Cube, Fusion)]
pub trait Update: Backend {
    #[fusion(meta = |weight, _grad, m, v, _hyper| (weight.clone(), m.clone(), v.clone()))]
    fn adam(
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        hyper: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    #[fusion(meta = |weight, _grad, velocity, _hyper| (weight.clone(), velocity.clone()))]
    fn sgd(
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        hyper: SgdStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl Update for CubeBackend {
    fn adam(
        weight: CubeTensor,
        grad: CubeTensor,
        m: CubeTensor,
        v: CubeTensor,
        hyper: AdamStep,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [weight, grad, m, v] = [weight, grad, m, v].map(contiguous);
        let [new_weight, new_m, new_v] =
            [(); 3].map(|()| empty(&weight, weight.meta.shape.clone()));
        let (client, units) = (weight.client.clone(), weight.meta.num_elements());
        let (count, dim) = grid(&client, units);
        // SAFETY: units beyond `units` end at once; all tensors have `units` elements.
        unsafe {
            adam_kernel::launch_unchecked(
                &client,
                count,
                dim,
                weight.into_buffer_arg(),
                grad.into_buffer_arg(),
                m.into_buffer_arg(),
                v.into_buffer_arg(),
                new_weight.clone().into_buffer_arg(),
                new_m.clone().into_buffer_arg(),
                new_v.clone().into_buffer_arg(),
                units,
                hyper.arguments(),
            );
        }
        (new_weight, new_m, new_v)
    }

    fn sgd(
        weight: CubeTensor,
        grad: CubeTensor,
        velocity: CubeTensor,
        hyper: SgdStep,
    ) -> (CubeTensor, CubeTensor) {
        let [weight, grad, velocity] = [weight, grad, velocity].map(contiguous);
        let [new_weight, new_velocity] =
            [(); 2].map(|()| empty(&weight, weight.meta.shape.clone()));
        let (client, units) = (weight.client.clone(), weight.meta.num_elements());
        let (count, dim) = grid(&client, units);
        // SAFETY: units beyond `units` end at once; all tensors have `units` elements.
        unsafe {
            sgd_kernel::launch_unchecked(
                &client,
                count,
                dim,
                weight.into_buffer_arg(),
                grad.into_buffer_arg(),
                velocity.into_buffer_arg(),
                new_weight.clone().into_buffer_arg(),
                new_velocity.clone().into_buffer_arg(),
                units,
                hyper.lr as f32,
                hyper.momentum as f32,
                hyper.weight_decay as f32,
                hyper.nesterov,
            );
        }
        (new_weight, new_velocity)
    }
}

impl AdamStep {
    /// What the kernel needs, worked out once and not for each weight.
    fn arguments(self) -> AdamArgumentsLaunch {
        let (first, second) = (1.0 - self.beta1.powi(self.step), 1.0 - self.beta2.powi(self.step));
        let (on_grad, kept) = match self.decoupled {
            true => (0.0, 1.0 - self.lr * self.weight_decay),
            false => (self.weight_decay, 1.0),
        };
        AdamArgumentsLaunch::new(
            (self.lr * second.sqrt() / first) as f32,
            (self.epsilon * second.sqrt()) as f32,
            self.beta1 as f32,
            (1.0 - self.beta1) as f32,
            self.beta2 as f32,
            (1.0 - self.beta2) as f32,
            on_grad as f32,
            kept as f32,
        )
    }
}

/// The numbers of one update by Adam.
#[derive(CubeType, CubeLaunch)]
struct AdamArguments {
    /// Learning rate with both corrections of the bias.
    rate: f32,
    /// Epsilon with the correction of the second.
    epsilon: f32,
    beta1: f32,
    rest1: f32,
    beta2: f32,
    rest2: f32,
    /// Share of the weight that is added to the gradient.
    decay: f32,
    /// Share of the weight that is kept.
    kept: f32,
}

#[cube(launch_unchecked)]
fn adam_kernel(
    weight: &[f32],
    grad: &[f32],
    m: &[f32],
    v: &[f32],
    new_weight: &mut [f32],
    new_m: &mut [f32],
    new_v: &mut [f32],
    units: usize,
    by: AdamArguments,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let old = weight[ABSOLUTE_POS];
    let grad = grad[ABSOLUTE_POS] + old * by.decay;
    let first = m[ABSOLUTE_POS] * by.beta1 + grad * by.rest1;
    let second = v[ABSOLUTE_POS] * by.beta2 + grad * grad * by.rest2;
    new_m[ABSOLUTE_POS] = first;
    new_v[ABSOLUTE_POS] = second;
    new_weight[ABSOLUTE_POS] = old * by.kept - by.rate * first / (second.sqrt() + by.epsilon);
}

#[cube(launch_unchecked)]
fn sgd_kernel(
    weight: &[f32],
    grad: &[f32],
    velocity: &[f32],
    new_weight: &mut [f32],
    new_velocity: &mut [f32],
    units: usize,
    lr: f32,
    momentum: f32,
    decay: f32,
    #[comptime] nesterov: bool,
) {
    if ABSOLUTE_POS >= units {
        terminate!();
    }
    let old = weight[ABSOLUTE_POS];
    let grad = grad[ABSOLUTE_POS] + old * decay;
    let moving = velocity[ABSOLUTE_POS] * momentum + grad;
    let step = if nesterov { grad + moving * momentum } else { moving };
    new_velocity[ABSOLUTE_POS] = moving;
    new_weight[ABSOLUTE_POS] = old - lr * step;
}
