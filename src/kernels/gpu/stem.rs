//! The first convolution: 3×3, padding 1, from pictures as planes to activations with the channels
//! last. Its input is data, so that only its weight has a gradient.

use burn::{
    backend::{
        Autodiff, Backend, Dispatch,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        tensor::FloatTensor,
    },
    tensor::{Shape, Tensor},
};
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use super::{
    launch::{blocks, contiguous, empty, grid},
    stem_kernels::{Geometry, convolve, weight_gradient},
    sum::sum_blocks,
};

/// A 3×3 convolution of pictures, padded by 1 on every side.
///
/// # Shapes
/// `images` is `[batch, in, h, w]`, `weight` is `[out, in, 3, 3]`; the result is
/// `[batch, ⌈h/stride⌉, ⌈w/stride⌉, out]`. The images get no gradient.
pub fn stem(images: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    let (images, weight) = (images.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(<Dispatch as Stem>::stem(images, weight, stride))
}

/// Backends that have the operation.
#[backend_extension(Autodiff, Cube, Fusion)]
pub trait Stem: Backend {
    #[fusion(dtype = images, shape = output_shape(images, weight[0], *stride))]
    fn stem(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;
}

/// Backends that have its gradient.
#[backend_extension(Cube, Fusion)]
pub trait StemGradient: Backend {
    /// `grad` is the output's gradient.
    #[fusion(dtype = grad, shape = Shape::from([grad[3], images[1], 3, 3]))]
    fn stem_weight_gradient(
        images: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self>;
}

fn output_shape(images: &Shape, out: usize, stride: usize) -> Shape {
    Shape::from([images[0], images[2].div_ceil(stride), images[3].div_ceil(stride), out])
}

impl Stem for CubeBackend {
    fn stem(images: CubeTensor, weight: CubeTensor, stride: usize) -> CubeTensor {
        let (images, weight) = (contiguous(images), contiguous(weight));
        let shape = output_shape(&images.meta.shape, weight.meta.shape[0], stride);
        let output = empty(&images, shape);
        let geometry = Geometry::new(&images, &output, stride);
        let strips = geometry.out_width.div_ceil(geometry.strip);
        let rows = output.meta.shape[0] * geometry.out_height;
        let units = rows * strips * geometry.lanes;
        let (client, (count, dim)) = (output.client.clone(), grid(&output.client, units));
        // SAFETY: units beyond `units` end at once; what lies beyond a picture is not read, what
        // lies beyond a row not written.
        unsafe {
            convolve::launch_unchecked(
                &client,
                count,
                dim,
                geometry.vector,
                images.into_buffer_arg(),
                weight.into_buffer_arg(),
                output.clone().into_buffer_arg(),
                units,
                geometry,
            );
        }
        output
    }
}

impl StemGradient for CubeBackend {
    fn stem_weight_gradient(images: CubeTensor, grad: CubeTensor, stride: usize) -> CubeTensor {
        let (images, grad) = (contiguous(images), contiguous(grad));
        let geometry = Geometry::new(&images, &grad, stride);
        let (out, planes) = (grad.meta.shape[3], geometry.planes);
        let rows = grad.meta.shape[0] * geometry.out_height;
        let blocks = blocks(&grad, rows, geometry.lanes * planes);
        let partial = empty(&grad, [blocks, out, planes, 9]);
        let units = blocks * geometry.lanes * planes;
        let (client, (count, dim)) = (grad.client.clone(), grid(&grad.client, units));
        // SAFETY: units beyond `units` end at once; every row that a unit reads is one of `rows`,
        // and what lies beyond the picture is not read.
        unsafe {
            weight_gradient::launch_unchecked(
                &client,
                count,
                dim,
                geometry.vector,
                images.into_buffer_arg(),
                grad.into_buffer_arg(),
                partial.clone().into_buffer_arg(),
                units,
                rows,
                geometry,
            );
        }
        sum_blocks(partial, [out, planes, 3, 3])
    }
}

impl<B, C> Stem for Autodiff<B, C>
where
    B: Backend + Stem + StemGradient,
    C: CheckpointStrategy,
{
    fn stem(
        images: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
    ) -> FloatTensor<Self> {
        let prep = Step.prepare::<C>([weight.node()]).compute_bound().stateful();
        let (images, weight) = (images.into_primitive(), weight.into_primitive());
        let output = B::stem(images.clone(), weight, stride);
        match prep {
            OpsKind::Tracked(prep) => prep.finish(State(images, stride), output),
            OpsKind::UnTracked(prep) => prep.finish(output),
        }
    }
}

#[derive(Debug)]
struct Step;

/// The images and the stride.
#[derive(Debug, Clone)]
struct State<B: Backend>(FloatTensor<B>, usize);

impl<B: Backend + StemGradient> Backward<B, 1> for Step {
    type State = State<B>;

    fn backward(self, ops: Ops<State<B>, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let ([weight], State(images, stride)) = (ops.parents, ops.state);
        let grad = grads.consume::<B>(&ops.node);
        if let Some(node) = weight {
            grads.register::<B>(node.id, B::stem_weight_gradient(images, grad, stride));
        }
    }
}
