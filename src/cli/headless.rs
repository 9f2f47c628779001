//! Training without a dashboard: a bar on stderr, results on stdout.

use std::{
    io::{self, ErrorKind, IsTerminal, stderr},
    thread,
};

use anyhow::bail;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    output::{self, Format},
    plain::Speaker,
    signals::{Concerned, Listener, OnHangup},
};
use crate::{
    domain::{
        events::{Evaluation, Record, RunFinished, RunStarted, TrainEvent},
        state::RunState,
        units::{Clock, Count, Percent},
    },
    run::{RunDir, serialize_line},
    train::{Setup, TrainerHandle, reporter::Overflow},
};

/// Events that wait for whoever reads standard output, and the places of these that are kept for
/// milestones. A pager in which nobody turns the page must not fill the memory over night.
const CAPACITY: usize = 4096;
const MILESTONE_RESERVE: usize = 512;

/// Trains and prints it; returns when the training has ended.
///
/// # Errors
/// The training failed; or it went well, but could not be printed.
pub fn train(
    setup: Setup,
    run: &RunDir,
    report: Report,
    on_hangup: OnHangup,
) -> anyhow::Result<RunFinished> {
    let handle = TrainerHandle::spawn(setup, run.clone(), Overflow::Keep)?;
    let signals = Listener::start(Concerned {
        trainer: Some(handle.commands.clone()),
        dashboard: None,
        on_hangup,
        stops: handle.stops.clone(),
    })?;
    let mut watcher = Watcher { state: RunState::default(), bar: None, report, out: Out::Open };
    let (told, records) = bounded(CAPACITY);
    let events = handle.events.clone();
    let passing = thread::Builder::new().name("passing".to_owned());
    let passing = passing.spawn(move || pass_on(&events, &told))?;
    records.iter().for_each(|record| watcher.see(&record));
    watcher.clear();
    let left_out = passing.join().unwrap_or(0); // its panic would harm nothing that is recorded
    if left_out > 0 {
        let events = run.events_path().display().to_string();
        output::note(format_args!(
            "{} events were left out here, as nobody read them in time; {events} has them all",
            Count(left_out)
        ));
    }
    let finished = handle.join()?;
    drop(signals);
    match watcher.out {
        Out::Failed(error) => {
            let saved = run.path().display();
            bail!("standard output could not be written ({error}); the run is saved in {saved}")
        }
        Out::Open | Out::Closed => Ok(finished),
    }
}

/// Passes `events` on as they come, so that the trainer waits for nobody. Samples are left out once
/// the queue is nearly full, milestones when it is, but for how the run ended; how many.
fn pass_on(events: &Receiver<Record>, told: &Sender<Record>) -> u64 {
    let (mut left_out, mut end) = (0, None);
    for record in events {
        let is_nearly_full = told.len() >= CAPACITY - MILESTONE_RESERVE;
        if record.event.is_sample() && is_nearly_full {
            left_out += 1;
        } else if let Err(TrySendError::Full(record)) = told.try_send(record) {
            match record.event {
                TrainEvent::RunFinished(_) => end = Some(record),
                _ => left_out += 1,
            }
        }
    }
    // The trainer has ended: from here on waiting keeps nobody.
    if let Some(end) = end {
        let _ = told.send(end); // nobody reads any more
    }
    left_out
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
    out: Out,
}

/// Standard output. A run outlives its reader, and whatever else befalls what it is written to.
enum Out {
    Open,
    /// Whoever read it has left.
    Closed,
    Failed(io::Error),
}

impl Watcher {
    fn see(&mut self, record: &Record) {
        self.state.apply(record);
        let text = match &mut self.report {
            Report::Lines(Format::Json) => Some(serialize_line(record)),
            Report::Lines(Format::Text) => self.line(&record.event),
            Report::Spoken(speaker) => speaker.line(record).map(|line| line + "\n"),
        };
        if let Some(text) = text {
            self.write(&text);
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
    }

    /// Writes above the bar, as long as that can be done.
    fn write(&mut self, text: &str) {
        if !matches!(self.out, Out::Open) {
            return;
        }
        match self.above_the_bar(|| output::part(text)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.out = Out::Closed,
            Err(error) => {
                let said = format!("standard output cannot be written ({error}); training goes on");
                tracing::warn!("{said}");
                self.above_the_bar(|| output::note(said));
                self.out = Out::Failed(error);
            }
        }
    }

    fn above_the_bar<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
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

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;
    use crate::domain::events::{Phase, StepSample};

    /// What is passed on of so many steps, each followed by a milestone, while nobody reads.
    fn passed_on(steps: u64) -> (Vec<Record>, u64) {
        let ((events, told), (passed, records)) = (unbounded(), bounded(CAPACITY));
        for time in 0..steps {
            let step = TrainEvent::Step(StepSample { step: time, ..StepSample::default() });
            let milestone = TrainEvent::Phase { phase: Phase::Training };
            for event in [step, milestone] {
                events.send(Record { time, event }).unwrap();
            }
        }
        drop(events);
        let left_out = pass_on(&told, &passed);
        drop(passed);
        (records.iter().collect(), left_out)
    }

    #[test]
    fn nothing_is_left_out_that_there_is_room_for() {
        let (records, left_out) = passed_on(CAPACITY as u64 / 4);
        assert_eq!((records.len(), left_out), (CAPACITY / 2, 0));
    }

    #[test]
    fn how_a_run_ended_is_told_however_late_it_is_read() {
        let ((events, told), (passed, records)) = (unbounded(), bounded(CAPACITY));
        let milestone = TrainEvent::Phase { phase: Phase::Training };
        let end = TrainEvent::RunFinished(RunFinished {
            step: 1,
            epoch: 1,
            reason: "completed".to_owned(),
            best_accuracy: None,
            test_accuracy: None,
        });
        for event in std::iter::repeat_n(milestone, 2 * CAPACITY).chain([end.clone()]) {
            events.send(Record { time: 0, event }).unwrap();
        }
        drop(events);
        let passing = thread::spawn(move || pass_on(&told, &passed));
        assert_eq!(records.iter().last().unwrap().event, end);
        assert!(passing.join().unwrap() <= CAPACITY as u64);
    }

    #[test]
    fn what_nobody_reads_is_left_out_and_counted_samples_first() {
        let steps = (CAPACITY - MILESTONE_RESERVE) as u64 / 2 + 100;
        let (records, left_out) = passed_on(steps);
        let milestones = records.iter().filter(|record| !record.event.is_sample()).count();
        assert_eq!((milestones as u64, left_out), (steps, 100));
        let (records, left_out) = passed_on(100_000);
        assert_eq!((records.len(), left_out), (CAPACITY, 200_000 - CAPACITY as u64));
    }
}
