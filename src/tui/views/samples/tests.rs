use std::sync::Arc;

use ratatui::layout::Position;

use super::{load::HISTORY, order::SortKey, *};
use crate::{
    domain::{
        events::{Evaluation, TrainEvent},
        images::Predictions,
    },
    tui::{
        action::Effect,
        app::App,
        draw::Regions,
        mouse::{Mouse, MouseKind},
        testing::*,
        views::pictures::hold,
    },
};

/// Three pictures: 0 is taken for 1 narrowly, 1 for 2 surely, 2 is right.
fn predictions() -> Predictions {
    Predictions {
        step: 200,
        classes: 3,
        logits: vec![1.0, 1.2, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 3.0],
        labels: vec![0, 1, 2],
    }
}

fn names() -> Vec<String> {
    ["cat", "dog", "frog"].map(str::to_owned).into()
}

fn indices(selection: Selection) -> Vec<u32> {
    selection.indices(&Judged::all(&predictions()), &names())
}

#[test]
fn the_order_follows_loss_confidence_and_margin() {
    let by = |sort| indices(Selection { sort, ..Selection::default() });
    assert_eq!(by(SortKey::Loss), [1, 0]);
    assert_eq!(by(SortKey::Confidence), [1, 0]);
    assert_eq!(by(SortKey::Margin), [0, 1]);
    let all = Selection { filter: Filter::All, reversed: true, ..Selection::default() };
    assert_eq!(indices(all), [2, 0, 1]);
}

#[test]
fn a_filter_names_a_class_or_a_pair() {
    let of = |text: &str| indices(Selection { text: text.into(), ..Selection::default() });
    assert_eq!(of("dog"), [1, 0]);
    assert_eq!(of("Cat > dog"), [0]);
    assert_eq!(of("dog>"), [1]);
    assert_eq!((of("truth:dog"), of("pred:dog")), (vec![1], vec![0]));
    assert_eq!(of("horse"), [] as [u32; 0]);
    let cell = Filter::Cell { truth: 1, prediction: 2 };
    assert_eq!(indices(Selection { filter: cell, ..Selection::default() }), [1]);
}

#[test]
fn enter_on_a_cell_shows_exactly_its_pictures_and_esc_comes_back() {
    let mut app = running();
    press(&mut app, "3");
    let cell = app.views.confusion.selected(&app.run).unwrap();
    let count = app.run.evaluations.last().unwrap().confusion.at(cell.0, cell.1);
    press(&mut app, "<enter>");
    assert_eq!((app.tab, app.views.samples.visible.len() as u64), (Tab::Samples, count));
    press(&mut app, "<enter>");
    assert!(app.views.samples.large);
    press(&mut app, "<esc><esc>");
    assert_eq!((app.tab, app.views.confusion.selected(&app.run)), (Tab::Confusion, Some(cell)));
}

#[test]
fn other_pictures_than_those_of_the_cell_leave_the_way_back_to_it() {
    let mut app = running();
    press(&mut app, "3");
    let cell = app.views.confusion.selected(&app.run).unwrap();
    press(&mut app, "<enter>");
    let of_cell = app.views.samples.visible.clone();
    press(&mut app, "mm");
    assert_eq!(app.views.samples.visible.len(), 200);
    press(&mut app, "m");
    assert_eq!(app.views.samples.visible, of_cell);
    press(&mut app, "m<esc>");
    assert_eq!((app.tab, app.views.confusion.selected(&app.run)), (Tab::Confusion, Some(cell)));
    assert!(app.views.samples.pinned.is_none(), "the newest is followed again");
    press(&mut app, "4<esc>");
    assert_eq!(app.tab, Tab::Samples, "nothing leads back twice");
}

#[test]
fn what_is_typed_counts_against_what_there_was() {
    let mut app = running();
    press(&mut app, "4");
    let wrong = app.views.samples.visible.len();
    for (filter, of) in [("4", format!("of {wrong} misclassified")), ("m", "of 200".to_owned())] {
        press(&mut app, filter);
        app.views.samples.set_filter("cat");
        let found = app.views.samples.visible.len();
        let said = format!(" {found} {of} with “cat”");
        let screen = rendered(&mut app, 120, 40);
        assert!(screen.contains(&said), "{said}: {screen}");
    }
}

