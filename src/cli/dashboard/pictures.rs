//! The pictures that an evaluation was about.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::{
    cli::settings::of_run,
    data::{self, DataRequest, split::split},
    domain::{
        config::{DatasetChoice, TrainConfig},
        events::Split,
        images::ImageSet,
    },
    run::RunDir,
};

/// The pictures of a run, for the dashboard and for whoever computes for it.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Mutex<Pictures>>);

impl Shared {
    pub fn new(pictures: Pictures) -> Self {
        Self(Arc::new(Mutex::new(pictures)))
    }

    /// The pictures of `split`, if `labels` are theirs; waits for those that are still to come.
    pub(super) fn of(&self, split: Split, labels: &[u16]) -> Result<Arc<ImageSet>, String> {
        let coming = self.locked().coming();
        if let Some(coming) = coming {
            coming.wait(); // and nobody else for the lock meanwhile
        }
        self.locked().of(split, labels)
    }

    /// The pictures of `split` as the run's settings lead to them.
    #[cfg(feature = "train")]
    pub(super) fn split(&self, split: Split) -> Result<Arc<ImageSet>, String> {
        self.locked().split(split)
    }

    fn locked(&self) -> MutexGuard<'_, Pictures> {
        // Whoever panicked here left the pictures as they were.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The pictures of a run's splits, in the order of its predictions.
#[derive(Debug)]
pub enum Pictures {
    /// Those of this process's trainer, once it has them.
    Coming(Coming),
    /// At hand.
    Here { validation: Arc<ImageSet>, test: Arc<ImageSet> },
    /// To be read again from where the run's settings say, when they are first asked for.
    OfRun(RunDir),
}

impl Pictures {
    /// The pictures of `split`. `labels`, as the predictions have them, must be theirs: a data set
    /// may have changed since.
    fn of(&mut self, split: Split, labels: &[u16]) -> Result<Arc<ImageSet>, String> {
        if let Self::OfRun(run) = self {
            let config = of_run(run).map_err(|error| error.to_string())?;
            let (validation, test) = find(&config, split, labels)?;
            *self = Self::Here { validation, test };
        }
        let images = self.at_hand(split)?;
        if images.labels != labels {
            return Err("the data set is not the one that this run was trained on".to_owned());
        }
        Ok(images)
    }

    /// The pictures of `split`, whatever was predicted about them.
    #[cfg(feature = "train")]
    fn split(&mut self, split: Split) -> Result<Arc<ImageSet>, String> {
        if let Self::OfRun(run) = self {
            let config = of_run(run).map_err(|error| error.to_string())?;
            let (validation, test) = match &config.dataset {
                DatasetChoice::Auto => open(&config, &DatasetChoice::Cifar10)
                    .or_else(|_| open(&config, &DatasetChoice::Shapes))?,
                choice => open(&config, choice)?,
            };
            *self = Self::Here { validation, test };
        }
        self.at_hand(split)
    }

    fn coming(&self) -> Option<Coming> {
        if let Self::Coming(coming) = self { Some(Arc::clone(coming)) } else { None }
    }

    fn at_hand(&self, split: Split) -> Result<Arc<ImageSet>, String> {
        match (self, split) {
            (Self::Here { validation, .. }, Split::Validation) => Ok(Arc::clone(validation)),
            (Self::Here { test, .. }, Split::Test) => Ok(Arc::clone(test)),
            (Self::Coming(coming), _) => {
                let (validation, test) = coming.get().ok_or("the pictures are still being read")?;
                Ok(Arc::clone(if split == Split::Validation { validation } else { test }))
            }
            (Self::OfRun(_), _) => Err("the pictures cannot be found again".to_owned()),
        }
    }
}

/// Validation and test.
type Splits = (Arc<ImageSet>, Arc<ImageSet>);

/// Where pictures will be once they are read.
pub type Coming = Arc<OnceLock<Splits>>;

/// The data set that fits the labels. `auto` may have been something else at that time: CIFAR-10
/// can have been fetched after a run on shapes.
fn find(config: &TrainConfig, split: Split, labels: &[u16]) -> Result<Splits, String> {
    let candidates = match &config.dataset {
        DatasetChoice::Auto => vec![DatasetChoice::Cifar10, DatasetChoice::Shapes],
        choice => vec![choice.clone()],
    };
    let mut problem = None;
    for choice in &candidates {
        match open(config, choice) {
            Ok((validation, test)) => {
                let images = if split == Split::Validation { &validation } else { &test };
                if images.labels == labels {
                    return Ok((validation, test));
                }
            }
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    let changed = || "the data set is not the one that this run was trained on".to_owned();
    Err(problem.unwrap_or_else(changed))
}

/// Reads a data set as the trainer did; nothing is downloaded for looking on.
fn open(config: &TrainConfig, choice: &DatasetChoice) -> Result<Splits, String> {
    let default = data::default_data_dir();
    let request = DataRequest {
        choice,
        data_dir: config.data_dir.as_deref().unwrap_or(&default),
        seed: config.seed,
        resolution: config.resolution,
        limit: config.limit,
        download: false,
    };
    let dataset = data::open(&request, &mut |_| {}).map_err(|error| error.to_string())?;
    let held_out = split(dataset.train.len(), config.val_split, config.seed).validation;
    Ok((Arc::new(dataset.train.subset(&held_out)), Arc::new(dataset.test)))
}
