//! Which pictures are shown, and in which order.

use super::typed::Typed;
use crate::domain::images::Predictions;

/// Which pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    #[default]
    Misclassified,
    /// Those of one cell of the confusion matrix.
    Cell {
        truth: usize,
        prediction: usize,
    },
    All,
}

/// What the pictures are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortKey {
    /// Cross-entropy, the largest first.
    #[default]
    Loss,
    /// Probability of the prediction, the largest first.
    Confidence,
    /// Probability of the prediction less that of the runner-up, the smallest first.
    Margin,
}

impl SortKey {
    pub fn next(self) -> Self {
        match self {
            Self::Loss => Self::Confidence,
            Self::Confidence => Self::Margin,
            Self::Margin => Self::Loss,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Confidence => "confidence",
            Self::Margin => "margin",
        }
    }

    /// What is worth a look first has the smallest value.
    fn of(self, predictions: &Predictions, index: usize) -> f32 {
        let top = || predictions.top(index, 2);
        match self {
            Self::Loss => -predictions.loss(index),
            Self::Confidence => -top()[0].1,
            Self::Margin => top()[0].1 - top().get(1).map_or(0.0, |second| second.1),
        }
    }
}

/// Everything that decides which pictures are shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    pub filter: Filter,
    /// What was typed to filter by: [`Typed`] says what it means.
    pub text: String,
    pub sort: SortKey,
    pub reversed: bool,
}

impl Selection {
    /// Indices of the pictures shown, in their order.
    pub fn indices(&self, predictions: &Predictions, names: &[String]) -> Vec<u32> {
        let typed = Typed::new(&self.text, names);
        let is_shown = |&index: &u32| {
            let (truth, prediction) = classes(predictions, index as usize);
            self.filter.admits(truth, prediction) && typed.admits(truth, prediction)
        };
        let mut indices: Vec<u32> = (0..predictions.len() as u32).filter(is_shown).collect();
        indices.sort_by_cached_key(|&index| Ordered(self.sort.of(predictions, index as usize)));
        if self.reversed {
            indices.reverse();
        }
        indices
    }

    /// How many there would be if nothing were typed.
    pub fn before_typing(&self, predictions: &Predictions) -> usize {
        let is_shown = |&index: &usize| {
            let (truth, prediction) = classes(predictions, index);
            self.filter.admits(truth, prediction)
        };
        (0..predictions.len()).filter(is_shown).count()
    }
}

/// Truth and prediction.
fn classes(predictions: &Predictions, index: usize) -> (usize, usize) {
    (usize::from(predictions.labels[index]), predictions.prediction(index))
}

impl Filter {
    fn admits(self, truth: usize, prediction: usize) -> bool {
        match self {
            Self::All => true,
            Self::Misclassified => truth != prediction,
            Self::Cell { truth: t, prediction: p } => (truth, prediction) == (t, p),
        }
    }
}

/// A number with a total order: NaN is larger than every other.
#[derive(PartialEq)]
struct Ordered(f32);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
