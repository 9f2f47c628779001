//! Optimizer updates of a tensor in place, where nobody else holds it.

use std::sync::{Arc, Mutex, PoisonError};

use burn::{
    backend::{Backend, Dispatch, Flex, backend_extension, flex::FlexTensor, tensor::FloatTensor},
    tensor::Tensor,
};

use super::memory::{in_order, numbers};
use crate::kernels::cpu::{
    Machine,
    update::{self, Parameter, Rule},
};

/// Weight, first and second moment after an update by [`Rule::Adam`]; the squares of the gradient
/// are added to `squares`.
pub fn adam<const D: usize>(
    [weight, gradient, first, second]: [Tensor<D>; 4],
    rule: Rule,
    squares: &mut f64,
) -> [Tensor<D>; 3] {
    let [weight, gradient, first, second] =
        [weight, gradient, first, second].map(Tensor::into_dispatch);
    let sum = Sum::default();
    let (weight, first, second) =
        <Dispatch as UpdateBackend>::adam(weight, gradient, first, second, rule, sum.clone());
    *squares += sum.get();
    [weight, first, second].map(Tensor::from_dispatch)
}

/// Weight and velocity after an update by [`Rule::Sgd`]; the squares of the gradient are added to
/// `squares`.
pub fn sgd<const D: usize>(
    [weight, gradient, velocity]: [Tensor<D>; 3],
    rule: Rule,
    squares: &mut f64,
) -> [Tensor<D>; 2] {
    let [weight, gradient, velocity] = [weight, gradient, velocity].map(Tensor::into_dispatch);
    let sum = Sum::default();
    let (weight, velocity) =
        <Dispatch as UpdateBackend>::sgd(weight, gradient, velocity, rule, sum.clone());
    *squares += sum.get();
    [weight, velocity].map(Tensor::from_dispatch)
}

/// Carries a number out of an operation that returns tensors.
#[derive(Clone, Default)]
pub struct Sum(Arc<Mutex<f64>>);

impl Sum {
    fn set(&self, value: f64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    fn get(&self) -> f64 {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[backend_extension(Flex)]
pub trait UpdateBackend: Backend {
    fn adam(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        rule: Rule,
        squares: Sum,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn sgd(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        rule: Rule,
        squares: Sum,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl UpdateBackend for Flex {
    fn adam(
        weight: FlexTensor,
        gradient: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        rule: Rule,
        squares: Sum,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [mut weight, mut first, mut second] = [weight, first, second].map(in_order);
        let parameter = Parameter {
            weight: weight.storage_mut(),
            gradient: &numbers(&gradient),
            first: first.storage_mut(),
            second: second.storage_mut(),
        };
        squares.set(update::update(Machine::this(), rule, parameter));
        (weight, first, second)
    }

    fn sgd(
        weight: FlexTensor,
        gradient: FlexTensor,
        velocity: FlexTensor,
        rule: Rule,
        squares: Sum,
    ) -> (FlexTensor, FlexTensor) {
        let [mut weight, mut velocity] = [weight, velocity].map(in_order);
        let parameter = Parameter {
            weight: weight.storage_mut(),
            gradient: &numbers(&gradient),
            first: velocity.storage_mut(),
            second: &mut [],
        };
        squares.set(update::update(Machine::this(), rule, parameter));
        (weight, velocity)
    }
}
