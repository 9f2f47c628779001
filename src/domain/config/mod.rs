//! The settings of a training: one struct, layered once, checked once.

mod choices;

pub use choices::{
    Augment, DatasetChoice, DeviceChoice, Normalize, OptimizerKind, Recipe, Schedule, Shuffle,
};

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Everything that `train` can be told: defaults < recipe < `--config FILE` < flags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainConfig {
    /// Named set of the settings below that it concerns; others and explicit ones win over it.
    pub recipe: Recipe,
    pub dataset: DatasetChoice,
    /// Folder of the data sets; by default `data` of the checkout, else the XDG data folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Folder in which run directories are made.
    pub runs_dir: PathBuf,
    /// A checkpoint also every so many steps, beside the one after each epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_every: Option<u64>,
    /// Checkpoints kept beside the best one.
    pub keep: usize,
    /// Weights to start from instead of random ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init_from: Option<PathBuf>,
    pub device: DeviceChoice,
    /// Width multiplier (dimensionless).
    pub alpha: f64,
    /// Side of the network's input in pixels; by default that of the data set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<usize>,
    pub epochs: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u64>,
    /// Images per optimizer update.
    pub batch_size: usize,
    pub optimizer: OptimizerKind,
    /// Highest learning rate that the schedule reaches.
    pub lr: f64,
    pub schedule: Schedule,
    /// Steps over which the learning rate rises from 0 to its highest; one-cycle has its own.
    pub warmup_steps: u64,
    pub weight_decay: f64,
    /// Share of each label spread evenly over all classes, 0 to 1 (exclusive).
    pub label_smoothing: f64,
    pub normalize: Normalize,
    pub augment: Augment,
    pub shuffle: Shuffle,
    /// Share of the training split held out for validation; 0 validates on the test split.
    pub val_split: f64,
    /// Seeds initialisation, split, shuffle and augmentation.
    pub seed: u64,
    /// Train on the first so many images only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Threads of the CPU device; by default all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Per-layer times are taken every so many steps; 0 never.
    pub layers_every: u64,
    /// Weights, gradients and activations are looked at every so many steps; 0 never.
    pub stats_every: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self::from_recipe(Recipe::Article)
    }
}

impl TrainConfig {
    /// The defaults, with what `recipe` says about them.
    pub fn from_recipe(recipe: Recipe) -> Self {
        let article = Self {
            recipe,
            dataset: DatasetChoice::Auto,
            data_dir: None,
            runs_dir: PathBuf::from("runs"),
            checkpoint_every: None,
            keep: 3,
            init_from: None,
            device: DeviceChoice::Auto,
            alpha: 1.0,
            resolution: None,
            epochs: 30,
            max_steps: None,
            batch_size: 64,
            optimizer: OptimizerKind::Adam,
            lr: 1e-3,
            schedule: Schedule::Constant,
            warmup_steps: 0,
            weight_decay: 0.0,
            label_smoothing: 0.0,
            normalize: Normalize::Unit,
            augment: Augment::None,
            shuffle: Shuffle::Buffer(1000),
            val_split: 0.1,
            seed: 42,
            limit: None,
            threads: None,
            layers_every: 20,
            stats_every: 200,
        };
        match recipe {
            Recipe::Article => article,
            Recipe::Strong => Self {
                optimizer: OptimizerKind::Sgd,
                lr: 0.1,
                schedule: Schedule::OneCycle,
                weight_decay: 5e-4,
                normalize: Normalize::Standard,
                augment: Augment::FlipCrop,
                shuffle: Shuffle::Epoch,
                ..article
            },
        }
    }

    /// The settings in which a run that goes on must not differ, but does: with others it would be
    /// another run.
    pub fn other_meaning(&self, other: &Self) -> Vec<&'static str> {
        // Taken apart, so that a new setting cannot be forgotten here.
        let Self {
            recipe: _,
            dataset,
            data_dir: _,
            runs_dir: _,
            checkpoint_every: _,
            keep: _,
            init_from,
            device: _,
            alpha,
            resolution,
            epochs: _,
            max_steps: _,
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
            threads: _,
            layers_every: _,
            stats_every: _,
        } = self;
        let same = [
            ("dataset", *dataset == other.dataset),
            ("init_from", *init_from == other.init_from),
            ("alpha", *alpha == other.alpha),
            ("resolution", *resolution == other.resolution),
            ("batch_size", *batch_size == other.batch_size),
            ("optimizer", *optimizer == other.optimizer),
            ("lr", *lr == other.lr),
            ("schedule", *schedule == other.schedule),
            ("warmup_steps", *warmup_steps == other.warmup_steps),
            ("weight_decay", *weight_decay == other.weight_decay),
            ("label_smoothing", *label_smoothing == other.label_smoothing),
            ("normalize", *normalize == other.normalize),
            ("augment", *augment == other.augment),
            ("shuffle", *shuffle == other.shuffle),
            ("val_split", *val_split == other.val_split),
            ("seed", *seed == other.seed),
            ("limit", *limit == other.limit),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }

