use ratatui::layout::Position;

use super::*;
use crate::{
    domain::events::{Phase, TrainEvent},
    tui::{
        action::Effect,
        keys::KeyTable,
        testing::*,
        views::pictures::{hold, hold_at},
    },
};

#[test]
fn input_stem_thirteen_blocks_pooling_classifier() {
    let elements = elements(&ArchSpec::with_classes(10));
    assert_eq!(elements.len(), ELEMENTS);
    assert!(
        matches!(&elements[14], Element::Block(12, _, pointwise) if pointwise.out_channels == 1024)
    );
    assert!(matches!(&elements[16], Element::Classifier(layer) if layer.out_channels == 10));
}

#[test]
fn the_cursor_stays_inside() {
    let mut view = NetworkView::default();
    view.move_by(Motion::Up);
    assert_eq!(view.cursor, 0);
    view.move_by(Motion::Bottom);
    view.move_by(Motion::Down);
    assert_eq!(view.cursor, ELEMENTS - 1);
}

/// Does something with the mouse in a cell of an 80×24 screen that is drawn.
fn mouse(app: &mut App, kind: MouseKind, (x, y): (u16, u16)) {
    rendered(app, 80, 24);
    app.mouse(Mouse { kind, at: Position::new(x, y) });
}

#[test]
fn a_click_selects_the_box_under_it_and_the_wheel_goes_from_box_to_box() {
    let mut app = running();
    press(&mut app, "5");
    let screen = rendered(&mut app, 80, 24);
    let y = screen.lines().position(|line| line.contains(" 1 dw 3×3")).unwrap() as u16;
    mouse(&mut app, MouseKind::Press, (10, y));
    assert_eq!(app.views.network.cursor, 3);
    mouse(&mut app, MouseKind::Press, (60, y)); // beside the boxes
    mouse(&mut app, MouseKind::WheelDown, (10, y));
    mouse(&mut app, MouseKind::WheelDown, (60, y));
    mouse(&mut app, MouseKind::WheelUp, (10, y));
    assert_eq!(app.views.network.cursor, 4);
}

#[test]
fn maps_are_those_of_the_block_and_of_the_sample_that_is_selected() {
    let mut app = running();
    let maps = |app: &App| app.views.network.maps.layer_of(app.views.network.cursor);
    press(&mut app, "5jjj");
    assert_eq!((maps(&app), app.wanted()), (None, None));
    app.update(Action::FeatureMaps);
    let first = FeatureRequest { layer: 4, split: Split::Test, sample: 0 };
    assert_eq!(app.wanted(), Some(Effect::Features(first)));
    assert_eq!(app.wanted(), None, "it is asked once");
    app.update(Action::Matrix);
    assert_eq!(app.wanted(), Some(Effect::Features(FeatureRequest { layer: 3, ..first })));
    press(&mut app, "4<right>5");
    let selected = app.views.samples.selected_of_split();
    let (split, sample) = selected.unwrap();
    assert_eq!(split, Split::Validation);
    app.update(Action::Move(Motion::Down));
    assert_eq!(app.wanted(), Some(Effect::Features(FeatureRequest { layer: 5, split, sample })));
}

#[test]
fn maps_of_newer_weights_are_asked_for_after_a_while() {
    let mut app = running();
    press(&mut app, "5jf");
    tell(&mut app, step(501));
    app.tick(1_999, START);
    assert_eq!(app.wanted(), None);
    assert!(app.tick(2_000, START) && app.wanted().is_some());
    tell(&mut app, phase(Phase::Paused));
    assert!(!app.tick(60_000, START) && app.wanted().is_none());
}

#[test]
fn an_answer_that_does_not_fit_or_says_no_is_told() {
    let mut app = running();
    press(&mut app, "5jf");
    let request = FeatureRequest { layer: 0, split: Split::Test, sample: 0 };
    let mut torn = feature_maps(&request);
    torn.values.pop();
    app.views.network.answered((request, Ok(torn)));
    assert!(rendered(&mut app, 80, 24).contains("do not fit together"));
    app.views.network.answered((request, Err("this build has no network\u{1b}[2J".into())));
    assert!(rendered(&mut app, 80, 24).contains("this build has no network"));
    let other = FeatureRequest { layer: 2, ..request };
    app.views.network.answered((other, Err("too late".into())));
    assert!(!rendered(&mut app, 80, 24).contains("too late"));
}

#[test]
fn the_example_is_called_only_where_it_can_come() {
    let mut app = running();
    rendered(&mut app, 200, 60);
    press(&mut app, "5j<enter>");
    assert!(!app.views.network.example);
    assert!(app.message().is_some_and(|message| message.contains("a pane of its own")));
    rendered(&mut app, 80, 24);
    press(&mut app, "<enter>");
    assert!(rendered(&mut app, 80, 24).contains("article's example (esc: back)"));
    press(&mut app, "f<enter>");
    assert!(app.message().is_some_and(|message| message.contains("the maps take the room")));
    press(&mut app, "<esc>");
    assert!(!app.views.network.maps.is_shown, "one key closes what is in sight");
    press(&mut app, "<esc>");
    assert!(!app.views.network.example);
}

