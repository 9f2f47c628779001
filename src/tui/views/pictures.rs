//! Pictures of the tabs, to be looked at when they change.

use crate::tui::{app::App, testing::rendered};

/// Holds a state against its pictures in four sizes.
pub fn hold(name: &str, app: &mut App) {
    for (columns, rows) in [(200, 60), (120, 40), (80, 24), (60, 16)] {
        hold_at(name, app, (columns, rows));
    }
}

/// Holds a state against its picture in one size.
pub fn hold_at(name: &str, app: &mut App, (columns, rows): (u16, u16)) {
    let screen = rendered(app, columns, rows);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), screen)
    });
}
