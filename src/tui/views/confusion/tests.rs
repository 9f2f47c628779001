use ratatui::layout::Position;

use super::*;
use crate::{
    domain::{
        confusion::Confusion,
        events::{Evaluation, Phase, Record, Split, TrainEvent},
    },
    tui::{
        app::App,
        keys::KeyTable,
        tab::Tab,
        testing::*,
        theme::{ColourDepth, Theme, ThemeName},
        views::pictures::{hold, hold_at},
    },
};

#[test]
fn the_cursor_begins_on_the_worst_pair_and_stays_inside() {
    let mut app = running();
    press(&mut app, "3");
    let worst = app.run.evaluations.last().unwrap().confusion.worst_pairs(99)[0];
    let (run, view) = (&app.run, &mut app.views.confusion);
    assert_eq!(view.selected(run), Some((worst.0, worst.1)));
    view.move_by(Motion::Bottom, run, 9);
    view.move_by(Motion::Right, run, 9);
    view.move_by(Motion::Down, run, 9);
    assert_eq!(view.selected(run), Some((9, 9)));
    view.move_by(Motion::Left, run, 9);
    assert_eq!(view.selected(run), Some((9, 8)));
    assert_eq!(view.selected(&RunState::default()), None);
}

#[test]
fn the_file_holds_names_and_counts() {
    let app = running();
    let csv = app.views.confusion.csv(&app.run).unwrap();
    assert!(csv.starts_with("truth,plane,car,bird,"));
    assert_eq!(csv.lines().count(), 11);
}

/// Epoch of the evaluation that is shown.
fn epoch(app: &App) -> u32 {
    app.views.confusion.opened(&app.run).unwrap().0.epoch
}

#[test]
fn evaluations_are_stepped_through_and_the_newest_is_followed() {
    let mut app = running();
    press(&mut app, "3[");
    assert_eq!(epoch(&app), 1);
    tell(&mut app, evaluated(3, Split::Validation));
    assert_eq!(epoch(&app), 1, "what was stepped back to stays");
    press(&mut app, "[");
    assert_eq!(epoch(&app), 1);
    press(&mut app, "]");
    assert_eq!(epoch(&app), 2);
    press(&mut app, "]]");
    assert_eq!(epoch(&app), 3);
    tell(&mut app, evaluated(4, Split::Validation));
    assert_eq!(epoch(&app), 4, "the newest is followed");
    press(&mut app, "[");
    tell(&mut app, TrainEvent::Resumed { step: 200 });
    assert_eq!(epoch(&app), 1);
    tell(&mut app, evaluated(2, Split::Validation));
    assert_eq!(epoch(&app), 2, "what was shown is void, so the newest is followed");
}

#[test]
fn only_what_is_looked_at_is_ranked() {
    let mut app = running();
    let is_ranked = |app: &App| app.views.confusion.ranking.is_of(app.run.evaluations.last());
    press(&mut app, "3");
    for epoch in 3..9 {
        tell(&mut app, evaluated(epoch, Split::Validation));
        assert!(!is_ranked(&app));
    }
    press(&mut app, "j");
    assert!(is_ranked(&app), "the key is meant for what the next drawing shows");
    press(&mut app, "6");
    tell(&mut app, evaluated(9, Split::Validation));
    rendered(&mut app, 120, 40);
    assert!(!is_ranked(&app));
}

#[test]
fn of_a_very_long_run_the_screen_says_that_a_selection_is_kept() {
    let mut app = running();
    press(&mut app, "3[");
    assert!(rendered(&mut app, 120, 40).contains("(1 of 2, ] newer)"));
    let TrainEvent::Evaluated(one) = evaluated(2, Split::Validation) else { unreachable!() };
    for n in 3..6_000 {
        let evaluation = Evaluation { step: n * EPOCH, epoch: n as u32, ..one.clone() };
        app.run.apply(&Record { time: START, event: TrainEvent::Evaluated(evaluation) });
    }
    let screen = rendered(&mut app, 120, 40);
    assert!(screen.contains("epoch 1 (1 of 3001 kept, ] newer)"), "{screen}");
}

