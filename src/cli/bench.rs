//! `mnv1-tui bench`: how fast this machine trains and classifies.

use std::{io::Write, process::ExitCode, time::Duration};

use super::{
    args::BenchArgs,
    failure::UsageError,
    logging,
    output::{self, Format},
};
use crate::{
    domain::{architecture::ArchSpec, config::TrainConfig},
    train::{
        bench::{self, Plan, Report},
        device,
    },
};

pub fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    let BenchArgs { alpha, batch_size, threads, seconds, .. } = *args;
    let checked = TrainConfig { alpha, batch_size, threads, ..TrainConfig::default() };
    checked.validate().map_err(|error| UsageError::new(error.to_string()))?;
    if !(seconds > 0.0 && seconds <= 3600.0) {
        let found = format!("seconds is {seconds}; allowed is a number above 0, at most 3600");
        return Err(UsageError::new(found).into());
    }
    let opened = logging::quietly(|| device::open(args.device, threads))?;
    let plan = Plan { alpha, batch_size, duration: Duration::from_secs_f64(seconds) };
    let report = bench::run(&plan, &opened.device, &opened.description)?;
    match args.format {
        Format::Json => writeln!(output::stdout(), "{}", serde_json::to_string_pretty(&report)?)?,
        Format::Text => print(&report)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print(report: &Report) -> anyhow::Result<()> {
    let mut out = output::stdout();
    let Report { device, engine, alpha, batch_size, .. } = report;
    writeln!(out, "{device}, {engine} operations, alpha {alpha}, batch {batch_size}, 32×32\n")?;
    writeln!(out, "training   {:>9.1} images/s", report.train_images_per_s)?;
    writeln!(out, "inference  {:>9.1} images/s", report.infer_images_per_s)?;
    writeln!(out, "peak       {:>9.1} GFLOP/s (matrix product)\n", report.peak_gflops)?;
    let macs = ArchSpec { alpha: *alpha, classes: 10, resolution: 32 }.layers();
    let macs = |name: &str| macs.iter().find(|l| l.name == name).map_or(0, |layer| layer.macs());
    let mut layers: Vec<_> = report.layers.iter().collect();
    layers
        .sort_by(|a, b| (b.forward_ms + b.backward_ms).total_cmp(&(a.forward_ms + a.backward_ms)));
    writeln!(
        out,
        "{:<22} {:>10} {:>10} {:>12}",
        "layer", "forward ms", "backward ms", "fwd GFLOP/s"
    )?;
    for layer in layers {
        let flops = 2.0 * (macs(&layer.name) * *batch_size as u64) as f64;
        let speed = flops / layer.forward_ms / 1e6;
        let (name, forward, backward) = (&layer.name, layer.forward_ms, layer.backward_ms);
        writeln!(out, "{name:<22} {forward:>10.2} {backward:>11.2} {speed:>12.1}")?;
    }
    Ok(())
}
