//! Finding the network that `eval`, `predict` and `export` are about.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::{
    domain::config::{Normalize, TrainConfig},
    model::weights::{self, SavedNetwork},
    run::{RunDir, checkpoint, reader},
    train::{checkpoint::MODEL, evaluate::InputForm},
};

/// A network, and the run that it comes from if it does.
pub struct Found {
    pub network: SavedNetwork,
    pub run: Option<RunDir>,
}

/// The network in the file `target`, or the best (else the newest) checkpoint of the run `target`.
pub fn find(target: &str, runs_dir: &Path) -> anyhow::Result<Found> {
    let path = Path::new(target);
    if path.is_file() {
        return Ok(Found { network: weights::load(path)?, run: None });
    }
    if path.extension().is_some_and(|extension| extension == "safetensors") {
        bail!("{target}: no such file");
    }
    let run = RunDir::find(runs_dir, target)?;
    let network = weights::load(&checkpoint_of(&run)?.join(MODEL))?;
    Ok(Found { network, run: Some(run) })
}

fn checkpoint_of(run: &RunDir) -> anyhow::Result<PathBuf> {
    let state = reader::read_all(&run.events_path())?;
    let best = state.best().map(|evaluation| evaluation.step);
    let of_best = checkpoint::list(run).into_iter().find(|saved| Some(saved.step) == best);
    if let Some(saved) = of_best.filter(|saved| checkpoint::verify(saved).is_ok()) {
        return Ok(saved.path);
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
        let text = std::fs::read_to_string(self.run.as_ref()?.config_path()).ok()?;
        toml::from_str(&text).ok()
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
