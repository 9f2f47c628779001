//! What the mouse does on the parts of the screen that all tabs have.

use super::super::testing::*;
use crate::{
    domain::events::Command,
    tui::{
        action::Effect,
        app::{App, Overlay},
        mouse::MouseKind,
        tab::Tab,
    },
};

fn on(columns: u16, rows: u16) -> App {
    let mut app = running();
    app.size = (columns, rows);
    app
}

#[test]
fn a_press_on_the_name_of_a_tab_shows_it() {
    for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut app = on(size.0, size.1);
        let name = |tab: Tab| match size.0 {
            60 => format!(" {} ", tab.index() + 1),
            _ => format!(" {}", tab.label()),
        };
        for tab in [Tab::Log, Tab::Layers, Tab::Confusion, Tab::Network, Tab::Samples, Tab::Train] {
            click(&mut app, &name(tab));
            assert_eq!(app.tab, tab, "{size:?}");
        }
    }
}

#[test]
fn a_press_on_a_hint_is_its_key() {
    let mut app = on(120, 40);
    assert_eq!(click(&mut app, "pause"), Some(Effect::Send(Command::Pause)));
    assert_eq!(click(&mut app, ". step"), Some(Effect::Send(Command::Step(1))));
    assert_eq!(click(&mut app, "1–6 tabs"), None);
    click(&mut app, "help");
    assert!(matches!(app.overlay, Overlay::Help(0)));
}

#[test]
fn a_press_beside_an_overlay_closes_it_and_does_no_more() {
    for keys in ["?", ":", "e", "q"] {
        let mut app = on(120, 40);
        press(&mut app, keys);
        assert!(!matches!(app.overlay, Overlay::None), "{keys}");
        do_with_mouse(&mut app, MouseKind::Press, (25, 0)); // a tab
        assert!(matches!(app.overlay, Overlay::None), "{keys}");
        assert_eq!(app.tab, Tab::Train, "{keys}");
    }
}

#[test]
fn an_entry_of_the_palette_is_done_where_it_is_pressed() {
    let mut app = on(80, 24);
    press(&mut app, ":");
    wheel(&mut app, MouseKind::WheelDown, "command");
    assert_eq!(click(&mut app, "checkpoint now"), Some(Effect::Send(Command::Checkpoint)));
    assert!(matches!(app.overlay, Overlay::None));
}

#[test]
fn the_quit_dialog_can_be_answered_with_the_mouse() {
    let mut app = on(80, 24);
    press(&mut app, "q");
    assert_eq!(click(&mut app, "go on training"), None);
    press(&mut app, "q");
    assert_eq!(click(&mut app, "stop after this batch"), Some(Effect::Send(Command::Stop)));
}

#[test]
fn the_wheel_scrolls_help_and_log() {
    let mut app = on(80, 24);
    press(&mut app, "?");
    wheel(&mut app, MouseKind::WheelDown, "keys");
    assert!(matches!(app.overlay, Overlay::Help(3)));
    press(&mut app, "<esc>6");
    (0..60).for_each(|n| app.views.log.push(format!("line {n}")));
    wheel(&mut app, MouseKind::WheelUp, "line 59");
    assert!(rendered(&mut app, 80, 24).contains("line 56"));
    assert!(!rendered(&mut app, 80, 24).contains("line 57"));
    (0..9).for_each(|_| _ = wheel(&mut app, MouseKind::WheelDown, "line"));
    assert!(rendered(&mut app, 80, 24).contains("following"));
}

#[test]
fn going_elsewhere_keeps_the_filter_that_is_being_typed() {
    let mut app = on(80, 24);
    press(&mut app, "2/stem");
    click(&mut app, "Train");
    assert_eq!((app.tab, app.views.layers.filter.as_str()), (Tab::Train, "stem"));
    assert!(matches!(app.overlay, Overlay::None));
}
