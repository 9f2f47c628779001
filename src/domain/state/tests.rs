use super::*;
use crate::domain::{config::TrainConfig, confusion::Confusion};

fn at(time: u64, event: TrainEvent) -> Record {
    Record { time, event }
}

fn step(time: u64, step: u64) -> Record {
    let sample = StepSample {
        step,
        epoch: 1 + ((step - 1) / 10) as u32,
        loss: 2.0,
        accuracy: 0.5,
        lr: 1e-3,
        step_ms: 1000.0,
        grad_norm: 1.0,
        ..StepSample::default()
    };
    at(time, TrainEvent::Step(sample))
}

fn phase(time: u64, phase: Phase) -> Record {
    at(time, TrainEvent::Phase { phase })
}

fn started() -> Record {
    let started = RunStarted {
        run_id: "r".into(),
        version: "0".into(),
        device: "cpu".into(),
        dataset: "shapes".into(),
        official: true,
        classes: vec!["a".into(), "b".into()],
        train_images: 640,
        val_images: 10,
        test_images: 10,
        parameters: 1,
        macs: 1,
        resolution: 32,
        steps_per_epoch: 10,
        banner: None,
        config: TrainConfig { epochs: 3, ..TrainConfig::default() },
    };
    at(0, TrainEvent::RunStarted(Box::new(started)))
}

fn evaluated(step: u64, accuracy: f64) -> Record {
    let evaluation = Evaluation {
        step,
        epoch: 1,
        split: Split::Validation,
        loss: 1.0,
        accuracy,
        confusion: Confusion::new(2),
        predictions: None,
    };
    at(0, TrainEvent::Evaluated(evaluation))
}

fn folded(records: impl IntoIterator<Item = Record>) -> RunState {
    let mut state = RunState::default();
    records.into_iter().for_each(|record| state.apply(&record));
    state
}

#[test]
fn time_paused_counts_in_no_eta() {
    let state = folded([
        started(),
        phase(1_000, Phase::Training),
        step(2_000, 1),
        step(3_000, 2),
        phase(3_000, Phase::Paused),
        phase(600_000, Phase::Training),
        step(601_000, 3),
    ]);
    assert_eq!(state.total_steps(), Some(30));
    assert_eq!(state.eta_s(), Some(27.0));
    assert_eq!(state.epoch_eta_s(), Some(7.0));
}

#[test]
fn resuming_voids_what_came_after_the_checkpoint() {
    let mut records = vec![started(), phase(0, Phase::Training)];
    records.extend((1..=15).map(|n| step(n * 1000, n)));
    records.extend([evaluated(10, 0.4), evaluated(15, 0.9)]);
    records.push(at(0, TrainEvent::Resumed { step: 12 }));
    let state = folded(records);
    assert_eq!((state.steps(), state.series(Quantity::Loss).len()), (12, 12));
    assert_eq!(state.best().map(|e| e.step), Some(10));
    assert_eq!(state.epoch_steps(), Some(2));
}

#[test]
fn the_clock_shows_training_alone_and_goes_on_where_a_run_is_taken_up() {
    let mut records = vec![
        started(),
        phase(1_000, Phase::Training),
        step(2_000, 1),
        phase(2_000, Phase::Paused),
        phase(60_000, Phase::Training),
        step(61_000, 2),
        step(62_000, 3),
        // The process was killed, and another takes the run up a day later.
        phase(86_400_000, Phase::Starting),
        at(86_401_000, TrainEvent::Resumed { step: 2 }),
        phase(86_402_000, Phase::Training),
        step(86_403_000, 3),
    ];
    let state = folded(records.clone());
    let clock =
        |state: &RunState| (1..=4).filter_map(|i| state.clock.get(i - 1)).collect::<Vec<_>>();
    assert_eq!(clock(&state), [(1, 1.0), (2, 2.0), (3, 3.0)]);
    assert_eq!(state.eta_s(), Some(27.0));
    // Back to a checkpoint, in the midst of training.
    records.push(at(86_404_000, TrainEvent::Resumed { step: 1 }));
    records.push(step(86_405_000, 2));
    assert_eq!(clock(&folded(records)), [(1, 1.0), (2, 2.0)]);
}

#[test]
fn the_first_of_equally_good_validations_is_the_best() {
    let state = folded([evaluated(1, 0.5), evaluated(2, 0.7), evaluated(3, 0.7)]);
    assert_eq!(state.best().map(|e| e.step), Some(2));
}

#[test]
fn a_run_taken_up_again_is_not_finished() {
    let end = RunFinished {
        step: 1,
        epoch: 1,
        reason: "stopped".into(),
        best_accuracy: None,
        test_accuracy: None,
    };
    let mut records = vec![phase(0, Phase::Ended), at(0, TrainEvent::RunFinished(end))];
    assert!(folded(records.clone()).finished.is_some());
    records.push(phase(1, Phase::Starting));
    assert!(folded(records).finished.is_none());
}

#[test]
fn the_outline_of_a_run_has_its_curves_and_its_outcome_and_nothing_that_takes_room() {
    let warning = TrainEvent::Warning { kind: "a".into(), message: "b".into() };
    let mut records = vec![started(), phase(0, Phase::Training)];
    records.extend((1..=10).map(|n| step(n * 1000, n)));
    records.extend([evaluated(10, 0.4), at(11_000, warning)]);
    let mut outline = RunState::default();
    records.iter().for_each(|record| outline.apply_outline(record));
    let whole = folded(records);
    assert_eq!(outline.best(), whole.best());
    assert_eq!(outline.series(Quantity::Loss), whole.series(Quantity::Loss));
    assert_eq!(outline.validation(Quantity::Loss), whole.validation(Quantity::Loss));
    assert_eq!((outline.now, outline.steps(), outline.warnings.len()), (11_000, 10, 0));
    assert_eq!(outline.evaluations[0].confusion.classes(), 0);
}
