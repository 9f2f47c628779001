//! Training: the loop, its control, evaluation, devices, and the thread that holds them.

pub mod device;
pub mod loss;
pub mod optimizer;
pub mod schedule;
