//! What a layer's weights or activations are like, and how they came to be so.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Paragraph,
};

use super::{
    super::{Row, bars, past},
    Section, course, field, room,
};
use crate::{
    domain::{
        architecture::LayerKind,
        events::{Distribution, LayerStatistics},
        units::Percent,
    },
    tui::{app::App, text::fit_right, theme::Theme, views::parts},
};

/// Fewest rows of a histogram, with its heading and its axis.
const HISTOGRAM: u16 = 5;
/// Fewest columns in which numbers and histogram stand side by side.
const SIDE_BY_SIDE: u16 = 56;

pub fn draw(frame: &mut Frame, area: Rect, (row, section): (&Row, Section), app: &App) {
    let (theme, name) = (&app.theme, &row.spec.name);
    let Some(layer) = app.run.stats.last().and_then(|stats| stats.of(name)) else {
        return parts::waiting(frame, area, &why_not(row, app), theme);
    };
    let side_by_side = area.width >= SIDE_BY_SIDE && area.height < 6 + HISTOGRAM;
    let [left, right] = match side_by_side {
        true => Layout::horizontal([Constraint::Length(34), Constraint::Fill(1)]).areas(area),
        false => Layout::vertical([Constraint::Length(6), Constraint::Fill(1)]).areas(area),
    };
    let looks = past::statistics(&app.run.stats, name);
    let numbers = Numbers { looks, room: room(left).saturating_sub(1), theme };
    let (lines, distribution) = match section {
        Section::Activations => (numbers.activations(layer), &layer.activations),
        _ => (numbers.weights(layer), &layer.weights),
    };
    frame.render_widget(Paragraph::new(lines), left);
    let heading = match (section, layer.dead) {
        (Section::Activations, Some(_)) => "outputs above 0",
        (Section::Activations, None) => "logits",
        _ => "distribution of the weights",
    };
    if right.height >= HISTOGRAM {
        let lines = histogram(heading, distribution, right, theme);
        frame.render_widget(Paragraph::new(lines), right);
    }
}

/// Why there are no statistics of the layer.
fn why_not(row: &Row, app: &App) -> String {
    let run = &app.run;
    let every = run.started.as_ref().map(|started| started.config.stats_every);
    match every {
        _ if row.spec.kind == LayerKind::Pooling => "pooling has no weights and no ReLU".to_owned(),
        None => "waiting for the run to start".to_owned(),
        Some(0) => "not looked at in this run\n(--stats-every 0)".to_owned(),
        Some(every) if run.steps() > every.saturating_add(3) => {
            "this run has told of none".to_owned()
        }
        Some(every) => parts::awaited(app, "first look", &format!("\n(every {every} steps)")),
    }
}

/// Numbers with their course over the run.
struct Numbers<'a> {
    looks: Vec<(u64, &'a LayerStatistics)>,
    /// Columns of a course.
    room: usize,
    theme: &'a Theme,
}

impl Numbers<'_> {
    fn line(
        &self,
        label: &str,
        value: String,
        of: impl Fn(&LayerStatistics) -> f64,
    ) -> Line<'static> {
        let points: Vec<_> = self.looks.iter().map(|(step, layer)| (*step, of(layer))).collect();
        course(label, value, bars::spark(&points, self.room), self.theme)
    }

    fn weights(&self, layer: &LayerStatistics) -> Vec<Line<'static>> {
        let LayerStatistics { weights, weight_norm, gradient_norm, .. } = layer;
        vec![
            self.line("mean", bars::short(weights.mean), |layer| layer.weights.mean),
            self.line("deviation", bars::short(weights.deviation), |l| l.weights.deviation),
            self.line("L2 norm", bars::short(*weight_norm), |layer| layer.weight_norm),
            self.line("gradient L2", bars::short(*gradient_norm), |layer| layer.gradient_norm),
            range(weights, self.theme),
        ]
    }

    fn activations(&self, layer: &LayerStatistics) -> Vec<Line<'static>> {
        let LayerStatistics { activations, dead, .. } = layer;
        let mut lines = vec![
            self.line("mean", bars::short(activations.mean), |layer| layer.activations.mean),
            self.line("deviation", bars::short(activations.deviation), |layer| {
                layer.activations.deviation
            }),
        ];
        if let Some(dead) = dead {
            let share = |of: f64| Percent(of).to_string();
            lines.extend([
                self.line("zeros (ReLU)", share(dead.outputs), |layer| {
                    layer.dead.map_or(f64::NAN, |dead| dead.outputs)
                }),
                self.line("dead channels", share(dead.channels), |layer| {
                    layer.dead.map_or(f64::NAN, |dead| dead.channels)
                }),
            ]);
        }
        lines.push(range(activations, self.theme));
        lines
    }
}

fn range(of: &Distribution, theme: &Theme) -> Line<'static> {
    field("range", format!("{} … {}", bars::short(of.low), bars::short(of.high)), theme)
}

/// `distribution` as bars over its range.
fn histogram(
    heading: &'static str,
    distribution: &Distribution,
    area: Rect,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let columns = bars::histogram(&distribution.bins, usize::from(area.width));
    if columns.is_empty() {
        return vec![Line::styled("no histogram: kept of the newest look only", theme.dim)];
    }
    let mut lines = vec![Line::styled(heading, theme.dim)];
    let rows = bars::upright(&columns, usize::from(area.height) - 2);
    lines.extend(rows.into_iter().map(|row| Line::styled(row, theme.train)));
    let low = bars::short(distribution.low);
    let high = fit_right(
        &bars::short(distribution.high),
        columns.len().saturating_sub(low.chars().count()),
    );
    lines.push(Line::styled(format!("{low}{high}"), theme.dim));
    lines
}
