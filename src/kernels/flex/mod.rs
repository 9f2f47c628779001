//! The CPU kernels as burn operations on its Flex backend.

mod infer;
mod memory;
mod optimize;
mod train;

pub use infer::{pool as pool_inferred, separable, stem as stem_inferred};
pub use optimize::{adam, sgd};
pub use train::{Layer, LayerKind, Trace, layer, pool, stem};
