use super::{assert_near, device, numbers, tensor, values};
use crate::kernels::gpu::stem;

/// The output `[batch, rows, columns, out]` and the weight's gradient, by the definition.
fn naive(
    images: &[f32],
    weight: &[f32],
    grad: &[f32],
    [batch, planes, height, width]: [usize; 4],
    [out, stride]: [usize; 2],
) -> [Vec<f64>; 2] {
    let (rows, columns) = (height.div_ceil(stride), width.div_ceil(stride));
    let mut output = vec![0.0; batch * rows * columns * out];
    let mut weight_grad = vec![0.0; weight.len()];
    for at in 0..output.len() {
        let (o, ox) = (at % out, at / out % columns);
        let (oy, n) = (at / out / columns % rows, at / out / columns / rows);
        for k in 0..planes * 9 {
            let (y, x) = (oy * stride + k % 9 / 3, ox * stride + k % 3);
            if (1..=height).contains(&y) && (1..=width).contains(&x) {
                let from = ((n * planes + k / 9) * height + y - 1) * width + x - 1;
                let (tap, pixel) = (o * planes * 9 + k, f64::from(images[from]));
                output[at] += pixel * f64::from(weight[tap]);
                weight_grad[tap] += pixel * f64::from(grad[at]);
            }
        }
    }
    [output, weight_grad]
}

#[test]
fn convolves_and_differentiates_as_the_definition_does() {
    let Some(device) = device() else { return };
    let cases = [([1, 3, 1, 1], 1), ([2, 3, 7, 5], 6), ([65, 3, 4, 4], 8), ([1, 1, 9, 17], 32)];
    for (shape, out) in cases {
        for stride in [1, 2] {
            let [batch, planes, height, width]: [usize; 4] = shape;
            let count = batch * height.div_ceil(stride) * width.div_ceil(stride) * out;
            let images = numbers(shape.iter().product(), 1);
            let (weight, grad) = (numbers(out * planes * 9, 2), numbers(count, 3));
            let expected = naive(&images, &weight, &grad, shape, [out, stride]);
            let images = tensor(&images, shape, &device);
            let weight = tensor(&weight, [out, planes, 3, 3], &device).require_grad();
            let output = stem(images, weight.clone(), stride);
            let grad = tensor(&grad, output.dims(), &device);
            let grads = (output.clone() * grad).sum().backward();
            let what = format!("{shape:?} to {out} by {stride}");
            assert_near(&what, &values(output), &expected[0]);
            assert_near(&what, &values(weight.grad(&grads).unwrap()), &expected[1]);
        }
    }
}
