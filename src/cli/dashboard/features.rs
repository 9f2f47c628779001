//! Feature maps for the dashboard: from the trainer of this process while it lives, else from the
//! newest checkpoint.

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::pictures::Shared;
#[cfg(feature = "train")]
use super::worker::Worker;
#[cfg(feature = "train")]
use crate::train::features::FeatureQuery;
use crate::{
    domain::features::{FeatureAnswer, FeatureRequest},
    run::RunDir,
};

/// Who makes maps, and where they come.
#[derive(Debug)]
pub struct Features {
    #[cfg_attr(not(feature = "train"), expect(dead_code, reason = "nobody answers"))]
    reply: Sender<FeatureAnswer>,
    answers: Receiver<FeatureAnswer>,
    #[cfg(feature = "train")]
    trainer: Option<Sender<FeatureQuery>>,
    #[cfg(feature = "train")]
    worker: Option<Worker>,
}

impl Features {
    /// Those of a run's checkpoints.
    pub fn of_checkpoints() -> Self {
        let (reply, answers) = unbounded();
        Self {
            reply,
            answers,
            #[cfg(feature = "train")]
            trainer: None,
            #[cfg(feature = "train")]
            worker: None,
        }
    }

    /// Those of a trainer in this process, and of its checkpoints when it has ended.
    #[cfg(feature = "train")]
    pub fn of_trainer(trainer: Sender<FeatureQuery>) -> Self {
        Self { trainer: Some(trainer), ..Self::of_checkpoints() }
    }

    pub(super) fn answers(&self) -> Receiver<FeatureAnswer> {
        self.answers.clone()
    }

    /// Asks for maps of `run`.
    #[cfg(feature = "train")]
    pub(super) fn ask(
        &mut self,
        request: FeatureRequest,
        run: &RunDir,
        pictures: &Shared,
    ) -> Result<(), String> {
        use crossbeam_channel::TrySendError;
        if let Some(trainer) = &self.trainer {
            match trainer.try_send(FeatureQuery { request, reply: self.reply.clone() }) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(_)) => return Err("the trainer is busy".to_owned()),
                Err(TrySendError::Disconnected(_)) => self.trainer = None,
            }
        }
        if self.worker.is_none() {
            let started = Worker::start(run, pictures, &self.reply);
            self.worker = Some(started.map_err(|e| format!("no thread can be started: {e}"))?);
        }
        self.worker.as_ref().map_or(Ok(()), |worker| worker.ask(request))
    }

    /// There is nothing to compute maps with.
    #[cfg(not(feature = "train"))]
    pub(super) fn ask(&mut self, _: FeatureRequest, _: &RunDir, _: &Shared) -> Result<(), String> {
        Err("this build has no network to compute maps with:\nit was made without `train`"
            .to_owned())
    }
}
