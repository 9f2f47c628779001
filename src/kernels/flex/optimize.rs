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

/// Weight, first and second moment after an update by [`Rule::Adam`], and the sum of the squares of
/// the gradient.
pub fn adam<const D: usize>(
    [weight, gradient, first, second]: [Tensor<D>; 4],
    rule: Rule,
) -> ([Tensor<D>; 3], f64) {
    let [weight, gradient, first, second] =
        [weight, gradient, first, second].map(Tensor::into_dispatch);
    let job = Job::new(rule);
    let (weight, first, second) =
        <Dispatch as UpdateBackend>::adam(weight, gradient, first, second, job.clone());
    ([weight, first, second].map(Tensor::from_dispatch), job.squares())
}

/// Weight and velocity after an update by [`Rule::Sgd`], and the sum of the squares of the gradient.
pub fn sgd<const D: usize>(
    [weight, gradient, velocity]: [Tensor<D>; 3],
    rule: Rule,
) -> ([Tensor<D>; 2], f64) {
    let [weight, gradient, velocity] = [weight, gradient, velocity].map(Tensor::into_dispatch);
    let job = Job::new(rule);
    let (weight, velocity) =
        <Dispatch as UpdateBackend>::sgd(weight, gradient, velocity, job.clone());
    ([weight, velocity].map(Tensor::from_dispatch), job.squares())
}

/// What to do, and the sum of the squares of the gradient that comes of it.
#[derive(Clone)]
pub struct Job {
    rule: Rule,
    squares: Arc<Mutex<f64>>,
}

impl Job {
    fn new(rule: Rule) -> Self {
        Self { rule, squares: Arc::default() }
    }

    fn run(&self, parameter: Parameter<'_>) {
        let squares = update::update(Machine::this(), self.rule, parameter);
        *self.squares.lock().unwrap_or_else(PoisonError::into_inner) = squares;
    }

    fn squares(&self) -> f64 {
        *self.squares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[backend_extension(Flex)]
pub trait UpdateBackend: Backend {
    fn adam(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        job: Job,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    fn sgd(
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        velocity: FloatTensor<Self>,
        job: Job,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl UpdateBackend for Flex {
    fn adam(
        weight: FlexTensor,
        gradient: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        job: Job,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [mut weight, mut first, mut second] = [weight, first, second].map(in_order);
        let parameter = Parameter {
            weight: weight.storage_mut(),
            gradient: &numbers(&gradient),
            first: first.storage_mut(),
            second: second.storage_mut(),
        };
        job.run(parameter);
        (weight, first, second)
    }

    fn sgd(
        weight: FlexTensor,
        gradient: FlexTensor,
        velocity: FlexTensor,
        job: Job,
    ) -> (FlexTensor, FlexTensor) {
        let [mut weight, mut velocity] = [weight, velocity].map(in_order);
        let parameter = Parameter {
            weight: weight.storage_mut(),
            gradient: &numbers(&gradient),
            first: velocity.storage_mut(),
            second: &mut [],
        };
        job.run(parameter);
        (weight, velocity)
    }
}
