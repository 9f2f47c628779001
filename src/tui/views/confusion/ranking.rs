//! What is read off a matrix once, as it may have a million cells.

use super::lists::Pair;
use crate::{domain::events::Evaluation, tui::views::evaluations};

/// Pairs in the ranking: nobody steps through more.
const MOST_PAIRS: usize = 1_000;

/// The most frequent mistakes of one evaluation.
#[derive(Debug, Default)]
pub struct Ranking {
    /// Whose matrix it was; `None` if nothing was read, or it may have changed since.
    of: Option<evaluations::Key>,
    /// The most frequent first.
    pub pairs: Vec<Pair>,
    /// The largest count in the matrix.
    pub largest: u64,
}

impl Ranking {
    pub fn of(evaluation: Option<&Evaluation>) -> Self {
        let Some(evaluation) = evaluation else { return Self::default() };
        Self {
            of: Some(evaluations::key(evaluation)),
            pairs: evaluation.confusion.worst_pairs(MOST_PAIRS),
            largest: evaluation.confusion.largest(),
        }
    }

    /// Whether it can stay while `evaluation` is shown.
    pub fn is_of(&self, evaluation: Option<&Evaluation>) -> bool {
        self.of.is_some() && self.of == evaluation.map(evaluations::key)
    }

    /// The evaluation may have been made again, with other counts. That is looked at before the next
    /// drawing: a run that is read from a file has hundreds of them, of which one is shown.
    pub fn doubt(&mut self) {
        self.of = None;
    }
}
