use super::{matrix::short_names, *};
use crate::{
    domain::events::{Split, TrainEvent},
    tui::{testing::*, views::pictures::hold},
};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A run whose evaluation has `classes` classes, a few of them mixed up.
fn many(classes: usize) -> App {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.classes = (0..classes).map(|class| format!("class-{class:03}")).collect();
    let TrainEvent::Evaluated(mut evaluation) = evaluated(1, Split::Test) else { unreachable!() };
    let mut confusion = Confusion::new(classes);
    for image in 0..classes * 40 {
        let truth = image % classes;
        let miss = usize::from(image.is_multiple_of(7)) * (1 + image % 3);
        confusion.add(truth, (truth + miss) % classes);
    }
    evaluation.confusion = confusion;
    told([TrainEvent::RunStarted(run), TrainEvent::Evaluated(evaluation)])
}

#[test]
fn short_names_are_unique() {
    let short = short_names(&names(&["deer", "dog", "door", "dot"]), 2);
    assert_eq!(short, ["de", "dg", "dr", "dt"]);
    let short = short_names(&names(&["class-001", "class-011", "class-002"]), 3);
    assert_eq!(short, ["0", "1", "cl2"]);
}

#[test]
fn the_cursor_begins_on_the_worst_pair_and_stays_inside() {
    let run = running().run;
    let worst = run.evaluations.last().unwrap().confusion.worst_pairs()[0];
    let mut view = ConfusionView::default();
    assert_eq!(view.selected(&run), Some((worst.0, worst.1)));
    view.move_by(Motion::Bottom, &run, 9);
    view.move_by(Motion::Right, &run, 9);
    view.move_by(Motion::Down, &run, 9);
    assert_eq!(view.selected(&run), Some((9, 9)));
    view.move_by(Motion::Left, &run, 9);
    assert_eq!(view.selected(&run), Some((9, 8)));
    assert_eq!(view.selected(&RunState::default()), None);
}

#[test]
fn the_file_holds_names_and_counts() {
    let csv = ConfusionView::default().csv(&running().run).unwrap();
    assert!(csv.starts_with("truth,plane,car,bird,"));
    assert_eq!(csv.lines().count(), 11);
}

#[test]
fn pictures() {
    let mut app = running();
    press(&mut app, "3");
    hold("confusion", &mut app);
    press(&mut app, "mll");
    hold("confusion_rows", &mut app);
    let mut app = many(100);
    press(&mut app, "3jjjll");
    hold("confusion_many", &mut app);
    let mut app = told([started()]);
    press(&mut app, "3");
    hold("confusion_waiting", &mut app);
}
