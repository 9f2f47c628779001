//! The charts of the first tab in all their states, by keys and by mouse.

use ratatui::layout::Position;

use super::super::testing::*;
use crate::{
    domain::events::{Phase, Split, TrainEvent},
    tui::{
        Reading,
        app::App,
        mouse::{Mouse, MouseKind},
        tab::Tab,
    },
};

/// Holds a state against its pictures in four sizes.
fn hold(name: &str, app: &mut App) {
    for (columns, rows) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            let name = format!("charts_{name}_{columns}x{rows}");
            insta::assert_snapshot!(name, rendered(app, columns, rows));
        });
    }
}

/// The same in the usual size alone.
fn hold_one(name: &str, app: &mut App) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("charts_{name}_80x24"), rendered(app, 80, 24));
    });
}

/// A run that is worse by `more`, with a warm-up, a pause of ten minutes, a stretch without numbers and a spike.
fn eventful(steps: u64, more: f64) -> App {
    let mut app = told([phase(Phase::Starting), started(), phase(Phase::Training)]);
    for n in 1..=steps {
        let TrainEvent::Step(mut sample) = step(n) else { unreachable!() };
        sample.lr = 1e-3 * (n as f64 / 100.0).min(1.0);
        sample.grad_norm = if n == 310 { 40.0 } else { sample.grad_norm };
        sample.step_ms += sample.loss;
        sample.loss += more;
        sample.accuracy -= more / 2.6;
        if (330..350).contains(&n) {
            (sample.loss, sample.grad_norm) = (f64::NAN, f64::INFINITY);
        }
        if n == 120 {
            tell(&mut app, phase(Phase::Paused));
            app.run.now += 600_000;
            tell(&mut app, phase(Phase::Training));
        }
        tell(&mut app, TrainEvent::Step(sample));
        if n.is_multiple_of(EPOCH) {
            tell(&mut app, phase(Phase::Evaluating));
            tell(&mut app, evaluated((n / EPOCH) as u32, Split::Validation));
            tell(&mut app, phase(Phase::Training));
        }
    }
    app
}

fn compared() -> App {
    let mut app = running();
    let mut other = eventful(700, 0.3).run;
    other.started.as_mut().unwrap().run_id = "0101-0203".into();
    app.begin_comparing("0101");
    app.compare(Reading::Complete(Box::new(other)));
    app
}

fn mouse(app: &mut App, kind: MouseKind, (x, y): (u16, u16)) {
    assert_eq!(app.mouse(Mouse { kind, at: Position::new(x, y) }), None);
}

fn drag(app: &mut App, from: (u16, u16), to: (u16, u16)) {
    mouse(app, MouseKind::Press, from);
    mouse(app, MouseKind::Drag, to);
    mouse(app, MouseKind::Release, to);
}

fn readout(app: &mut App) -> String {
    let screen = rendered(app, 120, 40);
    screen.lines().find(|line| line.starts_with(" @")).unwrap().to_owned()
}

#[test]
fn gaps_and_spikes() {
    hold("gaps", &mut eventful(500, 0.0));
}

#[test]
fn zoomed() {
    let mut app = running();
    press(&mut app, "++<left><left>");
    hold("zoomed", &mut app);
}

#[test]
fn crosshair_by_step_epoch_and_time() {
    let mut app = eventful(500, 0.0);
    press(&mut app, "400c");
    hold("by_step", &mut app);
    press(&mut app, "x");
    hold("by_epoch", &mut app);
    press(&mut app, "x");
    hold("by_time", &mut app);
}

#[test]
fn logarithmic() {
    let mut app = eventful(500, 0.0);
    press(&mut app, "wL<tab>L");
    hold("log", &mut app);
}

#[test]
fn other_charts() {
    let mut app = eventful(500, 0.0);
    press(&mut app, "ww");
    hold("speed", &mut app);
}

#[test]
fn compared_with_another_run() {
    let mut app = compared();
    hold("compared", &mut app);
    press(&mut app, "300cz");
    hold("compared_full", &mut app);
}

#[test]
fn a_box_is_being_drawn() {
    for (size, from, to) in
        [((60, 16), 12, 30), ((80, 24), 12, 30), ((120, 40), 20, 50), ((200, 60), 30, 60)]
    {
        let mut app = running();
        rendered(&mut app, size.0, size.1);
        mouse(&mut app, MouseKind::Press, (from, 8));
        mouse(&mut app, MouseKind::Drag, (to, 9));
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            let name = format!("charts_box_{}x{}", size.0, size.1);
            insta::assert_snapshot!(name, rendered(&mut app, size.0, size.1));
        });
    }
}

#[test]
fn curves_without_braille() {
    for (name, presses) in [("blocks", 1), ("ascii", 2)] {
        let mut app = compared();
        (0..presses).for_each(|_| drop(press(&mut app, ":braille<enter>")));
        app.tick(60_000, app.wall);
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("charts_{name}"), rendered(&mut app, 80, 24));
        });
    }
}

#[test]
fn a_count_and_the_key_read_that_step_exactly_from_any_tab() {
    let mut app = eventful(500, 0.0);
    press(&mut app, "3");
    app.tick(5_000, START);
    press(&mut app, "123c");
    assert_eq!(app.tab, Tab::Train);
    let TrainEvent::Step(sample) = step(123) else { unreachable!() };
    let line = readout(&mut app);
    assert!(line.contains("@123 ") && line.contains(&format!("raw {:.4}", sample.loss)), "{line}");
    press(&mut app, "c999c");
    assert!(rendered(&mut app, 120, 40).contains("step 999 is not there"));
    assert!(readout(&mut app).contains("@500 "));
}

