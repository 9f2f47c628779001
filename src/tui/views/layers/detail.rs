//! One layer: what goes in and out, what it costs, what it took.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{Row, arch, rows::time_of, table::trend};
use crate::{
    domain::{
        architecture::{ArchSpec, LayerKind, LayerSpec},
        units::{Count, Millis, Percent},
    },
    tui::{app::App, pane::pane, text::fit, theme::Theme},
};

/// Columns of the labels.
const LABEL: usize = 15;
/// Fewest columns in which counts and times stand side by side.
const TWO_COLUMNS: u16 = 76;

pub fn draw(frame: &mut Frame, area: Rect, row: &Row, app: &App) {
    let block =
        pane(&format!("layer {} of 29  {}", row.index + 1, row.spec.name), true, &app.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let arch = arch(&app.run);
    let mut facts = shapes(row, &arch, &app.theme);
    let (costs, times) = (costs(&row.spec, &arch, &app.theme), times(row, app, inner));
    if inner.width >= TWO_COLUMNS {
        let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(inner);
        facts.push(Line::default());
        facts.extend(costs);
        frame.render_widget(Paragraph::new(facts), left);
        return frame.render_widget(Paragraph::new(times), right);
    }
    let is_low = usize::from(inner.height) < facts.len() + costs.len() + 8;
    let blocks = if is_low { [times, costs] } else { [costs, times] };
    for block in blocks {
        facts.extend((!is_low).then(Line::default));
        facts.extend(block);
    }
    frame.render_widget(Paragraph::new(facts), inner);
}

fn field(label: &str, value: String, theme: &Theme) -> Line<'static> {
    Line::from(vec![Span::styled(fit(label, LABEL), theme.dim), Span::styled(value, theme.text)])
}

fn shapes(row: &Row, arch: &ArchSpec, theme: &Theme) -> Vec<Line<'static>> {
    let spec = &row.spec;
    let layers = arch.layers();
    let in_side = row.index.checked_sub(1).map_or(arch.resolution, |i| layers[i].out_side);
    let (kernel, stride) = (spec.kernel, spec.stride);
    let what = match spec.kind {
        LayerKind::Linear => "linear, with bias".to_owned(),
        LayerKind::Pooling => format!("mean over {kernel}×{kernel} positions"),
        kind => format!("{} {kernel}×{kernel}, stride {stride}", kind.label()),
    };
    let output = format!("{0}×{0}×{1}", spec.out_side, spec.out_channels);
    vec![
        field("what", what, theme),
        field("then", if spec.has_batch_norm() { "BN, ReLU" } else { "–" }.to_owned(), theme),
        field("in", format!("{in_side}×{in_side}×{}", spec.in_channels), theme),
        field("out", output, theme),
        field("parameters", Count(spec.parameters()).to_string(), theme),
        field("not trained", Count(spec.non_trainable()).to_string(), theme),
        field("multiply-adds", Count(spec.macs()).to_string(), theme),
    ]
}

/// Against the standard convolutions that layer and block replace.
fn costs(spec: &LayerSpec, arch: &ArchSpec, theme: &Theme) -> Vec<Line<'static>> {
    let head = |text: &str| Line::styled(text.to_owned(), theme.accent);
    let mut lines = Vec::new();
    if spec.kind == LayerKind::Depthwise {
        let ratio = spec.macs() as f64 / spec.standard_macs() as f64;
        lines.push(head("if it were a standard convolution"));
        lines.push(field("multiply-adds", Count(spec.standard_macs()).to_string(), theme));
        lines.push(field("this layer", format!("{} of that", Percent(ratio)), theme));
    }
    let block = arch.block_costs().into_iter().find(|block| {
        spec.name.strip_prefix(&block.name).is_some_and(|rest| rest.starts_with('.'))
    });
    match block {
        Some(block) => lines.extend([
            head("the block against one standard 3×3"),
            field("separable", Count(block.macs).to_string(), theme),
            field("standard", Count(block.standard_macs).to_string(), theme),
            field("ratio", format!("{} = 1/N + 1/9", Percent(block.ratio)), theme),
        ]),
        None => lines.push(Line::styled("replaces no standard convolution", theme.dim)),
    }
    lines
}

fn times(row: &Row, app: &App, inner: Rect) -> Vec<Line<'static>> {
    let theme = &app.theme;
    let Some(time) = row.time else {
        return vec![Line::styled("no timed step yet", theme.dim)];
    };
    let width = usize::from(inner.width).saturating_sub(LABEL + 1).min(22);
    let trend = trend(&row.spec.name, &app.run, width);
    let mut lines = vec![
        field("forward", Millis(time.forward_ms).to_string(), theme),
        field("backward", Millis(time.backward_ms).to_string(), theme),
        field("of the step", Percent(time.share).to_string(), theme),
        field("trend", trend, theme),
        Line::styled(format!("{:>8}{:>10}{:>10}{:>8}", "step", "fwd ms", "bwd ms", "%"), theme.dim),
    ];
    let newest_first = app.run.layers.iter().rev();
    lines.extend(
        newest_first
            .filter_map(|sample| {
                let time = time_of(sample, &row.spec.name)?;
                let (forward, backward) = (time.forward_ms, time.backward_ms);
                let share = 100.0 * time.share;
                let step = Count(sample.step);
                Some(Line::styled(
                    format!("{step:>8}{forward:>10.2}{backward:>10.2}{share:>8.1}"),
                    theme.text,
                ))
            })
            .take(usize::from(inner.height)),
    );
    lines
}
