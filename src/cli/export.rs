//! `mnv1-tui export`: the weights of a run as a file that PyTorch reads.

use std::{io::Write, process::ExitCode};

use super::{
    args::ExportArgs,
    network::{self, Which},
    output,
};
use crate::{domain::units::Count, model::weights};

pub fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let which = match args.step {
        Some(step) => Which::At(step),
        None if args.best => Which::Best,
        None => Which::Newest,
    };
    let found = network::find(&args.run, &args.runs_dir, which)?;
    weights::save(&args.to, &found.network)?;
    let (file, spec) = (args.to.display(), found.network.spec);
    let (alpha, count) = (spec.alpha, Count(spec.parameters()));
    writeln!(output::stdout(), "{file}: MobileNet-V1, alpha {alpha}, {count} parameters")?;
    Ok(ExitCode::SUCCESS)
}
