use super::*;
use crate::tui::{testing::*, views::pictures::hold};

fn shown(view: &LayersView, run: &RunState) -> Vec<String> {
    rows(run, view).into_iter().map(|row| row.spec.name).collect()
}

#[test]
fn the_costliest_layers_come_first_and_last_when_reversed() {
    let app = running();
    let mut view = LayersView { sort: Column::Share, ..LayersView::default() };
    let first = shown(&view, &app.run)[0].clone();
    view.reversed = true;
    assert_eq!(shown(&view, &app.run).last(), Some(&first));
    view = LayersView { sort: Column::Parameters, ..LayersView::default() };
    assert_eq!(shown(&view, &app.run)[0], "blocks.12.pointwise");
}

#[test]
fn the_filter_knows_names_and_kinds() {
    let mut view = LayersView::default();
    view.set_filter("Blocks.1.");
    assert_eq!(shown(&view, &running().run), ["blocks.1.depthwise", "blocks.1.pointwise"]);
    view.set_filter("linear");
    assert_eq!(shown(&view, &running().run), ["classifier"]);
}

#[test]
fn the_cursor_stays_on_its_layer_when_the_order_changes() {
    let app = running();
    let mut view = LayersView::default();
    view.move_by(Motion::Bottom, &app.run, 5);
    view.next_sort();
    assert_eq!(rows(&app.run, &view)[view.cursor(&rows(&app.run, &view))].spec.name, "classifier");
}

#[test]
fn sorting_goes_through_every_column_and_back() {
    let mut view = LayersView::default();
    let seen: Vec<Column> = (0..9)
        .map(|_| {
            view.next_sort();
            view.sort
        })
        .collect();
    assert_eq!((seen[0], seen[8]), (Column::Kind, Column::Layer));
}

#[test]
fn the_file_has_a_line_for_each_layer() {
    let csv = LayersView::default().csv(&running().run);
    assert_eq!(csv.lines().count(), 30);
    assert!(csv.contains("\nstem,conv,3,1,32,32,928,884736,"));
}

#[test]
fn pictures() {
    let mut app = running();
    press(&mut app, "2");
    hold("layers", &mut app);
    press(&mut app, "ssssssssjj<enter>");
    hold("layers_detail", &mut app);
    let mut app = told([started()]);
    press(&mut app, "2");
    hold("layers_waiting", &mut app);
}
