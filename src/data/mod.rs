//! Data sets: reading, fetching, drawing, splitting, and batches from a thread of their own.
//! Pixels stay bytes until a batch is made.

pub mod cifar10;
mod error;
pub mod fetch;
mod files;
pub mod folder;
pub mod idx;
pub mod loader;
pub mod memory;
mod parts;
mod random;
pub mod shapes;
pub mod split;

pub use error::DataError;

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use self::parts::Parts;
use crate::domain::{config::DatasetChoice, images::ImageSet};

/// Mean and standard deviation of x/255 for red, green and blue, over a train split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChannelStatistics {
    pub mean: [f32; 3],
    pub std: [f32; 3],
}

impl ChannelStatistics {
    /// Measures all pixels of `images`; a channel of one colour gets a standard deviation that can
    /// be divided by. Without images: mean 0, standard deviation 1.
    pub fn of(images: &ImageSet) -> Self {
        let plane = images.side * images.side;
        let (mut sums, mut squares) = ([0u64; 3], [0u64; 3]);
        for (index, pixels) in images.pixels.chunks_exact(plane.max(1)).enumerate() {
            sums[index % 3] += pixels.iter().map(|&x| u64::from(x)).sum::<u64>();
            squares[index % 3] += pixels.iter().map(|&x| u64::from(x).pow(2)).sum::<u64>();
        }
        let count = (images.len() * plane) as f64;
        if count == 0.0 {
            return Self { mean: [0.0; 3], std: [1.0; 3] };
        }
        let mean = sums.map(|sum| sum as f64 / count / 255.0);
        let spread = |c: usize| squares[c] as f64 / count / 255.0f64.powi(2) - mean[c] * mean[c];
        let std = [0, 1, 2].map(|c| (spread(c).max(0.0).sqrt() as f32).max(1.0 / 255.0));
        Self { mean: mean.map(|m| m as f32), std }
    }
}

/// A data set in memory.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// As on the command line, without a path: `cifar10`.
    pub id: String,
    /// For people: `CIFAR-10`.
    pub title: String,
    /// Whether the bytes are the publisher's.
    pub official: bool,
    /// Names of the classes, by label.
    pub class_names: Vec<String>,
    pub train: ImageSet,
    pub test: ImageSet,
    /// Of the train split.
    pub statistics: ChannelStatistics,
    /// What the screen must say for the whole run.
    pub banner: Option<String>,
}

/// Which data set to open, and how.
#[derive(Debug, Clone, Copy)]
pub struct DataRequest<'a> {
    pub choice: &'a DatasetChoice,
    /// Folder in which data sets lie.
    pub data_dir: &'a Path,
    /// Seeds the built-in shapes.
    pub seed: u64,
    /// Side in pixels to which every picture is resized; by default the data set's own.
    pub resolution: Option<usize>,
    /// Keep the first so many pictures of the train split.
    pub limit: Option<usize>,
    /// Whether `auto` may use the network.
    pub download: bool,
}

/// Reads, fetches or draws the data set that `request` asks for. `progress` hears of a download.
///
/// # Errors
/// If the data set is not there or is broken. Only `auto` turns to another one, and only where
/// CIFAR-10 is missing and cannot be fetched; the banner then says so.
pub fn open(
    request: &DataRequest,
    progress: &mut dyn FnMut(fetch::Progress),
) -> Result<Dataset, DataError> {
    let side = request.resolution.unwrap_or(folder::DEFAULT_SIDE);
    let parts = match request.choice {
        DatasetChoice::Auto => automatic(request, progress)?,
        DatasetChoice::Cifar10 => cifar10::read(request.data_dir)?,
        DatasetChoice::FashionMnist => idx::read(request.data_dir)?,
        DatasetChoice::Folder(path) => folder::read(path, side, request.limit, memory::free())?,
        DatasetChoice::Shapes => shapes::draw(request.seed),
    };
    parts.finish(request, memory::free())
}

fn automatic(
    request: &DataRequest,
    progress: &mut dyn FnMut(fetch::Progress),
) -> Result<Parts, DataError> {
    if cifar10::is_present(request.data_dir) {
        return cifar10::read(request.data_dir);
    }
    let missing = if request.download {
        match fetch::cifar10(request.data_dir, None, progress) {
            Ok(_) => return cifar10::read(request.data_dir),
            Err(DataError::Download { reason, .. }) => {
                format!("and could not be fetched ({reason})")
            }
            Err(error) => format!("and could not be fetched ({error})"),
        }
    } else {
        "(mnv1-tui data fetch cifar10 gets it)".to_owned()
    };
    let banner = format!("training on built-in shapes: CIFAR-10 is not here {missing}");
    Ok(Parts { banner: Some(banner), ..shapes::draw(request.seed) })
}

/// Where data sets lie unless told: `data` of the checkout that this program runs from, else the
/// user's folder for application data.
pub fn default_data_dir() -> PathBuf {
    let by_cargo = std::env::var_os("CARGO_PKG_NAME").filter(|name| name == "mnv1-tui");
    let at_run_time = by_cargo.and_then(|_| std::env::var_os("CARGO_MANIFEST_DIR"));
    let compiled_in = Some(env!("CARGO_MANIFEST_DIR").into());
    let mut manifests = [at_run_time, compiled_in].into_iter().flatten().map(PathBuf::from);
    match manifests.find(|folder| is_checkout(folder)) {
        Some(checkout) => checkout.join("data"),
        None => etcetera::choose_base_strategy()
            .map_or_else(|_| PathBuf::from("data"), |base| base.data_dir().join("mnv1-tui")),
    }
}

/// `cargo install` builds in a folder of its own, marks it so, and may delete it at any time.
fn is_checkout(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file() && !folder.join(".cargo-ok").exists()
}

#[cfg(test)]
mod tests;