#[test]
fn a_cell_leads_to_its_pictures_in_the_evaluation_that_is_shown() {
    let mut app = running();
    press(&mut app, "3[lj");
    let (evaluation, cell) = app.views.confusion.opened(&app.run).unwrap();
    let (epoch, count) = (evaluation.epoch, evaluation.confusion.at(cell.0, cell.1));
    press(&mut app, "<enter>");
    tell(&mut app, evaluated(3, Split::Validation));
    press(&mut app, "s");
    assert_eq!(app.views.samples.counted(), Some((epoch, count as usize)));
    press(&mut app, "<esc>");
    assert_eq!((app.tab, app.views.confusion.selected(&app.run)), (Tab::Confusion, Some(cell)));
}

#[test]
fn four_keys_lead_to_the_most_certain_mistakes_of_the_worst_pair() {
    let mut app = running();
    press(&mut app, "3<tab>");
    let worst = app.run.evaluations.last().unwrap().confusion.worst_pairs(99)[0];
    press(&mut app, "<enter>s");
    assert_eq!(app.views.samples.counted(), Some((2, worst.2 as usize)));
    let file = app.views.samples.csv().unwrap();
    let column = |line: &str, at: usize| line.split(',').nth(at).unwrap().to_owned();
    let lines: Vec<&str> = file.lines().skip(1).collect();
    let sure: Vec<f32> = lines.iter().map(|line| column(line, 4).parse().unwrap()).collect();
    assert!(sure.is_sorted_by(|a, b| a >= b), "{sure:?}");
    let names = app.run.class_names();
    assert!(lines.iter().all(|line| column(line, 1) == names[worst.0]));
    assert!(lines.iter().all(|line| column(line, 2) == names[worst.1]));
    press(&mut app, "<esc><down><enter>");
    let next = app.run.evaluations.last().unwrap().confusion.worst_pairs(99)[1];
    assert_eq!(app.views.samples.counted(), Some((2, next.2 as usize)));
}

#[test]
fn a_class_leads_to_its_worst_mistake() {
    let mut app = running();
    press(&mut app, "3<tab><tab>Gk<enter>");
    let pairs = app.run.evaluations.last().unwrap().confusion.worst_pairs(99);
    let ship = pairs.iter().find(|pair| pair.0 == 8).unwrap();
    assert_eq!(
        (app.tab, app.views.confusion.selected(&app.run)),
        (Tab::Confusion, Some((8, ship.1)))
    );
}

#[test]
fn a_class_leads_there_too_when_its_worst_mistake_is_not_in_the_ranking() {
    let mut app = many(1_000);
    press(&mut app, "3<tab><tab>G<enter>");
    let view = &app.views.confusion;
    assert!(view.ranking.pairs.iter().all(|(truth, ..)| *truth != 999));
    let confusion = &app.run.evaluations.last().unwrap().confusion;
    let (worst, _) = confusion.worst_of(999).unwrap();
    assert_eq!(view.selected(&app.run), Some((999, worst)));
}

/// Where `text` is drawn on the screen.
fn place(app: &mut App, text: &str) -> Position {
    let screen = rendered(app, app.size.0, app.size.1);
    let found = screen.lines().enumerate().find_map(|(y, line)| {
        let before = line.split_once(text)?.0;
        Some(Position::new(before.chars().count() as u16, y as u16))
    });
    found.unwrap_or_else(|| panic!("{text} is not on the screen:\n{screen}"))
}

