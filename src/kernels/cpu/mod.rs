//! Kernels for the CPU, on plain slices.
//!
//! Activations are NHWC: the channels of a pixel lie together, so that a pointwise convolution is a
//! matrix product without a copy and a depthwise one works on whole vectors of channels.

#![allow(
    clippy::needless_range_loop,
    reason = "one index for several arrays, in loops that become registers"
)]

pub mod depthwise;
pub mod depthwise_gradient;
pub mod epilogue;
pub mod head;
pub mod matmul;
pub mod memory;
pub mod norm;
pub mod pointwise;
pub mod rows;
pub mod separable;
pub mod simd;
pub mod stem;
pub mod stem_gradient;
pub mod team;
#[cfg(test)]
mod tests;
pub mod update;

use simd::Isa;
use team::Team;

/// Where a kernel runs.
#[derive(Clone, Copy)]
pub struct Machine {
    pub team: &'static Team,
    pub isa: Isa,
}

impl Machine {
    /// All threads of this process, and the best instructions of this processor.
    pub fn this() -> Self {
        Self { team: Team::global(), isa: Isa::best() }
    }
}
