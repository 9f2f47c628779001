//! The list of runs.

use super::{super::testing::*, screens::hold};
use crate::{
    domain::{
        events::{Phase, TrainEvent},
        runs::{Condition, Overview},
    },
    tui::{
        Exit, KeyTable, Reading, Source,
        action::{Action, Effect, Motion},
        app::{App, Overlay},
        mouse::MouseKind,
        tab::Tab,
        text::plain,
    },
};

/// A run of `started` hours after the first.
fn run(id: &str, started: u64, state: Condition) -> Overview {
    let is_empty = state == Condition::Broken;
    let known = |text: &str| (!is_empty).then(|| text.to_owned());
    Overview {
        id: id.into(),
        state,
        phase: None,
        reason: is_empty.then(|| "its process ended without a word".to_owned()),
        step: match state {
            Condition::Finished => 21_120,
            Condition::Broken => 0,
            Condition::Live | Condition::Stopped => 500 * started,
        },
        total_steps: (!is_empty).then_some(21_120),
        best_accuracy: (!is_empty).then_some(0.8 + started as f64 / 100.0),
        test_accuracy: None,
        device: known("cpu\u{1b}[31m (burn-flex, 16 threads)"),
        dataset: known(if started.is_multiple_of(2) { "CIFAR-10" } else { "shapes" }),
        alpha: Some(1.0),
        started_ms: (!is_empty).then_some(started * 3_600_000),
        updated_ms: None,
        age_ms: (!is_empty).then_some(5_u64.saturating_sub(started) * 3_600_000),
    }
}

fn all() -> Vec<Overview> {
    vec![
        run("0102-0304", 4, Condition::Live),
        run("0102-0204", 3, Condition::Finished),
        run("a-run-with-a-name-of-its-own", 2, Condition::Stopped),
        run("0102-0004", 1, Condition::Finished),
        run("empty", 0, Condition::Broken),
    ]
}

/// A dashboard with the list open and read to its end.
fn listing(source: Source) -> App {
    let mut app = running();
    app.source = source;
    assert_eq!(press(&mut app, "R"), [Effect::ListRuns]);
    all().into_iter().for_each(|run| assert!(app.listed(Some(run))));
    assert!(app.listed(None));
    app
}

#[test]
fn the_list() {
    let mut app = listing(Source::Watch);
    press(&mut app, "<down>");
    hold("runs", &mut app);
}

#[test]
fn where_one_looks_on_enter_turns_to_another_run_and_capital_c_compares() {
    let mut app = listing(Source::Watch);
    assert_eq!(press(&mut app, "<down><enter>"), [Effect::Watch("0102-0204".into())]);
    assert!(matches!(app.overlay, Overlay::None));
    let mut app = listing(Source::Watch);
    assert_eq!(press(&mut app, "<down>C"), [Effect::Compare("0102-0204".into())]);
    assert!(matches!(app.overlay, Overlay::None));
    // The run that is shown already.
    assert_eq!(press(&mut listing(Source::Watch), "<enter>"), []);
}

#[test]
fn where_one_trains_both_compare() {
    for key in ["<enter>", "C"] {
        let mut app = listing(Source::Live);
        assert_eq!(press(&mut app, &format!("<down>{key}")), [Effect::Compare("0102-0204".into())]);
        let mut app = listing(Source::Live);
        assert_eq!(press(&mut app, key), []);
        assert!(rendered(&mut app, 80, 24).contains("this is the run that is shown"));
    }
}

#[test]
fn once_the_training_is_over_another_run_can_be_watched() {
    let mut app = running();
    tell(&mut app, TrainEvent::Phase { phase: Phase::Ended });
    press(&mut app, "R");
    app.listed(Some(run("0102-0204", 3, Condition::Finished)));
    assert_eq!(press(&mut app, "<enter>"), [Effect::Watch("0102-0204".into())]);
    app.begin_anew("0102-0204", &options(Source::Live));
    assert_eq!(app.source, Source::Watch);
    tell(&mut app, TrainEvent::Phase { phase: Phase::Training });
    assert_eq!(press(&mut app, "q"), [Effect::Leave(Exit::Detached)]);
}

