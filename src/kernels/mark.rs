//! An identity operation that says when the backward pass comes by.
//!
//! burn's `backward` is one call, so what happens inside can only be seen by operations of our
//! own. A mark changes no number: forward it is its input, backward the gradient passes unchanged
//! after the hook has been called.

use std::{fmt, sync::Arc};

use burn::{
    backend::{
        Autodiff, Backend, Dispatch, Flex,
        autodiff::{
            checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
            grads::Gradients,
            ops::{Backward, Ops, OpsKind},
        },
        backend_extension,
        tensor::FloatTensor,
    },
    tensor::Tensor,
};

use super::{block::Activation, observe::Observed};

/// What to call when the device has been asked for the gradient of a marked tensor.
#[derive(Clone)]
pub struct BackwardHook(Arc<dyn Fn() + Send + Sync>);

impl BackwardHook {
    pub fn new(hook: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }
}

impl fmt::Debug for BackwardHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackwardHook")
    }
}

/// What a layer puts out, as far as it can be marked and looked at.
pub trait Marked: Observed {
    /// The same, with `hook` called when the device has been asked for its gradient.
    fn marked(self, hook: BackwardHook) -> Self;

    /// Its maps, `[batch, channels, h, w]`, where it has any and they lie so.
    fn planes(&self) -> Option<Tensor<4>>;
}

impl Marked for Tensor<2> {
    fn marked(self, hook: BackwardHook) -> Self {
        mark(self, hook)
    }

    fn planes(&self) -> Option<Tensor<4>> {
        None
    }
}

impl Marked for Activation {
    fn marked(self, hook: BackwardHook) -> Self {
        self.map(|tensor| mark(tensor, hook))
    }

    fn planes(&self) -> Option<Tensor<4>> {
        self.stock()
    }
}

/// Marks `tensor`: `hook` is called in the backward pass, when the device has been asked for
/// everything behind this point and for nothing before it. Without a backward pass nothing happens.
pub fn mark<const D: usize>(tensor: Tensor<D>, hook: BackwardHook) -> Tensor<D> {
    Tensor::from_dispatch(<Dispatch as MarkBackend>::mark(tensor.into_dispatch(), hook))
}

/// Backends on which a tensor can be marked.
#[backend_extension(Autodiff, Flex, Cube: cfg(feature = "wgpu"), Fusion: cfg(feature = "wgpu"))]
pub trait MarkBackend: Backend {
    #[fusion(default)]
    fn mark(tensor: FloatTensor<Self>, hook: BackwardHook) -> FloatTensor<Self> {
        drop(hook); // without autodiff there is no backward pass to see
        tensor
    }
}

impl MarkBackend for Flex {}
#[cfg(feature = "wgpu")]
impl MarkBackend for burn::backend::Cube {}

impl<B: Backend + MarkBackend, C: CheckpointStrategy> MarkBackend for Autodiff<B, C> {
    fn mark(tensor: FloatTensor<Self>, hook: BackwardHook) -> FloatTensor<Self> {
        let (primitive, node) = tensor.into_parts();
        match Mark.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(hook, primitive),
            OpsKind::UnTracked(prep) => prep.finish(primitive),
        }
    }
}

#[derive(Debug)]
struct Mark;

impl<B: Backend> Backward<B, 1> for Mark {
    type State = BackwardHook;

    fn backward(self, ops: Ops<BackwardHook, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [parent] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        (ops.state.0)();
        if let Some(node) = parent {
            grads.register::<B>(node.id, grad);
        }
    }
}
