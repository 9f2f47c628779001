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
//! # One training step on paper
//!
//! At alpha 1, 32×32 pixels and 64 images, a convolution counting its normalisation: launches of
//! these kernels, bytes that they move, and the time that both imply on a GPU with 3.35 TB/s and
//! 2 µs a launch. With I and O the bytes of a layer's input and output, forward moves I + 4·O and
//! backward 2·I + 7·O, the stem 6·O + I. Loss, classifier and running statistics are burn's and not
//! counted; on a real GPU the products of the pointwise layers are, too, with about as many
//! launches. `tests/launches.rs` counts a step.
//!
//! | layer | launches | MB | µs for the bytes | µs for the launches |
//! |---|---|---|---|---|
//! | stem | 9 | 85.5 | 25.5 | 18 |
//! | blocks.0.depthwise | 10 | 117.4 | 35.1 | 20 |
//! | blocks.0.pointwise | 10 | 209.7 | 62.6 | 20 |
//! | blocks.1.depthwise | 10 | 96.5 | 28.8 | 20 |
//! | blocks.1.pointwise | 10 | 105.0 | 31.3 | 20 |
//! | blocks.2.depthwise | 10 | 117.5 | 35.1 | 20 |
//! | blocks.2.pointwise | 10 | 117.6 | 35.1 | 20 |
//! | blocks.3.depthwise | 10 | 48.2 | 14.4 | 20 |
//! | blocks.3.pointwise | 10 | 52.8 | 15.8 | 20 |
//! | blocks.4.depthwise | 10 | 58.7 | 17.5 | 20 |
//! | blocks.4.pointwise | 10 | 59.5 | 17.8 | 20 |
//! | blocks.5.depthwise | 10 | 24.1 | 7.2 | 20 |
//! | blocks.5.pointwise | 10 | 27.8 | 8.3 | 20 |
//! | blocks.6–10.depthwise, each | 10 | 29.4 | 8.8 | 20 |
//! | blocks.6–10.pointwise, each | 10 | 32.5 | 9.7 | 20 |
//! | blocks.11.depthwise | 10 | 12.1 | 3.6 | 20 |
//! | blocks.11.pointwise | 10 | 19.4 | 5.8 | 20 |
//! | blocks.12.depthwise | 10 | 14.8 | 4.4 | 20 |
//! | blocks.12.pointwise | 10 | 27.3 | 8.1 | 20 |
//! | pooling | 2 | 2.6 | 0.8 | 4 |
//! | norm and update | 166 | 103.0 | 30.7 | 332 |
//! | all | 437 | 1609 | 480 | 874 |
//!
//! So such a GPU would wait for launches rather than for memory, and most of all for the updates:
//! one launch for several small weights is what to do next there.
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
pub use launch::launches;
pub use pointwise::pointwise;
pub use pool::global_average_pool;
pub use squares::squares;
pub use stem::stem;
pub use update::{AdamStep, SgdStep, adam, sgd};

/// Launches to submit together on a software adapter: as many as a step has, so that the host has
/// queued them all before it waits. It goes to `WgpuOptions::tasks_max` when the device is opened.
pub const SOFTWARE_TASKS: usize = 512;
