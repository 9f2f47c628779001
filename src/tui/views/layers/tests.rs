use super::*;
use crate::tui::{keys::KeyTable, mouse::MouseKind, testing::*, views::pictures::hold_at};

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
fn another_order_begins_at_its_first_layer() {
    let mut app = running();
    press(&mut app, "2G");
    for keys in ["s", "Gr"] {
        press(&mut app, keys);
        let view = &app.views.layers;
        assert_eq!(view.cursor(&rows(&app.run, view)), 0, "{keys}");
    }
}

#[test]
fn a_wide_screen_shows_the_layer_beside_the_table_and_panes_lead_in_and_out() {
    let mut app = running();
    let seen = |app: &App| (app.views.layers.detail, app.views.layers.section);
    press(&mut app, "2");
    assert!(!rendered(&mut app, 155, 40).contains("layer 1 of 29"));
    press(&mut app, "<tab>");
    assert!(!app.views.layers.detail);
    assert!(rendered(&mut app, 156, 40).contains("layer 1 of 29"));
    press(&mut app, "<tab>");
    assert_eq!(seen(&app), (true, Section::Shapes));
    press(&mut app, "<tab><tab><tab>");
    assert_eq!(seen(&app), (true, Section::Activations));
    press(&mut app, "<tab>");
    assert!(!app.views.layers.detail);
    press(&mut app, "<S-tab>");
    assert_eq!(seen(&app), (true, Section::Activations));
    press(&mut app, "<esc><enter>");
    assert!(app.views.layers.detail);
}

#[test]
fn one_key_clears_a_filter_that_leaves_no_layer() {
    let mut app = running();
    for keys in ["2<enter>/zebra<enter><esc>", "<esc>/zebra<enter><enter><tab>m<esc>"] {
        press(&mut app, keys);
        assert_eq!(app.views.layers.filter, "", "{keys}");
    }
    assert!(!app.views.layers.detail, "there was none to go into");
    press(&mut app, "/zebra<enter>");
    rendered(&mut app, 200, 60);
    do_with_mouse(&mut app, MouseKind::Press, (180, 30));
    assert!(!app.views.layers.detail, "none stands beside the table");
    let screen = rendered(&mut app, 80, 24);
    assert!(screen.contains("esc all layers") && !screen.contains("enter open"), "{screen}");
}

#[test]
fn what_leads_into_a_layer_beside_the_table_is_offered() {
    let mut app = running();
    press(&mut app, "2");
    let foot = |app: &mut App, columns: u16| {
        let screen = rendered(app, columns, 40);
        ["tab pane", "m weights, outputs"].map(|hint| screen.contains(hint))
    };
    assert_eq!(foot(&mut app, 155), [false, false]);
    assert_eq!(foot(&mut app, 156), [true, true]);
    press(&mut app, "z");
    assert_eq!(foot(&mut app, 156), [false, false]);
}

#[test]
fn keys_are_named_as_they_are_set() {
    let mut app = running();
    let wishes = [("next-pane", "n"), ("step-parts", "I")];
    let wishes = wishes.map(|(name, key)| (name.to_owned(), vec![key.to_owned()]));
    app.keys = KeyTable::with(&wishes).unwrap();
    press(&mut app, "2<enter>");
    assert!(rendered(&mut app, 60, 16).contains("stem  n: more"));
    press(&mut app, "<esc>I");
    assert!(rendered(&mut app, 60, 16).contains("goes  I: the table"));
}

#[test]
fn sorting_goes_through_every_column_and_back() {
    let (mut view, running) = (LayersView::default(), running().run);
    let seen: Vec<Column> = (0..9)
        .map(|_| {
            view.next_sort(&running);
            view.sort
        })
        .collect();
    assert_eq!((seen[0], seen[8]), (Column::Share, Column::Layer));
}

#[test]
fn the_file_has_a_line_for_each_layer() {
    let csv = LayersView::default().csv(&running().run);
    assert_eq!(csv.lines().count(), 30);
    assert!(csv.contains("\nstem,conv,3,1,32,32,928,884736,"));
}

#[test]
fn the_slowest_layer_is_first_after_two_keys() {
    let mut app = running();
    press(&mut app, "2s");
    let rows = rows(&app.run, &app.views.layers);
    let slowest = rows.iter().max_by(|a, b| {
        let ms = |row: &Row| row.time.map_or(0.0, |time| time.forward_ms + time.backward_ms);
        ms(a).total_cmp(&ms(b))
    });
    assert_eq!(Some(&rows[0]), slowest);
    assert_eq!(app.views.layers.selected, rows[0].index);
}

/// A run whose layers have been looked at.
fn looked() -> App {
    let mut app = running();
    [3, 103, 203, 303, 403].map(layer_stats).into_iter().for_each(|event| tell(&mut app, event));
    app
}

#[test]
fn the_file_has_the_newest_statistics() {
    let csv = LayersView::default().csv(&looked().run);
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = csv.lines().map(cells).collect();
    assert!(lines.iter().all(|line| line.len() == 24));
    let pooling = &lines[28];
    assert_eq!(
        (lines[1][11].as_str(), pooling[0].as_str(), &pooling[11]),
        ("403", "pooling", &String::new())
    );
}

const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (60, 16)];

fn hold(name: &str, app: &mut App) {
    SIZES.into_iter().for_each(|size| hold_at(name, app, size));
}

#[test]
fn pictures() {
    let mut app = looked();
    press(&mut app, "2");
    hold("layers", &mut app);
    press(&mut app, "sgjj<enter>");
    hold("layers_detail", &mut app);
    press(&mut app, "m");
    hold("layers_detail_activations", &mut app);
    press(&mut app, "<tab><tab>");
    hold_at("layers_detail_times", &mut app, (60, 16));
    press(&mut app, "<tab>z");
    hold_at("layers_detail_weights", &mut app, (60, 16));
    hold_at("layers_detail_weights", &mut app, (120, 40));
    press(&mut app, "<esc><esc>i");
    hold("layers_step", &mut app);
    press(&mut app, "G");
    hold_at("layers_step_end", &mut app, (60, 16));
}

#[test]
fn pictures_of_waiting() {
    let mut app = told([started()]);
    press(&mut app, "2");
    hold("layers_waiting", &mut app);
    press(&mut app, "<enter>");
    hold("layers_detail_waiting", &mut app);
}
