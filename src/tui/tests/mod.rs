//! The whole dashboard, driven by events and keys.

mod compare;
mod control;
mod doctored;
mod screens;
