//! `mnv1-tui export`: the weights of a run as a file that PyTorch reads.

use std::{io::Write, process::ExitCode};

use serde_json::json;

use super::{
    args::ExportArgs,
    network,
    output::{self, Format},
};
use crate::{domain::units::Count, model::weights};

pub fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let found = network::find(&args.run, &args.runs_dir)?;
    weights::save(&args.to, &found.network)?;
    let spec = found.network.spec;
    let (file, parameters) = (args.to.display(), spec.parameters());
    let mut out = output::stdout();
    match args.format {
        Format::Json => {
            let all = json!({
                "file": file.to_string(),
                "alpha": spec.alpha,
                "classes": spec.classes,
                "parameters": parameters,
            });
            writeln!(out, "{all:#}")?;
        }
        Format::Text => {
            let (alpha, count) = (spec.alpha, Count(parameters));
            writeln!(out, "{file}: MobileNet-V1, alpha {alpha}, {count} parameters")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
