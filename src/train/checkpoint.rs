//! What a checkpoint of a trainer holds: weights, optimizer state, and where it was.

use std::{fs, path::Path};

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{error::TrainError, learner::Learner, optimizer::Optimizer, pictures::Pictures};
use crate::{
    domain::{config::TrainConfig, events::RunFinished},
    kernels::Engine,
    model::{
        MobileNetV1,
        snapshot::weights_of,
        weights::{self, Metadata, SavedNetwork, TensorFile},
    },
    run::{
        self, RunDir,
        checkpoint::{self, CheckpointError},
    },
};

/// The weights, readable by PyTorch as well.
pub const MODEL: &str = "model.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const TRAINER: &str = "trainer.json";
/// A few numbers.
const MOST_TRAINER_BYTES: u64 = 64 << 10;

/// Where a training is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Updates made.
    pub step: u64,
    /// Counted from 1.
    pub epoch: u32,
    /// Batches of this epoch that are done. All of them: the epoch's evaluation is still due.
    pub position: u64,
    pub best: Option<Best>,
    /// Step of the best checkpoint: that of [`Self::best`] may have failed.
    #[serde(default)]
    pub best_saved: Option<u64>,
    /// What the schedule's learning rate is multiplied by: halved each time that training went
    /// back to a checkpoint because the loss was not finite.
    #[serde(default = "unscaled")]
    pub lr_scale: f64,
}

fn unscaled() -> f64 {
    1.0
}

/// What computed a state: with another one the next bits may differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Of this program.
    pub version: String,
    /// For people.
    pub device: String,
}

impl Origin {
    /// This program on `device`.
    pub fn here(device: &str) -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), device: device.to_owned() }
    }
}

/// The content of `trainer.json`.
#[derive(Serialize, Deserialize)]
struct TrainerState {
    #[serde(flatten)]
    progress: Progress,
    origin: Option<Origin>,
    /// Older checkpoints do not say it.
    pictures: Option<Pictures>,
}

/// The best validation so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    pub step: u64,
    /// 0 to 1.
    pub accuracy: f64,
}

impl Progress {
    /// Before the first step.
    pub fn start() -> Self {
        let (best, best_saved) = (None, None);
        Self { step: 0, epoch: 1, position: 0, best, best_saved, lr_scale: 1.0 }
    }

    /// The end of a run of so many epochs that has come so far.
    pub(super) fn end(&self, epochs: u32, reason: String) -> RunFinished {
        RunFinished {
            step: self.step,
            epoch: self.epoch.min(epochs),
            reason,
            best_accuracy: self.best.map(|best| best.accuracy),
            test_accuracy: None,
        }
    }
}

/// Saves a checkpoint of `run`.
pub fn save(
    run: &RunDir,
    learner: &Learner,
    metadata: &Metadata,
    (progress, origin, pictures): (&Progress, &Origin, &Pictures),
) -> Result<(), TrainError> {
    let weights = weights_of(learner.network());
    let network = SavedNetwork { spec: learner.spec, weights, metadata: metadata.clone() };
    checkpoint::save(run, progress.step, |folder: &Path| -> Result<(), TrainError> {
        weights::save(&folder.join(MODEL), &network)?;
        learner.optimizer.state().write(&folder.join(OPTIMIZER))?;
        let (origin, pictures) = (Some(origin.clone()), Some(pictures.clone()));
        let state = TrainerState { progress: *progress, origin, pictures };
        let json = serde_json::to_string_pretty(&state).expect("numbers have a JSON form");
        let path = folder.join(TRAINER);
        fs::write(&path, json).map_err(|source| TrainError::Io { path, source })
    })
    .map(|_| ())
    .map_err(|error| match error {
        CheckpointError::Folder(error) => error.into(),
        CheckpointError::Content(error) => error,
    })
}

/// Everything that a trainer goes on from.
pub struct Resumed {
    pub network: SavedNetwork,
    pub optimizer: TensorFile,
    pub progress: Progress,
    /// What computed it, where the checkpoint says so.
    pub origin: Option<Origin>,
    /// What it was trained on, likewise.
    pub pictures: Option<Pictures>,
}

/// Reads a checkpoint whose sums have been checked.
pub fn load(folder: &Path) -> Result<Resumed, TrainError> {
    let network = weights::load(&folder.join(MODEL))?;
    let optimizer = TensorFile::read(&folder.join(OPTIMIZER))?;
    let path = folder.join(TRAINER);
    let text = run::read_at_most(&path, MOST_TRAINER_BYTES)
        .map_err(|source| TrainError::Io { path: path.clone(), source })?;
    let unusable = |reason: String| TrainError::TrainerState { path, reason };
    let read = serde_json::from_slice(&text).map_err(|e| e.to_string());
    let with_its_optimizer = |state: TrainerState| match state.progress.step {
        step if step > 0 && optimizer.tensors.is_empty() => {
            Err(format!("the optimizer's state at step {step} is missing"))
        }
        _ => Ok(state),
    };
    let state = read.and_then(with_its_optimizer).map_err(unusable)?;
    let TrainerState { mut progress, origin, pictures } = state;
    // Before it was written down, the best was taken for saved.
    progress.best_saved = progress.best_saved.or(progress.best.map(|best| best.step));
    Ok(Resumed { network, optimizer, progress, origin, pictures })
}

/// The network and optimizer of a run that begins, or goes on with `optimizer` state.
pub fn learner(
    config: &TrainConfig,
    network: &SavedNetwork,
    (device, engine): (&Device, Engine),
    state: Option<(TensorFile, &Path)>,
) -> Result<Learner, TrainError> {
    let device = device.clone().autodiff();
    let mut optimizer = Optimizer::new(config, engine, &device);
    let built = MobileNetV1::new(&network.spec, &network.weights, &device).with_engine(engine);
    if let Some((state, folder)) = state {
        optimizer.restore(state, &built, &device.clone().inner()).map_err(|source| {
            TrainError::OptimizerState { path: folder.join(OPTIMIZER), source }
        })?;
    }
    Ok(Learner::new(network.spec, built, optimizer, config.label_smoothing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_an_older_version_is_read() {
        let text = r#"{"step": 9, "epoch": 2, "position": 4, "best": null, "origin": null}"#;
        let TrainerState { progress, origin, pictures } = serde_json::from_str(text).unwrap();
        let expected = Progress { step: 9, epoch: 2, position: 4, ..Progress::start() };
        assert_eq!((progress, origin, pictures), (expected, None, None));
    }
}
