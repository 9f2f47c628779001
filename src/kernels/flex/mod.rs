//! The CPU kernels as burn operations on its Flex backend.

mod backward;
mod infer;
mod memory;
mod observe;
mod optimize;
mod trace;
mod train;

pub use infer::{pool as pool_inferred, separable, stem as stem_inferred};
pub use observe::observe;
pub use optimize::{adam, sgd};
pub use trace::Trace;
pub use train::{Layer, LayerKind, layer, pool, stem};
