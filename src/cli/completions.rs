//! `mnv1-tui completions`: what a shell needs to complete our command lines.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;

/// Prints the script for `shell`.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(shell: Shell) -> anyhow::Result<ExitCode> {
    // Made in memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mnv1-tui", &mut script);
    let mut out = io::stdout().lock();
    out.write_all(&script)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
