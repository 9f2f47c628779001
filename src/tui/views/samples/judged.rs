//! What the network makes of each picture in a few numbers: found once, as it takes all the logits.

use crate::domain::images::Predictions;

/// What it makes of one picture.
#[derive(Debug, Clone)]
pub struct Judged {
    pub truth: usize,
    /// The class that the picture is taken for.
    pub prediction: usize,
    /// Probability of that class.
    pub probability: f32,
    /// The same less that of the runner-up.
    pub margin: f32,
    /// Cross-entropy in nats.
    pub loss: f32,
}

impl Judged {
    /// Every picture of `predictions`, in their order.
    pub fn all(predictions: &Predictions) -> Vec<Self> {
        (0..predictions.len()).map(|index| Self::of(predictions, index)).collect()
    }

    fn of(predictions: &Predictions, index: usize) -> Self {
        let prediction = predictions.prediction(index);
        let mut others = predictions.probabilities(index);
        let probability = std::mem::take(&mut others[prediction]);
        Self {
            truth: usize::from(predictions.labels[index]),
            prediction,
            probability,
            margin: probability - others.into_iter().fold(0.0, f32::max),
            loss: predictions.loss(index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_judged_as_its_logits_say() {
        let (logits, labels) = (vec![0.0, 2.0, 1.0, 5.0, 5.0, -1.0], vec![0, 1]);
        let predictions = Predictions { step: 1, classes: 3, logits, labels };
        for (index, judged) in Judged::all(&predictions).iter().enumerate() {
            let top = predictions.top(index, 2);
            assert_eq!((judged.truth, judged.prediction), (index, top[0].0));
            assert_eq!((judged.probability, judged.margin), (top[0].1, top[0].1 - top[1].1));
            assert_eq!(judged.loss, predictions.loss(index));
        }
        let one = Predictions { step: 1, classes: 1, logits: vec![7.0], labels: vec![0] };
        assert_eq!((Judged::all(&one)[0].probability, Judged::all(&one)[0].margin), (1.0, 1.0));
    }
}
