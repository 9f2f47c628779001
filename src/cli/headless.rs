//! Training without a dashboard: a bar on stderr, results on stdout.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};

use super::{
    output::{self, Format},
    plain::Speaker,
    signals::{Concerned, Listener, OnHangup},
};
use crate::{
    domain::{
        events::{Command, Evaluation, Record, RunFinished, RunStarted, TrainEvent},
        state::RunState,
        units::{Clock, Count, Percent},
    },
    run::{RunDir, serialize_line},
    train::{Setup, TrainerHandle, reporter::Overflow},
};

/// Trains and prints it; returns when the training has ended.
///
/// # Errors
/// The training failed, or its results cannot be written: then what has been learned is saved.
pub fn train(
    setup: Setup,
    run: &RunDir,
    report: Report,
    on_hangup: OnHangup,
) -> anyhow::Result<RunFinished> {
    let handle = TrainerHandle::spawn(setup, run.clone(), Overflow::Wait)?;
    let signals = Listener::start(Concerned {
        trainer: Some(handle.commands.clone()),
        dashboard: None,
        on_hangup,
        stops: handle.stops.clone(),
    })?;
    let mut watcher = Watcher { state: RunState::default(), bar: None, report, open: true };
    let mut failed = None;
    for record in &handle.events {
        if let Err(error) = watcher.see(&record) {
            (failed, watcher.open) = (Some(error), false);
            signals.stop_is_under_way();
            let _ = handle.commands.try_send(Command::Stop); // a full queue has a stop in it
        }
    }
    watcher.clear();
    let finished = handle.join()?;
    drop(signals);
    failed.map_or(Ok(finished), |error| Err(error.into()))
}

/// How a training is told of.
#[derive(Debug)]
pub enum Report {
    /// Under a bar.
    Lines(Format),
    /// In words alone.
    Spoken(Box<Speaker>),
}

struct Watcher {
    state: RunState,
    bar: Option<ProgressBar>,
    report: Report,
    /// Whether somebody still reads standard output. A run outlives its reader.
    open: bool,
}

impl Watcher {
    fn see(&mut self, record: &Record) -> std::io::Result<()> {
        self.state.apply(record);
        let text = match &mut self.report {
            Report::Lines(Format::Json) => Some(serialize_line(record)),
            Report::Lines(Format::Text) => self.line(&record.event),
            Report::Spoken(speaker) => speaker.line(record).map(|line| line + "\n"),
        };
        if let Some(text) = text.filter(|_| self.open) {
            self.above_the_bar(|| output::part(&text))?;
        }
        if let (TrainEvent::Step(sample), Report::Lines(_)) = (&record.event, &self.report) {
            let total = self.state.total_steps().unwrap_or_default();
            let bar = self.bar.get_or_insert_with(|| progress_bar(total));
            bar.set_position(sample.step);
            let (loss, speed) = (sample.loss, sample.images_per_s);
            let eta = self.state.eta_s().map_or("-:--".to_owned(), |s| Clock(s).to_string());
            let epoch = sample.epoch;
            bar.set_message(format!("epoch {epoch} loss {loss:.3} {speed:.0} images/s eta {eta}"));
        }
        Ok(())
    }

    fn above_the_bar(
        &mut self,
        write: impl FnOnce() -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let written = match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        };
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                self.open = false;
                Ok(())
            }
            other => other,
        }
    }

    /// What a person without a dashboard wants to read of an event.
    fn line(&self, event: &TrainEvent) -> Option<String> {
        match event {
            TrainEvent::RunStarted(started) => Some(opening(started)),
            TrainEvent::Evaluated(evaluation) => Some(evaluated(evaluation)),
            TrainEvent::Resumed { step } => Some(format!("going on after step {step}\n")),
            TrainEvent::Warning { message, .. } => Some(format!("warning: {message}\n")),
            TrainEvent::LearningRate(change) => {
                Some(format!("learning rate {:e} from step {} on\n", change.lr, change.step))
            }
            TrainEvent::Extended(to) => {
                Some(format!("{} epochs in all from step {} on\n", to.epochs, to.step))
            }
            TrainEvent::Refused { command, why } => Some(format!("{command}: refused, {why}\n")),
            TrainEvent::RunFinished(finished) => Some(closing(finished)),
            TrainEvent::Phase { .. }
            | TrainEvent::Step(_)
            | TrainEvent::Layers(_)
            | TrainEvent::LayerStats(_)
            | TrainEvent::Checkpoint(_) => None,
        }
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn progress_bar(total: u64) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}");
    ProgressBar::new(total).with_style(style.expect("the template is a constant"))
}

fn opening(started: &RunStarted) -> String {
    let RunStarted { run_id, device, dataset, train_images, val_images, test_images, .. } = started;
    let parameters = Count(started.parameters);
    let alpha = started.config.alpha;
    let banner = started.banner.as_ref().map_or(String::new(), |text| format!("note: {text}\n"));
    format!(
        "run {run_id}: MobileNet-V1 alpha {alpha} ({parameters} parameters) on {device}\n\
         {dataset}: {train_images} images to train, {val_images} to validate, {test_images} to test\n\
         {banner}"
    )
}

fn evaluated(evaluation: &Evaluation) -> String {
    let Evaluation { epoch, split, loss, accuracy, .. } = evaluation;
    let accuracy = Percent(*accuracy);
    format!("epoch {epoch}: {} loss {loss:.4}, accuracy {accuracy}\n", split.label())
}

/// How a run ended, in one line.
pub fn closing(finished: &RunFinished) -> String {
    let RunFinished { step, reason, best_accuracy, test_accuracy, .. } = finished;
    let share = |value: &Option<f64>| value.map_or("-".to_owned(), |v| Percent(v).to_string());
    let (best, test) = (share(best_accuracy), share(test_accuracy));
    format!("{reason} after step {step}: best validation {best}, test {test}\n")
}
