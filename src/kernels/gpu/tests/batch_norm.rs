use burn::tensor::{Device, Tensor};

use super::{SHAPES, assert_near, device, numbers, tensor, values};
use crate::kernels::{
    block::Statistics,
    gpu::{batch_norm_relu, batch_norm_relu_train},
};

const EPSILON: f64 = 1e-5;

/// The definition in float64; a channel is a function of its index.
struct Naive {
    mean: Vec<f64>,
    variance: Vec<f64>,
    output: Vec<f64>,
    x: Vec<f64>,
    gamma: Vec<f64>,
    beta: Vec<f64>,
}

fn naive(x: &[f32], gamma: &[f32], beta: &[f32], grad: &[f32]) -> Naive {
    let channels = gamma.len();
    let count = (x.len() / channels) as f64;
    let sum = |c: usize, term: &dyn Fn(usize) -> f64| -> f64 {
        (c..x.len()).step_by(channels).map(term).sum()
    };
    let each = |term: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..channels).map(term).collect() };
    let mean = each(&|c| sum(c, &|at| f64::from(x[at])) / count);
    let variance = each(&|c| sum(c, &|at| (f64::from(x[at]) - mean[c]).powi(2)) / count);
    let inverse = |c: usize| 1.0 / (variance[c] + EPSILON).sqrt();
    let normal = |at: usize| {
        let c = at % channels;
        (f64::from(x[at]) - mean[c]) * inverse(c)
    };
    let y =
        |at: usize| normal(at) * f64::from(gamma[at % channels]) + f64::from(beta[at % channels]);
    let passed = |at: usize| if y(at) > 0.0 { f64::from(grad[at]) } else { 0.0 };
    let d_gamma = each(&|c| sum(c, &|at| passed(at) * normal(at)));
    let d_beta = each(&|c| sum(c, &passed));
    let d_x = |at: usize| {
        let c = at % channels;
        let rest = passed(at) - d_beta[c] / count - normal(at) * d_gamma[c] / count;
        f64::from(gamma[c]) * inverse(c) * rest
    };
    let (output, x) =
        ((0..x.len()).map(|at| y(at).max(0.0)).collect(), (0..x.len()).map(d_x).collect());
    Naive { output, x, gamma: d_gamma, beta: d_beta, mean, variance }
}

/// `x`, gamma, beta and the output's gradient for a shape; `x` lies around `offset`.
fn inputs([batch, h, w, channels]: [usize; 4], offset: f32) -> [Vec<f32>; 4] {
    let count = batch * h * w * channels;
    let x = numbers(count, 1).into_iter().map(|value| value + offset).collect();
    [x, numbers(channels, 2), numbers(channels, 3), numbers(count, 4)]
}

fn upload(values: [&[f32]; 3], shape: [usize; 4], on: &Device) -> (Tensor<4>, [Tensor<1>; 2]) {
    let channels = [values[1], values[2]].map(|values| tensor(values, [values.len()], on));
    (tensor(values[0], shape, on), channels)
}

#[test]
fn normalises_and_differentiates_as_the_definition_does() {
    let Some(device) = device() else { return };
    // A single value has no deviation, and a gradient of nothing but rounding.
    for shape in SHAPES.into_iter().filter(|shape| shape[..3] != [1, 1, 1]) {
        let [x, gamma, beta, grad] = inputs(shape, 0.0);
        let expected = naive(&x, &gamma, &beta, &grad);
        let (x, [gamma, beta]) = upload([&x, &gamma, &beta], shape, &device);
        let (x, gamma, beta) = (x.require_grad(), gamma.require_grad(), beta.require_grad());
        let (output, Statistics { mean, variance }) =
            batch_norm_relu_train(x.clone(), gamma.clone(), beta.clone(), EPSILON);
        let grads = (output.clone() * tensor(&grad, shape, &device)).sum().backward();
        let what = format!("{shape:?}");
        assert_near(&what, &values(mean), &expected.mean);
        assert_near(&what, &values(variance), &expected.variance);
        assert_near(&what, &values(output), &expected.output);
        assert_near(&what, &values(gamma.grad(&grads).unwrap()), &expected.gamma);
        assert_near(&what, &values(beta.grad(&grads).unwrap()), &expected.beta);
        assert_near(&what, &values(x.grad(&grads).unwrap()), &expected.x);
    }
}

#[test]
fn a_variance_survives_a_mean_a_thousand_times_as_large() {
    let Some(device) = device() else { return };
    let shape = [65, 7, 5, 12];
    let [x, gamma, beta, grad] = inputs(shape, 1000.0);
    let expected = naive(&x, &gamma, &beta, &grad);
    let (x, [gamma, beta]) = upload([&x, &gamma, &beta], shape, &device);
    let found = values(batch_norm_relu_train(x, gamma, beta, EPSILON).1.variance);
    for (found, expected) in found.into_iter().zip(expected.variance) {
        // Float32 places the values themselves 6e-5 apart.
        assert!((f64::from(found) - expected).abs() < 1e-4, "{found} for {expected}");
    }
}

#[test]
fn given_statistics_are_applied() {
    let Some(device) = device() else { return };
    let device = device.inner();
    for shape in SHAPES {
        let [x, gamma, beta, grad] = inputs(shape, 0.5);
        let expected = naive(&x, &gamma, &beta, &grad);
        let narrow = |wide: &[f64]| wide.iter().map(|value| *value as f32).collect::<Vec<_>>();
        let (x, [gamma, beta]) = upload([&x, &gamma, &beta], shape, &device);
        let [mean, variance] = [&expected.mean, &expected.variance]
            .map(|wide| tensor(&narrow(wide), [wide.len()], &device));
        let output = batch_norm_relu(x, gamma, beta, Statistics { mean, variance }, EPSILON);
        assert_near(&format!("{shape:?}"), &values(output), &expected.output);
    }
}