fn mouse(app: &mut App, kind: MouseKind, at: Position) {
    app.mouse(Mouse { kind, at });
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    let mut app = running();
    press(&mut app, "3");
    app.size = (120, 40);
    let at = place(&mut app, "   7"); // planes taken for cars
    mouse(&mut app, MouseKind::Press, at);
    assert_eq!((app.tab, app.views.confusion.selected(&app.run)), (Tab::Confusion, Some((0, 1))));
    mouse(&mut app, MouseKind::Press, at);
    assert_eq!(app.tab, Tab::Samples);
    press(&mut app, "<esc>");
    let at = place(&mut app, "cat → bird");
    mouse(&mut app, MouseKind::Press, at);
    assert_eq!((app.tab, app.views.confusion.selected(&app.run)), (Tab::Confusion, Some((3, 2))));
    mouse(&mut app, MouseKind::WheelDown, at);
    mouse(&mut app, MouseKind::Release, at);
    assert_ne!(app.views.confusion.selected(&app.run), Some((3, 2)));
}

#[test]
fn a_thousand_classes_scroll() {
    for (columns, rows) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut app = many(1_000);
        press(&mut app, "3Gll<tab>G<tab>Gk<tab>");
        let screen = rendered(&mut app, columns, rows);
        assert!(screen.contains("class-999"), "{screen}");
        for y in 0..rows {
            mouse(&mut app, MouseKind::Press, Position::new(columns / 2, y));
        }
        press(&mut app, "3");
        mouse(&mut app, MouseKind::WheelUp, Position::new(columns - 3, 5));
    }
}

#[test]
fn keys_are_named_as_the_person_has_them() {
    let mut app = running();
    let own = [(Action::LessSmooth, "f2"), (Action::Matrix, "f3")];
    let own = own.map(|(action, key)| (action.name(), vec![key.to_owned()]));
    app.keys = KeyTable::with(&own).unwrap();
    press(&mut app, "3");
    let screen = rendered(&mut app, 120, 40);
    assert!(screen.contains("newest, f2 older") && screen.contains("counts (f3)"), "{screen}");
}

#[test]
fn pictures() {
    let mut app = running();
    press(&mut app, "3");
    hold("confusion", &mut app);
    press(&mut app, "mll");
    hold("confusion_rows", &mut app);
    press(&mut app, "m<tab>j[");
    hold("confusion_pairs", &mut app);
    press(&mut app, "<tab>jjj");
    hold("confusion_classes", &mut app);
    press(&mut app, "z");
    hold("confusion_alone", &mut app);
    let mut app = many(100);
    press(&mut app, "3jjjll");
    hold("confusion_many", &mut app);
    let mut app = told([started()]);
    press(&mut app, "3");
    hold("confusion_waiting", &mut app);
    let mut app = running();
    app.theme = Theme::new(ThemeName::Dark, ColourDepth::None);
    press(&mut app, "3");
    hold_at("confusion_tall", &mut app, (60, 36));
}

/// A run whose first evaluation was left without its matrix.
fn lightened() -> App {
    let TrainEvent::Evaluated(mut first) = evaluated(1, Split::Validation) else { unreachable!() };
    first.confusion = Confusion::new(0);
    let newest = evaluated(2, Split::Validation);
    told([started(), phase(Phase::Training), TrainEvent::Evaluated(first), newest])
}

#[test]
fn a_matrix_that_was_not_kept_is_not_waited_for() {
    let mut app = lightened();
    press(&mut app, "3lj[");
    let cell = app.views.confusion.cursor;
    hold("confusion_not_kept", &mut app);
    assert!(app.views.export(app.tab, &app.run).is_none());
    press(&mut app, "G<enter>");
    assert_eq!((app.tab, app.message()), (Tab::Confusion, Some(NOT_KEPT)));
    press(&mut app, "<tab><tab>G");
    app.say("");
    press(&mut app, "<enter>");
    assert_eq!((app.tab, app.message()), (Tab::Confusion, Some(NOT_KEPT)));
    press(&mut app, "]");
    assert_eq!((epoch(&app), app.views.confusion.selected(&app.run)), (2, cell));
}
