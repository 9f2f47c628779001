//! The flags that set one setting of a training each.

use std::path::PathBuf;

use clap::Args;

use crate::domain::config::{
    Augment, DatasetChoice, DeviceChoice, Normalize, OptimizerKind, Recipe, Schedule, Shuffle,
    TrainConfig,
};

/// The flags that set a field of `TrainConfig` of the same name.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Settings")]
pub struct SettingsArgs {
    /// Named set of settings: article, strong [default: article]
    #[arg(long)]
    pub recipe: Option<Recipe>,
    /// auto, cifar10, fashion-mnist, folder:PATH, shapes [default: auto]
    #[arg(long)]
    pub dataset: Option<DatasetChoice>,
    /// Where data sets lie
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where run directories are made [default: runs]
    #[arg(long, value_name = "DIR")]
    pub runs_dir: Option<PathBuf>,
    /// A checkpoint also every N steps, beside the one after each epoch
    #[arg(long, value_name = "N", value_parser = whole())]
    pub checkpoint_every: Option<u64>,
    /// Checkpoints to keep beside the best [default: 3]
    #[arg(long, value_name = "K")]
    pub keep: Option<usize>,
    /// Start from these weights
    #[arg(long, value_name = "FILE")]
    pub init_from: Option<PathBuf>,
    /// auto, wgpu, wgpu:N, cpu [default: auto]
    #[arg(long)]
    pub device: Option<DeviceChoice>,
    /// Width multiplier [default: 1]
    #[arg(long, allow_negative_numbers = true)]
    pub alpha: Option<f64>,
    /// Side of the input in pixels [default: the data set's]
    #[arg(long, value_name = "PIXELS", allow_negative_numbers = true)]
    pub resolution: Option<usize>,
    /// Epochs [default: 30]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub epochs: Option<u32>,
    /// End after so many steps, if the epochs have not ended before
    #[arg(long, value_name = "N", value_parser = whole())]
    pub max_steps: Option<u64>,
    /// Images per step [default: 64]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub batch_size: Option<usize>,
    /// adam, adamw, sgd [default: adam]
    #[arg(long)]
    pub optimizer: Option<OptimizerKind>,
    /// Highest learning rate [default: 0.001]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub lr: Option<f64>,
    /// constant, cosine, one-cycle [default: constant]
    #[arg(long)]
    pub schedule: Option<Schedule>,
    /// Steps over which the learning rate rises from 0; one-cycle has its own [default: 0]
    #[arg(long, value_name = "N", value_parser = whole())]
    pub warmup_steps: Option<u64>,
    /// Weight decay [default: 0]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub weight_decay: Option<f64>,
    /// Share of each label spread over all classes [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub label_smoothing: Option<f64>,
    /// unit (x/255) or standard (then the data set's mean and deviation) [default: unit]
    #[arg(long)]
    pub normalize: Option<Normalize>,
    /// none, flip-crop [default: none]
    #[arg(long)]
    pub augment: Option<Augment>,
    /// epoch, buffer:N, off [default: the recipe's, buffer:1000 for article]
    #[arg(long)]
    pub shuffle: Option<Shuffle>,
    /// Share of the training images held out for validation [default: 0.1]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub val_split: Option<f64>,
    /// Seeds initialisation, split, shuffle and augmentation [default: 42]
    #[arg(long, value_name = "N", value_parser = whole())]
    pub seed: Option<u64>,
    /// Train on the first N images only
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Threads of the CPU device [default: all]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Time each layer every N steps; 0 never [default: 20]
    #[arg(long, value_name = "N", value_parser = whole())]
    pub layers_every: Option<u64>,
    /// Look at weights, gradients and activations every N steps; 0 never [default: 200]
    #[arg(long, value_name = "N", value_parser = whole())]
    pub stats_every: Option<u64>,
}

/// Numbers that TOML can hold: a run saves its settings.
fn whole() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(..=i64::MAX as u64)
}

/// Copies each flag that was given into the field of its name, and notes the name.
macro_rules! copy_given {
    ($flags:expr, $config:expr, [$($setting:ident),* $(,)?]) => {{
        let mut given = Vec::new();
        $(if let Some(value) = &$flags.$setting {
            $config.$setting = value.clone().into();
            given.push(stringify!($setting));
        })*
        given
    }};
}

impl SettingsArgs {
    /// Puts the flags that were given over `config`; returns the names of their settings.
    pub fn put_over(&self, config: &mut TrainConfig) -> Vec<&'static str> {
        copy_given!(
            self,
            config,
            [
                recipe,
                dataset,
                data_dir,
                runs_dir,
                checkpoint_every,
                keep,
                init_from,
                device,
                alpha,
                resolution,
                epochs,
                max_steps,
                batch_size,
                optimizer,
                lr,
                schedule,
                warmup_steps,
                weight_decay,
                label_smoothing,
                normalize,
                augment,
                shuffle,
                val_split,
                seed,
                limit,
                threads,
                layers_every,
                stats_every,
            ]
        )
    }
}
