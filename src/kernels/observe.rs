//! Looking at what a layer puts out, without changing it.

use burn::tensor::{Tensor, TensorData};

use super::{
    block::Activation,
    summary::{Outputs, Summary},
};

/// What a layer puts out, as far as it can be looked at.
pub trait Observed {
    /// Its statistics over the first `images` of the batch; `None` where it is made by the next
    /// layer along the way.
    fn observed(&self, images: usize) -> Option<Summary>;
}

/// `[batch, outputs]`, without ReLU.
impl Observed for Tensor<2> {
    fn observed(&self, images: usize) -> Option<Summary> {
        let outputs = self.dims()[1];
        Some(summary(&numbers(first(self.clone(), images)), outputs, false))
    }
}

impl Observed for Activation {
    fn observed(&self, images: usize) -> Option<Summary> {
        self.summary(images)
    }
}

/// The first `count` of a batch, without autodiff.
pub fn first<const D: usize>(tensor: Tensor<D>, count: usize) -> Tensor<D> {
    let tensor = tensor.inner();
    let count = count.min(tensor.dims()[0]);
    tensor.narrow(0, 0, count)
}

/// The numbers of a tensor, off its device.
pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    let data: TensorData = tensor.into_data().convert::<f32>();
    data.try_into_vec().expect("data converted to f32 is a vector of f32")
}

/// Of finished outputs `[.., channels]`.
pub fn summary(values: &[f32], channels: usize, rectified: bool) -> Summary {
    let (scale, shift) = (vec![1.0; channels], vec![0.0; channels]);
    Outputs { values, scale: &scale, shift: &shift, rectified }.summary()
}
