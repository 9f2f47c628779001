//! `mnv1-tui summary`: the layer table of the network, without training.

mod explain;
mod table;

use std::{fmt::Display, ops::RangeInclusive, process::ExitCode};

use serde::Serialize;

use super::{args::SummaryArgs, failure::UsageError, output};
use crate::domain::{
    architecture::{ArchSpec, BlockCost, LayerKind, LayerSpec},
    config::TrainConfig,
    explain::ARTICLE,
};

/// Numbers of classes that a data set can have.
const CLASSES: RangeInclusive<usize> = 2..=1000;

/// Prints the table, or with `--explain` the article's example.
///
/// # Errors
/// As [`UsageError`], a network that cannot be.
pub fn run(args: &SummaryArgs) -> anyhow::Result<ExitCode> {
    let spec = spec(args)?;
    if args.explain {
        let explained = explain::Explained::of(&ARTICLE);
        output::result(args.format, &explained, |_| explain::text(&ARTICLE))?;
    } else {
        output::result(args.format, &Summary::of(&spec), |_| table::text(&spec))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The network asked for, in the ranges that a training has.
fn spec(args: &SummaryArgs) -> Result<ArchSpec, UsageError> {
    let &SummaryArgs { alpha, classes, resolution, .. } = args;
    let refused = |flag: &str, found: &dyn Display, allowed: &str| {
        UsageError::new(format!("--{flag} is {found}; allowed is {allowed}"))
    };
    let asked = TrainConfig { alpha, resolution: Some(resolution), ..TrainConfig::default() };
    asked.validate().map_err(|error| refused(error.setting, &error.found, error.allowed))?;
    if !CLASSES.contains(&classes) {
        return Err(refused("classes", &classes, "2 to 1000"));
    }
    Ok(ArchSpec { alpha, classes, resolution })
}

/// The network in numbers; the layers' MACs add up to `macs`.
#[derive(Serialize)]
struct Summary {
    alpha: f64,
    classes: usize,
    trainable: u64,
    non_trainable: u64,
    macs: u64,
    layers: Vec<Layer>,
    blocks: Vec<BlockCost>,
}

#[derive(Serialize)]
struct Layer {
    name: String,
    kind: LayerKind,
    kernel: usize,
    stride: usize,
    /// Height, width, channels.
    output: [usize; 3],
    parameters: u64,
    macs: u64,
    standard_macs: u64,
}

impl Summary {
    fn of(spec: &ArchSpec) -> Self {
        Self {
            alpha: spec.alpha,
            classes: spec.classes,
            trainable: spec.parameters(),
            non_trainable: spec.non_trainable(),
            macs: spec.macs(),
            layers: spec.layers().iter().map(Layer::of).collect(),
            blocks: spec.block_costs(),
        }
    }
}

impl Layer {
    fn of(layer: &LayerSpec) -> Self {
        Self {
            name: layer.name.clone(),
            kind: layer.kind,
            kernel: layer.kernel,
            stride: layer.stride,
            output: [layer.out_side, layer.out_side, layer.out_channels],
            parameters: layer.parameters(),
            macs: layer.macs(),
            standard_macs: layer.standard_macs(),
        }
    }
}