#[test]
fn alone_the_grid_is_wider_and_down_leads_to_the_picture_below() {
    let mut app = running();
    app.size = (120, 40);
    press(&mut app, "4z");
    let places = |app: &App| {
        let area = Rect::new(0, 1, 120, 37);
        grid::places(Panes::new(area, &app.views.samples, app.full_screen).grid, &app.views.samples)
    };
    let first = places(&app)[0].1;
    press(&mut app, "j");
    let below = places(&app).into_iter().find(|(place, _)| *place == app.views.samples.cursor);
    let below = below.unwrap().1;
    assert_eq!((below.x, app.views.samples.cursor), (first.x, 6));
    assert!(below.y > first.y);
    press(&mut app, "kzz");
    app.mouse(Mouse { kind: MouseKind::WheelDown, at: Position::new(20, 14) });
    assert_eq!(app.views.samples.cursor, 6, "by the wheel, too");
    press(&mut app, "k");
    press(&mut app, "<esc>j");
    assert_eq!(app.views.samples.cursor, 4, "four side by side beside the facts");
}

#[test]
fn down_leads_to_the_picture_below_whatever_takes_rows_around_the_grid() {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.banner = Some("these are shapes, not CIFAR-10".to_owned());
    let banner = TrainEvent::RunStarted(run);
    let refused = TrainEvent::Refused { command: "evaluate".into(), why: "no ".repeat(90) };
    let leaps = [None, Some(banner), Some(refused)].map(|event| {
        let mut app = running();
        event.into_iter().for_each(|event| tell(&mut app, event));
        press(&mut app, "4");
        rendered(&mut app, 150, 26);
        let view = &app.views.samples;
        let body = Regions::of(Rect::new(0, 0, 150, 26), &app).body;
        let places = grid::places(Panes::new(body, view, false).grid, view);
        let is_below = |cell: Rect| cell.x == places[0].1.x && cell.y > places[0].1.y;
        let below = places.iter().find(|(_, cell)| is_below(*cell)).unwrap().0;
        press(&mut app, "j");
        assert_eq!(app.views.samples.cursor, below);
        below
    });
    assert!(leaps[0] < leaps[1] && leaps[0] < leaps[2], "all are equally high: {leaps:?}");
}

#[test]
fn a_new_evaluation_keeps_the_cursor_on_its_picture() {
    let mut app = running();
    press(&mut app, "4ll");
    let before = app.views.samples.selected().unwrap();
    app.views.samples.selection.filter = Filter::All;
    app.views.samples.refresh();
    assert_eq!(app.views.samples.selected(), Some(before));
    tell(&mut app, evaluated(3, Split::Validation));
    rendered(&mut app, 80, 24);
    assert_eq!(app.views.samples.selected(), Some(before));
    assert_eq!(app.views.samples.history.len(), 3);
}

#[test]
fn of_a_long_run_only_the_evaluations_around_the_one_shown_are_remembered() {
    let mut app = running();
    press(&mut app, "4");
    for epoch in 3..60 {
        tell(&mut app, evaluated(epoch, Split::Validation));
        rendered(&mut app, 80, 24);
        assert!(app.views.samples.history.len() <= 1 + HISTORY);
    }
    (0..40).for_each(|_| _ = press(&mut app, "["));
    rendered(&mut app, 80, 24);
    assert_eq!(app.views.samples.shown.as_ref().unwrap().made.epoch, 19);
    let steps: Vec<u64> = app.views.samples.history.keys().map(|step| step / EPOCH).collect();
    assert_eq!(steps, (7..=31).collect::<Vec<u64>>());
}

#[test]
fn what_does_not_fit_together_is_an_error_and_is_asked_for_once() {
    let mut app = running();
    app.tab = Tab::Samples;
    let evaluation = app.run.evaluations.last().unwrap().clone();
    let mut broken = samples(&evaluation);
    Arc::make_mut(&mut broken.images).labels.pop();
    let asked = app.views.samples.wanted(&app.run).unwrap();
    app.views.samples.loaded(&asked, Ok(broken));
    assert!(app.views.samples.error().is_some());
    assert_ne!(app.views.samples.wanted(&app.run).map(|e| e.step), Some(asked.step));
}

