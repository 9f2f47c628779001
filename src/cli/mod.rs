//! The command line: what can be typed, and which part of the program answers.

pub mod args;
pub mod config_file;
pub mod dashboard;
pub mod data;
pub mod failure;
pub mod flags;
pub mod logging;
pub mod output;
pub mod runs;
pub mod settings;
pub mod watch;
