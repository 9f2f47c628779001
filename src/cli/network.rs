//! Finding the network that `eval`, `predict` and `export` are about.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::settings::of_run;
use crate::{
    domain::config::{Normalize, TrainConfig},
    model::weights::{self, SavedNetwork},
    run::{self, RunDir, checkpoint},
    train::{checkpoint::MODEL, evaluate::InputForm},
};

/// A network, and the run that it comes from if it does.
pub struct Found {
    pub network: SavedNetwork,
    pub run: Option<RunDir>,
}

/// Which checkpoint of a run is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one with the best validation accuracy, else the newest.
    Best,
    Newest,
    At(u64),
}

/// The network in the file `target`, or in a checkpoint of the run `target`.
pub fn find(target: &str, runs_dir: &Path, which: Which) -> anyhow::Result<Found> {
    let path = Path::new(target);
    if path.is_file() {
        return Ok(Found { network: weights::load(path)?, run: None });
    }
    if path.extension().is_some_and(|extension| extension == "safetensors") {
        bail!("{target}: no such file");
    }
    let run = RunDir::find(runs_dir, target)?;
    let network = weights::load(&checkpoint_of(&run, which)?.join(MODEL))?;
    Ok(Found { network, run: Some(run) })
}

fn checkpoint_of(run: &RunDir, which: Which) -> anyhow::Result<PathBuf> {
    let wanted = match which {
        Which::Best => run::read_all(&run.events_path())?.best().map(|best| best.step),
        Which::Newest => None,
        Which::At(step) => Some(step),
    };
    let saved = checkpoint::list(run)?;
    if let Some(saved) = saved.iter().find(|saved| Some(saved.step) == wanted) {
        match checkpoint::verify(saved) {
            Ok(()) => return Ok(saved.path.clone()),
            Err(reason) if which != Which::Best => bail!("{}: {reason}", saved.path.display()),
            Err(_) => {}
        }
    }
    if let Which::At(step) = which {
        let steps: Vec<String> = saved.iter().map(|saved| saved.step.to_string()).collect();
        let (path, steps) = (run.path().display(), steps.join(", "));
        bail!("{path}: no checkpoint at step {step}; there are {steps}");
    }
    let (newest, _) = checkpoint::newest_good(run)?;
    let newest = newest.with_context(|| {
        format!("{}: no checkpoint yet; one is saved after each epoch", run.path().display())
    })?;
    Ok(newest.path)
}

impl Found {
    /// The settings that the run was made with, where it is one.
    pub fn config(&self) -> Option<TrainConfig> {
        of_run(self.run.as_ref()?).ok()
    }

    /// How pixels become this network's input: as asked, as the file says, or x/255.
    pub fn form(
        &self,
        asked: Option<Normalize>,
        otherwise: Option<crate::data::ChannelStatistics>,
    ) -> anyhow::Result<InputForm> {
        let normalize = asked.or(self.network.metadata.normalize).unwrap_or(Normalize::Unit);
        let saved = self.network.metadata.statistics;
        let saved = saved.map(|(mean, std)| crate::data::ChannelStatistics { mean, std });
        let statistics = saved.or(otherwise);
        let missing = "these weights do not say the mean and standard deviation of their data; \
                       use --normalize unit";
        let statistics = match normalize {
            Normalize::Standard => statistics.context(missing)?,
            Normalize::Unit => crate::data::ChannelStatistics { mean: [0.0; 3], std: [1.0; 3] },
        };
        Ok(InputForm { normalize, statistics })
    }
}
