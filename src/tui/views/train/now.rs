//! Speed and the other numbers of the newest step.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{
    charts::per_second,
    items::{Item, fitting},
    machine,
};
use crate::{
    domain::{
        events::{Quantity, Split},
        units::{Count, Percent, Rate},
    },
    tui::{app::App, chart::spark, pane::pane_with_legend, views::parts},
};

/// Rows of the pane with its border.
pub const HEIGHT: u16 = 7;

pub fn draw(frame: &mut Frame, area: Rect, app: &App, focused: bool) {
    let title = "now";
    // Beside it: two corners, and a space at each end of both.
    let room = usize::from(area.width).saturating_sub(title.len() + 6);
    let block = pane_with_legend(title, machine::spans(app, room), focused, &app.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if app.run.last_step.is_some() {
        frame.render_widget(Paragraph::new(lines(app, usize::from(inner.width))), inner);
    } else {
        let what = parts::awaited(app, "first step", "");
        parts::waiting(frame, inner, &what, &app.theme);
    }
}

fn lines(app: &App, width: usize) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let Some(step) = &app.run.last_step else { return Vec::new() };
    let label = |text: &str| Span::styled(format!("{text:<9}"), theme.dim);
    let value = |text: String| Span::styled(format!("{text:>9}"), theme.text);
    let room = width.saturating_sub(20);
    let spark = spark::of_series(app.run.series(Quantity::ImagesPerS), room);
    let per_s = step.images_per_s;
    let mut lines = vec![
        Line::from(vec![
            label("images/s"),
            value(per_second(per_s)),
            Span::raw("  "),
            Span::styled(spark, theme.accent),
        ]),
        Line::from(vec![
            label("ms/step"),
            value(format!("{:.1}", step.step_ms)),
            Span::styled(format!("  data {:.1}", step.data_ms), theme.dim),
        ]),
    ];
    lines.push(match app.run.layers.last() {
        Some(timed) => {
            let (forward, backward) = (timed.forward_ms(), timed.backward_ms());
            let optimizer = timed.optimizer_ms;
            let parts = format!("fwd {forward:.1}  bwd {backward:.1}  opt {optimizer:.1}");
            Line::from(Span::styled(parts, theme.dim))
        }
        None => Line::from(Span::styled("fwd, bwd: not timed yet", theme.dim)),
    });
    lines.push(Line::from(vec![
        label("lr"),
        value(Rate(step.lr).to_string()),
        Span::styled("  grad ", theme.dim),
        Span::styled(format!("{:.2}", step.grad_norm), theme.text),
    ]));
    lines.push(best_line(app));
    lines
}

fn best_line(app: &App) -> Line<'static> {
    let theme = &app.theme;
    let label = Span::styled(format!("{:<9}", "best val"), theme.dim);
    let Some(best) = app.run.best() else {
        return Line::from(vec![label, Span::styled("after the first epoch", theme.dim)]);
    };
    let mut spans =
        vec![label, Span::styled(format!("{:>7.1} %", best.accuracy * 100.0), theme.best)];
    spans.push(match app.run.latest(Split::Test) {
        Some(test) => Span::styled(format!("  test {:.1} %", test.accuracy * 100.0), theme.text),
        None => Span::styled(format!("  epoch {}", best.epoch), theme.dim),
    });
    Line::from(spans)
}

/// The gist in one line, for a small screen.
pub fn draw_line(frame: &mut Frame, area: Rect, app: &App) {
    let theme = &app.theme;
    let Some(step) = &app.run.last_step else { return };
    // Room for the machine.
    let unit = if app.load().is_some() && area.width < 72 { "ms" } else { "ms/step" };
    let mut items = vec![
        Item::new(0, [(format!("{} img/s", per_second(step.images_per_s)), theme.text)]),
        Item::new(3, [(format!("{:.1} {unit}", step.step_ms), theme.dim)]),
    ];
    let averages = app.views.train.smoothed.of(Quantity::Accuracy);
    if let Some(accuracy) = averages.at(app.run.series(Quantity::Accuracy), step.step) {
        items.push(Item::new(2, [(format!("acc {}", Percent(accuracy)), theme.train)]));
    }
    if let Some(validation) = app.run.latest(app.run.validation_split()) {
        let text = format!("val {}", Percent(validation.accuracy));
        items.push(Item::new(1, [(text, theme.validation)]));
    }
    if app.dropped > 0 {
        // A small screen has no line for how it fares.
        items.push(Item::new(0, [(format!("{} dropped", Count(app.dropped)), theme.warn)]));
    }
    let mut spans = vec![Span::raw(" ")];
    spans.extend(fitting(items, usize::from(area.width).saturating_sub(2)));
    let taken = spans.iter().map(Span::width).sum::<usize>();
    let machine = machine::spans(app, usize::from(area.width).saturating_sub(taken + 3));
    if !machine.is_empty() {
        spans.push(Span::raw("  "));
        spans.extend(machine);
    }
    frame.render_widget(Line::from(spans), area);
}
