//! The first tab. Each picture is a file beside this one, to be looked at when it changes.

use super::super::testing::*;
use crate::{
    domain::events::{Phase, TrainEvent},
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
fn train_on_narrow_screens() {
    for (columns, rows) in [(60, 24), (60, 36), (70, 55)] {
        let screen = rendered(&mut running(), columns, rows);
        assert_snapshot!(format!("train_{columns}x{rows}"), screen);
    }
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
