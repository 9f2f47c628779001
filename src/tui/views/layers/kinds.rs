//! What layers of a kind took together, over the run.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Paragraph,
};

use super::{chart, past, rows::arch};
use crate::{
    domain::{architecture::LayerKind, state::RunState},
    tui::{app::App, theme::Theme},
};

/// Fewest columns and rows for the charts.
pub const ROOM: (u16, u16) = (90, 8);
/// Most rows of them: the higher, the more they say of themselves alone.
const HIGHEST: u16 = 20;

/// What is drawn, and the kind of the layers; `None` means all.
const KINDS: [(&str, Option<LayerKind>); 3] = [
    ("all layers", None),
    ("depthwise", Some(LayerKind::Depthwise)),
    ("pointwise", Some(LayerKind::Pointwise)),
];

/// Draws a chart for each kind, side by side.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let area = Rect { height: area.height.min(HIGHEST), ..area };
    let places = Layout::horizontal([Constraint::Fill(1); KINDS.len()]).spacing(2).split(area);
    let narrowest = places.iter().map(|place| place.width).min().unwrap_or(0);
    let courses = courses(&app.run, chart::columns(usize::from(narrowest)));
    let (Some(first), Some(last)) = (app.run.layers.first(), app.run.layers.last()) else { return };
    for ((name, course), place) in courses.iter().zip(places.iter()) {
        let mut lines = vec![heading(name, &app.theme)];
        let height = usize::from(place.height).saturating_sub(lines.len());
        lines.extend(chart::lines(course, (first.step, last.step), height, &app.theme));
        frame.render_widget(Paragraph::new(lines), *place);
    }
}

fn heading(name: &str, theme: &Theme) -> Line<'static> {
    Line::styled(format!("{name}, fwd + bwd over the run"), theme.dim)
}

/// The sum over the layers of each kind in `width` columns.
fn courses(run: &RunState, width: usize) -> Vec<(&'static str, Vec<f64>)> {
    let specs = arch(run).layers();
    let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
    let courses = past::courses(&run.layers, &names, width);
    let sum = |kind: Option<LayerKind>| {
        let mut sums = vec![0.0; courses[0].len()];
        let all = specs.iter().zip(&courses);
        for (_, course) in all.filter(|(spec, _)| kind.is_none_or(|kind| kind == spec.kind)) {
            let finite = course.iter().map(|ms| if ms.is_finite() { *ms } else { 0.0 });
            sums.iter_mut().zip(finite).for_each(|(sum, ms)| *sum += ms);
        }
        sums
    };
    KINDS.iter().map(|(name, kind)| (*name, sum(*kind))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::*;

    #[test]
    fn kinds_are_parts_of_all_layers() {
        let run = running().run;
        let courses = courses(&run, 20);
        let newest = run.layers.last().unwrap();
        let last = |at: usize| *courses[at].1.last().unwrap();
        assert!((last(0) - newest.forward_ms() - newest.backward_ms()).abs() < 1e-9);
        assert!(last(1) + last(2) < last(0) && last(1) < last(2), "{courses:?}");
    }
}
