//! The whole dashboard, driven by events and keys.

mod asking;
mod charts;
mod compare;
mod control;
mod doctored;
mod pointer;
mod random;
mod screens;
mod wide;
