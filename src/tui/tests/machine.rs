//! What the training takes of the machine: when it is measured, and where it is shown.

use super::{super::testing::*, screens::hold};
use crate::{
    domain::{
        events::{Phase, TrainEvent},
        machine::Load,
    },
    tui::{Measuring, Source, action::Effect, app::App},
};

const LOAD: Load = Load { cpu_tenths: 19, cores: 2, memory: 238_000_000, gpu_percent: None };

fn measured() -> App {
    let mut app = running();
    assert!(app.measured(LOAD));
    app
}

#[test]
fn it_stands_beside_the_speed() {
    hold("machine", &mut measured());
}

#[test]
fn the_gpu_stands_there_where_it_tells() {
    let mut app = running();
    app.measured(Load { gpu_percent: Some(87), memory: 2_438_000_000, ..LOAD });
    hold("machine_gpu", &mut app);
    // Its number may grow, and so may the machine.
    app.measured(Load { gpu_percent: Some(100), cpu_tenths: 770, cores: 128, ..LOAD });
    let screen = rendered(&mut app, 80, 24);
    assert!(screen.contains("╭ now  cpu  77 of 128  gpu 100 % ╮"), "{screen}");
}

#[test]
fn nothing_is_drawn_for_what_looks_the_same() {
    let mut app = measured();
    assert!(!app.measured(LOAD));
    press(&mut app, "2");
    assert!(!app.measured(Load { cpu_tenths: 3, ..LOAD }), "it is not on this tab");
    press(&mut app, "1");
    assert!(app.measured(LOAD));
}

#[test]
fn it_is_measured_while_something_is_trained_here() {
    let mut app = waiting();
    let due = |app: &mut App, now| {
        app.now = now;
        app.measurement_due()
    };
    let asked = |begins, gpu| Some(Effect::Measure(Measuring { begins, gpu }));
    assert_eq!(due(&mut app, 10), None);
    for event in [phase(Phase::Starting), started(), phase(Phase::Training)] {
        tell(&mut app, event);
    }
    assert_eq!(due(&mut app, 100), asked(true, true));
    assert_eq!(due(&mut app, 2_000), None);
    assert_eq!(due(&mut app, 2_100), asked(false, true));
    assert!(app.measured(LOAD));

    tell(&mut app, phase(Phase::Paused));
    assert_eq!((due(&mut app, 4_200), app.load()), (None, None));
    assert!(!app.measured(LOAD), "it was asked for before the pause");
    tell(&mut app, phase(Phase::Training));
    assert_eq!(due(&mut app, 4_300), asked(true, true), "the pause counts nowhere");
    assert_eq!(due(&mut app, 60_000), asked(true, true), "nor does a stop of the process");

    app.source = Source::Watch;
    assert_eq!((due(&mut app, 90_000), app.load()), (None, None));
}

#[test]
fn a_gpu_is_left_asleep_by_a_training_on_the_processor() {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.device = "cpu (AVX2, 2 threads)".into();
    let mut app = told([phase(Phase::Starting), TrainEvent::RunStarted(run)]);
    let asked = Effect::Measure(Measuring { begins: true, gpu: false });
    assert_eq!(app.measurement_due(), Some(asked));
}
