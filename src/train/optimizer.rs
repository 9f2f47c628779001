//! Updating the weights: burn's update rules with state that we keep ourselves.
//!
//! burn's own module optimizer restores its state onto the default device, which need not exist,
//! and passes in silence over state that matches nothing. Here state goes by the name of its
//! weight, to the device in use, and what does not match is an error.

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    optim::{
        AdamConfig, AdamWConfig, DynOptimizer, DynState, GradientsParams, SgdConfig, StateSink,
        StateSource, decay::WeightDecayConfig, momentum::MomentumConfig,
    },
    tensor::{Device, Tensor, TensorData},
};
use burn_pack::Scalar;

use crate::{
    domain::config::{OptimizerKind, TrainConfig},
    model::{
        MobileNetV1,
        weights::{TensorFile, WeightTensor},
    },
};

/// An update rule and what it remembers of each weight.
pub struct Optimizer {
    rule: Box<dyn DynOptimizer>,
    /// By the weight's name on disk.
    states: BTreeMap<String, DynState>,
}

/// Why saved optimizer state cannot be taken up.
#[derive(Debug, thiserror::Error)]
#[error("the optimizer state does not fit: {0}; was it saved by another optimizer?")]
pub struct StateMismatch(String);

impl Optimizer {
    /// The rule that `config` names, with PyTorch's constants.
    pub fn new(config: &TrainConfig) -> Self {
        Self::with_rule(rule(config.optimizer, config.weight_decay))
    }

    /// Stochastic gradient descent with momentum .9; `train` uses Nesterov's form.
    pub fn sgd(weight_decay: f64, nesterov: bool) -> Self {
        Self::with_rule(Box::new(sgd(weight_decay, nesterov).build()))
    }

    fn with_rule(rule: Box<dyn DynOptimizer>) -> Self {
        Self { rule, states: BTreeMap::new() }
    }

    /// One update of every weight that has a gradient.
    pub fn step(&mut self, network: MobileNetV1, grads: GradientsParams, lr: f64) -> MobileNetV1 {
        network.map(&mut Update { optimizer: self, grads, lr, path: Vec::new() })
    }

    /// Everything remembered, under `<weight>.<what>`.
    pub fn state(&self) -> TensorFile {
        let mut sink = StateSink::default();
        for (name, state) in &self.states {
            self.rule.state_flatten(name, state, &mut sink);
        }
        let tensors = sink.tensors.into_iter().map(|(name, data)| (name, to_host(data))).collect();
        let scalars = sink.scalars.into_iter().map(|(name, scalar)| (name, scalar_text(scalar)));
        TensorFile { tensors, metadata: scalars.collect() }
    }

    /// Takes up what [`Optimizer::state`] gave, for the weights of `network` on `device`.
    pub fn restore(
        &mut self,
        file: TensorFile,
        network: &MobileNetV1,
        device: &Device,
    ) -> Result<(), StateMismatch> {
        let saved = file.tensors.len();
        let scalars = file.metadata.iter().map(|(name, text)| {
            let scalar = parse_scalar(text).ok_or_else(|| StateMismatch(name.clone()))?;
            Ok((name.clone(), scalar))
        });
        let mut source = StateSource::new(scalars.collect::<Result<_, StateMismatch>>()?);
        for (name, tensor) in file.tensors {
            source.insert_tensor(name, TensorData::new(tensor.values, tensor.shape));
        }
        for (name, shape) in parameters(network) {
            let state = self.rule.state_unflatten(shape.len(), &name, &mut source, device);
            let state = state.ok_or_else(|| StateMismatch(format!("nothing for '{name}'")))?;
            self.states.insert(name, state);
        }
        match self.state().tensors.len() {
            taken if taken == saved => Ok(()),
            taken => Err(StateMismatch(format!("{taken} of {saved} tensors are known"))),
        }
    }
}

fn rule(kind: OptimizerKind, weight_decay: f64) -> Box<dyn DynOptimizer> {
    // PyTorch's epsilon; burn's default is 1e-5.
    const EPSILON: f32 = 1e-8;
    match kind {
        OptimizerKind::Adam => {
            let config = AdamConfig::new().with_epsilon(EPSILON);
            Box::new(config.with_weight_decay(penalty(weight_decay)).build())
        }
        OptimizerKind::AdamW => {
            let config = AdamWConfig::new().with_epsilon(EPSILON);
            Box::new(config.with_weight_decay(weight_decay as f32).build())
        }
        OptimizerKind::Sgd => Box::new(sgd(weight_decay, true).build()),
    }
}

