//! One picture: large, with what the network makes of it.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{SamplesView, Shown, judged::Judged, past::Past};
use crate::{
    domain::units::Percent,
    tui::{
        pane::pane,
        picture::{self, Brush},
        text::{clip, fit, fit_right},
        theme::Theme,
        views::parts::bar,
    },
};

/// Fewest rows in which a picture is worth drawing here.
const LOWEST: u16 = 8;
/// Rows below a picture: a blank one, the facts, and the past of the prediction.
const FACTS: u16 = 1 + ROOMY as u16 + 1;
/// Rows of facts that stand apart, with the first of the past. Where there are fewer, they move
/// together.
const ROOMY: usize = 13;
/// Columns of the facts beside a large picture.
const BESIDE: u16 = 42;
/// Columns of class names.
pub(super) const NAME: usize = 11;

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
    let apart = usize::from(right.height) >= ROOMY + 2;
    let mut lines = vec![Line::styled(title(index, shown, view), theme.accent)];
    lines.extend(apart.then(Line::default));
    let room = usize::from(right.height).saturating_sub(lines.len());
    let size = (usize::from(right.width.min(60)), room);
    lines.extend(facts(index, (shown, view), size, theme));
    frame.render_widget(Paragraph::new(lines), right);
}

/// One picture and nothing else.
pub fn draw_alone(
    frame: &mut Frame,
    area: Rect,
    (shown, view): (&Shown, &SamplesView),
    brush: Brush,
) {
    let Some(index) = view.selected() else { return };
    let images = &shown.samples.images;
    let side = picture::fitting(images.side, area.width, area.height) as u16;
    let place = Rect { x: area.x + (area.width - side) / 2, width: side, ..area };
    picture::draw(frame.buffer_mut(), place, (images, index), brush);
}

fn title(index: usize, shown: &Shown, view: &SamplesView) -> String {
    let place = format!("{} of {}", view.cursor + 1, view.visible.len());
    format!("{place}  {} #{index}", shown.made.split.label())
}

/// The gist in one line.
pub fn sentence(index: usize, shown: &Shown, view: &SamplesView) -> String {
    let Judged { truth, prediction, probability, loss, .. } = shown.judged[index];
    let (truth, prediction, percent) =
        (view.name(truth), view.name(prediction), 100.0 * probability);
    format!("#{index}  {truth} → {prediction} {percent:.1} %  loss {loss:.2}")
}

fn facts(
    index: usize,
    (shown, view): (&Shown, &SamplesView),
    (width, height): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let Judged { truth, prediction, margin, loss, .. } = shown.judged[index];
    let top = shown.samples.predictions.top(index, 5);
    let fact = Fact {
        truth: view.name(truth),
        prediction: view.name(prediction),
        is_right: prediction == truth,
        loss: format!("{loss:.3} nats"),
        margin: Percent(f64::from(margin)),
    };
    let apart = height >= ROOMY;
    let mut lines = if apart { fact.apart(theme) } else { fact.together(width, theme) };
    lines.extend(top.iter().map(|&(class, probability)| {
        let style = if class == truth { theme.good } else { theme.text };
        bar_line(view.name(class), f64::from(probability), width, (style, theme))
    }));
    let room = height.saturating_sub(lines.len());
    let past = Past::of((index, truth), shown, view);
    lines.extend(if apart { past.table(room, theme) } else { past.text((width, room), theme) });
    lines
}

/// What the network made of the picture, in numbers.
struct Fact<'a> {
    truth: &'a str,
    prediction: &'a str,
    is_right: bool,
    loss: String,
    margin: Percent,
}

impl Fact<'_> {
    fn ink(&self, theme: &Theme) -> Style {
        if self.is_right { theme.good } else { theme.bad }
    }

    /// A line for each, and a blank one.
    fn apart(&self, theme: &Theme) -> Vec<Line<'static>> {
        let field = |label: &str, value: &str, style| {
            let value = Span::styled(value.to_owned(), style);
            Line::from(vec![Span::styled(fit(label, NAME), theme.dim), value])
        };
        vec![
            field("truth", self.truth, theme.good),
            field("prediction", self.prediction, self.ink(theme)),
            field("loss", &self.loss, theme.text),
            field("margin", &self.margin.to_string(), theme.text),
            Line::default(),
        ]
    }

    /// Two lines for all.
    fn together(&self, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let truth = clip(self.truth, width.saturating_sub(3).div_ceil(2));
        let numbers = format!("loss {}  margin {}", self.loss, self.margin);
        vec![
            Line::from(vec![
                Span::styled(truth, theme.good),
                Span::styled(" → ", theme.dim),
                Span::styled(self.prediction.to_owned(), self.ink(theme)),
            ]),
            Line::styled(clip(&numbers, width), theme.text),
        ]
    }
}

fn bar_line(
    name: &str,
    probability: f64,
    width: usize,
    (style, theme): (Style, &Theme),
) -> Line<'static> {
    let room = width.saturating_sub(NAME + 9).min(30);
    Line::from(vec![
        Span::styled(fit(name, NAME), style),
        Span::styled(fit(&bar(probability, room), room), theme.accent),
        Span::styled(fit_right(&format!("{:.1} %", 100.0 * probability), 8), theme.text),
    ])
}
