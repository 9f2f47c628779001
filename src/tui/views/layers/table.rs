//! The table of all layers.

use std::ops::Range;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{Column, Row, arch, past};
use crate::{
    domain::{events::LayersSample, state::RunState, units::Count},
    tui::{
        app::App,
        chart::spark,
        pane::pane_with_legend,
        text::{clip, fit, fit_right, width as text_width},
        theme::Theme,
        views::parts,
    },
};

/// Columns of the table with their widths, in the order in which they get room.
const BY_NEED: [(Column, u16); 10] = [
    (Column::Layer, 20),
    (Column::Forward, 9),
    (Column::Backward, 9),
    (Column::Share, 8),
    (Column::Macs, 9),
    (Column::Output, 12),
    (Column::Parameters, 11),
    (Column::Trend, 10),
    (Column::Kind, 11),
    (Column::Kernel, 5),
];
/// Columns that the trend takes beyond its need where there is room.
pub const LONGER: u16 = 14;
/// Columns of the whole table with its border.
pub const WIDEST: u16 = 106;

pub fn draw(frame: &mut Frame, area: Rect, (rows, cursor): (&[Row], usize), app: &App) {
    let (view, theme) = (&app.views.layers, &app.theme);
    let title = match app.run.layers.last() {
        Some(sample) => format!("layers  step {}", Count(sample.step)),
        None => "layers".to_owned(),
    };
    let inner = parts::inside(area);
    let [head, body, total, how] = parts_of(inner, &app.run);
    let shown = parts::rows_around(cursor, rows.len(), usize::from(body.height));
    let legend = legend(&shown, rows.len(), view.filter.trim(), theme);
    frame.render_widget(pane_with_legend(&title, legend, !view.detail, theme), area);
    let foot = foot(app, usize::from(inner.width));
    let columns = columns(inner.width);
    frame.render_widget(heading(&columns, app), head);
    if rows.is_empty() {
        parts::waiting(frame, body, "no layer matches; esc clears the filter", theme);
    }
    let trends = trends(&rows[shown.clone()], &columns, &app.run);
    let lines = shown.zip(trends);
    let lines: Vec<Line> = lines
        .map(|(at, trend)| line((&rows[at], &trend), &columns, at == cursor, &app.theme))
        .collect();
    frame.render_widget(Paragraph::new(lines), body);
    frame.render_widget(totals(&columns, rows, app), total);
    frame.render_widget(Paragraph::new(foot), how);
}

/// Which rows these are, where not all are shown.
fn legend(shown: &Range<usize>, rows: usize, filter: &str, theme: &Theme) -> Vec<Span<'static>> {
    let range =
        (shown.len() < rows).then(|| format!("{}–{} of {rows}", shown.start + 1, shown.end));
    match (range, filter) {
        (None, "") => Vec::new(),
        (Some(range), "") => vec![Span::styled(range, theme.dim)],
        (range, filter) => {
            let count = range.unwrap_or_else(|| format!("{rows} of 29"));
            vec![Span::styled(format!("{count} with “{filter}”"), theme.accent)]
        }
    }
}

/// Heading, rows, sums and foot: the fewer rows there are, the more of them are the layers'.
fn parts_of(inner: Rect, run: &RunState) -> [Rect; 4] {
    let foot = match inner.height {
        ..14 => u16::from(run.layers.is_empty()), // what is waited for
        14..20 => 1,
        _ => 2,
    };
    let [head, total, foot] = [1, 1, foot].map(Constraint::Length);
    Layout::vertical([head, Constraint::Fill(1), total, foot]).areas(inner)
}

/// Where the rows lie.
pub fn body(inner: Rect, run: &RunState) -> Rect {
    parts_of(inner, run)[1]
}

/// The column of which a part is at `x` of a table with so much `room`.
pub fn column_at(room: u16, x: u16) -> Option<Column> {
    let mut end = 0;
    let holds = |(_, width): &(Column, usize)| {
        end += width;
        usize::from(x) < end
    };
    columns(room).into_iter().find(holds).map(|(column, _)| column)
}

/// The columns for which there is room, in the order in which they stand.
fn columns(room: u16) -> Vec<(Column, usize)> {
    let mut left = room;
    let mut chosen = Vec::new();
    for (column, width) in BY_NEED {
        if width <= left {
            left -= width;
            chosen.push((column, width));
        }
    }
    if let Some(trend) = chosen.iter_mut().find(|(column, _)| *column == Column::Trend) {
        trend.1 += left.min(LONGER);
    }
    chosen.sort_by_key(|(column, _)| Column::ALL.iter().position(|other| other == column));
    chosen.into_iter().map(|(column, width)| (column, usize::from(width))).collect()
}

/// Text to the left, numbers to the right.
fn cell(text: &str, column: Column, width: usize) -> String {
    match column {
        Column::Layer | Column::Kind => fit(text, width),
        Column::Trend => format!("  {}", fit(text, width - 2)),
        _ => fit_right(text, width),
    }
}

fn heading(columns: &[(Column, usize)], app: &App) -> Line<'static> {
    let (view, theme) = (&app.views.layers, &app.theme);
    let span = |&(column, width): &(Column, usize)| {
        if column != view.sort {
            return Span::styled(cell(column.heading(), column, width), theme.dim);
        }
        let arrow = if column.largest_first() == view.reversed { "▲" } else { "▼" };
        let arrow = if column == Column::Layer && !view.reversed { "" } else { arrow };
        Span::styled(cell(&format!("{}{arrow}", column.heading()), column, width), theme.accent)
    };
    Line::from(columns.iter().map(span).collect::<Vec<_>>())
}

