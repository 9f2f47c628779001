//! The evaluations of a run of any length in bounded memory.

use std::ops::Deref;

use super::{
    events::{Evaluation, Split},
    state::keep_newest,
};

/// Evaluations that are kept at most.
const MOST: usize = 4_096;
/// Counts in all their matrices that are kept at most: 64 MB. A thousand classes have a million of
/// them in each matrix, ten classes a hundred.
const MOST_CELLS: usize = 16 << 20;

/// The evaluations in the order in which they came. While all of them stay below 4,096, and their
/// matrices below 64 MB, nothing is left out. Of more, the newest of each split and the best are
/// kept, and of the others as many as there is room for, evenly spread over all.
#[derive(Debug, Clone)]
pub struct Evaluations {
    kept: Vec<Evaluation>,
    /// The place of each kept evaluation among all that came, from 0.
    places: Vec<u64>,
    /// Evaluations whose place is a multiple of this stay.
    every: u64,
    /// Each that was better than all before it, also of those that are left out: what comes after
    /// a checkpoint may become void.
    bests: Vec<Best>,
}

/// What is known of an evaluation for good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    pub step: u64,
    pub epoch: u32,
    pub loss: f64,
    pub accuracy: f64,
}

impl Default for Evaluations {
    fn default() -> Self {
        Self { kept: Vec::new(), places: Vec::new(), every: 1, bests: Vec::new() }
    }
}

impl Evaluations {
    /// Adds the newest; `counts` if it may be the best. One of the same split and step is made
    /// again by a run that was killed after it and goes on from just before.
    pub fn push(&mut self, evaluation: Evaluation, counts: bool) {
        let of = |e: &Evaluation| (e.split, e.step);
        self.retain(|_, before| of(before) != of(&evaluation));
        if counts {
            self.bests.pop_if(|best| best.step == evaluation.step);
            self.consider(&evaluation);
        }
        self.places.push(self.places.last().map_or(0, |last| last + 1));
        self.kept.push(evaluation);
        self.thin();
    }

    /// Forgets what was found after `step`.
    pub fn void_after(&mut self, step: u64) {
        self.retain(|_, evaluation| evaluation.step <= step);
        self.bests.retain(|best| best.step <= step);
    }

    /// Looks for the best anew, as other evaluations may count than did before.
    pub fn find_best(&mut self, counts: impl Fn(&Evaluation) -> bool) {
        self.bests.clear();
        for at in 0..self.kept.len() {
            if counts(&self.kept[at]) {
                self.consider(&self.kept[at].clone());
            }
        }
    }

    /// The highest accuracy of those that count, the first of equals.
    pub fn best(&self) -> Option<&Best> {
        self.bests.last()
    }

    /// Whether none was left out.
    pub fn is_complete(&self) -> bool {
        self.every == 1
    }

    fn consider(&mut self, evaluation: &Evaluation) {
        let Evaluation { step, epoch, loss, accuracy, .. } = *evaluation;
        if self.best().is_none_or(|best| accuracy > best.accuracy) {
            keep_newest(&mut self.bests, Best { step, epoch, loss, accuracy }, MOST);
        }
    }

    fn thin(&mut self) {
        let newest = self.places.last().copied().unwrap_or(0);
        self.keep_the_spread();
        while self.is_too_much() && self.every <= newest {
            self.every *= 2;
            self.keep_the_spread();
        }
    }

    fn is_too_much(&self) -> bool {
        let cells = |evaluation: &Evaluation| evaluation.confusion.cells();
        self.kept.len() > MOST || self.kept.iter().map(cells).sum::<usize>() > MOST_CELLS
    }

    fn keep_the_spread(&mut self) {
        let (every, best) = (self.every, self.best().map(|best| best.step));
        if every == 1 {
            return;
        }
        let newest = [Split::Validation, Split::Test]
            .map(|split| self.kept.iter().rposition(|evaluation| evaluation.split == split))
            .map(|at| at.map(|at| self.places[at]));
        self.retain(|place, evaluation| {
            place.is_multiple_of(every)
                || newest.contains(&Some(place))
                || best == Some(evaluation.step)
        });
    }

