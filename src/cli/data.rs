//! `data fetch|verify|info`.

use std::process::ExitCode;

/// What `data` can be told.
#[derive(Debug, Clone, clap::Args)]
pub struct DataArgs {}

/// Runs the command.
pub fn run(_args: &DataArgs) -> anyhow::Result<ExitCode> {
    anyhow::bail!("this build cannot look after data sets")
}
