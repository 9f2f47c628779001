//! Which of the run's evaluations a tab shows: the newest, or one that was stepped back to.

use crate::domain::{
    events::{Evaluation, Split},
    state::RunState,
};

/// An evaluation as the tabs know it: split and step.
pub type Key = (Split, u64);

pub fn key(evaluation: &Evaluation) -> Key {
    (evaluation.split, evaluation.step)
}

/// The evaluation at `at`, else the newest, with its place among `all` from 0.
pub fn found<'a>(all: &[&'a Evaluation], at: Option<Key>) -> Option<(usize, &'a Evaluation)> {
    let place = at.and_then(|at| all.iter().position(|evaluation| key(evaluation) == at));
    let place = place.or_else(|| all.len().checked_sub(1))?;
    Some((place, all[place]))
}

/// Where one step from `at` leads: `None` is to the newest, whichever that will be.
pub fn stepped(all: &[&Evaluation], at: Option<Key>, older: bool) -> Option<Key> {
    let (place, _) = found(all, at)?;
    let place = if older { place.saturating_sub(1) } else { place + 1 };
    // From the newest, one step back may lead to itself where it is the only one.
    let is_newest = place + 1 >= all.len();
    (!is_newest).then(|| key(all[place]))
}

/// Where the person is among the evaluations, in a few words. Of a very long run a selection is
/// kept, which is said.
pub fn place((place, count): (usize, usize), follows: bool, run: &RunState) -> String {
    let kept = if run.evaluations.is_complete() { "" } else { " kept" };
    match (count, follows) {
        (1, _) => String::new(),
        (_, true) => "newest".to_owned(),
        _ => format!("{} of {count}{kept}", place + 1),
    }
}

/// Every evaluation of the run, oldest first.
pub fn all(run: &RunState) -> Vec<&Evaluation> {
    run.evaluations.iter().collect()
}

/// Those of which logits were kept.
pub fn with_predictions(run: &RunState) -> Vec<&Evaluation> {
    run.evaluations.iter().filter(|evaluation| evaluation.predictions.is_some()).collect()
}
