//! The whole dashboard, driven by events and keys.

mod control;
mod doctored;
mod screens;
