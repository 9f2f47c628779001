use super::{SHAPES, assert_near, device, numbers, tensor, values};
use crate::kernels::gpu::global_average_pool;

#[test]
fn averages_and_differentiates_as_the_definition_does() {
    let Some(device) = device() else { return };
    for shape in SHAPES {
        let [batch, height, width, channels] = shape;
        let positions = height * width;
        let x = numbers(batch * positions * channels, 1);
        let grad = numbers(batch * channels, 2);
        let picture = |at: usize| at / channels / positions;
        let mut means = vec![0.0; batch * channels];
        for (at, value) in x.iter().enumerate() {
            let mean = &mut means[picture(at) * channels + at % channels];
            *mean += f64::from(*value) / positions as f64;
        }
        let back = |at| f64::from(grad[picture(at) * channels + at % channels]);
        let x_grad: Vec<f64> = (0..x.len()).map(|at| back(at) / positions as f64).collect();
        let x = tensor(&x, shape, &device).require_grad();
        let output = global_average_pool(x.clone());
        let grads = (output.clone() * tensor(&grad, [batch, channels], &device)).sum().backward();
        assert_near(&format!("{shape:?}"), &values(output), &means);
        assert_near(&format!("{shape:?}"), &values(x.grad(&grads).unwrap()), &x_grad);
    }
}
