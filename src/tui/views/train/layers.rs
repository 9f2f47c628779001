//! The layers that take most of a step.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::{
    domain::{
        architecture::LayerSpec,
        events::{LayerTime, LayersSample},
        state::RunState,
        units::Count,
    },
    tui::{
        app::App,
        chart::spark,
        pane::pane,
        text::{fit, fit_right},
        views::{
            layers::{Timed, arch},
            parts,
        },
    },
};

/// Columns before the recent times: the times, and what the layer is where there is room for it.
const BEFORE: [usize; 2] = [38, 64];
/// Fewest columns inside the pane that have it.
const WIDE: u16 = 73;
/// Most columns of the recent times.
const RECENT: usize = 60;

pub fn draw(frame: &mut Frame, area: Rect, app: &App, focused: bool) {
    let block = pane("layers  by share of the step, ms", focused, &app.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(timed) = Timed::newest(&app.run) else {
        let what = parts::awaited(app, "first step that is timed by layer", "");
        return parts::waiting(frame, inner, &what, &app.theme);
    };
    let wide = inner.width >= WIDE;
    let mut lines = vec![Line::styled(head(wide), app.theme.dim)];
    let mut ranked: Vec<&LayerTime> = timed.sample.layers.iter().collect();
    ranked.sort_by(|a, b| time(b).total_cmp(&time(a)));
    let specs = arch(&app.run).layers();
    for layer in ranked.into_iter().take(usize::from(inner.height).saturating_sub(1)) {
        let mut line = row(layer, &timed, &specs, wide, app);
        let room = usize::from(inner.width).saturating_sub(BEFORE[usize::from(wide)] + 1);
        let recent = recent(&layer.name, &app.run, room.min(RECENT));
        line.push_span(Span::styled(recent, app.theme.dim));
        lines.push(line);
    }
    frame.render_widget(Paragraph::new(lines), inner);
}

fn head(wide: bool) -> String {
    let shape =
        if wide { format!("{:>10}{:>10}{:>6}", "out", "params", "MMAC") } else { "".into() };
    format!("{:<19}{shape}{:>6}{:>6}{:>5}  recent", "layer", "fwd", "bwd", "%")
}

fn row(
    layer: &LayerTime,
    timed: &Timed,
    specs: &[LayerSpec],
    wide: bool,
    app: &App,
) -> Line<'static> {
    let theme = &app.theme;
    let mut text = fit(&layer.name, 19);
    if wide {
        let spec = specs.iter().find(|spec| spec.name == layer.name);
        text += &spec.map_or_else(|| " ".repeat(26), shape);
    }
    let share = 100.0 * timed.time_of(&layer.name).map_or(0.0, |time| time.share);
    let times = format!("{:>6.2}{:>6.2}", layer.forward_ms, layer.backward_ms);
    Line::from(vec![
        Span::styled(text, theme.text),
        Span::styled(times, theme.text),
        Span::styled(format!("{share:>5.1}  "), theme.accent),
    ])
}

fn shape(spec: &LayerSpec) -> String {
    let out = format!("{0}×{0}×{1}", spec.out_side, spec.out_channels);
    let macs = spec.macs() as f64 / 1e6;
    format!("{}{:>10}{macs:>6.2}", fit_right(&out, 10), Count(spec.parameters()))
}

/// How the layer's time went over the newest timed steps, one a column; over the whole run the tab of
/// the layers has it.
fn recent(name: &str, run: &RunState, width: usize) -> String {
    let newest = &run.layers[run.layers.len().saturating_sub(width)..];
    let of_layer = |sample: &LayersSample| sample.layers.iter().find(|l| l.name == name).map(time);
    let times: Vec<f64> = newest.iter().map(|s| of_layer(s).unwrap_or(f64::NAN)).collect();
    spark::sparkline(&times, width)
}

fn time(layer: &LayerTime) -> f64 {
    layer.forward_ms + layer.backward_ms
}
