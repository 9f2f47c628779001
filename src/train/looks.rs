//! Steps that are taken with an eye on what happens inside: timed, or watched.

use burn::tensor::Tensor;

use super::{
    learner::{Learner, Timed, Watched},
    reporter::Reporter,
};
use crate::{
    data::loader::Batch,
    domain::{
        config::TrainConfig,
        events::{LayerStats, LayersSample, TrainEvent},
    },
    model::probe::Untimed,
};

/// The step of which the layers are timed first: the very first one pays for warming up.
const FIRST_TIMED: u64 = 2;
/// The step that is watched first: right after the timed one, so that neither spoils the other.
const FIRST_WATCHED: u64 = 3;

/// How a step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As fast as can be.
    Away,
    /// Layer by layer, with the clock in hand.
    Timed,
    /// Layer by layer, with statistics made of everything.
    Watched,
}

/// What was seen of a step.
pub enum Seen {
    Nothing,
    Times(Result<Timed, Untimed>),
    Statistics(Watched),
}

impl Look {
    /// How `step` is taken. One that is watched is not timed: looking takes time of the layers'.
    pub fn at(step: u64, config: &TrainConfig) -> Self {
        let falls =
            |every: u64, first: u64| every > 0 && step >= first && step % every == first % every;
        if falls(config.stats_every, FIRST_WATCHED) {
            Self::Watched
        } else if falls(config.layers_every, FIRST_TIMED) {
            Self::Timed
        } else {
            Self::Away
        }
    }

    /// Takes the step; its numbers are the same however it is looked at.
    pub fn step(self, learner: &mut Learner, batch: Batch, lr: f64) -> (Tensor<1>, Seen) {
        match self {
            Self::Away => (learner.step(batch, lr), Seen::Nothing),
            Self::Timed => {
                let (scalars, times) = learner.timed_step(batch, lr);
                (scalars, Seen::Times(times))
            }
            Self::Watched => {
                let (scalars, watched) = learner.watched_step(batch, lr);
                (scalars, Seen::Statistics(watched))
            }
        }
    }
}

impl Seen {
    /// Tells what was seen of `step`; `durations` are those of this step and of the ones before,
    /// in ms.
    pub fn report(self, step: u64, durations: [Option<f64>; 2], reporter: &mut Reporter) {
        match self {
            Self::Nothing => {}
            Self::Times(Err(why)) => {
                reporter.warn("layers", format!("step {step} has no layers: {why}"));
            }
            Self::Times(Ok(times)) => {
                let Timed { layers, method, forward_backward_ms, optimizer_ms } = times;
                let [this_ms, usual_ms] = durations;
                reporter.emit(TrainEvent::Layers(LayersSample {
                    step,
                    layers,
                    method: method.to_string(),
                    forward_backward_ms,
                    optimizer_ms,
                    cost_ratio: this_ms.zip(usual_ms).map(|(this, usual)| this / usual),
                }));
            }
            Self::Statistics(Watched { images, layers }) => {
                reporter.emit(TrainEvent::LayerStats(LayerStats { step, images, layers }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_looked_at_as_often_as_the_settings_say() {
        let looks = |layers_every, stats_every| {
            let config = TrainConfig { layers_every, stats_every, ..TrainConfig::default() };
            (1..=6).map(|step| Look::at(step, &config)).collect::<Vec<_>>()
        };
        use Look::{Away, Timed, Watched};
        assert_eq!(looks(0, 0), [Away; 6]);
        assert_eq!(looks(3, 0), [Away, Timed, Away, Away, Timed, Away]);
        assert_eq!(looks(1, 3), [Away, Timed, Watched, Timed, Timed, Watched]);
        assert_eq!(looks(20, 100), [Away, Timed, Watched, Away, Away, Away]);
    }
}
