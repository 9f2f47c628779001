use super::{SHAPES, assert_near, device, numbers, tensor, values};
use crate::kernels::gpu::pointwise;

/// `[rows, inner]` times `[inner, columns]`, each given by a function of row and column.
fn product(
    [rows, inner, columns]: [usize; 3],
    lhs: impl Fn(usize, usize) -> f32,
    rhs: impl Fn(usize, usize) -> f32,
) -> Vec<f64> {
    let sum = |i: usize, j: usize| {
        (0..inner).map(|k| f64::from(lhs(i, k)) * f64::from(rhs(k, j))).sum::<f64>()
    };
    (0..rows * columns).map(|at| sum(at / columns, at % columns)).collect()
}

#[test]
fn multiplies_and_differentiates_as_the_definition_does() {
    let Some(device) = device() else { return };
    for (shape, out) in SHAPES.into_iter().zip([1, 3, 8, 16, 10, 33, 24, 1000]) {
        let [batch, height, width, channels] = shape;
        let rows = batch * height * width;
        let x = numbers(rows * channels, 1);
        let (weight, grad) = (numbers(out * channels, 2), numbers(rows * out, 3));
        let (x_at, weight_at) = (|i, k| x[i * channels + k], |i, k| weight[i * channels + k]);
        let grad_at = |i, k| grad[i * out + k];
        let expected = [
            product([rows, channels, out], x_at, |k, j| weight_at(j, k)),
            product([rows, out, channels], grad_at, weight_at),
            product([out, rows, channels], |i, k| grad_at(k, i), x_at),
        ];
        let x = tensor(&x, shape, &device).require_grad();
        let weight = tensor(&weight, [out, channels, 1, 1], &device).require_grad();
        let output = pointwise(x.clone(), weight.clone());
        let grad = tensor(&grad, output.dims(), &device);
        let grads = (output.clone() * grad).sum().backward();
        let what = format!("{shape:?} to {out}");
        assert_near(&what, &values(output), &expected[0]);
        assert_near(&what, &values(x.grad(&grads).unwrap()), &expected[1]);
        assert_near(&what, &values(weight.grad(&grads).unwrap()), &expected[2]);
    }
}
