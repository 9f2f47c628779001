//! `mnv1-tui devices`: what can compute here, and what `auto` takes.

use std::{io::Write, process::ExitCode};

use serde_json::json;

use super::{
    args::DevicesArgs,
    logging,
    output::{self, Format},
};
use crate::train::device::{self, Adapter, AdapterKind};

pub fn run(args: &DevicesArgs) -> anyhow::Result<ExitCode> {
    let adapters = logging::quietly(device::adapters);
    let (choice, why) = device::automatic(&adapters);
    match args.format {
        Format::Json => {
            let auto = json!({ "device": choice.to_string(), "why": why });
            let threads = rayon::current_num_threads();
            let all = json!({ "cpu": { "threads": threads }, "adapters": adapters, "auto": auto });
            output::json(&all)?;
        }
        Format::Text => {
            let mut out = output::stdout();
            writeln!(out, "{}", device::cpu_description())?;
            for adapter in &adapters {
                writeln!(out, "{}", line(adapter))?;
            }
            if adapters.is_empty() {
                writeln!(
                    out,
                    "wgpu     no adapter (no Vulkan, Metal, DirectX 12 or OpenGL driver)"
                )?;
            }
            writeln!(out, "auto     takes {choice}: {why}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(adapter: &Adapter) -> String {
    let Adapter { index, name, backend, kind, driver } = adapter;
    let kind = match kind {
        AdapterKind::DiscreteGpu => "discrete GPU",
        AdapterKind::IntegratedGpu => "integrated GPU",
        AdapterKind::VirtualGpu => "virtual GPU",
        AdapterKind::Software => "software (computes on the processor)",
        AdapterKind::Other => "other",
    };
    format!("wgpu:{index:<3} {backend}, {kind}: {name} [{driver}]")
}
