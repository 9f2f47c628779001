//! Trains MobileNet-V1 and shows it learning in a terminal.

pub mod domain;
