//! Reads what an evaluation was about on a thread of its own: the first time the whole data set has
//! to be read for it.

use std::{sync::Arc, thread};

use crossbeam_channel::{Receiver, bounded};

use super::pictures::Shared;
use crate::{
    domain::{
        events::{Evaluation, Split},
        images::Samples,
    },
    run::{RunDir, predictions},
};

/// Tells once what was read, or why it cannot be. The thread is not waited for: it holds nothing.
pub fn start(
    run: &RunDir,
    pictures: &Shared,
    evaluation: &Evaluation,
) -> Receiver<Result<Samples, String>> {
    let (told, samples) = bounded(1);
    let (tells, run, pictures) = (told.clone(), run.clone(), pictures.clone());
    let Evaluation { step, split, predictions, .. } = evaluation;
    let (step, split, file) = (*step, *split, predictions.clone());
    let load = move || {
        // Whoever does not listen wants something else by now.
        let _ = tells.send(load(&run, &pictures, (step, split, file)));
    };
    if let Err(error) = thread::Builder::new().name("pictures".to_owned()).spawn(load) {
        let _ = told.send(Err(format!("no thread can be started: {error}"))); // there is room
    }
    samples
}

fn load(
    run: &RunDir,
    pictures: &Shared,
    (step, split, file): (u64, Split, Option<String>),
) -> Result<Samples, String> {
    let file = file.ok_or("no predictions were saved with this evaluation")?;
    let found = predictions::load(&run.predictions_path(&file), step).map_err(|e| e.to_string())?;
    let images = pictures.of(split, &found.labels)?;
    Ok(Samples { predictions: Arc::new(found), images })
}
