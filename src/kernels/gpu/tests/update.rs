use super::{assert_near, device, numbers, tensor, values};
use crate::kernels::gpu::{AdamStep, SgdStep, adam, sgd};

const STEPS: i32 = 5;
const COUNT: usize = 1001;

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

/// PyTorch's formulae, one weight at a time.
fn naive_adam(state: [f64; 3], grad: f64, by: AdamStep) -> [f64; 3] {
    let [mut weight, m, v] = state;
    let grad = if by.decoupled { grad } else { grad + by.weight_decay * weight };
    if by.decoupled {
        weight -= by.lr * by.weight_decay * weight;
    }
    let m = by.beta1 * m + (1.0 - by.beta1) * grad;
    let v = by.beta2 * v + (1.0 - by.beta2) * grad * grad;
    let (first, second) = (1.0 - by.beta1.powi(by.step), 1.0 - by.beta2.powi(by.step));
    [weight - by.lr * (m / first) / ((v / second).sqrt() + by.epsilon), m, v]
}

#[test]
fn adam_and_adamw_update_as_pytorch_defines_it() {
    let Some(device) = device() else { return };
    let device = device.inner();
    for decoupled in [false, true] {
        let start = numbers(COUNT, 1);
        let mut expected: Vec<[f64; 3]> =
            wide(&start).into_iter().map(|weight| [weight, 0.0, 0.0]).collect();
        let zeros = vec![0.0; COUNT];
        let mut weight = tensor(&start, [7, 11, 13], &device);
        let (mut m, mut v) =
            (tensor(&zeros, [7, 11, 13], &device), tensor(&zeros, [7, 11, 13], &device));
        for step in 1..=STEPS {
            let by = AdamStep {
                lr: 0.01,
                beta1: 0.9,
                beta2: 0.999,
                epsilon: 1e-8,
                weight_decay: 0.1,
                decoupled,
                step,
            };
            let grad = numbers(COUNT, 10 + step as u64);
            for (state, grad) in expected.iter_mut().zip(wide(&grad)) {
                *state = naive_adam(*state, grad, by);
            }
            (weight, m, v) = adam(weight, tensor(&grad, [7, 11, 13], &device), m, v, by);
        }
        let column = |i: usize| expected.iter().map(|state| state[i]).collect::<Vec<_>>();
        assert_near("weight", &values(weight), &column(0));
        assert_near("mean of the gradient", &values(m), &column(1));
        assert_near("mean of its square", &values(v), &column(2));
    }
}

#[test]
fn sgd_updates_as_pytorch_defines_it() {
    let Some(device) = device() else { return };
    let device = device.inner();
    for nesterov in [false, true] {
        let by = SgdStep { lr: 0.1, momentum: 0.9, weight_decay: 0.01, nesterov };
        let start = numbers(COUNT, 1);
        let mut expected: Vec<[f64; 2]> =
            wide(&start).into_iter().map(|weight| [weight, 0.0]).collect();
        let mut weight = tensor(&start, [COUNT], &device);
        let mut velocity = tensor(&vec![0.0; COUNT], [COUNT], &device);
        for step in 1..=STEPS {
            let grad = numbers(COUNT, 10 + step as u64);
            for ([weight, velocity], grad) in expected.iter_mut().zip(wide(&grad)) {
                let grad = grad + by.weight_decay * *weight;
                *velocity = by.momentum * *velocity + grad;
                let step = if nesterov { grad + by.momentum * *velocity } else { *velocity };
                *weight -= by.lr * step;
            }
            (weight, velocity) = sgd(weight, tensor(&grad, [COUNT], &device), velocity, by);
        }
        let column = |i: usize| expected.iter().map(|state| state[i]).collect::<Vec<_>>();
        assert_near("weight", &values(weight), &column(0));
        assert_near("velocity", &values(velocity), &column(1));
    }
}
