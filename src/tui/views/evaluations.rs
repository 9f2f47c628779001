//! Which of the run's evaluations a tab shows: the newest, or one that was stepped back to.

use crate::{
    domain::{
        events::{Evaluation, Split},
        state::RunState,
    },
    tui::{action::Action, keys::KeyTable},
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

/// Where the person is among the evaluations that can be stepped through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// From 0, of `count`.
    at: usize,
    count: usize,
    /// Whether it is the newest, whichever that will be.
    follows: bool,
    /// Of a very long run a selection is kept.
    is_selection: bool,
}

impl Place {
    /// The place of the evaluation at `at`, else of the newest, among `all`.
    pub fn of(all: &[&Evaluation], at: Option<Key>, run: &RunState) -> Self {
        Self {
            at: found(all, at).map_or(0, |found| found.0),
            count: all.len(),
            follows: at.is_none(),
            is_selection: !run.evaluations.is_complete(),
        }
    }

    /// In a few words in brackets, for the end of a title; nothing where there is no other.
    pub fn brief(self) -> String {
        self.bracketed("")
    }

    /// The same with the keys that lead elsewhere.
    pub fn full(self, keys: &KeyTable) -> String {
        match self.ways(keys) {
            ways if ways.is_empty() => self.brief(),
            ways => self.bracketed(&format!(", {ways}")),
        }
    }

    /// The keys that lead elsewhere.
    pub fn ways(self, keys: &KeyTable) -> String {
        let way = |action, word, leads: bool| match keys.label(action) {
            key if leads && !key.is_empty() => Some(format!("{key} {word}")),
            _ => None,
        };
        let older = way(Action::LessSmooth, "older", self.at > 0);
        let newer = way(Action::Smoother, "newer", self.at + 1 < self.count);
        older.into_iter().chain(newer).collect::<Vec<_>>().join(", ")
    }

    fn bracketed(self, ways: &str) -> String {
        let kept = if self.is_selection { " kept" } else { "" };
        match (self.count, self.follows) {
            (0 | 1, _) => String::new(),
            (_, true) => format!(" (newest{ways})"),
            (count, false) => format!(" ({} of {count}{kept}{ways})", self.at + 1),
        }
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