/// Momentum .9 without dampening, which burn has by default and PyTorch has not.
fn sgd(weight_decay: f64, nesterov: bool) -> SgdConfig {
    let momentum = MomentumConfig::new().with_dampening(0.0).with_nesterov(nesterov);
    SgdConfig::new().with_momentum(Some(momentum)).with_weight_decay(penalty(weight_decay))
}

fn penalty(weight_decay: f64) -> Option<WeightDecayConfig> {
    (weight_decay > 0.0).then(|| WeightDecayConfig::new(weight_decay as f32))
}

/// Walks over the weights, each with its gradient.
struct Update<'a> {
    optimizer: &'a mut Optimizer,
    grads: GradientsParams,
    lr: f64,
    path: Vec<String>,
}

impl ModuleMapper for Update<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(grad) = self.grads.remove::<D>(param.id) else {
            return param; // a running statistic
        };
        let (id, tensor, mapper) = param.consume();
        let Optimizer { rule, states } = &mut *self.optimizer;
        let name = self.path.join(".");
        let (weight, state) = (tensor.inner().into_bridge(), states.remove(&name));
        let (updated, state) = rule.step_dyn(D, self.lr, weight, grad.into_bridge(), state);
        states.extend(state.map(|state| (name, state)));
        let updated = Tensor::from_inner(Tensor::from_bridge(updated)).require_grad();
        Param::from_mapped_value(id, updated, mapper)
    }
}

/// L2 norm over all gradients: `[1]`.
pub fn gradient_norm(network: &MobileNetV1, grads: &GradientsParams, device: &Device) -> Tensor<1> {
    let mut visitor = SumOfSquares { grads, sum: Tensor::zeros([1], device) };
    network.visit(&mut visitor);
    visitor.sum.sqrt()
}

struct SumOfSquares<'a> {
    grads: &'a GradientsParams,
    sum: Tensor<1>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.get::<D>(param.id) {
            self.sum = self.sum.clone() + grad.square().sum();
        }
    }
}

/// Names and shapes of the weights that are trained.
fn parameters(network: &MobileNetV1) -> Vec<(String, Vec<usize>)> {
    let weights = crate::model::snapshot::weights_of(network);
    let trained = weights.into_iter().filter(|(name, _)| !name.contains(".running_"));
    trained.map(|(name, tensor)| (name, tensor.shape)).collect()
}

fn to_host(data: TensorData) -> WeightTensor {
    let shape = data.shape().to_vec();
    let values = data.convert::<f32>().try_into_vec();
    WeightTensor { shape, values: values.expect("data converted to f32 is a vector of f32") }
}

fn scalar_text(scalar: Scalar) -> String {
    match scalar {
        Scalar::Int(value) => format!("int {value}"),
        Scalar::UInt(value) => format!("uint {value}"),
        Scalar::Float(value) => format!("float {value:?}"),
        Scalar::Bool(value) => format!("bool {value}"),
    }
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/golden.safetensors");

    fn tensor(values: &[f32]) -> Tensor<1> {
        Tensor::from_floats(values, &Device::flex())
    }

    /// Five steps of PyTorch's optimizers in float64 on 16 numbers; float32 is within 1e-6 of it.
    #[test]
    fn five_steps_of_each_rule_are_pytorchs() {
        let golden = TensorFile::read(Path::new(GOLDEN)).unwrap().tensors;
        let rules: [(&str, f64, Box<dyn DynOptimizer>); 5] = [
            ("sgd", 0.1, Box::new(sgd(5e-4, false).build())),
            ("sgd_nesterov", 0.1, rule(OptimizerKind::Sgd, 5e-4)),
            ("adam", 1e-3, rule(OptimizerKind::Adam, 0.0)),
            ("adam_wd", 1e-3, rule(OptimizerKind::Adam, 0.1)),
            ("adamw", 1e-3, rule(OptimizerKind::AdamW, 0.1)),
        ];
        for (name, lr, rule) in rules {
            let (mut value, mut state) = (tensor(&golden["opt.start"].values), None);
            let expected = golden[&format!("opt.{name}")].values.chunks_exact(16);
            for (grad, expected) in golden["opt.grads"].values.chunks_exact(16).zip(expected) {
                let (bridge, grad) = (value.into_bridge(), tensor(grad).into_bridge());
                let (updated, next) = rule.step_dyn(1, lr, bridge, grad, state);
                (value, state) = (Tensor::from_bridge(updated), next);
                let found: Vec<f32> = value.to_data().try_into_vec().unwrap();
                for (found, expected) in found.iter().zip(expected) {
                    let error = (found - expected).abs() / expected.abs().max(1.0);
                    assert!(error < 1e-6, "{name}: {found} is not {expected}");
                }
            }
        }
    }
}
