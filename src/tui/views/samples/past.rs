//! What the network said about each picture in evaluations before and after.

use crate::domain::images::Predictions;

/// The verdicts of one evaluation: 8 bytes a picture, however many classes there are.
#[derive(Debug)]
pub struct Verdicts(Vec<Verdict>);

#[derive(Debug)]
struct Verdict {
    truth: u16,
    class: u16,
    probability: f32,
}

impl Verdicts {
    pub fn of(predictions: &Predictions) -> Self {
        let verdict = |index: usize| {
            let class = predictions.prediction(index);
            Verdict {
                truth: predictions.labels[index],
                class: u16::try_from(class).unwrap_or(u16::MAX),
                probability: predictions.probabilities(index)[class],
            }
        };
        Self((0..predictions.len()).map(verdict).collect())
    }

    /// The class that the picture at `index` was taken for, and how certainly; `None` where that
    /// picture was of another class than `truth`, and so another one.
    pub fn about(&self, index: usize, truth: usize) -> Option<(usize, f32)> {
        let verdict = self.0.get(index).filter(|verdict| usize::from(verdict.truth) == truth)?;
        Some((verdict.class.into(), verdict.probability))
    }
}
