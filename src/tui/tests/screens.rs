//! What the person sees whichever tab is shown, and the first tab. Each picture is a file beside this one, to be looked at when it changes.

use super::super::testing::*;
use crate::{
    domain::events::{Phase, Split, TrainEvent},
    tui::app::App,
};

/// Holds the screen against its picture.
macro_rules! assert_snapshot {
    ($name:expr, $screen:expr) => {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!($name, $screen)
        })
    };
}

const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (60, 16)];

/// Holds a state against its pictures in four sizes.
pub(super) fn hold(name: &str, app: &mut App) {
    for (columns, rows) in SIZES {
        assert_snapshot!(format!("{name}_{columns}x{rows}"), rendered(app, columns, rows));
    }
}

#[test]
fn train() {
    hold("train", &mut running());
}

#[test]
fn before_any_event_each_tab_says_what_it_waits_for() {
    let mut app = waiting();
    for (key, name) in [
        ("1", "train"),
        ("2", "layers"),
        ("3", "confusion"),
        ("4", "samples"),
        ("5", "network"),
        ("6", "log"),
    ] {
        press(&mut app, key);
        app.count = None;
        assert_snapshot!(format!("waiting_{name}"), rendered(&mut app, 80, 24));
    }
}

#[test]
fn before_the_first_step() {
    let mut app = told([phase(Phase::Starting), started()]);
    hold("starting", &mut app);
}

#[test]
fn the_banner_stays_for_the_whole_run() {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.banner = Some("stand-in data: CIFAR-10 could not be fetched (no network)".into());
    let mut app = told([TrainEvent::RunStarted(run), phase(Phase::Training), step(1), step(2)]);
    assert_snapshot!("banner", rendered(&mut app, 80, 24));
}

#[test]
fn help() {
    let mut app = running();
    press(&mut app, "?");
    hold("help", &mut app);
    press(&mut app, "GG");
    assert_snapshot!("help_end", rendered(&mut app, 80, 24));
    press(&mut app, "k");
    assert!(!rendered(&mut app, 80, 24).contains("stops at once"));
}

#[test]
fn palette() {
    let mut app = running();
    press(&mut app, ":");
    assert_snapshot!("palette", rendered(&mut app, 80, 24));
    press(&mut app, "thm");
    assert_snapshot!("palette_typed", rendered(&mut app, 80, 24));
}

#[test]
fn export_menu() {
    let mut app = running();
    press(&mut app, "e");
    hold("export", &mut app);
}

#[test]
fn quit_dialog_and_stopping() {
    let mut app = running();
    press(&mut app, "q");
    hold("quit", &mut app);
    press(&mut app, "<enter>");
    assert_snapshot!("stopping", rendered(&mut app, 80, 24));
}

#[test]
fn pausing_and_paused() {
    let mut app = running();
    press(&mut app, " ");
    assert!(rendered(&mut app, 80, 24).contains("pausing…"));
    tell(&mut app, phase(Phase::Paused));
    assert_snapshot!("paused", rendered(&mut app, 80, 24));
}

#[test]
fn ended() {
    let mut app = running();
    for event in [evaluated(5, Split::Test), phase(Phase::Ended), finished()] {
        tell(&mut app, event);
    }
    hold("ended", &mut app);
}

#[test]
fn chart_zoomed_with_crosshair_and_logarithm() {
    let mut app = running();
    press(&mut app, "+cL<left><left>z");
    assert_snapshot!("chart", rendered(&mut app, 100, 30));
}

#[test]
fn values_that_are_no_numbers_leave_gaps_with_marks() {
    let mut app = told([started(), phase(Phase::Training)]);
    for n in 1..=80 {
        let TrainEvent::Step(mut sample) = step(n) else { unreachable!() };
        if (40..50).contains(&n) {
            sample.loss = f64::NAN;
        }
        tell(&mut app, TrainEvent::Step(sample));
    }
    assert_snapshot!("gaps", rendered(&mut app, 80, 24));
}

#[test]
fn a_window_that_is_too_small_says_so() {
    assert_snapshot!("too_small", rendered(&mut running(), 59, 16));
}
