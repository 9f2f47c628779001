//! Optimizer updates, in one pass over each parameter.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    simd::{load, store},
    team::Chunks,
};

/// Numbers of a task.
const CHUNK: usize = 16_384;

/// How weights decay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decay {
    /// Added to the gradient (L2 penalty): Adam, SGD.
    Coupled(f32),
    /// Taken off the weight itself: AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).
    Decoupled(f32),
}

/// An update rule at one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Kingma and Ba 2015, arXiv:1412.6980, as PyTorch computes it: ε is added to the root of the
    /// corrected second moment.
    Adam {
        lr: f32,
        betas: [f32; 2],
        epsilon: f32,
        decay: Decay,
        /// Which update of this parameter it is, from 1.
        time: i32,
    },
    /// Momentum without dampening.
    Sgd { lr: f32, momentum: f32, nesterov: bool, decay: f32 },
}

/// A parameter with its state: all of one length.
pub struct Parameter<'a> {
    pub weight: &'a mut [f32],
    pub gradient: &'a [f32],
    /// First moment, or velocity.
    pub first: &'a mut [f32],
    /// Second moment; empty for SGD.
    pub second: &'a mut [f32],
}

/// Moves the weight by `rule`; returns the sum of the squares of the gradient.
///
/// Before the first step the state must be zero.
pub fn update(on: Machine, rule: Rule, parameter: Parameter<'_>) -> f64 {
    let Parameter { weight, gradient, first, second } = parameter;
    let (firsts, seconds) = (Chunks::new(first, CHUNK), Chunks::new(second, CHUNK));
    let squares = on.team.map_chunks(weight, CHUNK, |task, weight| {
        let gradient = &gradient[task * CHUNK..][..weight.len()];
        let first = firsts.take(task);
        let second = if task < seconds.count() { seconds.take(task) } else { &mut [] };
        let parameter = Parameter { weight, gradient, first, second };
        on.isa.run(Update { rule, parameter })
    });
    squares.iter().sum()
}

struct Update<'a> {
    rule: Rule,
    parameter: Parameter<'a>,
}

impl WithSimd for Update<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { rule, parameter } = self;
        let mut squares = 0.0;
        // Short sums in single precision, their sum in double.
        const SHORT: usize = 1024;
        for start in (0..parameter.weight.len()).step_by(SHORT) {
            let end = parameter.weight.len().min(start + SHORT);
            let part = Parameter {
                weight: &mut parameter.weight[start..end],
                gradient: &parameter.gradient[start..end],
                first: &mut parameter.first[start..end],
                second: match rule {
                    Rule::Adam { .. } => &mut parameter.second[start..end],
                    Rule::Sgd { .. } => &mut [],
                },
            };
            let sum = match rule {
                Rule::Adam { .. } => adam(simd, rule, part),
                Rule::Sgd { .. } => sgd(simd, rule, part),
            };
            squares += f64::from(simd.reduce_sum_f32s(sum));
        }
        squares
    }
}

#[inline(always)]
fn adam<S: Simd>(simd: S, rule: Rule, parameter: Parameter<'_>) -> S::f32s {
    let Rule::Adam { lr, betas, epsilon, decay, time } = rule else {
        return simd.splat_f32s(0.0);
    };
    let splat = |value: f32| simd.splat_f32s(value);
    let (penalty, shrink) = match decay {
        Decay::Coupled(decay) => (splat(decay), splat(1.0)),
        Decay::Decoupled(decay) => (splat(0.0), splat(1.0 - lr * decay)),
    };
    let corrections = betas.map(|beta| (1.0 - f64::from(beta).powi(time)) as f32);
    let [beta1, beta2] = betas.map(|beta| simd.splat_f32s(beta));
    let [rest1, rest2] = betas.map(|beta| simd.splat_f32s(1.0 - beta));
    let step = splat(-lr / corrections[0]);
    let root = splat(1.0 / corrections[1].sqrt());
    let epsilon = splat(epsilon);
    let Parameter { weight, gradient, first, second } = parameter;
    let mut squares = splat(0.0);
    for at in (0..weight.len()).step_by(S::F32_LANES) {
        let (old, slope) = (load(simd, weight, at), load(simd, gradient, at));
        squares = simd.mul_add_e_f32s(slope, slope, squares);
        let slope = simd.mul_add_e_f32s(old, penalty, slope);
        let m = simd.mul_f32s(slope, rest1);
        let m = simd.mul_add_e_f32s(load(simd, first, at), beta1, m);
        let v = simd.mul_f32s(simd.mul_f32s(slope, slope), rest2);
        let v = simd.mul_add_e_f32s(load(simd, second, at), beta2, v);
        let deviation = simd.mul_add_e_f32s(simd.sqrt_f32s(v), root, epsilon);
        let direction = simd.div_f32s(m, deviation);
        let new = simd.mul_add_e_f32s(direction, step, simd.mul_f32s(old, shrink));
        store(simd, weight, at, new);
        store(simd, first, at, m);
        store(simd, second, at, v);
    }
    squares
}

#[inline(always)]
fn sgd<S: Simd>(simd: S, rule: Rule, parameter: Parameter<'_>) -> S::f32s {
    let Rule::Sgd { lr, momentum, nesterov, decay } = rule else {
        return simd.splat_f32s(0.0);
    };
    let (step, momentum) = (simd.splat_f32s(-lr), simd.splat_f32s(momentum));
    let decay = simd.splat_f32s(decay);
    let Parameter { weight, gradient, first, .. } = parameter;
    let mut squares = simd.splat_f32s(0.0);
    for at in (0..weight.len()).step_by(S::F32_LANES) {
        let (old, slope) = (load(simd, weight, at), load(simd, gradient, at));
        squares = simd.mul_add_e_f32s(slope, slope, squares);
        let slope = simd.mul_add_e_f32s(old, decay, slope);
        let velocity = simd.mul_add_e_f32s(load(simd, first, at), momentum, slope);
        let direction =
            if nesterov { simd.mul_add_e_f32s(velocity, momentum, slope) } else { velocity };
        store(simd, weight, at, simd.mul_add_e_f32s(direction, step, old));
        store(simd, first, at, velocity);
    }
    squares
}
