//! The dashboard's world: events and log from a run directory, pictures from a data set.

mod compared;
mod features;
mod follower;
mod gpu;
mod lister;
mod loader;
mod pictures;
mod sampler;
#[cfg(feature = "train")]
mod worker;

pub use features::Features;
pub use follower::Follower;
pub use pictures::Coming;
use pictures::{Pictures, Shared};
use sampler::Sampler;

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, TrySendError, never};

use super::job;
use crate::{
    domain::{
        events::{Command, Evaluation},
        features::{FeatureAnswer, FeatureRequest},
        images::Samples,
        machine::Load,
        runs::Overview,
        stops::Stops,
    },
    run::RunDir,
    tui::{Host, Input, Measuring, Reading},
};

/// Whom the dashboard can ask to pause, to stop and so on.
#[derive(Debug)]
enum Trainer {
    /// The trainer's thread in this process.
    Here(Sender<Command>),
    /// Another process trains or trained: this one looks on.
    Elsewhere,
}

/// Answers the dashboard from a run's directory.
#[derive(Debug)]
pub struct RunHost {
    run: RunDir,
    trainer: Trainer,
    pictures: Shared,
    features: Features,
    /// Tells of the run, if it is another process's.
    _follower: Option<Follower>,
    /// Measures this process, if it is the one that trains.
    sampler: Option<Sampler>,
    /// Where it is noted that the process stood still.
    stops: Arc<Stops>,
}

impl RunHost {
    /// For a run that is trained in this process.
    pub fn live(
        run: RunDir,
        (commands, stops): (Sender<Command>, Arc<Stops>),
        images: Coming,
        features: Features,
    ) -> Self {
        Self {
            run,
            trainer: Trainer::Here(commands),
            pictures: Shared::new(Pictures::Coming(images)),
            features,
            _follower: None,
            // Training does not fail for want of one more thread.
            sampler: Sampler::start().ok(),
            stops,
        }
    }

    /// For a run of another process, or one that is over; with what is told of it.
    ///
    /// # Errors
    /// The thread that reads it cannot be started.
    pub fn follow(run: RunDir) -> io::Result<(Self, Receiver<Input>)> {
        let follower = Follower::start(&run)?;
        let inputs = follower.inputs();
        Ok((Self { _follower: Some(follower), ..Self::watch(run) }, inputs))
    }

    fn watch(run: RunDir) -> Self {
        let pictures = Shared::new(Pictures::OfRun(run.clone()));
        let (trainer, features) = (Trainer::Elsewhere, Features::of_checkpoints());
        let (_follower, sampler, stops) = (None, None, Arc::default());
        Self { run, trainer, pictures, features, _follower, sampler, stops }
    }

    /// Where the other runs lie.
    fn runs_dir(&self) -> PathBuf {
        let path = self.run.path();
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        // A path like `..` does not say where it leads; one that does may lead over a link.
        let path = if path.file_name().is_some() { path } else { &real };
        match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

impl Host for RunHost {
    fn command(&mut self, command: Command) -> Result<(), String> {
        let Trainer::Here(commands) = &self.trainer else {
            return Err("this run belongs to another process; `watch` only looks on".to_owned());
        };
        commands.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => "the trainer is busy; try again in a moment".to_owned(),
            TrySendError::Disconnected(_) => "the trainer has ended".to_owned(),
        })
    }

    fn samples(&mut self, evaluation: &Evaluation) -> Receiver<Result<Samples, String>> {
        loader::start(&self.run, &self.pictures, evaluation)
    }

    fn ask_features(&mut self, request: FeatureRequest) -> Result<(), String> {
        self.features.ask(request, &self.run, &self.pictures)
    }

    fn features(&self) -> Receiver<FeatureAnswer> {
        self.features.answers()
    }

    fn measure(&mut self, what: Measuring) {
        if let Some(sampler) = &self.sampler {
            sampler.ask(what);
        }
    }

    fn loads(&self) -> Receiver<Load> {
        self.sampler.as_ref().map_or_else(never, Sampler::loads)
    }

    fn compared(&mut self, run: &str) -> Result<Receiver<Reading>, String> {
        let other = RunDir::find(&self.runs_dir(), run).map_err(|error| error.to_string())?;
        compared::start(&other)
    }

    fn runs(&mut self) -> Result<Receiver<Overview>, String> {
        lister::start(&self.runs_dir())
    }

    fn watch(&mut self, run: &str) -> Result<(String, Receiver<Input>), String> {
        let run = RunDir::find(&self.runs_dir(), run).map_err(|error| error.to_string())?;
        let (title, followed) = (run.id().to_owned(), Self::follow(run));
        let (host, inputs) =
            followed.map_err(|error| format!("no thread can be started: {error}"))?;
        let before = std::mem::replace(self, host);
        // What is computed for the run before ends when it is done: nobody waits for that.
        let _ = thread::Builder::new().name("leaving".to_owned()).spawn(move || drop(before));
        Ok((title, inputs))
    }

    fn put_aside(&mut self) -> Result<(), String> {
        job::put_aside()
    }

    fn suspend(&mut self) -> Duration {
        job::stand_still(&self.stops)
    }
}

#[cfg(test)]
mod tests;
