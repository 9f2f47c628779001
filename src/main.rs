//! Starts the program; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    mnv1_tui::cli::run(std::env::args_os().skip(1))
}
