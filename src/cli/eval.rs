//! `mnv1-tui eval`: how well a network does on the test split.

use std::{io::Write, process::ExitCode};

use anyhow::bail;
use serde_json::json;

use super::{
    args::EvalArgs,
    dataset, logging,
    network::{self, Found, Which},
    output::{self, Format},
};
use crate::{
    data::Dataset,
    domain::{
        config::DatasetChoice,
        images::Predictions,
        units::{Count, Percent},
    },
    run::predictions,
    train::{
        device,
        evaluate::{Score, classify_saved},
    },
};

pub fn run(args: &EvalArgs) -> anyhow::Result<ExitCode> {
    let found = network::find(&args.target, &args.runs_dir, Which::Best)?;
    let dataset = open(args, &found)?;
    let form = found.form(args.normalize, Some(dataset.statistics))?;
    let opened = logging::quietly(|| device::open(args.device, args.threads))?;
    let mut network = found.network;
    network.spec.resolution = dataset.test.side;
    let result = classify_saved(&network, &dataset.test, &form, &opened.device)?;
    if let Some(path) = &args.predictions {
        predictions::save(path, &result)?;
    }
    match args.format {
        Format::Json => print_json(&dataset, &result)?,
        Format::Text => print_text(&dataset, &result, &opened.description)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The data set asked for, else that of the run.
fn open(args: &EvalArgs, found: &Found) -> anyhow::Result<Dataset> {
    let config = found.config();
    let of_run = config.as_ref().map(|config| config.dataset.clone());
    let choice = args.dataset.clone().or(of_run).unwrap_or(DatasetChoice::Auto);
    let data_dir = args.data_dir.clone().or(config.as_ref().and_then(|c| c.data_dir.clone()));
    let seed = config.as_ref().map_or(42, |config| config.seed);
    let side = args.resolution.or(found.network.metadata.resolution);
    let dataset = dataset::open(&dataset::Wanted {
        choice: &choice,
        data_dir: data_dir.as_deref(),
        seed,
        resolution: side,
        limit: None,
    })?;
    let (known, needed) = (found.network.spec.classes, dataset.class_names.len());
    if known != needed {
        bail!(
            "{}: {known} classes, but {} has {needed}; choose --dataset",
            args.target,
            dataset.title
        );
    }
    Ok(dataset)
}

fn print_json(dataset: &Dataset, result: &Predictions) -> anyhow::Result<()> {
    let Score { loss, accuracy, confusion } = Score::of(result);
    let classes = dataset.class_names.iter().enumerate().map(|(class, name)| {
        json!({
            "name": name,
            "recall": confusion.recall(class),
            "precision": confusion.precision(class),
            "images": confusion.row_total(class),
        })
    });
    let classes: Vec<_> = classes.collect();
    let all = json!({
        "dataset": dataset.title,
        "official": dataset.official,
        "split": "test",
        "images": result.len(),
        "loss": loss,
        "accuracy": accuracy,
        "classes": classes,
        "confusion": confusion,
    });
    Ok(output::json(&all)?)
}

fn print_text(dataset: &Dataset, result: &Predictions, device: &str) -> anyhow::Result<()> {
    let Score { loss, accuracy, confusion } = Score::of(result);
    let mut out = output::stdout();
    let origin = if dataset.official { "" } else { " (unofficial copy)" };
    let images = Count(result.len() as u64);
    writeln!(out, "{}{origin}, test split, {images} images, on {device}", dataset.title)?;
    writeln!(out, "loss {loss:.4}   accuracy {}\n", Percent(accuracy))?;
    let width = dataset.class_names.iter().map(|name| name.chars().count()).max().unwrap_or(5);
    let share = |value: Option<f64>| value.map_or("-".to_owned(), |v| Percent(v).to_string());
    let wide = confusion.classes() <= 20;
    let columns: String = match wide {
        true => (0..confusion.classes()).map(|class| format!("{class:>6}")).collect(),
        false => String::new(),
    };
    writeln!(out, "{:>4} {:width$} {:>8} {:>9} {columns}", "", "class", "recall", "precision")?;
    for (class, name) in dataset.class_names.iter().enumerate() {
        let (recall, precision) =
            (share(confusion.recall(class)), share(confusion.precision(class)));
        write!(out, "{class:>4} {name:width$} {recall:>8} {precision:>9} ")?;
        for prediction in (0..confusion.classes()).filter(|_| wide) {
            write!(out, "{:>6}", confusion.at(class, prediction))?;
        }
        writeln!(out)?;
    }
    if wide {
        writeln!(out, "\nrows are the truth, columns the predictions")?;
    }
    Ok(())
}
