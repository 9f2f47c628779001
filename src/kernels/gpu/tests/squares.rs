use burn::tensor::Tensor;

use super::{device, numbers, tensor, values};
use crate::kernels::gpu::squares;

#[test]
fn parts_add_up_to_the_sum_of_squares() {
    let Some(device) = device() else { return };
    let device = device.inner();
    for count in [1, 63, 64, 65, 1000, 40_003] {
        let gradient = numbers(count, 3);
        let expected: f64 = gradient.iter().map(|value| f64::from(*value).powi(2)).sum();
        let gradient: Tensor<1> = tensor(&gradient, [count], &device);
        let found: f64 = values(squares(gradient)).iter().map(|part| f64::from(*part)).sum();
        assert!((found - expected).abs() < 1e-5 * expected, "{found} for {expected}");
    }
}
