//! The command line: what can be typed, and which part of the program answers.

pub mod args;
pub mod bridge;
pub mod completions;
pub mod config_file;
pub mod dashboard;
pub mod data;
pub mod failure;
pub mod flags;
pub mod job;
pub mod logging;
pub mod output;
pub mod plain;
pub mod preferences;
pub mod runs;
pub mod settings;
pub mod signals;
pub mod summary;
pub mod watch;

#[cfg(feature = "train")]
pub mod behind;
#[cfg(feature = "train")]
pub mod bench;
#[cfg(feature = "train")]
pub mod dataset;
#[cfg(feature = "train")]
pub mod devices;
#[cfg(feature = "train")]
pub mod eval;
#[cfg(feature = "train")]
pub mod export;
#[cfg(feature = "train")]
pub mod headless;
#[cfg(feature = "train")]
pub mod live;
#[cfg(feature = "train")]
pub mod network;
#[cfg(feature = "train")]
pub mod predict;
#[cfg(feature = "train")]
pub mod prepare;
#[cfg(feature = "train")]
pub mod train;

use std::{ffi::OsString, process::ExitCode};

use self::args::{Cli, Task};

/// Does what was typed behind the program's name, and says how it went.
pub fn run(typed: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Cli::of(typed) {
        Ok(cli) => answer(&cli.task).unwrap_or_else(|error| failure::told(&error)),
        Err(error) => failure::told_by_clap(&error),
    }
}

fn answer(task: &Task) -> anyhow::Result<ExitCode> {
    match task {
        Task::Watch(args) => watch::run(args),
        Task::Summary(args) => summary::run(args),
        Task::Runs(args) => runs::run(args),
        Task::Data(args) => data::run(args),
        Task::Completions { shell } => completions::run(*shell),
        Task::Train(_)
        | Task::Eval(_)
        | Task::Predict(_)
        | Task::Export(_)
        | Task::Devices(_)
        | Task::Bench(_) => compute(task),
    }
}

/// Answers what needs the trainer.
#[cfg(feature = "train")]
fn compute(task: &Task) -> anyhow::Result<ExitCode> {
    match task {
        Task::Train(args) => train::run(args),
        Task::Eval(args) => eval::run(args),
        Task::Predict(args) => predict::run(args),
        Task::Export(args) => export::run(args),
        Task::Devices(args) => devices::run(args),
        Task::Bench(args) => bench::run(args),
        Task::Watch(_)
        | Task::Summary(_)
        | Task::Runs(_)
        | Task::Data(_)
        | Task::Completions { .. } => answer(task),
    }
}

/// Says that this build looks on only. Settings that are wrong are told first: they would be so
/// in any build.
#[cfg(not(feature = "train"))]
fn compute(task: &Task) -> anyhow::Result<ExitCode> {
    if let Task::Train(args) = task {
        args.resolve()?;
    }
    let message = "this build has no trainer; build it with its default features \
                   (`cargo build --release`), or see --help for what looks on";
    Err(failure::UsageError::new(message).into())
}
