//! Kernels of our own for graphics adapters: the operations of the network, forward and backward.
//!
//! Activations are `[batch, h, w, channels]` and contiguous, so that a position's channels lie side
//! by side: a pointwise convolution is a matrix product without a copy, everything else reads
//! vectors of four channels where their number is a multiple of four. All numbers are float32.
//! Every result is the same each time: nothing is added up in an order that depends on timing.
//!
//! # Launches
//!
//! | operation               | forward | backward                                          |
//! |-------------------------|---------|---------------------------------------------------|
//! | [`stem`]                | 1       | weight 2 (blocks, their sum); images none         |
//! | [`depthwise`]           | 1       | input 1, weight 2 (blocks, their sum)             |
//! | [`pointwise`]           | 1       | input 1, weight 2 (blocks, their sum), 1 if large |
//! | [`batch_norm_relu_train`] | 3 (blocks, merge, write) | 3 (blocks, merge, write)       |
//! | [`batch_norm_relu`]     | 1       | has none                                          |
//! | [`global_average_pool`] | 1       | 1                                                 |
//! | [`adam`], [`sgd`]       | 1       |                                                   |
//! | [`squares`]             | 1       |                                                   |
//!
//! With n the bytes of an activation, batch normalisation moves 3n forward (statistics, then one
//! pass) and 5n backward (sums, then one pass); ReLU is in those passes. A convolution moves its
//! input and its output once forward and each twice backward, as far as caches hold what
//! neighbours share; weights and partial results are small against that. Adam moves 7 times the
//! weight, gradient descent 5 times.
//!
//! An operation joins burn's stream as a whole; no operation waits for the device.
//!
//! # Software adapters
//!
//! lavapipe and its like run on the processor, eight positions in one vector register, each with a
//! load of its own: loads cost, multiplications hardly do. So a unit of work computes a tile, and
//! matrix products are one kernel of ours instead of burn's, which are written for hardware that
//! is not there. Real GPUs do get burn's, chosen by its rules: its tuning is left out of this
//! program, since it tries dozens of kernels at every start and keeps the outcome with the help of
//! an SQL engine only.
//!
//! There, too, the host should not run ahead: while it waits for the device, burn's threads spin on
//! the cores that are to compute. [`SOFTWARE_TASKS`] prevents most of it.
//!
//! No real GPU was at hand: nothing was measured there.

#![expect(unsafe_code, reason = "kernels are launched without bounds checks of burn's")]

mod batch_norm;
mod batch_norm_kernels;
mod batch_norm_launch;
mod depthwise;
mod depthwise_kernels;
mod launch;
mod matmul;
mod matmul_kernel;
mod pointwise;
mod pool;
mod squares;
mod stem;
mod stem_kernels;
mod sum;
#[cfg(test)]
mod tests;
mod update;

pub use batch_norm::{batch_norm_relu, batch_norm_relu_train};
pub use depthwise::depthwise;
pub use pointwise::pointwise;
pub use pool::global_average_pool;
pub use squares::squares;
pub use stem::stem;
pub use update::{AdamStep, SgdStep, adam, sgd};

/// Launches to submit together on a software adapter: as many as a step has, so that the host has
/// queued them all before it waits. It goes to `WgpuOptions::tasks_max` when the device is opened.
pub const SOFTWARE_TASKS: usize = 512;
