//! What a person asks of a run that goes on, and how long that is shown.

use super::super::{testing::*, views::pictures::hold};
use crate::{
    domain::{
        config::{Schedule, TrainConfig},
        events::{Command, Extension, Phase, RateChange, Split, TrainEvent},
    },
    tui::{Source, action::Effect, app::App, theme::ColourDepth},
};

fn header(app: &mut App) -> String {
    rendered(app, 120, 40).lines().next().unwrap().to_owned()
}

fn foot(app: &mut App) -> String {
    rendered(app, 120, 40).lines().nth(37).unwrap().to_owned()
}

/// A run with another schedule and end, after `steps` steps.
fn scheduled(config: TrainConfig, steps: u64) -> App {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.config = config;
    let mut app = told([TrainEvent::RunStarted(run), phase(Phase::Training)]);
    let schedule = app.run.schedule().unwrap();
    for n in 1..=steps {
        let TrainEvent::Step(mut sample) = step(n) else { unreachable!() };
        sample.lr = schedule.at(n - 1);
        tell(&mut app, TrainEvent::Step(sample));
    }
    app
}

#[test]
fn three_keys_halve_the_learning_rate_and_the_trainer_says_when() {
    let mut app = running();
    assert_eq!(press(&mut app, "a-<enter>"), [Effect::Send(Command::SetLearningRate(5e-4))]);
    assert!(foot(&mut app).contains("asked for learning rate 5e-4…"), "{}", foot(&mut app));
    let change = RateChange { step: 500, scale: 0.5, lr: 5e-4 };
    tell(&mut app, TrainEvent::LearningRate(change));
    assert!(foot(&mut app).contains("learning rate 5e-4 from step 500 on, 0.500 × the schedule"));
    assert_eq!(press(&mut app, "a+<enter>"), [Effect::Send(Command::SetLearningRate(1e-3))]);
}

#[test]
fn a_rate_can_be_typed_and_only_a_sane_one_is_asked_for() {
    let mut app = running();
    assert_eq!(press(&mut app, "a3e-4<enter>"), [Effect::Send(Command::SetLearningRate(3e-4))]);
    assert_eq!(press(&mut app, "a.02-<enter>"), [Effect::Send(Command::SetLearningRate(0.01))]);
    for nonsense in ["a99<enter>", "a3e<enter>", "a1e-99<enter>", "a0<enter>"] {
        assert_eq!(press(&mut app, nonsense), [], "{nonsense}");
        assert_eq!(press(&mut app, "<esc>"), []);
    }
    assert_eq!(press(&mut app, "a-<esc>"), []);
}

#[test]
fn epochs_are_counted_up_or_typed() {
    let mut app = running();
    assert_eq!(press(&mut app, "A+++-<enter>"), [Effect::Send(Command::AddEpochs(3))]);
    assert!(foot(&mut app).contains("asked for 3 more epochs…"));
    tell(&mut app, TrainEvent::Extended(Extension { step: 500, epochs: 8 }));
    assert!(header(&mut app).contains("epoch 3/8"), "{}", header(&mut app));
    assert_eq!(app.run.total_steps(), Some(8 * EPOCH));
    assert_eq!(press(&mut app, "A<left>2<enter>"), [Effect::Send(Command::AddEpochs(21))]);
    assert_eq!(press(&mut app, "A25<enter>"), [Effect::Send(Command::AddEpochs(25))]);
}

#[test]
fn to_the_end_of_the_epoch_and_evaluating_now_are_shown_until_they_are_answered() {
    let mut app = running();
    assert_eq!(press(&mut app, "E"), [Effect::Send(Command::FinishEpoch)]);
    assert!(header(&mut app).contains("epoch's end…"));
    tell(&mut app, phase(Phase::Training));
    assert!(header(&mut app).contains("RUNNING"));
    assert_eq!(press(&mut app, "v"), [Effect::Send(Command::Evaluate)]);
    assert!(foot(&mut app).contains("asked for an evaluation…"));
    tell(&mut app, phase(Phase::Evaluating));
    let TrainEvent::Evaluated(mut evaluation) = evaluated(2, Split::Validation) else {
        unreachable!()
    };
    (evaluation.step, evaluation.epoch, evaluation.accuracy) = (500, 3, 0.99);
    tell(&mut app, TrainEvent::Evaluated(evaluation));
    let said = foot(&mut app);
    assert!(said.contains("validation step 500") && !said.contains("best"), "{said}");
}

#[test]
fn a_refusal_says_why_and_ends_the_waiting() {
    let mut app = running();
    press(&mut app, "v");
    let refused = |command: &str| TrainEvent::Refused {
        command: command.into(),
        why: "the run is stopping\u{1b}[2J".into(),
    };
    tell(&mut app, refused("add_epochs"));
    assert!(app.control.asked().is_some(), "something else was refused");
    tell(&mut app, refused("evaluate"));
    assert!(foot(&mut app).contains("evaluate: refused, the run is stopping"));
    assert_eq!(app.control.asked(), None);
}

#[test]
fn whoever_looks_on_or_comes_too_late_asks_for_nothing() {
    let mut watching = App::new(&options(Source::Watch), ColourDepth::None);
    for event in [started(), phase(Phase::Training), step(1)] {
        tell(&mut watching, event);
    }
    let mut over = running();
    tell(&mut over, phase(Phase::Ended));
    for key in [" ", ".", "E", "v", "a", "A", "S", "B"] {
        assert_eq!(press(&mut watching, key), [], "{key}");
        assert!(foot(&mut watching).contains("only looks on"), "{key}: {}", foot(&mut watching));
        watching.tick(watching.now + 60_000, START);
        assert_eq!(press(&mut over, key), [], "{key}");
        assert!(foot(&mut over).contains("the run has ended"), "{key}: {}", foot(&mut over));
    }
}

#[test]
fn a_run_that_ends_by_steps_is_offered_no_epochs() {
    let config = TrainConfig { epochs: 5, max_steps: Some(300), ..TrainConfig::default() };
    let mut app = scheduled(config, 3);
    press(&mut app, "A");
    assert!(foot(&mut app).contains("ends by its number of steps"));
}

#[test]
fn dialogs() {
    let config = || TrainConfig {
        epochs: 5,
        schedule: Schedule::Cosine,
        warmup_steps: 100,
        ..TrainConfig::default()
    };
    let mut app = scheduled(config(), 400);
    press(&mut app, "a--");
    hold("rate", &mut app);
    press(&mut app, "42");
    hold("rate_refused", &mut app);
    press(&mut app, "<esc>A+");
    hold("epochs", &mut app);
    let one_cycle =
        TrainConfig { schedule: Schedule::OneCycle, lr: 0.1, warmup_steps: 0, ..config() };
    let mut app = scheduled(one_cycle, 950);
    press(&mut app, "a+");
    hold("rate_late", &mut app);
    let mut app = running();
    press(&mut app, "A0");
    hold("epochs_refused", &mut app);
}