    fn retain(&mut self, stays: impl Fn(u64, &Evaluation) -> bool) {
        let stay: Vec<bool> =
            self.kept.iter().zip(&self.places).map(|(e, place)| stays(*place, e)).collect();
        let mut each = stay.iter();
        self.kept.retain(|_| each.next().is_some_and(|stays| *stays));
        let mut each = stay.iter();
        self.places.retain(|_| each.next().is_some_and(|stays| *stays));
    }
}

/// A run that was killed has made some twice, which makes no other run of it.
impl PartialEq for Evaluations {
    fn eq(&self, other: &Self) -> bool {
        self.kept == other.kept
    }
}

impl Deref for Evaluations {
    type Target = [Evaluation];

    fn deref(&self) -> &[Evaluation] {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::confusion::Confusion;

    fn evaluation(split: Split, step: u64, classes: usize) -> Evaluation {
        // The seventh is the best.
        let accuracy = if step == 7 { 0.9 } else { 0.5 };
        let confusion = Confusion::new(classes);
        Evaluation { step, epoch: 1, split, loss: 1.0, accuracy, confusion, predictions: None }
    }

    fn of(count: u64, classes: usize) -> Evaluations {
        let mut all = Evaluations::default();
        all.push(evaluation(Split::Test, 1, classes), false);
        (1..=count).for_each(|n| all.push(evaluation(Split::Validation, n, classes), true));
        all
    }

    #[test]
    fn a_run_of_usual_length_keeps_everything() {
        for (count, classes) in [(4_000, 10), (14, 1_000)] {
            let all = of(count, classes);
            assert!(all.len() as u64 == count + 1 && all.is_complete());
        }
    }

    #[test]
    fn a_longer_one_keeps_the_newest_of_each_split_the_best_and_an_even_spread() {
        for (count, classes) in [(20_000, 10), (3_000, 100), (60, 1_000)] {
            let all = of(count, classes);
            assert!(!all.is_complete() && all.len() <= MOST);
            let cells: usize = all.iter().map(|evaluation| evaluation.confusion.cells()).sum();
            assert!((MOST_CELLS / 4..=MOST_CELLS).contains(&cells) || all.len() > MOST / 2);
            assert_eq!(all.iter().filter(|evaluation| evaluation.split == Split::Test).count(), 1);
            let steps: Vec<u64> = all.iter().map(|evaluation| evaluation.step).collect();
            assert!(steps.contains(&7) && steps.last() == Some(&count), "{steps:?}");
            let spread = steps[1..steps.len() - 1].iter().filter(|step| **step != 7);
            let spread: Vec<u64> = spread.copied().collect();
            assert!(spread.windows(2).all(|pair| pair[1] - pair[0] == all.every), "{spread:?}");
        }
    }

    #[test]
    fn the_best_is_known_whatever_becomes_void_and_was_left_out() {
        let mut all = Evaluations::default();
        for n in 1..=60 {
            let accuracy = n as f64 / 100.0;
            let rising = Evaluation { accuracy, ..evaluation(Split::Validation, n, 1_000) };
            all.push(rising, true);
        }
        for step in [60, 59, 30, 1] {
            all.void_after(step);
            assert_eq!(all.best().map(|best| best.step), Some(step));
        }
        all.void_after(0);
        assert!(all.best().is_none() && all.is_empty());
    }

    #[test]
    fn one_that_is_made_again_takes_the_place_of_the_other() {
        let mut all = of(7, 2);
        let undisturbed = all.clone();
        let worse = Evaluation { accuracy: 0.4, ..evaluation(Split::Validation, 7, 2) };
        all.push(worse, true);
        assert_eq!((all.len(), all.best().map(|best| best.step)), (8, Some(1)));
        all.push(evaluation(Split::Validation, 7, 2), true);
        assert!(all == undisturbed && all.best().map(|best| best.step) == Some(7));
    }
}
