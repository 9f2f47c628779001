//! Kernels for the CPU, on plain slices.
//!
//! Activations are NHWC: the channels of a pixel lie together, so that a pointwise convolution is a
//! matrix product without a copy and a depthwise one works on whole vectors of channels.
//!
//! The arithmetic is little; memory is what costs. So a training step passes over it as rarely as
//! the mathematics allows ([`norm`]): forward, each layer reads the output of the layer before,
//! normalises it on the way, and writes its own output, counting its moments in registers;
//! backward, it reads the output's gradient and the output, the input, and writes the input's
//! gradient, both products being taken from one reading. Normalised activations exist in cache-sized
//! scratch only. Memory goes from step to step ([`memory`]), threads live as long as the program
//! ([`team`]), and vector code is chosen at run time ([`simd`]).
//!
//! # What changes bits
//!
//! Two runs with the same seed on the same machine take the same steps to the bit. Tasks are cut by
//! the shapes, and sums are merged in the order of the tasks, whichever thread did them. Two things
//! do change bits: the **number of threads**, since each thread sums the weight gradient of a
//! pointwise layer over its share of the rows, and the **instruction set**, where it has no fused
//! multiply-add (the portable path) or another number of lanes (sums over a whole parameter, as for
//! the norm of the gradients). The screen and the run's first event name both: `cpu (AVX-512, 2
//! threads)`.
//!
//! # How near to the machine
//!
//! `mnv1-tui bench` sets each layer against its roofline; `cargo bench --profile release --bench
//! kernels` times the kernels one by one.

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

    /// With instructions that suit so many channels.
    fn for_channels(self, channels: usize) -> Self {
        Self { isa: self.isa.for_channels(channels), ..self }
    }
}
