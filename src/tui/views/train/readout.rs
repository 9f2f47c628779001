//! What all charts show at one step: under the crosshair, else at the newest.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    charts::Chart,
    items::{Item, fitting},
};
use crate::{
    domain::{
        events::Quantity,
        state::RunState,
        units::{Clock, Count},
    },
    tui::{
        app::{App, Compared},
        chart::{
            axis::{Ruler, Unit},
            smooth::AllSmoothed,
        },
        text::clip,
    },
};

/// Draws the numbers of the charts `shown`, and those of the run that this one is compared with.
pub fn draw(frame: &mut Frame, area: Rect, shown: &[Quantity], app: &App) {
    let rows = area.rows();
    let step = app.views.train.crosshair.unwrap_or_else(|| app.run.steps());
    // A step that this screen has missed is not made up from its neighbours.
    let step = app.run.series(Quantity::Loss).at(step).map_or(step, |point| point.0);
    let other = app.compared.as_ref().map(|other| compared_items(other, step, shown, app));
    for (row, items) in rows.zip([Some(own_items(step, shown, app)), other].into_iter().flatten()) {
        let mut spans = fitting(items, usize::from(row.width).saturating_sub(1));
        spans.insert(0, Span::raw(" "));
        frame.render_widget(Line::from(spans), row);
    }
}

fn own_items(at: u64, shown: &[Quantity], app: &App) -> Vec<Item> {
    let (view, theme, run) = (&app.views.train, &app.theme, &app.run);
    let style = if view.crosshair.is_some() { theme.accent } else { theme.dim };
    let mut items = vec![Item::new(0, [(format!("@{}", Count(at)), style)])];
    let epoch = Ruler::new(Unit::Epoch, run).x(at);
    let time = Clock(Ruler::new(Unit::Time, run).x(at));
    let by_unit = [(Unit::Epoch, format!("epoch {epoch:.2}")), (Unit::Time, time.to_string())];
    for (unit, text) in by_unit {
        let rank = if unit == view.unit { 1 } else { 9 };
        items.push(Item::new(rank, [(text, theme.dim)]));
    }
    let named = |name: &str, value: String, style| [(name.to_owned(), theme.dim), (value, style)];
    for (place, quantity) in shown.iter().enumerate() {
        let (chart, later) = (Chart::of(*quantity), 2 * place.min(1) as u8);
        let text = |value: f64| (chart.text)(value * chart.factor);
        let line = average(&view.smoothed, run, *quantity, at).map_or("—".to_owned(), text);
        let rank = if place < 2 { 0 } else { 2 };
        items.push(Item::new(rank, named(chart.short, line, theme.train)));
        if chart.averages {
            let raw = run.series(*quantity).at(at).map_or(f64::NAN, |point| point.1);
            let raw = raw_text(*quantity, raw, &chart);
            items.push(Item::new(4 + later, named("raw", raw, theme.text)));
        }
        let Some(validation) = run.validation(*quantity) else { continue };
        if let Some((_, value)) = validation.at(at) {
            items.push(Item::new(2, named("val", text(value), theme.validation)));
        }
        if let Some((_, value)) = run.best().and_then(|best| validation.at(best.step)) {
            items.push(Item::new(7 - later, named("best", text(value), theme.best)));
        }
    }
    items
}

fn compared_items(other: &Compared, step: u64, shown: &[Quantity], app: &App) -> Vec<Item> {
    let (view, theme) = (&app.views.train, &app.theme);
    let name = format!("{} {}", app.glyphs.behind(), clip(&other.title, 20));
    let mut items = vec![Item::new(0, [(name, theme.compared)])];
    let there = Ruler::new(view.unit, &other.run).step_at(Ruler::new(view.unit, &app.run).x(step));
    let Some((at, _)) = other.run.series(Quantity::Loss).at(there) else {
        items.push(Item::new(0, [("has no step here".to_owned(), theme.dim)]));
        return items;
    };
    if there > other.run.steps() {
        items.push(Item::new(0, [(format!("had ended at step {}", Count(at)), theme.dim)]));
        return items;
    }
    items.push(Item::new(3, [(format!("@{}", Count(at)), theme.dim)]));
    let mut whose = "this run ";
    for (place, quantity) in shown.iter().enumerate() {
        let (chart, rank) = (Chart::of(*quantity), 2 * place.min(4) as u8);
        let pairs = [
            (chart.short, rank, value_pair(*quantity, (step, at), other, app)),
            ("val", rank + 1, validation_pair(*quantity, (step, at), other, app)),
        ];
        for (label, rank, pair) in pairs {
            let Some(pair) = pair else { continue };
            let [own, others] = [pair.0, pair.1].map(|value| (chart.text)(value * chart.factor));
            let difference = format!("({})", difference(&own, &others, whose, &chart));
            let words =
                [(label.to_owned(), theme.dim), (others, theme.compared), (difference, theme.text)];
            items.push(Item::new(rank, words));
            whose = ""; // said once, it is known
        }
    }
    items
}

/// By how much this run has more or less than the other, of what is shown of both: one may add it
/// up.
fn difference(own: &str, others: &str, whose: &str, chart: &Chart) -> String {
    let shown = |text: &str| text.replace(',', "").parse().unwrap_or(f64::NAN);
    let difference = shown(own) - shown(others);
    let size = (chart.text)(difference.abs());
    match difference {
        _ if shown(&size) == 0.0 => "same".to_owned(),
        unknown if unknown.is_nan() => format!("{whose}—"),
        below if below < 0.0 => format!("{whose}−{size}"),
        _ => format!("{whose}+{size}"),
    }
}

/// What both runs have at their steps: the averages where values scatter.
fn value_pair(
    quantity: Quantity,
    (own, there): (u64, u64),
    other: &Compared,
    app: &App,
) -> Option<(f64, f64)> {
    let own = average(&app.views.train.smoothed, &app.run, quantity, own)?;
    Some((own, average(&other.smoothed, &other.run, quantity, there)?))
}

fn validation_pair(
    quantity: Quantity,
    (own, there): (u64, u64),
    other: &Compared,
    app: &App,
) -> Option<(f64, f64)> {
    let own = app.run.validation(quantity)?.at(own)?.1;
    Some((own, other.run.validation(quantity)?.at(there)?.1))
}

fn average(smoothed: &AllSmoothed, run: &RunState, quantity: Quantity, step: u64) -> Option<f64> {
    let series = run.series(quantity);
    match Chart::of(quantity).averages {
        true => smoothed.of(quantity).at(series, step),
        false => series.at(step).map(|point| point.1),
    }
}

/// The exact value: a digit more than an average is worth.
fn raw_text(quantity: Quantity, raw: f64, chart: &Chart) -> String {
    match quantity {
        Quantity::Loss if raw.abs() < 1e6 => format!("{raw:.4}"),
        _ if !raw.is_finite() => "NaN".to_owned(),
        _ => (chart.text)(raw * chart.factor),
    }
}
