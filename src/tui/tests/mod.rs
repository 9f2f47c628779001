//! The whole dashboard, driven by events and keys.

mod asking;
mod charts;
mod compare;
mod control;
mod doctored;
mod machine;
mod pointer;
mod random;
mod runs;
mod screens;
mod states;
mod wide;
