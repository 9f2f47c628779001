use super::{SHAPES, assert_near, device, numbers, tensor, values};
use crate::kernels::gpu::depthwise;

/// The output, the input's gradient and the weight's, by the definition.
struct Naive {
    output: Vec<f64>,
    x: Vec<f64>,
    weight: Vec<f64>,
}

fn naive(x: &[f32], weight: &[f32], grad: &[f32], shape: [usize; 4], stride: usize) -> Naive {
    let [batch, height, width, channels] = shape;
    let (rows, columns) = (height.div_ceil(stride), width.div_ceil(stride));
    let mut result = Naive {
        output: vec![0.0; batch * rows * columns * channels],
        x: vec![0.0; x.len()],
        weight: vec![0.0; weight.len()],
    };
    for at in 0..result.output.len() {
        let (c, ox) = (at % channels, at / channels % columns);
        let (oy, n) = (at / channels / columns % rows, at / channels / columns / rows);
        for k in 0..9 {
            let (y, x_) = (oy * stride + k / 3, ox * stride + k % 3);
            if (1..=height).contains(&y) && (1..=width).contains(&x_) {
                let from = ((n * height + y - 1) * width + x_ - 1) * channels + c;
                let (value, tap, grad) =
                    (f64::from(x[from]), f64::from(weight[c * 9 + k]), f64::from(grad[at]));
                result.output[at] += value * tap;
                result.x[from] += grad * tap;
                result.weight[c * 9 + k] += grad * value;
            }
        }
    }
    result
}

#[test]
fn convolves_and_differentiates_as_the_definition_does() {
    let Some(device) = device() else { return };
    for shape in SHAPES {
        for stride in [1, 2] {
            let [batch, height, width, channels] = shape;
            let count = batch * height.div_ceil(stride) * width.div_ceil(stride) * channels;
            let x = numbers(shape.iter().product(), 1);
            let (weight, grad) = (numbers(channels * 9, 2), numbers(count, 3));
            let expected = naive(&x, &weight, &grad, shape, stride);
            let x = tensor(&x, shape, &device).require_grad();
            let weight = tensor(&weight, [channels, 1, 3, 3], &device).require_grad();
            let output = depthwise(x.clone(), weight.clone(), stride);
            let grad = tensor(&grad, output.dims(), &device);
            let grads = (output.clone() * grad).sum().backward();
            let what = format!("{shape:?} by {stride}");
            assert_near(&what, &values(output), &expected.output);
            assert_near(&what, &values(x.grad(&grads).unwrap()), &expected.x);
            assert_near(&what, &values(weight.grad(&grads).unwrap()), &expected.weight);
        }
    }
}
