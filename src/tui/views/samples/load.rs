//! What the tab asks of the host, and what it makes of the answers.

use super::{
    Judged, SamplesView, Shown,
    evaluations::{self, Place},
    past::Verdicts,
};
use crate::{
    domain::{
        events::{Evaluation, Split, TrainEvent},
        images::Samples,
        state::RunState,
    },
    tui::text::plain,
};

/// Evaluations before the one that is shown whose predictions are asked for, too. Of those after it
/// as many stay that were seen before.
pub(super) const HISTORY: usize = 12;

/// An evaluation as answers about it are told apart. One that is made again, after the run went
/// back, has the split and the step of one that is void: its loss is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub split: Split,
    pub step: u64,
    pub epoch: u32,
    /// Its bits: a loss that is no number is the same as itself, too.
    loss: u64,
}

impl Made {
    fn of(evaluation: &Evaluation) -> Self {
        let Evaluation { split, step, epoch, loss, .. } = *evaluation;
        Self { split, step, epoch, loss: loss.to_bits() }
    }
}

/// What the host answered about an evaluation.
#[derive(Debug)]
pub struct Told {
    pub made: Made,
    /// Or why they cannot be had.
    pub verdicts: Result<Verdicts, String>,
}

impl SamplesView {
    /// Follows what has happened, once it is in `run`.
    pub fn hear(&mut self, event: &TrainEvent, run: &RunState) {
        match event {
            TrainEvent::Evaluated(evaluation) => self.ask_again(evaluation.step),
            TrainEvent::Resumed { .. } => {}
            _ => return,
        }
        let is_left = |at| run.evaluations.iter().any(|e| evaluations::key(e) == at);
        self.pinned = self.pinned.filter(|at| is_left(*at));
    }

    /// The evaluation whose pictures are needed and have not been asked for: the one shown, then
    /// those before it, the newest first.
    pub fn wanted(&mut self, run: &RunState) -> Option<Evaluation> {
        if self.names != run.class_names() {
            self.names = run.class_names().to_vec();
            self.refresh();
        }
        let all = evaluations::with_predictions(run);
        self.place = Place::of(&all, self.pinned, run);
        let Some((_, target)) = evaluations::found(&all, self.pinned) else {
            self.forget();
            return None;
        };
        self.target = Some(Made::of(target));
        let of_split = || all.iter().rev().filter(|e| e.split == target.split);
        self.of_split = of_split().count();
        let before = of_split().filter(|e| e.step < target.step).take(HISTORY);
        let before: Vec<&Evaluation> = before.copied().collect();
        let mut after = 0;
        self.history.retain(|&step, told| {
            let is_of_split = of_split().any(|e| Made::of(e) == told.made); // or else it is void
            let is_later = is_of_split && step > target.step;
            after += usize::from(is_later);
            let is_near = step == target.step || before.iter().any(|e| e.step == step);
            is_of_split && (is_near || (is_later && after <= HISTORY))
        });
        if !self.has_it() && self.error().is_none() {
            return Some(target.clone());
        }
        before.into_iter().find(|e| !self.history.contains_key(&e.step)).cloned()
    }

    /// Takes what the host answered about `evaluation`.
    pub fn loaded(&mut self, evaluation: &Evaluation, answer: Result<Samples, String>) {
        let made = Made::of(evaluation);
        let answer = answer.and_then(check);
        let answer = answer.map(|samples| (Judged::all(&samples.predictions), samples));
        let verdicts = answer.as_ref().map(|(judged, _)| Verdicts::of(judged));
        let verdicts = verdicts.map_err(|why| plain(why));
        self.history.insert(made.step, Told { made, verdicts });
        if let Ok((judged, samples)) = answer
            && self.target == Some(made)
        {
            self.shown = Some(Shown { made, samples, judged });
            self.refresh();
        }
    }

    /// Whether the pictures shown are those of the evaluation that is to be shown.
    pub(super) fn has_it(&self) -> bool {
        self.shown.as_ref().map(|shown| shown.made) == self.target
    }

    /// Why the evaluation that is to be shown cannot be.
    pub(super) fn error(&self) -> Option<&str> {
        let target = self.target?;
        let told = self.history.get(&target.step).filter(|told| told.made == target)?;
        told.verdicts.as_ref().err().map(String::as_str)
    }

    /// Lets what could not be read of the evaluation at `step` be asked for anew: its file may have
    /// been written since.
    pub(super) fn ask_again(&mut self, step: u64) {
        self.history.retain(|at, told| *at != step || told.verdicts.is_ok());
    }

    /// There is no evaluation any more.
    fn forget(&mut self) {
        (self.target, self.shown) = (None, None);
        self.history.clear();
        self.refresh();
    }
}

/// Files may not fit together; nothing after this looks outside of them.
fn check(samples: Samples) -> Result<Samples, String> {
    let Samples { predictions, images } = &samples;
    let classes = predictions.classes;
    let fits = classes > 0
        && predictions.len() == images.len()
        && predictions.logits.len() == classes * predictions.len()
        && predictions.labels.iter().all(|label| usize::from(*label) < classes)
        && images.pixels.len() == images.len() * images.stride();
    if fits { Ok(samples) } else { Err("predictions and pictures do not fit together".to_owned()) }
}
