//! Which pictures are shown, and in which order.

use super::{judged::Judged, typed::Typed};

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
    fn of(self, judged: &Judged) -> f32 {
        match self {
            Self::Loss => -judged.loss,
            Self::Confidence => -judged.probability,
            Self::Margin => judged.margin,
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
    pub fn indices(&self, all: &[Judged], names: &[String]) -> Vec<u32> {
        let typed = Typed::new(&self.text, names);
        let is_shown = |&index: &u32| {
            let Judged { truth, prediction, .. } = all[index as usize];
            self.filter.admits(truth, prediction) && typed.admits(truth, prediction)
        };
        let mut indices: Vec<u32> = (0..all.len() as u32).filter(is_shown).collect();
        indices.sort_by_cached_key(|&index| Ordered(self.sort.of(&all[index as usize])));
        if self.reversed {
            indices.reverse();
        }
        indices
    }

    /// How many there would be if nothing were typed.
    pub fn before_typing(&self, all: &[Judged]) -> usize {
        all.iter().filter(|judged| self.filter.admits(judged.truth, judged.prediction)).count()
    }
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
