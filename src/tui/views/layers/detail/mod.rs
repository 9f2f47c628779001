//! One layer: what it is, what it took, what its numbers are like.

mod shapes;
mod times;
mod values;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{LayersView, Row};
use crate::{
    domain::units::Count,
    tui::{action::Action, app::App, pane::pane, text::fit, theme::Theme, views::parts},
};

/// Columns of the labels.
const LABEL: usize = 14;
/// Fewest columns and rows in which all sections stand in two columns.
pub const GRID: (u16, u16) = (76, 34);
/// Fewest rows in which three sections stand one above the other.
const STACK: u16 = 28;
/// Fewest columns and rows in which three sections stand in two columns.
const PAIR: (u16, u16) = (76, 16);
/// Rows of what a layer is in the fewest words, with the border.
const SHORT: u16 = 9;

/// A part of what there is to know about a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Section {
    #[default]
    Shapes,
    Times,
    Weights,
    Activations,
}

impl Section {
    const ALL: [Self; 4] = [Self::Shapes, Self::Times, Self::Weights, Self::Activations];

    /// The section so many places on.
    pub fn after(self, places: usize) -> Self {
        Self::ALL[(self as usize + places) % Self::ALL.len()]
    }
}

/// The sections that there is room for, with their places.
pub fn sections(area: Rect, view: &LayersView, full_screen: bool) -> Vec<(Section, Rect)> {
    use Section::{Activations, Shapes, Times, Weights};
    let halves = |area| Layout::horizontal([Constraint::Fill(1); 2]).areas::<2>(area);
    if full_screen {
        return vec![(view.section, area)];
    }
    if area.width >= GRID.0 && area.height >= GRID.1 {
        let rows = [Constraint::Length(19), Constraint::Fill(1)];
        let [above, below] = Layout::vertical(rows).areas(area);
        let ([a, b], [c, d]) = (halves(above), halves(below));
        return vec![(Shapes, a), (Times, b), (Weights, c), (Activations, d)];
    }
    let values = view.values;
    if area.height >= STACK {
        let rows = [Constraint::Length(SHORT), Constraint::Length(10), Constraint::Fill(1)];
        let [a, b, c] = Layout::vertical(rows).areas(area);
        return vec![(Shapes, a), (Times, b), (values, c)];
    }
    if area.width >= PAIR.0 && area.height >= PAIR.1 {
        let [left, right] = halves(area);
        let rows = [Constraint::Length(SHORT), Constraint::Fill(1)];
        let [a, b] = Layout::vertical(rows).areas(left);
        return vec![(Shapes, a), (Times, b), (values, right)];
    }
    vec![(view.section, area)]
}

pub fn draw(frame: &mut Frame, area: Rect, row: &Row, app: &App) {
    let view = &app.views.layers;
    let sections = sections(area, view, app.full_screen);
    let alone = sections.len() == 1;
    for (section, area) in sections {
        let title = match section {
            Section::Shapes => format!("layer {} of 29  {}", row.index + 1, row.spec.name),
            other if alone => format!("{}  {}", row.spec.name, short_title(other, app)),
            other => title(other, app),
        };
        let more = parts::hint(&app.keys, Action::NextPane, "more");
        let title = if alone { title + &more } else { title };
        let is_here = view.detail && (section == view.section || alone);
        let block = pane(&title, is_here, &app.theme);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        match section {
            Section::Shapes => shapes::draw(frame, inner, row, app),
            Section::Times => times::draw(frame, inner, row, app),
            Section::Weights | Section::Activations => {
                values::draw(frame, inner, (row, section), app);
            }
        }
    }
}

fn title(section: Section, app: &App) -> String {
    let stats = app.run.stats.last();
    match section {
        Section::Shapes | Section::Times => {
            let timed = app.run.layers.last();
            timed.map_or("time".to_owned(), |timed| format!("time  step {}", Count(timed.step)))
        }
        Section::Weights => stats
            .map_or("weights".to_owned(), |stats| format!("weights  step {}", Count(stats.step))),
        Section::Activations => stats.map_or("activations".to_owned(), |stats| {
            let images = Count(stats.images as u64);
            format!("activations  step {}, {images} images", Count(stats.step))
        }),
    }
}

/// Where a pane's border has to name the layer, too.
fn short_title(section: Section, app: &App) -> String {
    match (section, app.run.stats.last()) {
        (Section::Activations, Some(stats)) => {
            format!("activations, {} images", Count(stats.images as u64))
        }
        _ => title(section, app),
    }
}

fn field(label: &str, value: String, theme: &Theme) -> Line<'static> {
    Line::from(vec![Span::styled(fit(label, LABEL), theme.dim), Span::styled(value, theme.text)])
}

/// The same with the course of the number over the run behind it.
fn course(label: &str, value: String, course: String, theme: &Theme) -> Line<'static> {
    let mut line = field(label, fit(&value, VALUE), theme);
    line.push_span(Span::styled(course, theme.train));
    line
}

/// Columns of a number with a course behind it.
const VALUE: usize = 11;

/// Columns that a course has.
fn room(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(LABEL + VALUE)
}
