//! What stands in the frame of a chart: its title, and what the signs in it mean.

use ratatui::text::Span;

use super::{
    TrainView,
    charts::Chart,
    items::{Item, fitting},
};
use crate::{
    domain::events::Quantity,
    tui::{app::App, text::clip},
};

pub fn title(quantity: Quantity, view: &TrainView, room: usize) -> String {
    let chart = Chart::of(quantity);
    let mut words = vec![chart.title.to_owned()];
    if view.log[quantity as usize] {
        words.push("log".to_owned());
    }
    let is_cut = view.between[quantity as usize].is_some();
    if !view.window.is_whole() && view.window.follows() {
        words.push("newest".to_owned());
    }
    if is_cut || !view.window.follows() {
        words.push("zoomed".to_owned());
    }
    if chart.averages && room >= 44 {
        let share = format!("{:.2}", view.smoothing());
        words.push(format!("ema {}", share.trim_start_matches('0')));
    }
    words.join("  ")
}

/// The signs of the chart of `quantity` with their meanings, as far as there is room.
pub fn legend(quantity: Quantity, app: &App, room: usize) -> Vec<Span<'static>> {
    let (theme, glyphs) = (&app.theme, app.glyphs);
    let validated = app.run.validation(quantity).is_some();
    let mut items = Vec::new();
    let mut add = |rank, text, style| items.push(Item::new(rank, [(text, style)]));
    if let Some(other) = &app.compared {
        let mark = if validated { "+" } else { "" };
        let text = format!("{}{mark} {}", glyphs.behind(), clip(&other.title, 20));
        add(1, text, theme.compared);
    }
    if Chart::of(quantity).averages {
        let what = if validated { "train" } else { "mean" };
        // A line needs its name where there are two of them, marks always.
        let rank = if app.compared.is_some() { 3 } else { 6 };
        add(rank, format!("{} {what}", glyphs.line()), theme.train);
        add(7, format!("{} raw", glyphs.raw()), theme.train_raw);
    }
    if validated {
        add(4, "o val".to_owned(), theme.validation);
        add(5, "* best".to_owned(), theme.best);
    }
    if has_gaps(quantity, app) {
        add(2, format!("{} NaN/Inf", glyphs.broken()), theme.bad);
    }
    fitting(items, room)
}

/// Whether one of the values that are shown is no number.
fn has_gaps(quantity: Quantity, app: &App) -> bool {
    let series = app.run.series(quantity);
    let (first, last) = app.views.train.shown(&app.run);
    series.extent(series.count_before(first)..series.count_to(last)).broken
}
