//! Cross-entropy against one-hot labels.

use burn::tensor::{Device, Int, Tensor, TensorData, activation::log_softmax};

/// The labels of a batch on their device, in the two forms that a step needs.
pub struct Targets {
    /// One-hot, smoothed: `[batch, classes]`.
    one_hot: Tensor<2>,
    /// `[batch]`.
    labels: Tensor<1, Int>,
}

impl Targets {
    /// One-hot labels of which `smoothing` is spread evenly over all classes.
    pub fn new(labels: &[u16], classes: usize, smoothing: f64, device: &Device) -> Self {
        let everywhere = (smoothing / classes as f64) as f32;
        let mut one_hot = vec![everywhere; labels.len() * classes];
        for (row, label) in one_hot.chunks_exact_mut(classes).zip(labels) {
            row[usize::from(*label)] += 1.0 - smoothing as f32;
        }
        let count = labels.len();
        let labels: Vec<i32> = labels.iter().map(|label| i32::from(*label)).collect();
        Self {
            one_hot: Tensor::from_data(TensorData::new(one_hot, [count, classes]), device),
            labels: Tensor::from_data(TensorData::new(labels, [count]), device),
        }
    }

    /// Mean cross-entropy in nats.
    ///
    /// # Shapes
    /// `logits` is `[batch, classes]`; the result is `[1]`.
    pub fn cross_entropy(&self, logits: Tensor<2>) -> Tensor<1> {
        let [batch, _] = logits.dims();
        let log_probabilities = log_softmax(logits, 1);
        (log_probabilities * self.one_hot.clone()).sum().mul_scalar(-1.0 / batch as f64)
    }

    /// Share of the batch whose largest logit is the label's: `[1]`, without gradients.
    pub fn accuracy(&self, logits: Tensor<2>) -> Tensor<1> {
        let [batch, _] = logits.dims();
        let predictions = logits.detach().inner().argmax(1).reshape([batch]);
        predictions.equal(self.labels.clone().inner()).float().mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(tensor: Tensor<1>) -> f32 {
        tensor.into_scalar()
    }

    /// `F.cross_entropy(tensor([[0., 2., 1.]]), tensor([1]), label_smoothing=s)` of PyTorch.
    #[test]
    fn cross_entropy_is_pytorchs_with_and_without_smoothing() {
        let device = Device::flex();
        let logits = Tensor::<2>::from_floats([[0.0, 2.0, 1.0]], &device);
        for (smoothing, expected) in [(0.0, 0.407_606), (0.1, 0.507_606)] {
            let targets = Targets::new(&[1], 3, smoothing, &device);
            let loss = scalar(targets.cross_entropy(logits.clone()));
            assert!((loss - expected).abs() < 1e-5, "{loss} is not {expected}");
        }
    }

    #[test]
    fn accuracy_counts_the_largest_logit() {
        let device = Device::flex();
        let logits = Tensor::<2>::from_floats([[0.0, 2.0], [3.0, 1.0], [0.0, 1.0]], &device);
        let targets = Targets::new(&[1, 1, 1], 2, 0.0, &device);
        assert!((scalar(targets.accuracy(logits)) - 2.0 / 3.0).abs() < 1e-6);
    }
}
