//! Updating the weights, with state that we keep ourselves.
//!
//! burn's own module optimizer restores its state onto the default device, which need not exist,
//! and passes in silence over state that matches nothing. Here state goes by the name of its
//! weight, to the device in use, and what does not match is an error. What is saved is the same
//! whoever computes.

mod fused;
mod stock;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use burn_pack::Scalar;

use self::{fused::Fused, stock::Stock};
use crate::{
    domain::config::{OptimizerKind, TrainConfig},
    kernels::{
        Engine,
        update::{is_fused, knows_squares, squares},
    },
    model::{MobileNetV1, weights::TensorFile as StateFile},
};

/// PyTorch's; burn's default is 1e-5.
const EPSILON: f32 = 1e-8;

/// Which rule, with PyTorch's constants.
#[derive(Debug, Clone, Copy)]
struct Settings {
    kind: OptimizerKind,
    weight_decay: f64,
    /// Of SGD's momentum, which is .9.
    nesterov: bool,
}

/// An update rule and what it remembers of each weight.
pub struct Optimizer(Updater);

enum Updater {
    Fused(Fused),
    Stock(Stock),
}

/// Why saved optimizer state cannot be taken up.
#[derive(Debug, thiserror::Error)]
#[error("the optimizer state does not fit: {0}; was it saved by another optimizer?")]
pub struct StateMismatch(String);

impl Optimizer {
    /// The rule that `config` names, computed by `engine` on `device`.
    pub fn new(config: &TrainConfig, engine: Engine, device: &Device) -> Self {
        let (kind, weight_decay) = (config.optimizer, config.weight_decay);
        Self::with(Settings { kind, weight_decay, nesterov: true }, engine, device)
    }

    /// Stochastic gradient descent with momentum .9; `train` uses Nesterov's form.
    pub fn sgd(weight_decay: f64, nesterov: bool, engine: Engine, device: &Device) -> Self {
        Self::with(Settings { kind: OptimizerKind::Sgd, weight_decay, nesterov }, engine, device)
    }

    fn with(settings: Settings, engine: Engine, device: &Device) -> Self {
        Self(if is_fused(engine, device) {
            Updater::Fused(Fused::new(&settings))
        } else {
            Updater::Stock(Stock::new(&settings))
        })
    }

    /// One update of every weight that has a gradient. Weights that only `network` holds are
    /// changed in place. Returns the L2 norm over all gradients, too: `[1]`, without autodiff.
    pub fn step(
        &mut self,
        network: MobileNetV1,
        grads: GradientsParams,
        lr: f64,
    ) -> (MobileNetV1, Tensor<1>) {
        let device = network.classifier.bias.device().inner();
        let norm = if self.knows_norm(&device) {
            None
        } else {
            Some(gradient_norm(&network, &grads, self.engine()))
        };
        let mut walk = Update { updater: &mut self.0, grads, lr, path: Vec::new() };
        let network = network.map(&mut walk);
        let norm = norm.unwrap_or_else(|| {
            let norm = match &mut self.0 {
                Updater::Fused(fused) => fused.take_norm(),
                Updater::Stock(_) => None,
            };
            Tensor::from_floats([norm.expect("these updates know it")], &device)
        });
        (network, norm)
    }

    fn engine(&self) -> Engine {
        match self.0 {
            Updater::Fused(_) => Engine::Own,
            Updater::Stock(_) => Engine::Stock,
        }
    }

    /// Whether updates on `device` see the squares of the gradients as they pass.
    fn knows_norm(&self, device: &Device) -> bool {
        matches!(self.0, Updater::Fused(_)) && knows_squares(device)
    }

    /// Everything remembered, under `<weight>.<what>`.
    pub fn state(&self) -> StateFile {
        match &self.0 {
            Updater::Fused(fused) => fused.state(),
            Updater::Stock(stock) => stock.state(),
        }
    }

    /// Takes up what [`Optimizer::state`] gave, for the weights of `network` on `device`.
    pub fn restore(
        &mut self,
        file: StateFile,
        network: &MobileNetV1,
        device: &Device,
    ) -> Result<(), StateMismatch> {
        if file.tensors.is_empty() {
            return Ok(()); // before the first update there is nothing to remember
        }
        let (saved, parameters) = (file.tensors.len(), parameters(network));
        match &mut self.0 {
            Updater::Fused(fused) => fused.restore(file, &parameters, device)?,
            Updater::Stock(stock) => stock.restore(file, &parameters, device)?,
        }
        match self.state().tensors.len() {
            taken if taken == saved => Ok(()),
            taken => Err(StateMismatch(format!("{taken} of {saved} tensors are known"))),
        }
    }
}

/// Walks over the weights, each with its gradient.
struct Update<'a> {
    updater: &'a mut Updater,
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
        let (name, weight) = (self.path.join("."), tensor.inner());
        let updated = match self.updater {
            Updater::Fused(fused) => fused.step(&name, weight, grad, self.lr),
            Updater::Stock(stock) => stock.step(&name, weight, grad, self.lr),
        };
        Param::from_mapped_value(id, Tensor::from_inner(updated).require_grad(), mapper)
    }
}

/// L2 norm over all gradients: `[1]`.
fn gradient_norm(network: &MobileNetV1, grads: &GradientsParams, engine: Engine) -> Tensor<1> {
    let mut visitor = SumOfSquares { grads, engine, parts: Vec::new() };
    network.visit(&mut visitor);
    Tensor::cat(visitor.parts, 0).sum().sqrt()
}

struct SumOfSquares<'a> {
    grads: &'a GradientsParams,
    engine: Engine,
    parts: Vec<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(grad) = self.grads.get::<D>(param.id) {
            self.parts.push(squares(self.engine, grad));
        }
    }
}

/// Names and shapes of the weights that are trained.
fn parameters(network: &MobileNetV1) -> Vec<(String, Vec<usize>)> {
    let weights = crate::model::snapshot::weights_of(network);
    let trained = weights.into_iter().filter(|(name, _)| !name.contains(".running_"));
    trained.map(|(name, tensor)| (name, tensor.shape)).collect()
}

fn scalar_text(scalar: Scalar) -> String {
    match scalar {
        Scalar::Int(value) => format!("int {value}"),
        Scalar::UInt(value) => format!("uint {value}"),
        Scalar::Float(value) => format!("float {value:?}"),
        Scalar::Bool(value) => format!("bool {value}"),
    }
}

#[cfg(test)]
mod tests;