fn line(
    (row, trend): (&Row, &str),
    columns: &[(Column, usize)],
    selected: bool,
    theme: &Theme,
) -> Line<'static> {
    let span = |&(column, width): &(Column, usize)| {
        let text = match column {
            Column::Trend => trend.to_owned(),
            _ => value(row, column),
        };
        let style = match column {
            Column::Share => theme.accent,
            Column::Kind | Column::Kernel | Column::Trend => theme.dim,
            _ => theme.text,
        };
        Span::styled(cell(&text, column, width), style)
    };
    let line = Line::from(columns.iter().map(span).collect::<Vec<_>>());
    if selected { line.patch_style(theme.selection) } else { line }
}

fn value(row: &Row, column: Column) -> String {
    let (spec, time) = (&row.spec, row.time);
    let timed = |number: Option<f64>, digits: usize| {
        number.map_or("–".to_owned(), |number| format!("{number:.digits$}"))
    };
    match column {
        Column::Layer => spec.name.clone(),
        Column::Kind => spec.kind.label().to_owned(),
        Column::Kernel => format!("{}/{}", spec.kernel, spec.stride),
        Column::Output => format!("{0}×{0}×{1}", spec.out_side, spec.out_channels),
        Column::Parameters => Count(spec.parameters()).to_string(),
        Column::Macs => format!("{:.2}", spec.macs() as f64 / 1e6),
        Column::Forward => timed(time.map(|time| time.forward_ms), 2),
        Column::Backward => timed(time.map(|time| time.backward_ms), 2),
        Column::Share => timed(time.map(|time| 100.0 * time.share), 1),
        Column::Trend => String::new(),
    }
}

/// Sums over the rows that are shown.
fn totals(columns: &[(Column, usize)], rows: &[Row], app: &App) -> Line<'static> {
    let times = || rows.iter().filter_map(|row| row.time);
    let timed = |sum: f64, digits: usize| match times().next() {
        Some(_) => format!("{sum:.digits$}"),
        None => "–".to_owned(),
    };
    let text = |column: Column| match column {
        Column::Layer => format!("{} layers", rows.len()),
        Column::Parameters => Count(rows.iter().map(|row| row.spec.parameters()).sum()).to_string(),
        Column::Macs => {
            let macs: u64 = rows.iter().map(|row| row.spec.macs()).sum();
            format!("{:.2}", macs as f64 / 1e6)
        }
        Column::Forward => timed(times().map(|time| time.forward_ms).sum(), 2),
        Column::Backward => timed(times().map(|time| time.backward_ms).sum(), 2),
        Column::Share => timed(times().map(|time| 100.0 * time.share).sum(), 1),
        Column::Kind | Column::Kernel | Column::Output | Column::Trend => String::new(),
    };
    let cells = columns.iter().map(|&(column, width)| cell(&text(column), column, width));
    Line::styled(cells.collect::<String>(), app.theme.best)
}

/// How the layers' times went over the run, where there is a column for it.
fn trends(rows: &[Row], columns: &[(Column, usize)], run: &RunState) -> Vec<String> {
    let Some((_, width)) = columns.iter().find(|(column, _)| *column == Column::Trend) else {
        return vec![String::new(); rows.len()];
    };
    let names: Vec<&str> = rows.iter().map(|row| row.spec.name.as_str()).collect();
    let courses = past::courses(&run.layers, &names, width - 2);
    courses.iter().map(|course| spark::sparkline(course, width - 2)).collect()
}

/// What timing costs and how much of the step the times explain; then how they were taken.
fn foot(app: &App, width: usize) -> Vec<Line<'static>> {
    let (run, theme) = (&app.run, &app.theme);
    let texts = match run.layers.last() {
        Some(sample) => [cost(sample, width), format!("times: {}", sample.method)],
        None => [
            match run.started {
                Some(_) => waiting_for(app),
                None => "the default network, until a run starts".to_owned(),
            },
            format!("{} BN statistics are not counted in params", Count(arch(run).non_trainable())),
        ],
    };
    texts.into_iter().map(|text| Line::styled(clip(&text, width), theme.dim)).collect()
}

/// In `room` columns, as fully as it fits.
fn cost(sample: &LayersSample, room: usize) -> String {
    let cost = sample.cost_ratio.map(|ratio| format!("a timed step takes {ratio:.2}× as long"));
    let in_short = sample.cost_ratio.map(|ratio| format!("timed steps {ratio:.2}× as long"));
    let sum = sample.forward_ms() + sample.backward_ms();
    let whole = sample.forward_backward_ms;
    let percent = 100.0 * sum / whole;
    let explained = |words: String| (whole > 0.0).then_some(words);
    let optimizer =
        (sample.optimizer_ms > 0.0).then(|| format!("optimizer {:.1} ms", sample.optimizer_ms));
    let both = format!("layers explain {percent:.1} % of {whole:.1} ms");
    let wordings = [
        vec![cost.clone(), explained(format!("{both} forward + backward")), optimizer],
        vec![cost, explained(format!("{both} fwd + bwd"))],
        vec![in_short, explained(format!("layers {percent:.1} % of fwd + bwd"))],
    ];
    let join =
        |facts: Vec<Option<String>>| facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let wordings = wordings.map(join);
    let fitting = wordings.iter().find(|text| text_width(text) <= room);
    fitting.unwrap_or(&wordings[2]).clone()
}

/// When there will be times.
pub fn waiting_for(app: &App) -> String {
    match app.run.started.as_ref().map(|started| started.config.layers_every) {
        None => "waiting for the run to start".to_owned(),
        Some(0) => "no step is timed by layer in this run".to_owned(),
        Some(1) => parts::awaited(app, "first timed step", " (every step)"),
        Some(every) => parts::awaited(app, "first timed step", &format!(" (every {every} steps)")),
    }
}
