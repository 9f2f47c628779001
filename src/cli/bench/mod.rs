//! `mnv1-tui bench`: how fast this machine trains and classifies, and how fast it could.

mod text;

use std::{process::ExitCode, time::Duration};

use super::{args::BenchArgs, failure::UsageError, logging, output};
use crate::{
    domain::config::{ConfigError, TrainConfig},
    kernels::Engine,
    train::{
        bench::{self, Plan},
        device,
    },
};

pub fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let plan = plan(args).map_err(UsageError::new)?;
    let opened = logging::quietly(|| device::open(args.device, args.threads))?;
    let report = bench::run(&plan, &opened.device, &opened.description)?;
    output::result(args.format, &report, text::text)?;
    Ok(ExitCode::SUCCESS)
}

/// What `args` ask for, or what is wrong with them.
fn plan(args: &BenchArgs) -> Result<Plan, String> {
    let BenchArgs { alpha, batch_size, resolution, threads, seconds, .. } = *args;
    let engine: Engine = args.engine.parse().map_err(|error| format!("--engine: {error}"))?;
    let infer_batch_size = args.infer_batch_size.unwrap_or(batch_size);
    let base = TrainConfig { alpha, batch_size, threads, ..TrainConfig::default() };
    let config = TrainConfig { resolution: Some(resolution), ..base };
    config.validate().map_err(|error| error.to_string())?;
    let inference = TrainConfig { batch_size: infer_batch_size, ..config };
    inference
        .validate()
        .map_err(|error| ConfigError { setting: "infer_batch_size", ..error }.to_string())?;
    if !(seconds > 0.0 && seconds <= 3600.0) {
        return Err(format!("seconds is {seconds}; allowed is a number above 0, at most 3600"));
    }
    let duration = Duration::from_secs_f64(seconds);
    Ok(Plan { engine, alpha, resolution, batch_size, infer_batch_size, duration })
}
