//! `src/kernels/cpu` as a crate of its own.
#[path = "../../src/kernels/cpu/mod.rs"]
pub mod cpu;
