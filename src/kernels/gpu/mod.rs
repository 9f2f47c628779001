//! Kernels of our own for graphics adapters.

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
mod stem;
mod stem_kernels;
mod sum;
#[cfg(test)]
mod tests;
mod update;

pub use batch_norm::{batch_norm_relu, batch_norm_relu_train};
