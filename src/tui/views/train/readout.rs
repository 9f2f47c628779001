//! What all charts show at one step: under the crosshair, else at the newest.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::charts::Chart;
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
        text::{clip, width},
    },
};

/// Words that stay or go together.
struct Item {
    /// The higher, the sooner it goes where there is no room.
    rank: u8,
    words: Vec<(String, Style)>,
}

/// Draws the numbers of the charts `shown`, and those of the run that this one is compared with.
pub fn draw(frame: &mut Frame, area: Rect, shown: &[Quantity], app: &App) {
    let rows = area.rows();
    let step = app.views.train.crosshair.unwrap_or_else(|| app.run.steps());
    let other = app.compared.as_ref().map(|other| compared_items(other, step, shown, app));
    for (row, items) in rows.zip([Some(own_items(step, shown, app)), other].into_iter().flatten()) {
        frame.render_widget(line(items, usize::from(row.width)), row);
    }
}

/// As many items as fit.
fn line(mut items: Vec<Item>, room: usize) -> Line<'static> {
    let columns = |items: &[Item]| -> usize {
        let words = items.iter().flat_map(|item| &item.words);
        items.len() + words.map(|(text, _)| width(text) + 1).sum::<usize>()
    };
    while columns(&items) > room {
        let Some(least) = items.iter().map(|item| item.rank).max().filter(|rank| *rank > 0) else {
            break;
        };
        let last = items.iter().rposition(|item| item.rank == least);
        last.map(|index| items.remove(index));
    }
    let mut spans = Vec::new();
    for item in items {
        spans.push(Span::raw(" "));
        for (text, style) in item.words {
            spans.push(Span::styled(format!("{text} "), style));
        }
    }
    Line::from(spans)
}

fn own_items(step: u64, shown: &[Quantity], app: &App) -> Vec<Item> {
    let (view, theme, run) = (&app.views.train, &app.theme, &app.run);
    // A step that this screen has missed is not made up from its neighbours.
    let at = run.series(Quantity::Loss).at(step).map_or(step, |point| point.0);
    let style = if view.crosshair.is_some() { theme.accent } else { theme.dim };
    let mut items = vec![Item { rank: 0, words: vec![(format!("@{}", Count(at)), style)] }];
    let epoch = Ruler::new(Unit::Epoch, run).x(at);
    let time = Clock(Ruler::new(Unit::Time, run).x(at));
    let by_unit = [(Unit::Epoch, format!("epoch {epoch:.2}")), (Unit::Time, time.to_string())];
    for (unit, text) in by_unit {
        let rank = if unit == view.unit { 1 } else { 9 };
        items.push(Item { rank, words: vec![(text, theme.dim)] });
    }
    for (place, quantity) in shown.iter().enumerate() {
        let (chart, later) = (Chart::of(*quantity), 2 * place.min(1) as u8);
        let text = |value: f64| (chart.text)(value * chart.factor);
        let raw = run.series(*quantity).at(at).map_or(f64::NAN, |point| point.1);
        let mut words = vec![(chart.short.to_owned(), theme.dim)];
        if chart.averages {
            let average = average(&view.smoothed, run, *quantity, at);
            words.push((average.map_or("—".to_owned(), text), theme.train));
            items.push(Item { rank: if place < 2 { 0 } else { 2 }, words });
            let raw = raw_text(*quantity, raw, &chart);
            let words = vec![("raw".to_owned(), theme.dim), (raw, theme.text)];
            items.push(Item { rank: 4 + later, words });
        } else {
            words.push((text(raw), theme.train));
            items.push(Item { rank: if place < 2 { 0 } else { 2 }, words });
        }
        let Some(validation) = run.validation(*quantity) else { continue };
        if let Some((_, value)) = validation.at(at) {
            let words = vec![("val".to_owned(), theme.dim), (text(value), theme.validation)];
            items.push(Item { rank: 2, words });
            let best = best_until(run, *quantity, at);
            let words = vec![("best".to_owned(), theme.dim), (text(best), theme.best)];
            items.push(Item { rank: 7 - later, words });
        }
    }
    items
}

fn compared_items(other: &Compared, step: u64, shown: &[Quantity], app: &App) -> Vec<Item> {
    let (view, theme) = (&app.views.train, &app.theme);
    let name = format!("{} {}", app.glyphs.behind(), clip(&other.title, 20));
    let mut items = vec![Item { rank: 0, words: vec![(name, theme.compared)] }];
    let there = Ruler::new(view.unit, &other.run).step_at(Ruler::new(view.unit, &app.run).x(step));
    let Some((at, _)) = other.run.series(Quantity::Loss).at(there) else {
        items.push(Item { rank: 0, words: vec![("has no step here".to_owned(), theme.dim)] });
        return items;
    };
    if there > other.run.steps() {
        let words = vec![(format!("had ended at step {}", Count(at)), theme.dim)];
        items.push(Item { rank: 0, words });
        return items;
    }
    items.push(Item { rank: 3, words: vec![(format!("@{}", Count(at)), theme.dim)] });
    for (place, quantity) in shown.iter().enumerate() {
        let chart = Chart::of(*quantity);
        let pairs = [
            (chart.short, 2 * place.min(4) as u8, value_pair(*quantity, (step, at), other, app)),
            ("val", 1 + 2 * place.min(4) as u8, validation_pair(*quantity, (step, at), other, app)),
        ];
        for (label, rank, pair) in pairs {
            let Some((own, others)) = pair else { continue };
            let difference = (own - others) * chart.factor;
            let size = (chart.text)(difference.abs());
            let difference = match difference {
                // What rounds to nothing has no direction.
                _ if size.parse() == Ok(0.0) => "Δ 0".to_owned(),
                below if below < 0.0 => format!("Δ −{size}"),
                _ => format!("Δ +{size}"),
            };
            let words = vec![
                (label.to_owned(), theme.dim),
                ((chart.text)(others * chart.factor), theme.compared),
                (difference, theme.text),
            ];
            items.push(Item { rank, words });
        }
    }
    items
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

/// The lowest loss or the highest accuracy of the validations up to `step`.
fn best_until(run: &RunState, quantity: Quantity, step: u64) -> f64 {
    let Some(series) = run.validation(quantity) else { return f64::NAN };
    let extent = series.extent(0..series.count_to(step));
    match quantity {
        Quantity::Loss => extent.low.into(),
        _ => extent.high.into(),
    }
}
