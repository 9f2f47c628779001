//! A second run beside the one that is shown.

use super::super::testing::*;

#[test]
fn a_run_is_compared_until_the_key_ends_it() {
    let mut app = running();
    press(&mut app, "C");
    assert!(rendered(&mut app, 80, 24).contains("R lists the runs"));
    app.compare("0101", Ok(running().run));
    assert_eq!(app.compared.as_ref().map(|c| c.run.steps()), Some(500));
    app.compare("0\u{1b}[2J", Err("0\u{1b}[2J: no such run".into()));
    assert!(rendered(&mut app, 80, 24).contains("no such run"));
    press(&mut app, "C");
    assert!(app.compared.is_none());
}
