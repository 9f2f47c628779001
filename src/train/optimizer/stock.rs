//! burn's update rules.

use std::collections::BTreeMap;

use burn::{
    optim::{
        AdamConfig, AdamWConfig, DynOptimizer, DynState, SgdConfig, StateSink, StateSource,
        decay::WeightDecayConfig, momentum::MomentumConfig,
    },
    tensor::{Device, Tensor, TensorData},
};
use burn_pack::Scalar;

use super::{EPSILON, Settings, StateFile, StateMismatch, scalar_text};
use crate::{domain::config::OptimizerKind, model::weights::WeightTensor};

/// A rule of burn's and what it remembers of each weight.
pub struct Stock {
    rule: Box<dyn DynOptimizer>,
    /// By the weight's name on disk.
    states: BTreeMap<String, DynState>,
}

impl Stock {
    pub fn new(settings: &Settings) -> Self {
        Self { rule: rule(settings), states: BTreeMap::new() }
    }

    /// `weight` moved against `grad`, both without autodiff.
    pub fn step<const D: usize>(
        &mut self,
        name: &str,
        weight: Tensor<D>,
        grad: Tensor<D>,
        lr: f64,
    ) -> Tensor<D> {
        let (weight, grad) = (weight.into_bridge(), grad.into_bridge());
        let state = self.states.remove(name);
        let (updated, state) = self.rule.step_dyn(D, lr, weight, grad, state);
        self.states.extend(state.map(|state| (name.to_owned(), state)));
        Tensor::from_bridge(updated)
    }

    pub fn state(&self) -> StateFile {
        let mut sink = StateSink::default();
        for (name, state) in &self.states {
            self.rule.state_flatten(name, state, &mut sink);
        }
        let tensors = sink.tensors.into_iter().map(|(name, data)| (name, to_host(data))).collect();
        let scalars = sink.scalars.into_iter().map(|(name, scalar)| (name, scalar_text(scalar)));
        StateFile { tensors, metadata: scalars.collect() }
    }

    /// Takes up the state of the weights called `parameters`, which are of these shapes.
    pub fn restore(
        &mut self,
        file: StateFile,
        parameters: &[(String, Vec<usize>)],
        device: &Device,
    ) -> Result<(), StateMismatch> {
        let scalars = file.metadata.iter().map(|(name, text)| {
            let scalar = parse_scalar(text).ok_or_else(|| StateMismatch(name.clone()))?;
            Ok((name.clone(), scalar))
        });
        let mut source = StateSource::new(scalars.collect::<Result<_, StateMismatch>>()?);
        parameters.iter().try_for_each(|(name, shape)| check_shapes(&file, name, shape))?;
        for (name, tensor) in file.tensors {
            source.insert_tensor(name, TensorData::new(tensor.values, tensor.shape));
        }
        for (name, shape) in parameters {
            let state = self.rule.state_unflatten(shape.len(), name, &mut source, device);
            let state = state.ok_or_else(|| StateMismatch(format!("nothing for '{name}'")))?;
            self.states.insert(name.clone(), state);
        }
        Ok(())
    }
}

/// What is remembered of a weight is of its shape; burn finds out in the midst of a step.
fn check_shapes(file: &StateFile, name: &str, shape: &[usize]) -> Result<(), StateMismatch> {
    let of_weight = |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let mut tensors = file.tensors.iter().filter(|(key, _)| of_weight(key));
    match tensors.all(|(_, tensor)| tensor.shape == shape) {
        true => Ok(()),
        false => Err(StateMismatch(format!("'{name}' has another shape"))),
    }
}

fn rule(settings: &Settings) -> Box<dyn DynOptimizer> {
    let Settings { kind, weight_decay, nesterov } = *settings;
    match kind {
        OptimizerKind::Adam => {
            let config = AdamConfig::new().with_epsilon(EPSILON);
            Box::new(config.with_weight_decay(penalty(weight_decay)).build())
        }
        OptimizerKind::AdamW => {
            let config = AdamWConfig::new().with_epsilon(EPSILON);
            Box::new(config.with_weight_decay(weight_decay as f32).build())
        }
        OptimizerKind::Sgd => {
            // burn has a dampening by default, PyTorch has not.
            let momentum = MomentumConfig::new().with_dampening(0.0).with_nesterov(nesterov);
            let config = SgdConfig::new().with_momentum(Some(momentum));
            Box::new(config.with_weight_decay(penalty(weight_decay)).build())
        }
    }
}

fn penalty(weight_decay: f64) -> Option<WeightDecayConfig> {
    (weight_decay > 0.0).then(|| WeightDecayConfig::new(weight_decay as f32))
}

fn to_host(data: TensorData) -> WeightTensor {
    let shape = data.shape().to_vec();
    let values = data.convert::<f32>().try_into_vec();
    WeightTensor { shape, values: values.expect("data converted to f32 is a vector of f32") }
}

fn parse_scalar(text: &str) -> Option<Scalar> {
    let (kind, value) = text.split_once(' ')?;
    match kind {
        "int" => value.parse().ok().map(Scalar::Int),
        "uint" => value.parse().ok().map(Scalar::UInt),
        "float" => value.parse().ok().map(Scalar::Float),
        "bool" => value.parse().ok().map(Scalar::Bool),
        _ => None,
    }
}
