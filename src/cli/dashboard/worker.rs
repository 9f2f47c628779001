//! The thread that holds the network of a checkpoint, and all its tensors.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    thread::{self, JoinHandle},
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::pictures::Shared;
use crate::{
    cli::network::Found,
    domain::features::{FeatureAnswer, FeatureMaps, FeatureRequest},
    model::weights,
    run::{
        RunDir,
        checkpoint::{self, Checkpoint},
    },
    train::{checkpoint::MODEL, error::panic_message, features},
};

/// Requests that may wait; all but the newest are forgotten.
const WAITING: usize = 16;

/// Ends when this is dropped, after the maps that it is at.
#[derive(Debug)]
pub struct Worker {
    requests: Option<Sender<FeatureRequest>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub fn start(
        run: &RunDir,
        pictures: &Shared,
        reply: &Sender<FeatureAnswer>,
    ) -> io::Result<Self> {
        let (requests, asked) = bounded(WAITING);
        let mut held = Held { run: run.clone(), pictures: pictures.clone(), network: None };
        let reply = reply.clone();
        let work = move || held.answer_all(&asked, &reply);
        let thread = thread::Builder::new().name("features".to_owned()).spawn(work)?;
        Ok(Self { requests: Some(requests), thread: Some(thread) })
    }

    pub fn ask(&self, request: FeatureRequest) -> Result<(), String> {
        let sent = self.requests.as_ref().map(|requests| requests.try_send(request));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err("the maps asked for before are not there yet".to_owned()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic of it was answered
        }
    }
}

struct Held {
    run: RunDir,
    pictures: Shared,
    /// Of the checkpoint at this step.
    network: Option<(u64, Found)>,
}

impl Held {
    fn answer_all(&mut self, asked: &Receiver<FeatureRequest>, reply: &Sender<FeatureAnswer>) {
        while let Ok(mut request) = asked.recv() {
            if let Some(newest) = asked.try_iter().last() {
                request = newest;
            }
            let maps = catch_unwind(AssertUnwindSafe(|| self.maps(&request)));
            let maps = maps.unwrap_or_else(|panic| Err(panic_message(&*panic)));
            if reply.send((request, maps)).is_err() {
                return;
            }
        }
    }

    fn maps(&mut self, request: &FeatureRequest) -> Result<FeatureMaps, String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        self.take_newest()?;
        let (step, found) = self.network.as_ref().ok_or("no network")?;
        let images = self.pictures.split(request.split)?;
        let form = found.form(None, None).map_err(|e| told(&e))?;
        let maps = features::of(&found.network, (&images, &form), request)?;
        Ok(features::at_step(maps, *step))
    }

    /// Sees to it that the newest weights are at hand; all of a checkpoint is read to know that it
    /// is whole, so that of those which are at hand this is not asked again.
    fn take_newest(&mut self) -> Result<(), String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        let newest = checkpoint::list(&self.run).map_err(|e| told(&e))?.pop();
        let at_hand = self.network.as_ref().map(|(step, _)| *step);
        if at_hand.is_some() && at_hand == newest.map(|newest| newest.step) {
            return Ok(());
        }
        let (newest, _) = checkpoint::newest_good(&self.run).map_err(|e| told(&e))?;
        let Checkpoint { step, path } = newest.ok_or("no checkpoint yet to take weights from")?;
        if at_hand != Some(step) {
            let network = weights::load(&path.join(MODEL)).map_err(|e| told(&e))?;
            self.network = Some((step, Found { network, run: None }));
        }
        Ok(())
    }
}
