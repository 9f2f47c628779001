//! Batches, made ahead of the trainer by a thread of their own.

mod batch;

pub use batch::{Batch, BatchPlan, batches_per_epoch};

use std::{any::Any, io, sync::Arc, thread};

use crossbeam_channel::{Receiver, bounded};

use crate::domain::{fault, images::ImageSet};
use batch::Batcher;

/// Batches that wait for the trainer. Enough to bridge a slow moment, few enough to stay small.
const AHEAD: usize = 4;

/// Why there are no more batches although there should be.
#[derive(Debug, thiserror::Error)]
pub enum LoaderError {
    #[error("the loader thread could not be started: {0}")]
    Spawn(#[source] io::Error),
    #[error("the loader thread panicked: {0}")]
    Panicked(String),
}

/// Owns the loader thread: it runs while batches are wanted and is joined when dropped.
#[derive(Debug)]
pub struct Loader(State);

#[derive(Debug)]
enum State {
    Running(Receiver<Batch>, thread::JoinHandle<()>),
    Failed(LoaderError),
    Ended,
}

impl Loader {
    /// Starts making the batches of the pictures at `indices`, from (`epoch` from 1, `position`
    /// from 0) to the end of epoch `epochs`. A failure to start is what the first `next` says.
    pub fn spawn(
        images: Arc<ImageSet>,
        indices: Arc<[u32]>,
        plan: BatchPlan,
        start: (u32, u64),
        epochs: u32,
    ) -> Self {
        let (sender, receiver) = bounded(AHEAD);
        let make = move || {
            fault::at("loader");
            let mut position = start.1;
            for epoch in start.0..=epochs {
                let batcher = Batcher::new(&images, &indices, &plan, epoch);
                for position in position..batcher.batches() {
                    if sender.send(batcher.batch(position)).is_err() {
                        return; // nobody wants more
                    }
                }
                position = 0;
            }
        };
        Self(match thread::Builder::new().name("loader".into()).spawn(make) {
            Ok(thread) => State::Running(receiver, thread),
            Err(error) => State::Failed(LoaderError::Spawn(error)),
        })
    }

    /// The next batch, once it is ready; `None` after the last one.
    ///
    /// # Errors
    /// Once, if the thread failed; after that there are no more batches.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot fail")]
    pub fn next(&mut self) -> Result<Option<Batch>, LoaderError> {
        if let State::Running(batches, _) = &self.0
            && let Ok(batch) = batches.recv()
        {
            return Ok(Some(batch));
        }
        match std::mem::replace(&mut self.0, State::Ended) {
            State::Running(_, thread) => match thread.join() {
                Ok(()) => Ok(None),
                Err(payload) => Err(LoaderError::Panicked(message(payload.as_ref()))),
            },
            State::Failed(error) => Err(error),
            State::Ended => Ok(None),
        }
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        if let State::Running(batches, thread) = std::mem::replace(&mut self.0, State::Ended) {
            drop(batches); // so that a thread that waits to send can leave
            let _ = thread.join(); // a panic no longer matters to anyone
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or(payload.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests;
