//! Opening a data set for a command: progress on a terminal, one line otherwise.

use std::{
    io::{IsTerminal, stderr},
    path::Path,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::output;
use crate::{
    data::{self, DataRequest, Dataset, fetch::Progress},
    domain::config::{DatasetChoice, TrainConfig},
};

/// Which data set, from where, and how much of it.
pub struct Wanted<'a> {
    pub choice: &'a DatasetChoice,
    pub data_dir: Option<&'a Path>,
    pub seed: u64,
    pub resolution: Option<usize>,
    pub limit: Option<usize>,
}

impl<'a> From<&'a TrainConfig> for Wanted<'a> {
    fn from(config: &'a TrainConfig) -> Self {
        Self {
            choice: &config.dataset,
            data_dir: config.data_dir.as_deref(),
            seed: config.seed,
            resolution: config.resolution,
            limit: config.limit,
        }
    }
}

/// Opens it, fetching what `auto` may fetch.
pub fn open(wanted: &Wanted<'_>) -> anyhow::Result<Dataset> {
    let default = data::default_data_dir();
    let request = DataRequest {
        choice: wanted.choice,
        data_dir: wanted.data_dir.unwrap_or(&default),
        seed: wanted.seed,
        resolution: wanted.resolution,
        limit: wanted.limit,
        download: true,
    };
    let mut bar = None;
    let dataset = data::open(&request, &mut |progress| show(&mut bar, progress))?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    if let Some(banner) = &dataset.banner {
        output::note(banner);
    }
    Ok(dataset)
}

/// Opens the data set if `auto` has to fetch it; `None` if it only has to be read.
pub fn open_if_missing(config: &TrainConfig) -> anyhow::Result<Option<Dataset>> {
    let default = data::default_data_dir();
    let data_dir = config.data_dir.as_deref().unwrap_or(&default);
    let is_missing = config.dataset == DatasetChoice::Auto && !data::cifar10::is_present(data_dir);
    is_missing.then(|| open(&Wanted::from(config))).transpose()
}

fn show(bar: &mut Option<ProgressBar>, progress: Progress) {
    if !stderr().is_terminal() {
        return;
    }
    let bar = bar.get_or_insert_with(|| {
        let style = "fetching CIFAR-10 {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        let style = ProgressStyle::with_template(style).expect("the template is a constant");
        ProgressBar::new(progress.total).with_style(style)
    });
    bar.set_position(progress.received);
}