#[test]
fn pages_are_turned() {
    let mut app = running();
    press(&mut app, "R");
    for hour in 0..25 {
        app.listed(Some(run(&format!("run-{hour:02}"), hour, Condition::Finished)));
    }
    let mut selected_after = |motion| {
        app.update(Action::Move(motion));
        let Overlay::Runs(list) = &app.overlay else { panic!("{:?}", app.overlay) };
        list.selected
    };
    let motions = [Motion::PageDown, Motion::PageDown, Motion::PageDown, Motion::PageUp];
    assert_eq!(motions.map(&mut selected_after), [10, 20, 24, 14]);
}

#[test]
fn letters_filter_whatever_their_case() {
    let mut app = listing(Source::Watch);
    press(&mut app, "ciFar");
    let screen = rendered(&mut app, 120, 40);
    assert!(screen.contains("2 of 5") && !screen.contains("0102-0204"), "{screen}");
    press(&mut app, " <down><down><down>");
    let last = Effect::Watch("a-run-with-a-name-of-its-own".into());
    assert_eq!(press(&mut app, "<enter>"), [last]);
    let mut app = listing(Source::Watch);
    assert_eq!(press(&mut app, "xyz<enter>C"), []);
    assert!(rendered(&mut app, 80, 24).contains("no run fits"));
}

#[test]
fn a_run_that_is_read_late_takes_its_place_and_moves_no_selection() {
    let mut app = running();
    app.source = Source::Watch;
    press(&mut app, "R");
    let mut late = all();
    let newest = late.remove(0);
    late.into_iter().for_each(|run| assert!(app.listed(Some(run))));
    press(&mut app, "<down><down>");
    app.listed(Some(newest));
    let screen = rendered(&mut app, 120, 40);
    let row = |id: &str| screen.lines().position(|line| line.contains(id));
    assert!(
        row(" 0102-0304  live") < row("0102-0204  ") && screen.contains("5 so far…"),
        "{screen}"
    );
    assert_eq!(press(&mut app, "<enter>"), [Effect::Watch("0102-0004".into())]);
    assert!(!app.listed(Some(run("late", 0, Condition::Live))), "nobody looks any more");
}

#[test]
fn a_folder_that_cannot_be_read_says_so() {
    let mut app = running();
    press(&mut app, "R");
    assert!(rendered(&mut app, 80, 24).contains("reading the runs"));
    app.unlisted("runs: permission denied");
    assert!(rendered(&mut app, 80, 24).contains("permission denied"));
    press(&mut app, "<esc>");
    assert!(matches!(app.overlay, Overlay::None));
}

#[test]
fn a_press_on_a_run_picks_it_and_the_wheel_moves() {
    let mut app = listing(Source::Watch);
    app.size = (80, 24);
    assert_eq!(click(&mut app, "0102-0004"), Some(Effect::Watch("0102-0004".into())));
    let mut app = listing(Source::Watch);
    app.size = (80, 24);
    assert_eq!(click(&mut app, "best val"), None);
    wheel(&mut app, MouseKind::WheelDown, "best val");
    assert_eq!(press(&mut app, "<enter>"), [Effect::Watch("0102-0004".into())]);
}

#[test]
fn another_run_begins_anew_but_looks_as_the_person_chose() {
    let mut app = running();
    app.begin_comparing("0101");
    app.compare(Reading::Complete(Box::new(running().run)));
    press(&mut app, "t2");
    press(&mut app, "?");
    let (theme, size) = (app.theme.name, (100, 30));
    app.size = size;
    let wishes = [("redraw".to_owned(), vec!["K".to_owned()])];
    let keys = KeyTable::with(&wishes).unwrap();
    app.keys = keys.clone();
    app.begin_anew("new\u{1b}[31m", &options(Source::Watch));
    assert_eq!(app.title, plain("new\u{1b}[31m"));
    assert_eq!((app.theme.name, app.size, app.tab), (theme, size, Tab::Layers));
    assert_eq!(app.keys, keys);
    assert!(app.run.started.is_none() && app.compared.is_none());
    assert!(matches!(app.overlay, Overlay::None));
}

#[test]
fn a_broken_run_says_why_where_its_row_has_no_room() {
    for (columns, rows) in [(60, 16), (120, 40)] {
        let mut app = listing(Source::Watch);
        let last = Action::Move(Motion::Down);
        (0..5).for_each(|_| drop(app.update(last)));
        let screen = rendered(&mut app, columns, rows);
        assert!(screen.contains("its process ended without a word"), "{screen}");
    }
}
