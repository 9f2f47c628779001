//! A second run beside the one that is shown.

use super::super::testing::*;
use crate::tui::{KeyTable, Reading};

#[test]
fn a_run_is_compared_until_the_key_ends_it() {
    let mut app = running();
    press(&mut app, "C");
    assert!(rendered(&mut app, 80, 24).contains("R lists the runs"));
    app.begin_comparing("0101");
    assert!(!app.compare(Reading::Complete(Box::new(running().run))));
    assert_eq!(app.compared.as_ref().map(|c| c.run.steps()), Some(500));
    app.begin_comparing("0\u{1b}[2J");
    assert!(!app.compare(Reading::Failed("0\u{1b}[2J: no such run".into())));
    assert!(rendered(&mut app, 80, 24).contains("no such run"));
    press(&mut app, "C");
    assert!(app.compared.is_none());
}

#[test]
fn the_keys_that_are_named_are_the_persons() {
    let mut app = running();
    let wishes = [("compare", "V"), ("list-runs", "K")];
    let wishes = wishes.map(|(action, key)| (action.to_owned(), vec![key.to_owned()]));
    app.keys = KeyTable::with(&wishes).unwrap();
    press(&mut app, "V");
    assert!(rendered(&mut app, 80, 24).contains("K lists the runs"));
    app.begin_comparing("0101");
    assert!(rendered(&mut app, 80, 24).contains("; V stops it"));
    app.compare(Reading::Complete(Box::new(running().run)));
    assert!(rendered(&mut app, 80, 24).contains("compared with 0102-0304; V stops it"));
}

#[test]
fn while_a_long_run_is_read_the_screen_says_so_and_keys_are_answered() {
    let mut app = running();
    app.begin_comparing("0\u{1b}[2J101");
    assert!(rendered(&mut app, 80, 24).contains("reading 0101 to compare with…; C stops it"));
    assert!(app.compare(Reading::UnderWay(240_000)));
    press(&mut app, "2");
    let screen = rendered(&mut app, 80, 24);
    assert!(screen.contains("[2 Layers]") && screen.contains("240,000 steps so far"), "{screen}");
    press(&mut app, "C");
    assert!(rendered(&mut app, 80, 24).contains("0101 is not read any further"));
    assert!(!app.compare(Reading::Complete(Box::new(running().run))), "it is not waited for");
    assert!(app.compared.is_none());
}