#[test]
fn the_digit_of_the_tab_is_no_step_for_the_crosshair() {
    let mut app = eventful(500, 0.0);
    press(&mut app, "3");
    app.tick(5_000, START);
    press(&mut app, "1c");
    assert_eq!((app.tab, app.views.train.crosshair), (Tab::Train, Some(250)));
    press(&mut app, "c1c");
    assert_eq!(app.views.train.crosshair, Some(1));
}

#[test]
fn pauses_take_no_time_on_the_axis() {
    let mut app = eventful(500, 0.0);
    press(&mut app, "119c");
    let before = readout(&mut app);
    press(&mut app, "c121c");
    // One event a second: 121 steps, and the two phases around the pause.
    assert!(before.contains(" 1:59 ") && readout(&mut app).contains(" 2:02 "), "{before}");
}

#[test]
fn a_click_sets_the_crosshair_and_a_drag_zooms() {
    let mut app = running();
    rendered(&mut app, 120, 40);
    mouse(&mut app, MouseKind::Press, (40, 10));
    mouse(&mut app, MouseKind::Release, (40, 10));
    let line = rendered(&mut app, 120, 40).lines().nth(10).unwrap().to_owned();
    assert_eq!(line.chars().nth(40), Some('│'), "{line}");
    mouse(&mut app, MouseKind::Press, (30, 10));
    mouse(&mut app, MouseKind::Drag, (45, 12));
    mouse(&mut app, MouseKind::Release, (45, 12));
    let shown = app.views.train.window.steps(1, 500);
    assert!(shown.0 > 100 && shown.1 < 400 && shown.1 - shown.0 > 90, "{shown:?}");
    let middle = app.views.train.crosshair;
    mouse(&mut app, MouseKind::WheelDown, (40, 10));
    assert!(app.views.train.window.steps(1, 500).1 > shown.1);
    assert_eq!(app.views.train.crosshair, middle);
}

#[test]
fn a_drag_over_several_rows_cuts_a_spike_away_until_all_is_shown_again() {
    let mut app = eventful(500, 0.0);
    press(&mut app, "w<tab>z");
    let whole = rendered(&mut app, 80, 24);
    assert!(whole.contains("│40 ┤"), "{whole}");
    drag(&mut app, (10, 17), (70, 19));
    let level = rendered(&mut app, 80, 24);
    assert!(level.contains("│40 ┤") && level.contains("zoomed"), "{level}");
    press(&mut app, "0");
    mouse(&mut app, MouseKind::Press, (10, 15));
    mouse(&mut app, MouseKind::Drag, (70, 18));
    hold_one("box_of_values", &mut app);
    mouse(&mut app, MouseKind::Release, (70, 18));
    hold_one("cut", &mut app);
    press(&mut app, "0");
    assert_eq!(rendered(&mut app, 80, 24), whole);
    drag(&mut app, (40, 15), (40, 18));
    let upright = rendered(&mut app, 80, 24);
    assert!(app.views.train.window.is_whole() && !upright.contains("│40 ┤"), "{upright}");
    assert!(upright.contains("0 whole run"), "{upright}");
    assert_eq!(app.views.train.crosshair, None);
    press(&mut app, "L");
    assert!(!rendered(&mut app, 80, 24).contains("zoomed"));
}

#[test]
fn differences_are_told_at_the_same_place_of_both_runs() {
    let mut app = compared();
    press(&mut app, "300c");
    let screen = rendered(&mut app, 200, 60);
    let line = screen.lines().find(|line| line.starts_with(" ╌ 0101-0203")).unwrap();
    assert!(line.contains("@300") && line.contains(" (this run −0.300) "), "{line}");
    assert!(line.contains(" val 1.600 (same) "), "{line}");
    // The sum on the screen adds up, though both numbers are rounded.
    let value = |line: &str| line.split("  acc ").nth(1).unwrap()[..4].parse::<f64>().unwrap();
    let own = screen.lines().find(|line| line.starts_with(" @")).unwrap();
    let difference = format!(" (+{:.1}) ", value(own) - value(line));
    assert!(line.contains(&difference), "{own}\n{line}");
    press(&mut app, "500cxx");
    // The other run had two events more on its way there: the phases around its pause.
    let screen = rendered(&mut app, 200, 60);
    let line = screen.lines().find(|line| line.starts_with(" ╌ 0101-0203")).unwrap();
    assert!(!line.contains("@500"), "{line}");
}

#[test]
fn the_crosshair_goes_back_with_the_run() {
    let mut app = compared();
    press(&mut app, "500c");
    tell(&mut app, TrainEvent::Resumed { step: 400 });
    assert_eq!(app.views.train.crosshair, Some(400));
    let screen = rendered(&mut app, 200, 60);
    let line = screen.lines().find(|line| line.starts_with(" ╌ 0101-0203")).unwrap();
    assert!(line.contains("@400"), "{line}");
    tell(&mut app, TrainEvent::Resumed { step: 0 });
    assert_eq!(app.views.train.crosshair, None, "there is no step to stand at");
}
