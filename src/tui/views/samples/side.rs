//! One picture: large, with what the network makes of it.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{SamplesView, Shown};
use crate::{
    domain::units::Count,
    tui::{
        pane::pane,
        picture::{self, Brush},
        text::{fit, fit_right},
        theme::Theme,
        views::parts::bar,
    },
};

/// Fewest rows in which a picture is worth drawing here.
const LOWEST: u16 = 8;
/// Rows that the facts need below a picture.
const FACTS: u16 = 13;
/// Columns of the facts beside a large picture.
const BESIDE: u16 = 42;
/// Columns of class names.
const NAME: usize = 11;

/// The pane beside the grid.
pub fn draw(frame: &mut Frame, area: Rect, (shown, view): (&Shown, &SamplesView), brush: Brush) {
    let theme = brush.theme;
    let Some(index) = view.selected() else { return };
    if area.width == 0 {
        return;
    }
    let block = pane(&title(index, shown, view), false, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let room = inner.height.saturating_sub(FACTS);
    let mut facts_area = inner;
    if room >= LOWEST {
        let side = picture::fitting(shown.samples.images.side, inner.width, room) as u16;
        let place =
            Rect { x: inner.x + (inner.width - side) / 2, width: side, height: room, ..inner };
        let (_, used) =
            picture::draw(frame.buffer_mut(), place, (&shown.samples.images, index), brush);
        facts_area.y += used + 1;
        facts_area.height -= used + 1;
    }
    let size = (usize::from(facts_area.width), usize::from(facts_area.height));
    frame.render_widget(Paragraph::new(facts(index, (shown, view), size, theme)), facts_area);
}

/// One picture in the whole pane.
pub fn draw_large(
    frame: &mut Frame,
    area: Rect,
    (shown, view): (&Shown, &SamplesView),
    brush: Brush,
) {
    let theme = brush.theme;
    let Some(index) = view.selected() else { return };
    let facts_width = BESIDE.min(area.width / 2);
    let images = &shown.samples.images;
    let room = area.width.saturating_sub(facts_width + 2);
    let side = picture::fitting(images.side, room, area.height) as u16;
    let columns = [Constraint::Length(side), Constraint::Length(2), Constraint::Fill(1)];
    let [left, _, right] = Layout::horizontal(columns).areas(area);
    picture::draw(frame.buffer_mut(), left, (images, index), brush);
    let mut lines = vec![Line::styled(title(index, shown, view), theme.accent), Line::default()];
    let size = (usize::from(right.width.min(60)), usize::from(right.height).saturating_sub(2));
    lines.extend(facts(index, (shown, view), size, theme));
    frame.render_widget(Paragraph::new(lines), right);
}

fn title(index: usize, shown: &Shown, view: &SamplesView) -> String {
    let place = format!("{} of {}", view.cursor + 1, view.visible.len());
    format!("{place}  {} #{index}", shown.split.label())
}

/// The gist in one line.
pub fn sentence(index: usize, shown: &Shown, view: &SamplesView) -> String {
    let predictions = &shown.samples.predictions;
    let truth = view.name(usize::from(predictions.labels[index]));
    let top = predictions.top(index, 1)[0];
    let loss = predictions.loss(index);
    let (prediction, percent) = (view.name(top.0), 100.0 * top.1);
    format!("#{index}  {truth} → {prediction} {percent:.1} %  loss {loss:.2}")
}

fn facts(
    index: usize,
    (shown, view): (&Shown, &SamplesView),
    (width, height): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let predictions = &shown.samples.predictions;
    let truth = usize::from(predictions.labels[index]);
    let top = predictions.top(index, 5);
    let field = |label: &str, value: String, style| {
        Line::from(vec![Span::styled(fit(label, NAME), theme.dim), Span::styled(value, style)])
    };
    let right = top[0].0 == truth;
    let margin = top[0].1 - top.get(1).map_or(0.0, |second| second.1);
    let mut lines = vec![
        field("truth", view.name(truth).to_owned(), theme.good),
        field(
            "prediction",
            view.name(top[0].0).to_owned(),
            if right { theme.good } else { theme.bad },
        ),
        field("loss", format!("{:.3} nats", predictions.loss(index)), theme.text),
        field("margin", format!("{:.1} %", 100.0 * margin), theme.text),
        Line::default(),
    ];
    lines.extend(top.iter().map(|&(class, probability)| {
        let style = if class == truth { theme.good } else { theme.text };
        bar_line(view.name(class), f64::from(probability), width, (style, theme))
    }));
    let room = height.saturating_sub(lines.len() + 2);
    let past = past(index, truth, view, theme);
    if room > 0 && past.len() > 1 {
        lines.extend([Line::default(), Line::styled("over the epochs, by step", theme.dim)]);
        lines.extend(past.into_iter().rev().take(room));
    }
    lines
}

fn bar_line(
    name: &str,
    probability: f64,
    width: usize,
    (style, theme): (ratatui::style::Style, &Theme),
) -> Line<'static> {
    let room = width.saturating_sub(NAME + 9).min(30);
    Line::from(vec![
        Span::styled(fit(name, NAME), style),
        Span::styled(fit(&bar(probability, room), room), theme.accent),
        Span::styled(fit_right(&format!("{:.1} %", 100.0 * probability), 8), theme.text),
    ])
}

/// What the network said about this picture after each epoch, oldest first.
fn past(index: usize, truth: usize, view: &SamplesView, theme: &Theme) -> Vec<Line<'static>> {
    let about = view.history.iter().filter_map(|(step, verdicts)| {
        let (class, probability) = verdicts.as_ref()?.about(index, truth)?;
        Some((step, class, probability))
    });
    let line = |(step, class, probability): (&u64, usize, f32)| {
        let style = if class == truth { theme.good } else { theme.text };
        Line::from(vec![
            Span::styled(format!("{:>9}  ", Count(*step)), theme.dim),
            Span::styled(fit(view.name(class), NAME), style),
            Span::styled(format!("{:>6.1} %", 100.0 * probability), theme.text),
        ])
    };
    about.map(line).collect()
}