const MISSING: &str = "no such file";

/// The newest evaluation cannot be read, the one before it can.
fn newest_is_missing() -> App {
    let mut app = running();
    app.tab = Tab::Samples;
    let [older, newest] = [0, 1].map(|at| app.run.evaluations[at].clone());
    assert_eq!(app.wanted(), Some(Effect::Load(Box::new(newest.clone()))));
    app.loaded(&newest, Err(MISSING.to_owned()));
    app.loaded(&older, Ok(samples(&older)));
    app
}

#[test]
fn what_cannot_be_read_says_so_and_nothing_else_does() {
    let mut app = newest_is_missing();
    let screen = rendered(&mut app, 120, 40);
    assert!(screen.contains(MISSING) && screen.contains("epoch 2 (newest, [ older)"), "{screen}");
    press(&mut app, "[");
    let screen = rendered(&mut app, 120, 40);
    assert!(!screen.contains(MISSING) && screen.contains("epoch 1 (1 of 2, ] newer)"), "{screen}");
    // Stepping to it asks for it again; this time nobody answers.
    app.update(Action::Smoother);
    app.wanted();
    let screen = unanswered(&mut app, 120, 40);
    assert!(!screen.contains(MISSING) && screen.contains("loading epoch 2…"), "{screen}");
    let newest = app.run.evaluations[1].clone();
    app.loaded(&newest, Err(MISSING.to_owned()));
    assert!(unanswered(&mut app, 120, 40).contains(MISSING));
    app.update(Action::LessSmooth);
    app.wanted();
    let screen = unanswered(&mut app, 120, 40);
    assert!(!screen.contains(MISSING) && screen.contains("epoch 1 (1 of 2"), "{screen}");
}

#[test]
fn what_was_missing_is_asked_for_again_once_it_is_made_again() {
    let mut app = newest_is_missing();
    app.wanted();
    assert!(unanswered(&mut app, 120, 40).contains(MISSING));
    tell(&mut app, evaluated(2, Split::Validation));
    assert_eq!(app.views.samples.wanted(&app.run).map(|wanted| wanted.epoch), Some(2));
    assert!(!rendered(&mut app, 120, 40).contains(MISSING));
}

#[test]
fn a_resumed_run_shows_the_evaluation_that_is_left() {
    let mut app = running();
    press(&mut app, "4");
    rendered(&mut app, 80, 24);
    tell(&mut app, TrainEvent::Resumed { step: 200 });
    rendered(&mut app, 80, 24);
    assert_eq!(app.views.samples.shown.as_ref().map(|shown| shown.made.step), Some(200));
    tell(&mut app, TrainEvent::Resumed { step: 0 });
    let screen = rendered(&mut app, 80, 24);
    assert!(screen.contains("waiting for the first validation"), "{screen}");
    assert!(app.views.samples.shown.is_none() && app.views.samples.history.is_empty());
}

#[test]
fn pictures_of_a_void_evaluation_do_not_pass_for_those_of_the_one_made_in_its_place() {
    let mut app = running();
    press(&mut app, "4");
    let void = app.run.evaluations[1].clone();
    let anew = Evaluation { loss: 0.5, ..void.clone() };
    tell(&mut app, TrainEvent::Resumed { step: 200 });
    tell(&mut app, TrainEvent::Evaluated(anew.clone()));
    assert_eq!(app.wanted(), Some(Effect::Load(Box::new(anew.clone()))));
    assert!(unanswered(&mut app, 120, 40).contains("loading epoch 2…"));
    // What was asked about the void one may be answered only now.
    app.loaded(&void, Ok(samples(&void)));
    assert_eq!(app.wanted(), Some(Effect::Load(Box::new(anew.clone()))));
    app.loaded(&anew, Ok(samples(&anew)));
    assert_eq!(app.wanted(), None);
    assert!(unanswered(&mut app, 120, 40).contains("epoch 2 (newest"));
}

