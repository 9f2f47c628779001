//! What the tab asks of the host, and what it makes of the answers.

use super::{
    Judged, SamplesView, Shown,
    evaluations::{self, Place},
    past::Verdicts,
};
use crate::{
    domain::{events::Evaluation, images::Samples, state::RunState},
    tui::text::plain,
};

/// Evaluations before the one that is shown whose predictions are asked for, too. Of those after it
/// as many stay that were seen before.
pub(super) const HISTORY: usize = 12;

impl SamplesView {
    /// The evaluation whose pictures are needed and have not been asked for: the one shown, then
    /// those before it, the newest first.
    pub fn wanted(&mut self, run: &RunState) -> Option<Evaluation> {
        if self.names != run.class_names() {
            self.names = run.class_names().to_vec();
            self.refresh();
        }
        let with_file = || run.evaluations.iter().rev().filter(|e| e.predictions.is_some());
        let target = self.pinned.as_ref().or_else(|| with_file().next())?;
        let key = evaluations::key(target);
        self.target = Some(key);
        let all = evaluations::with_predictions(run);
        self.of_split = all.iter().filter(|evaluation| evaluation.split == target.split).count();
        self.place = Place::of(&all, self.pinned.as_ref().map(evaluations::key), run);
        let newest = with_file().map(|e| e.step).max().unwrap_or(0);
        let before = with_file().filter(|e| e.split == target.split && e.step < target.step);
        let before: Vec<&Evaluation> = before.take(HISTORY).collect();
        let mut after = 0;
        self.history.retain(|step, _| {
            after += usize::from(*step > key.1);
            let is_near = *step == key.1 || before.iter().any(|e| e.step == *step);
            is_near || (*step > key.1 && *step <= newest && after <= HISTORY) // the rest is void
        });
        let has_it = self.shown.as_ref().is_some_and(|shown| shown.key() == key);
        let failed = self.error.as_ref().is_some_and(|(of, _)| *of == key);
        if !has_it && !failed {
            return Some(target.clone());
        }
        before.into_iter().find(|e| !self.history.contains_key(&e.step)).cloned()
    }

    /// Takes what the host answered about `evaluation`.
    pub fn loaded(&mut self, evaluation: &Evaluation, answer: Result<Samples, String>) {
        let key = (evaluation.split, evaluation.step);
        if self.shown.as_ref().is_some_and(|shown| shown.split != evaluation.split) {
            self.history.clear();
        }
        let answer = answer.and_then(check);
        let answer = answer.map(|samples| (Judged::all(&samples.predictions), samples));
        let verdicts = answer.as_ref().ok().map(|(judged, _)| Verdicts::of(judged));
        self.history.insert(evaluation.step, verdicts);
        match answer {
            _ if self.target != Some(key) => return,
            Ok((judged, samples)) => {
                let Evaluation { split, step, epoch, .. } = *evaluation;
                self.shown = Some(Shown { split, step, epoch, samples, judged });
                self.error = None;
            }
            Err(why) => self.error = Some((key, plain(&why))),
        }
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
