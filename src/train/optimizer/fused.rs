//! The same update rules, one pass over memory each, in place.

use std::collections::BTreeMap;

use burn::{
    backend::DispatchTensor,
    tensor::{Device, Tensor, TensorData},
};
use burn_pack::Scalar;

use super::{EPSILON, Settings, StateFile, StateMismatch, scalar_text};
use crate::{
    domain::config::OptimizerKind,
    kernels::update::{self, Decay, Rule, Updated},
    model::weights::WeightTensor,
};

/// Of Adam: first and second moment.
const BETAS: [f32; 2] = [0.9, 0.999];
const MOMENTUM: f32 = 0.9;

/// What is remembered of each weight, by its name on disk.
pub struct Fused {
    settings: Settings,
    states: BTreeMap<String, State>,
    /// Of all gradients since it was last taken.
    squares: Squares,
}

/// A sum of squares that may be known in part only.
struct Squares(Option<f64>);

impl Squares {
    const NONE: Self = Self(Some(0.0));

    fn add<const D: usize, const N: usize>(&mut self, updated: Updated<D, N>) -> [Tensor<D>; N] {
        self.0 = self.0.zip(updated.squares).map(|(sum, more)| sum + more);
        updated.tensors
    }
}

/// Of one weight.
struct State {
    /// Updates made.
    time: u64,
    /// Adam's two moments, or one velocity.
    tensors: Vec<DispatchTensor>,
    shape: Vec<usize>,
}

impl Fused {
    pub fn new(settings: &Settings) -> Self {
        Self { settings: *settings, states: BTreeMap::new(), squares: Squares::NONE }
    }

    /// `weight` moved against `grad`, both without autodiff.
    pub fn step<const D: usize>(
        &mut self,
        name: &str,
        weight: Tensor<D>,
        grad: Tensor<D>,
        lr: f64,
    ) -> Tensor<D> {
        let mut state = self.states.remove(name).unwrap_or_else(|| {
            let zeros = || Tensor::<D>::zeros(weight.dims(), &weight.device()).into_dispatch();
            let tensors = (0..self.keys().len()).map(|_| zeros()).collect();
            State { time: 0, tensors, shape: weight.dims().to_vec() }
        });
        state.time += 1;
        let rule = self.rule(state.time, lr);
        let mut remembered = state.tensors.drain(..).map(Tensor::<D>::from_dispatch);
        let first = remembered.next().expect("every rule remembers something");
        let weight = match remembered.next() {
            Some(second) => {
                let tensors = [weight, grad, first, second];
                let [weight, first, second] = self.squares.add(update::adam(tensors, rule));
                drop(remembered);
                state.tensors = vec![first.into_dispatch(), second.into_dispatch()];
                weight
            }
            None => {
                let tensors = [weight, grad, first];
                let [weight, velocity] = self.squares.add(update::sgd(tensors, rule));
                drop(remembered);
                state.tensors = vec![velocity.into_dispatch()];
                weight
            }
        };
        self.states.insert(name.to_owned(), state);
        weight
    }

    /// L2 norm over all gradients since the last call, where the updates knew it.
    pub fn take_norm(&mut self) -> Option<f64> {
        std::mem::replace(&mut self.squares, Squares::NONE).0.map(f64::sqrt)
    }

    fn rule(&self, time: u64, lr: f64) -> Rule {
        let Settings { kind, weight_decay, nesterov } = self.settings;
        let (lr, weight_decay) = (lr as f32, weight_decay as f32);
        let decay = match kind {
            OptimizerKind::AdamW => Decay::Decoupled(weight_decay),
            OptimizerKind::Adam | OptimizerKind::Sgd => Decay::Coupled(weight_decay),
        };
        match kind {
            OptimizerKind::Sgd => {
                Rule::Sgd { lr, momentum: MOMENTUM, nesterov, decay: weight_decay }
            }
            OptimizerKind::Adam | OptimizerKind::AdamW => {
                let time = i32::try_from(time).unwrap_or(i32::MAX);
                Rule::Adam { lr, betas: BETAS, epsilon: EPSILON, decay, time }
            }
        }
    }

    /// Names of the remembered tensors, as burn's rules call them.
    fn keys(&self) -> &'static [&'static str] {
        match self.settings.kind {
            OptimizerKind::Adam | OptimizerKind::AdamW => {
                &["momentum.moment_1", "momentum.moment_2"]
            }
            OptimizerKind::Sgd => &["momentum.velocity"],
        }
    }

    fn counts_time(&self) -> bool {
        self.settings.kind != OptimizerKind::Sgd
    }

    pub fn state(&self) -> StateFile {
        let mut file = StateFile::default();
        for (name, state) in &self.states {
            for (key, tensor) in self.keys().iter().zip(&state.tensors) {
                let values = to_host(tensor, state.shape.len());
                let tensor = WeightTensor { shape: state.shape.clone(), values };
                file.tensors.insert(format!("{name}.{key}"), tensor);
            }
            if self.counts_time() {
                let time = scalar_text(Scalar::UInt(state.time));
                file.metadata.insert(format!("{name}.momentum.time"), time);
            }
        }
        file
    }

    /// Takes up the state of the weights called `parameters`, which are of these shapes.
    pub fn restore(
        &mut self,
        mut file: StateFile,
        parameters: &[(String, Vec<usize>)],
        device: &Device,
    ) -> Result<(), StateMismatch> {
        for (name, shape) in parameters {
            let missing = || StateMismatch(format!("nothing for '{name}'"));
            let mut tensors = Vec::new();
            for key in self.keys() {
                let tensor = file.tensors.remove(&format!("{name}.{key}")).ok_or_else(missing)?;
                if tensor.shape != *shape {
                    return Err(StateMismatch(format!("'{name}' has another shape")));
                }
                tensors.push(to_device(tensor, device));
            }
            let time = if self.counts_time() {
                let text = file.metadata.get(&format!("{name}.momentum.time"));
                let time = text.and_then(|text| text.rsplit(' ').next()?.parse().ok());
                time.ok_or_else(missing)?
            } else {
                0
            };
            self.states.insert(name.clone(), State { time, tensors, shape: shape.clone() });
        }
        Ok(())
    }
}

fn to_host(tensor: &DispatchTensor, dimensions: usize) -> Vec<f32> {
    let tensor = tensor.clone();
    let data = match dimensions {
        1 => Tensor::<1>::from_dispatch(tensor).into_data(),
        2 => Tensor::<2>::from_dispatch(tensor).into_data(),
        _ => Tensor::<4>::from_dispatch(tensor).into_data(),
    };
    data.convert::<f32>().try_into_vec().expect("data converted to f32 is a vector of f32")
}

fn to_device(tensor: WeightTensor, device: &Device) -> DispatchTensor {
    let WeightTensor { shape, values } = tensor;
    let (dimensions, data) = (shape.len(), TensorData::new(values, shape));
    match dimensions {
        1 => Tensor::<1>::from_data(data, device).into_dispatch(),
        2 => Tensor::<2>::from_data(data, device).into_dispatch(),
        _ => Tensor::<4>::from_data(data, device).into_dispatch(),
    }
}