    /// The same settings, whatever folder they are read from later.
    pub fn anchored(mut self) -> Self {
        let absolute = |path: &mut PathBuf| {
            if let Ok(found) = std::path::absolute(&path) {
                *path = found;
            }
        };
        self.data_dir.iter_mut().chain(&mut self.init_from).for_each(absolute);
        if let DatasetChoice::Folder(path) = &mut self.dataset {
            absolute(path);
        }
        self
    }

    /// Checks every number against its range; after this nobody checks again.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |setting, found: &dyn std::fmt::Display, allowed| {
            Err(ConfigError { setting, found: found.to_string(), allowed })
        };
        let finite_from_0 = |v: f64| v.is_finite() && v >= 0.0;
        if !(self.alpha.is_finite() && self.alpha > 0.0 && self.alpha <= 8.0) {
            return refuse("alpha", &self.alpha, "a number above 0, at most 8");
        }
        if let Some(side) = self.resolution
            && !(side % 8 == 0 && (16..=224).contains(&side))
        {
            return refuse("resolution", &side, "a multiple of 8 from 16 to 224");
        }
        if !(1..=65_536).contains(&self.batch_size) {
            return refuse("batch_size", &self.batch_size, "1 to 65536");
        }
        if self.epochs == 0 {
            return refuse("epochs", &self.epochs, "at least 1");
        }
        if !(self.lr.is_finite() && self.lr > 0.0) {
            return refuse("lr", &self.lr, "a finite number above 0");
        }
        if !finite_from_0(self.weight_decay) {
            return refuse("weight_decay", &self.weight_decay, "a finite number, 0 or above");
        }
        if !(0.0..1.0).contains(&self.label_smoothing) {
            return refuse("label_smoothing", &self.label_smoothing, "0 to below 1");
        }
        if !(0.0..1.0).contains(&self.val_split) {
            return refuse("val_split", &self.val_split, "0 to below 1");
        }
        self.validate_counts()
    }

    /// Checks what no run may begin with, though one that began with it before goes on as it began.
    pub fn validate_new(&self) -> Result<(), ConfigError> {
        if self.schedule == Schedule::OneCycle && self.warmup_steps > 0 {
            return Err(ConfigError {
                setting: "warmup_steps",
                found: self.warmup_steps.to_string(),
                allowed: "0 with one-cycle, which has its own warm-up",
            });
        }
        Ok(())
    }

    fn validate_counts(&self) -> Result<(), ConfigError> {
        let at_least_1 = [
            ("max_steps", self.max_steps),
            ("checkpoint_every", self.checkpoint_every),
            ("limit", self.limit.map(|n| n as u64)),
            ("threads", self.threads.map(|n| n as u64)),
            ("keep", Some(self.keep as u64)),
        ];
        match at_least_1.into_iter().find(|(_, value)| *value == Some(0)) {
            Some((setting, _)) => {
                Err(ConfigError { setting, found: "0".into(), allowed: "at least 1" })
            }
            None => Ok(()),
        }
    }
}

/// A setting outside its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} is {found}; allowed is {allowed}")]
pub struct ConfigError {
    pub setting: &'static str,
    pub found: String,
    pub allowed: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_named() {
        let base = TrainConfig::default();
        let bad = [
            ("alpha", TrainConfig { alpha: -1.0, ..base.clone() }),
            ("batch_size", TrainConfig { batch_size: 0, ..base.clone() }),
            ("lr", TrainConfig { lr: f64::NAN, ..base.clone() }),
            ("resolution", TrainConfig { resolution: Some(33), ..base.clone() }),
            ("threads", TrainConfig { threads: Some(0), ..base.clone() }),
        ];
        for (setting, config) in bad {
            assert_eq!(config.validate().unwrap_err().setting, setting);
        }
        base.validate().unwrap();
    }

    #[test]
    fn the_strong_recipe_differs_from_the_articles_where_it_says() {
        let strong = TrainConfig::from_recipe(Recipe::Strong);
        assert_eq!(strong.optimizer, OptimizerKind::Sgd);
        assert_eq!(strong.batch_size, TrainConfig::default().batch_size);
        strong.validate().unwrap();
    }
}
