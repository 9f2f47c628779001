use super::*;
use crate::{
    domain::events::Phase,
    tui::{app::App, testing::*, views::pictures::hold},
};

fn log(lines: u64) -> LogView {
    let mut view = LogView::default();
    (0..lines).for_each(|n| view.push(format!("line {n}")));
    view
}

#[test]
fn scrolling_holds_its_lines_until_the_end_is_reached() {
    let mut view = log(100);
    view.move_by(Motion::Up, 10);
    assert_eq!(view.lowest, Some(98));
    view.push("one more".into());
    assert_eq!(view.lowest, Some(98));
    view.move_by(Motion::Bottom, 10);
    assert_eq!(view.lowest, None);
    view.move_by(Motion::Top, 10);
    view.move_by(Motion::Down, 10);
    assert_eq!(view.lowest, Some(10));
    let mut short = log(3);
    short.move_by(Motion::Up, 10);
    assert_eq!(short.lowest, None);
}

#[test]
fn the_oldest_lines_go() {
    let mut view = log(MOST as u64 + 5);
    assert_eq!((view.entries.len(), view.entries[0].said.text.as_str()), (MOST, "line 5"));
    view.set_filter("LINE 10004");
    assert_eq!(view.shown().len(), 1);
}

#[test]
fn what_speaks_to_a_terminal_is_made_plain() {
    let mut view = LogView::default();
    view.push("\u{1b}[31m ERROR\u{1b}[0m bad\u{7}".into());
    assert_eq!(
        (view.entries[0].said.text.as_str(), view.entries[0].said.level),
        (" ERROR bad", Level::Error)
    );
}

#[test]
fn the_date_is_shown_where_it_changes() {
    let mut app = running();
    app.views.log = LogView::default();
    let yesterday = ["2026-01-01 23:59:58  INFO a: one", "2026-01-01 23:59:59  INFO a: two"];
    let today = ["a driver says no time", "2026-01-02 00:00:01  INFO a: three"];
    yesterday.into_iter().chain(today).for_each(|line| app.views.log.push(line.into()));
    tell(&mut app, checkpoint(7));
    press(&mut app, "6");
    let screen = rendered(&mut app, 80, 24);
    let lines: Vec<&str> = screen.lines().map(|line| line.trim_matches(['│', ' '])).collect();
    let expected = [
        "2026-01-01 23:59:58 a: one",
        "23:59:59 a: two",
        "a driver says no time",
        "2026-01-02 00:00:01 a: three",
        "03:13:01 checkpoint at step 7, the best so far",
    ];
    assert_eq!(lines[3..8], expected, "{screen}");
    press(&mut app, "/three<enter>");
    assert!(rendered(&mut app, 80, 24).contains("│00:00:01 a: three"));
}

#[test]
fn a_clock_alone_is_of_today_though_the_run_ended_before() {
    let mut app = running();
    tell(&mut app, phase(Phase::Ended));
    press(&mut app, "6");
    let dated = |app: &mut App| rendered(app, 80, 24).contains("│2026-01-02 0");
    app.tick(1_000, app.wall + 1_000);
    assert!(!dated(&mut app), "it is the same day");
    app.tick(2_000, app.wall + 7 * 86_400_000);
    assert!(dated(&mut app));
}

#[test]
fn one_key_clears_a_filter_that_leaves_no_line() {
    let mut app = running();
    (0..50).for_each(|n| app.views.log.push(format!("line {n}")));
    rendered(&mut app, 80, 24);
    press(&mut app, "6kkk/zebra<enter>");
    assert!(app.views.log.lowest.is_some());
    press(&mut app, "<esc>");
    assert_eq!(app.views.log.filter, "");
    assert!(app.views.log.lowest.is_some(), "the lines are where they were");
}

#[test]
fn pictures() {
    let mut app = running();
    for n in 0..30 {
        app.views.log.push(format!("2026-01-02 03:12:{n:02}  INFO wgpu_hal: buffer {n} made"));
    }
    press(&mut app, "6");
    hold("log", &mut app);
    app.views.log.set_filter("validation");
    press(&mut app, "k");
    hold("log_filtered", &mut app);
}
