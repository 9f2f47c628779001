//! What is worth telling a person who looks elsewhere: the end of the run, a new best, a loss that
//! is no number. Only what happens while this screen looks on, and each once.

use super::Notice;
use crate::domain::{
    events::{Phase, Record, TrainEvent},
    state::RunState,
    units::Percent,
};

/// News that wait to be sent; of more at once the newest are kept.
const MOST: usize = 4;

/// News of a run, as they come.
#[derive(Debug, Default)]
pub struct News {
    /// What happened before is history (Unix ms).
    since: u64,
    /// Step of the newest best that was told.
    best: Option<u64>,
    /// Whether the end of the run has been told since it last began.
    told_end: bool,
    /// Whether a loss that is not finite has been told since training last went on.
    told_loss: bool,
    waiting: Vec<String>,
}

impl News {
    /// Takes what happened before `now` (Unix ms) for history.
    pub fn begin(&mut self, now: u64) {
        self.since = now;
    }

    /// What is to be told now.
    pub fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.waiting)
    }

    /// Hears of `record`, which is in `run` already.
    pub fn hear(&mut self, record: &Record, run: &RunState) {
        let text = self.text_of(record, run);
        if let Some(text) = text.filter(|_| record.time >= self.since) {
            self.tell(text);
        }
    }

    /// What is to be told of `record`, if that has not been told.
    fn text_of(&mut self, record: &Record, run: &RunState) -> Option<String> {
        match &record.event {
            TrainEvent::RunFinished(_) if !self.told_end => {
                self.told_end = true;
                Notice::of(record.time, &record.event, run).map(|notice| notice.text)
            }
            TrainEvent::Warning { kind, message } if kind == "failed" && !self.told_end => {
                self.told_end = true;
                Some(format!("run failed: {message}"))
            }
            TrainEvent::Warning { kind, message } if kind == "loss" && !self.told_loss => {
                self.told_loss = true;
                Some(message.clone())
            }
            // Only the trainer knows whether a run that was taken up was better before.
            TrainEvent::Checkpoint(saved) if saved.best => self.new_best(saved.step, run),
            TrainEvent::Phase { phase: Phase::Starting } => {
                self.told_end = false;
                None
            }
            TrainEvent::Phase { phase: Phase::Training } => {
                self.told_loss = false;
                None
            }
            TrainEvent::RunStarted(_)
            | TrainEvent::Phase { .. }
            | TrainEvent::Step(_)
            | TrainEvent::Layers(_)
            | TrainEvent::LayerStats(_)
            | TrainEvent::Evaluated(_)
            | TrainEvent::Checkpoint(_)
            | TrainEvent::Resumed { .. }
            | TrainEvent::Warning { .. }
            | TrainEvent::LearningRate(_)
            | TrainEvent::Extended(_)
            | TrainEvent::Refused { .. }
            | TrainEvent::RunFinished(_) => None,
        }
    }

    /// Nothing more comes of `run`, for the reason that is given. One that had been silent before
    /// anybody looked is no news.
    pub fn lost(&mut self, why: &str, run: &RunState) {
        if run.now >= self.since && !self.told_end {
            self.told_end = true;
            self.tell(why.to_owned());
        }
    }

    fn new_best(&mut self, step: u64, run: &RunState) -> Option<String> {
        let split = run.validation_split();
        let of_split = || run.evaluations.iter().filter(|evaluation| evaluation.split == split);
        let evaluation = of_split().find(|evaluation| evaluation.step == step)?;
        let per_epoch = run.started.as_ref().map_or(0, |started| started.steps_per_epoch);
        let ended_before = |step: u64| step < evaluation.step && run.ends_epoch(step);
        // What was evaluated before a run was taken up is not always here.
        let is_first = !of_split().any(|earlier| ended_before(earlier.step))
            && run.resumed.last().is_none_or(|&step| step < per_epoch.max(1));
        let is_news = !is_first && self.best.is_none_or(|told| told != step);
        self.best = Some(step);
        is_news.then(|| {
            let (split, accuracy) = (split.label(), Percent(evaluation.accuracy));
            format!("new best {split} accuracy {accuracy}, epoch {}", evaluation.epoch)
        })
    }

    fn tell(&mut self, text: String) {
        if self.waiting.len() == MOST {
            self.waiting.remove(0);
        }
        self.waiting.push(text);
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::events::{Phase, RunFinished, Split, TrainEvent},
        tui::{Input, Source, app::App, testing::*},
    };

    fn warning(kind: &str, message: &str) -> TrainEvent {
        TrainEvent::Warning { kind: kind.into(), message: message.into() }
    }

    /// What is told of `events` by one who has seen two epochs and a half.
    fn news(events: impl IntoIterator<Item = TrainEvent>) -> Vec<String> {
        let mut app = running();
        app.news.take();
        events.into_iter().for_each(|event| tell(&mut app, event));
        app.news.take()
    }

    #[test]
    fn the_end_is_told_once_with_its_reason() {
        let done = "run completed at step 1,000, best validation 81.9 %, test 80.7 %";
        assert_eq!(news([finished(), finished(), phase(Phase::Ended)]), [done]);
        let taken_up = [finished(), phase(Phase::Ended), phase(Phase::Starting), finished()];
        assert_eq!(news(taken_up), [done, done]);
        let TrainEvent::RunFinished(end) = finished() else { unreachable!() };
        let (reason, test_accuracy) = ("stopped".into(), None);
        let stopped = TrainEvent::RunFinished(RunFinished { reason, test_accuracy, ..end });
        assert_eq!(news([stopped]), ["run stopped at step 1,000, best validation 81.9 %"]);
        let failed = [warning("failed", "device lost"), phase(Phase::Ended)];
        assert_eq!(news(failed), ["run failed: device lost"]);
    }

    #[test]
    fn a_loss_that_is_no_number_is_told_once_until_training_goes_on() {
        let nan = || warning("loss", "not finite at step 3: paused");
        assert_eq!(news([nan(), nan(), phase(Phase::Paused)]), ["not finite at step 3: paused"]);
        assert_eq!(news([nan(), phase(Phase::Paused), phase(Phase::Training), nan()]).len(), 2);
        assert!(news([warning("checkpoint", "disk full"), step(501)]).is_empty());
    }

    #[test]
    fn a_new_best_is_told_once_but_not_the_first() {
        let mut app = told([phase(Phase::Starting), started(), phase(Phase::Training)]);
        let epoch = |app: &mut App, n: u32| {
            tell(app, evaluated(n, Split::Validation));
            tell(app, checkpoint(u64::from(n) * EPOCH));
            app.news.take()
        };
        assert!(epoch(&mut app, 1).is_empty());
        let second = epoch(&mut app, 2);
        assert_eq!(second, ["new best validation accuracy 59.0 %, epoch 2"]);
        tell(&mut app, checkpoint(2 * EPOCH)); // somebody asked for one
        assert!(app.news.take().is_empty());
        tell(&mut app, evaluated(3, Split::Validation)); // its checkpoint is not the best
        assert!(app.news.take().is_empty());
    }

    #[test]
    fn the_first_evaluation_since_a_run_was_taken_up_is_not_the_first_of_the_run() {
        let mut app = told([started(), TrainEvent::Resumed { step: 2 * EPOCH }]);
        tell(&mut app, evaluated(3, Split::Validation));
        tell(&mut app, checkpoint(3 * EPOCH));
        assert_eq!(app.news.take().len(), 1);
    }

    #[test]
    fn what_lies_in_the_past_is_no_news() {
        let mut app = waiting();
        app.source = Source::Watch;
        app.news.begin(START + 10_000);
        tell(&mut app, started());
        tell(&mut app, warning("loss", "not finite"));
        app.receive(Input::Disconnected(Some("its process is gone".into())));
        assert!(app.news.take().is_empty());
        let mut app = running();
        app.source = Source::Watch;
        app.news.take();
        app.receive(Input::Disconnected(Some("its process is gone".into())));
        assert_eq!(app.news.take(), ["its process is gone"]);
    }

    #[test]
    fn nobody_is_flooded() {
        let each = |n: u64| [finished(), phase(Phase::Ended), phase(Phase::Starting), step(n + 1)];
        assert_eq!(news((0..100).flat_map(each)).len(), super::MOST);
    }
}
