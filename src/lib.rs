//! Trains MobileNet-V1 and shows it learning in a terminal.

pub mod cli;
pub mod data;
pub mod domain;
#[cfg(feature = "train")]
pub mod kernels;
#[cfg(feature = "train")]
pub mod model;
#[cfg(feature = "train")]
pub mod train;
