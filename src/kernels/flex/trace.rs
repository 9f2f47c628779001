//! What two layers tell each other besides tensors.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use burn::backend::flex::FlexTensor;

use super::memory::numbers;
use crate::kernels::cpu::norm::{GradientRule, GradientSums, Moments, Normalisation};

/// What is known of a layer's output besides its numbers.
#[derive(Clone, Default)]
pub struct Trace(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    moments: Option<Moments>,
    norm: Option<Arc<Normalisation>>,
    sums: Option<GradientSums>,
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

impl Trace {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn count(&self, moments: Moments) {
        self.known().moments = Some(moments);
    }

    /// Mean and biased variance of each channel.
    ///
    /// # Panics
    /// The layer has not run.
    pub fn statistics(&self) -> [Vec<f32>; 2] {
        let known = self.known();
        let Moments { mean, variance, .. } = known.moments.as_ref().expect("the layer has run");
        [mean, variance].map(|values| values.iter().map(|value| *value as f32).collect())
    }

    pub fn normalise(
        &self,
        gamma: &FlexTensor,
        beta: &FlexTensor,
        epsilon: f64,
    ) -> Arc<Normalisation> {
        let mut known = self.known();
        let moments = known.moments.as_ref().expect("the layer before has run");
        let norm = Normalisation::new(moments, &numbers(gamma), &numbers(beta), epsilon);
        Arc::clone(known.norm.insert(Arc::new(norm)))
    }

    pub fn norm(&self) -> Arc<Normalisation> {
        Arc::clone(self.known().norm.as_ref().expect("the layer behind has run"))
    }

    pub fn sum(&self, sums: GradientSums) {
        self.known().sums = Some(sums);
    }

    /// How `∂y` comes from `g`.
    pub fn rule(&self) -> GradientRule {
        let known = self.known();
        let sums = known.sums.as_ref().expect("the layer behind has run backward");
        GradientRule::new(sums, known.norm.as_ref().expect("the layer behind has run"))
    }

    /// Gradients of gamma and beta.
    pub fn parameters(&self) -> (Vec<f32>, Vec<f32>) {
        let known = self.known();
        let sums = known.sums.as_ref().expect("this layer has run backward");
        sums.parameters(known.norm.as_ref().expect("this layer has run"))
    }
}
