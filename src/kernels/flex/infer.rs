//! Inference: blocks with their normalisations folded in, NHWC between them.

use std::sync::Arc;

use burn::{
    backend::{Backend, Dispatch, Flex, backend_extension, flex::FlexTensor, tensor::FloatTensor},
    tensor::Tensor,
};

use super::memory::{numbers, sides, tensor};
use crate::kernels::cpu::{
    Machine, depthwise, head,
    norm::Affine,
    separable::{self, Folded},
    stem,
};

/// The stem with normalisation and ReLU: `[batch, 3, h, w]` to NHWC.
pub fn stem(images: Tensor<4>, weight: Tensor<4>, stride: usize, norm: Affine) -> Tensor<4> {
    let (images, weight) = (images.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(<Dispatch as InferBackend>::stem(images, weight, stride, Arc::new(norm)))
}

/// A depthwise-separable block, NHWC to NHWC.
pub fn separable(
    x: Tensor<4>,
    (filters, stride): (Tensor<4>, usize),
    weight: Tensor<4>,
    norms: [Affine; 2],
) -> Tensor<4> {
    let [x, filters, weight] = [x, filters, weight].map(Tensor::into_dispatch);
    let norms = Arc::new(norms);
    Tensor::from_dispatch(<Dispatch as InferBackend>::separable(x, filters, weight, stride, norms))
}

/// The mean over all positions of an input that is not negative: NHWC to `[batch, channels]`.
pub fn pool(x: Tensor<4>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as InferBackend>::pool(x.into_dispatch()))
}

#[backend_extension(Flex)]
pub trait InferBackend: Backend {
    fn stem(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
        norm: Arc<Affine>,
    ) -> FloatTensor<Self>;

    fn separable(
        x: FloatTensor<Self>,
        filters: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
        norms: Arc<[Affine; 2]>,
    ) -> FloatTensor<Self>;

    fn pool(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl InferBackend for Flex {
    fn stem(
        images: FlexTensor,
        weight: FlexTensor,
        stride: usize,
        norm: Arc<Affine>,
    ) -> FlexTensor {
        let [batch, _, height, width] = sides(&images);
        let outputs = norm.channels;
        let shape = stem::Shape { batch, height, width, stride, outputs };
        let y = stem::infer(Machine::this(), &numbers(&images), &numbers(&weight), &norm, shape);
        tensor(y, [batch, height.div_ceil(stride), width.div_ceil(stride), outputs])
    }

    fn separable(
        x: FlexTensor,
        filters: FlexTensor,
        weight: FlexTensor,
        stride: usize,
        norms: Arc<[Affine; 2]>,
    ) -> FlexTensor {
        let [batch, height, width, channels] = sides(&x);
        let shape = depthwise::Shape { batch, height, width, channels, stride };
        let (filters, weight) = (numbers(&filters), numbers(&weight));
        let depthwise = Folded { weight: &filters, affine: &norms[0] };
        let pointwise = Folded { weight: &weight, affine: &norms[1] };
        let y = separable::infer(Machine::this(), &numbers(&x), depthwise, pointwise, shape);
        tensor(y, [batch, shape.out_height(), shape.out_width(), norms[1].channels])
    }

    fn pool(x: FlexTensor) -> FlexTensor {
        let [batch, _, _, channels] = sides(&x);
        let means =
            head::forward(Machine::this(), &numbers(&x), &Affine::identity(channels), batch);
        tensor(means, [batch, channels])
    }
}
