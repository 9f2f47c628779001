//! `mnv1-tui predict`: what a network sees in pictures.

use std::{io::Write, path::Path, process::ExitCode};

use serde_json::json;

use super::{
    args::PredictArgs,
    logging,
    network::{self, Which},
    output::{self, Format},
};
use crate::{
    data::folder,
    domain::{
        images::{ImageSet, Predictions},
        units::Percent,
    },
    train::{device, evaluate::classify_saved},
};

/// Length of a full bar in characters.
const BAR: f32 = 30.0;

pub fn run(args: &PredictArgs) -> anyhow::Result<ExitCode> {
    let found = network::find(&args.target, &args.runs_dir, Which::Best)?;
    let form = found.form(args.normalize, None)?;
    let side = found.network.spec.resolution;
    let mut images = ImageSet { side, ..ImageSet::default() };
    for path in &args.images {
        let picture = folder::load_picture(path, side)?;
        images.pixels.extend(picture.pixels);
        images.labels.push(0);
    }
    let opened = logging::quietly(|| device::open(args.device, args.threads))?;
    let result = classify_saved(&found.network, &images, &form, &opened.device)?;
    let names = found.network.metadata.class_names.unwrap_or_default();
    let name = |class: usize| names.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
    match args.format {
        Format::Json => print_json(&args.images, &result, args.top, name)?,
        Format::Text => print_text(&args.images, &result, args.top, name)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print_json(
    images: &[impl AsRef<Path>],
    result: &Predictions,
    top: usize,
    name: impl Fn(usize) -> String,
) -> anyhow::Result<()> {
    let of = |(index, path): (usize, &_)| {
        let path: &Path = AsRef::<Path>::as_ref(path);
        let ranked = result.top(index, top).into_iter();
        let classes: Vec<_> = ranked
            .map(|(class, p)| json!({ "class": class, "name": name(class), "probability": p }))
            .collect();
        json!({ "image": path.display().to_string(), "top": classes })
    };
    let all: Vec<_> = images.iter().enumerate().map(of).collect();
    Ok(output::json(&all)?)
}

fn print_text(
    images: &[impl AsRef<Path>],
    result: &Predictions,
    top: usize,
    name: impl Fn(usize) -> String,
) -> anyhow::Result<()> {
    let mut out = output::stdout();
    for (index, path) in images.iter().enumerate() {
        writeln!(out, "{}", path.as_ref().display())?;
        for (class, probability) in result.top(index, top) {
            let bar = "█".repeat((probability * BAR).round() as usize);
            let share = Percent(probability.into());
            writeln!(out, "  {share:>8}  {:<16} {bar}", name(class))?;
        }
    }
    Ok(())
}
