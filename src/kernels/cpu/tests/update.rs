//! Updates of long and odd parameters against a loop in double precision.

use super::{
    super::update::{self, Decay, Parameter, Rule},
    *,
};

const LR: f32 = 1e-2;

/// Weight, first and second moment after one update.
fn naive(rule: Rule, [weight, gradient, first, second]: [f64; 4]) -> [f64; 3] {
    match rule {
        Rule::Adam { lr, betas, epsilon, decay, time } => {
            let [b1, b2] = betas.map(f64::from);
            let (penalty, shrink) = match decay {
                Decay::Coupled(decay) => (f64::from(decay), 1.0),
                Decay::Decoupled(decay) => (0.0, 1.0 - f64::from(lr) * f64::from(decay)),
            };
            let slope = gradient + penalty * weight;
            let m = b1 * first + (1.0 - b1) * slope;
            let v = b2 * second + (1.0 - b2) * slope * slope;
            let [c1, c2] = [b1, b2].map(|beta| 1.0 - beta.powi(time));
            let direction = m / c1 / ((v / c2).sqrt() + f64::from(epsilon));
            [weight * shrink - f64::from(lr) * direction, m, v]
        }
        Rule::Sgd { lr, momentum, nesterov, decay } => {
            let slope = gradient + f64::from(decay) * weight;
            let velocity = f64::from(momentum) * first + slope;
            let direction =
                if nesterov { slope + f64::from(momentum) * velocity } else { velocity };
            [weight - f64::from(lr) * direction, velocity, second]
        }
    }
}

fn adam(decay: Decay) -> Rule {
    Rule::Adam { lr: LR, betas: [0.9, 0.999], epsilon: 1e-8, decay, time: 3 }
}

#[test]
fn updates_are_the_naive_loop() {
    let sgd = |nesterov| Rule::Sgd { lr: LR, momentum: 0.9, nesterov, decay: 5e-4 };
    let rules = [adam(Decay::Coupled(0.1)), adam(Decay::Decoupled(0.1)), sgd(true), sgd(false)];
    for (rule, length) in rules.into_iter().flat_map(|rule| [1, 15, 40_003].map(|n| (rule, n))) {
        let [weight, gradient, first] = [1, 2, 3].map(|seed| numbers(seed, length));
        let second: Vec<f32> = numbers(4, length).iter().map(|v| v.abs()).collect();
        let expected: Vec<[f64; 3]> = (0..length)
            .map(|i| naive(rule, [weight[i], gradient[i], first[i], second[i]].map(f64::from)))
            .collect();
        let squares: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
        for &on in machines() {
            let (mut weight, mut first, mut second) =
                (weight.clone(), first.clone(), second.clone());
            let is_sgd = matches!(rule, Rule::Sgd { .. });
            let parameter = Parameter {
                weight: &mut weight,
                gradient: &gradient,
                first: &mut first,
                second: if is_sgd { &mut [] } else { &mut second },
            };
            let found = update::update(on, rule, parameter);
            assert!((found - squares).abs() < 1e-5 * squares, "{found} is not {squares}");
            let column = |i: usize| expected.iter().map(|e| e[i]).collect::<Vec<f64>>();
            assert_close("weight", &weight, &column(0));
            assert_close("first", &first, &column(1));
            assert_close("second", &second, &column(2));
        }
    }
}