#[test]
fn alone_the_element_and_the_example_take_turns_unless_the_maps_are_there() {
    let mut app = running();
    for (columns, rows) in [(120, 60), (200, 60)] {
        rendered(&mut app, columns, rows);
        press(&mut app, "5jzf<enter>");
        assert!(!app.views.network.example);
        assert!(app.message().is_some_and(|message| message.contains("the maps take the room")));
        assert!(!rendered(&mut app, columns, rows).contains("enter example"));
        press(&mut app, "f");
        assert!(rendered(&mut app, columns, rows).contains("enter example"));
        press(&mut app, "<enter>");
        assert!(rendered(&mut app, columns, rows).contains("article's example (enter: back)"));
        press(&mut app, "<enter>");
        assert!(rendered(&mut app, columns, rows).contains("enter: the article's example"));
        press(&mut app, "<esc>1");
    }
}

#[test]
fn keys_go_by_the_rows_that_are_drawn() {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.banner = Some("a stand-in for the data".to_owned());
    let mut app = told([TrainEvent::RunStarted(run)]);
    rendered(&mut app, 120, 53); // without the banner, the maps would lie below the element
    press(&mut app, "5jf<enter>");
    assert!(app.message().is_some_and(|message| message.contains("the maps take the room")));
}

#[test]
fn another_convolution_is_offered_and_shown_only_where_there_is_one() {
    let mut app = running();
    rendered(&mut app, 120, 40);
    press(&mut app, "5jfm");
    assert!(rendered(&mut app, 120, 40).contains("maps of the stem  f: close"));
    press(&mut app, "j");
    assert!(rendered(&mut app, 120, 40).contains("maps of block 0, pointwise  m: other  f: close"));
}

#[test]
fn full_screen_is_of_the_maps_or_else_of_the_element() {
    let mut app = running();
    rendered(&mut app, 80, 24);
    press(&mut app, "5jjz");
    let alone = rendered(&mut app, 80, 24);
    assert!(alone.contains("block 0: depthwise separable") && !alone.contains("network"));
    press(&mut app, "f");
    let maps = rendered(&mut app, 80, 24);
    assert!(maps.contains("maps of block 0") && !maps.contains("network"));
    press(&mut app, "<right><right><right><right><right><right><right><right>");
    let end = rendered(&mut app, 80, 24);
    press(&mut app, "<left>");
    assert_ne!(rendered(&mut app, 80, 24), end, "no press goes beyond the last page");
    press(&mut app, "<esc>");
    assert!(rendered(&mut app, 80, 24).contains("network"));
}

#[test]
fn keys_are_named_as_they_are_set() {
    let mut app = running();
    let wishes = [("feature-maps", "F"), ("matrix", "M")];
    let wishes = wishes.map(|(name, key)| (name.to_owned(), vec![key.to_owned()]));
    app.keys = KeyTable::with(&wishes).unwrap();
    press(&mut app, "5jj");
    assert!(rendered(&mut app, 120, 40).contains("under the cursor  F: its maps"));
    press(&mut app, "F");
    assert!(rendered(&mut app, 120, 40).contains("pointwise  M: other  F: close"));
}

#[test]
fn pages_of_maps_end() {
    let mut app = running();
    rendered(&mut app, 80, 24);
    press(&mut app, "5jf");
    assert!(rendered(&mut app, 80, 24).contains("maps 1–"));
    press(&mut app, "<right><right><right><right>");
    let end = rendered(&mut app, 80, 24);
    press(&mut app, "<right>");
    assert_eq!(rendered(&mut app, 80, 24), end);
    press(&mut app, "<left>");
    assert_ne!(rendered(&mut app, 80, 24), end);
}

#[test]
fn pictures() {
    let mut app = running();
    press(&mut app, "5");
    hold("network_input", &mut app);
    press(&mut app, "jjjjj");
    hold("network", &mut app);
    hold_at("network", &mut app, (200, 60));
    press(&mut app, "z");
    hold_at("network_alone", &mut app, (120, 40));
    press(&mut app, "f");
    hold_at("network_maps_alone", &mut app, (80, 24));
    press(&mut app, "z");
    hold("network_maps", &mut app);
    hold_at("network_maps", &mut app, (200, 60));
    rendered(&mut app, 120, 40); // on the widest there is nothing to call
    press(&mut app, "fG<enter>");
    hold("network_example", &mut app);
    hold_at("network_example", &mut app, (200, 60));
    let mut app = waiting();
    press(&mut app, "5");
    hold("network_waiting", &mut app);
}