#[test]
fn what_was_stepped_back_to_and_is_void_gives_way_to_the_newest_for_good() {
    let mut app = running();
    tell(&mut app, evaluated(3, Split::Validation));
    press(&mut app, "4[1");
    tell(&mut app, TrainEvent::Resumed { step: 200 });
    (2..=3).for_each(|epoch| tell(&mut app, evaluated(epoch, Split::Validation)));
    press(&mut app, "4");
    assert_eq!(app.views.samples.counted().map(|counted| counted.0), Some(3));
    assert!(app.views.samples.pinned.is_none());
}

#[test]
fn evaluations_are_stepped_through_and_the_picture_stays() {
    let mut app = running();
    let shown = |app: &App| {
        let view = &app.views.samples;
        (view.shown.as_ref().unwrap().made.epoch, view.selected().unwrap())
    };
    press(&mut app, "4mlll");
    let picture = shown(&app).1;
    press(&mut app, "[");
    assert_eq!(shown(&app), (1, picture));
    tell(&mut app, evaluated(3, Split::Validation));
    rendered(&mut app, 80, 24);
    assert_eq!(shown(&app), (1, picture), "what was stepped back to stays");
    press(&mut app, "]]");
    assert_eq!(shown(&app), (3, picture));
    tell(&mut app, evaluated(4, Split::Validation));
    rendered(&mut app, 80, 24);
    assert_eq!(shown(&app), (4, picture), "the newest is followed");
}

#[test]
fn a_way_to_older_ones_is_offered_where_there_are_some_to_look_at() {
    let mut app = running();
    press(&mut app, "4");
    assert!(rendered(&mut app, 200, 40).contains("older, newer"));
    tell(&mut app, TrainEvent::Resumed { step: 200 });
    let TrainEvent::Evaluated(mut bare) = evaluated(2, Split::Validation) else { unreachable!() };
    bare.predictions = None;
    tell(&mut app, TrainEvent::Evaluated(bare));
    assert!(!rendered(&mut app, 200, 40).contains("older, newer"));
}

#[test]
fn another_order_begins_at_its_first_picture() {
    let mut app = running();
    press(&mut app, "4G");
    press(&mut app, "s");
    assert_eq!(app.views.samples.cursor, 0);
    press(&mut app, "Gr");
    assert_eq!(app.views.samples.cursor, 0);
}

#[test]
fn a_click_selects_a_second_one_opens_and_the_wheel_scrolls() {
    let mut app = running();
    press(&mut app, "4");
    app.size = (120, 40);
    let at = Position::new(20, 14); // second column, second row
    let mut mouse = |kind| {
        app.mouse(Mouse { kind, at });
        (app.views.samples.cursor, app.views.samples.large)
    };
    assert_eq!(mouse(MouseKind::Press), (5, false));
    assert_eq!(mouse(MouseKind::Release), (5, false));
    assert_eq!(mouse(MouseKind::WheelDown), (9, false));
    assert_eq!(mouse(MouseKind::WheelUp), (5, false));
    assert_eq!(mouse(MouseKind::Press), (5, true));
    assert_eq!(mouse(MouseKind::WheelDown), (6, true));
    assert_eq!(mouse(MouseKind::Press), (6, true));
}

#[test]
fn pictures() {
    let mut app = running();
    app.theme = crate::tui::theme::Theme::new(
        crate::tui::theme::ThemeName::Dark,
        crate::tui::theme::ColourDepth::None,
    );
    press(&mut app, "4");
    hold("samples", &mut app);
    press(&mut app, "z");
    hold("samples_alone", &mut app);
    press(&mut app, "<esc>jl<enter>");
    hold("samples_large", &mut app);
    press(&mut app, "z");
    hold("samples_large_alone", &mut app);
    press(&mut app, "<esc><esc>[m");
    hold("samples_older", &mut app);
    press(&mut app, "m]/truth:cat pred");
    hold("samples_typing", &mut app);
    press(&mut app, "<esc>");
    app.views.samples.set_filter("zebra");
    hold("samples_none", &mut app);
}

#[test]
fn what_is_not_told_of_a_long_past_is_counted() {
    let mut app = running();
    app.theme = crate::tui::theme::Theme::new(
        crate::tui::theme::ThemeName::Dark,
        crate::tui::theme::ColourDepth::None,
    );
    (3..=6).for_each(|epoch| tell(&mut app, evaluated(epoch, Split::Validation)));
    press(&mut app, "4<enter>");
    hold("samples_past", &mut app);
}
