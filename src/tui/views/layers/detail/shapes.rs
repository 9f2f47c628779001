//! What goes in and out of a layer, and what that costs.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Paragraph,
};

use super::{
    super::{Row, arch},
    field,
};
use crate::{
    domain::{
        architecture::{ArchSpec, BlockCost, LayerKind, LayerSpec},
        units::{Count, Percent},
    },
    tui::{app::App, theme::Theme},
};

/// Fewest columns in which shapes and costs stand side by side.
const TWO_COLUMNS: u16 = 76;

pub fn draw(frame: &mut Frame, area: Rect, row: &Row, app: &App) {
    let (arch, theme) = (arch(&app.run), &app.theme);
    let (shapes, costs) = (shapes(row, &arch, theme), costs(&row.spec, &arch, theme));
    if usize::from(area.height) > shapes.len() + costs.len() {
        let lines = [shapes, vec![Line::default()], costs].concat();
        return frame.render_widget(Paragraph::new(lines), area);
    }
    if area.width >= TWO_COLUMNS && usize::from(area.height) >= shapes.len().max(costs.len()) {
        let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(area);
        frame.render_widget(Paragraph::new(shapes), left);
        return frame.render_widget(Paragraph::new(costs), right);
    }
    let mut lines = in_short(row, &arch, theme);
    if usize::from(area.height) >= lines.len() + 2 {
        lines.insert(1, then(&row.spec, theme));
        lines.insert(4, not_trained(&row.spec, theme));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn what(spec: &LayerSpec) -> String {
    let (kernel, stride) = (spec.kernel, spec.stride);
    match spec.kind {
        LayerKind::Linear => "linear, with bias".to_owned(),
        LayerKind::Pooling => format!("mean over {kernel}×{kernel} positions"),
        kind => format!("{} {kernel}×{kernel}, stride {stride}", kind.label()),
    }
}

fn input(row: &Row, arch: &ArchSpec) -> String {
    let layers = arch.layers();
    let side = row.index.checked_sub(1).map_or(arch.resolution, |i| layers[i].out_side);
    format!("{side}×{side}×{}", row.spec.in_channels)
}

fn output(spec: &LayerSpec) -> String {
    format!("{0}×{0}×{1}", spec.out_side, spec.out_channels)
}

fn block_of(spec: &LayerSpec, arch: &ArchSpec) -> Option<BlockCost> {
    let is_part = |block: &BlockCost| {
        spec.name.strip_prefix(&block.name).is_some_and(|rest| rest.starts_with('.'))
    };
    arch.block_costs().into_iter().find(is_part)
}

fn shapes(row: &Row, arch: &ArchSpec, theme: &Theme) -> Vec<Line<'static>> {
    let spec = &row.spec;
    vec![
        field("what", what(spec), theme),
        then(spec, theme),
        field("in", input(row, arch), theme),
        field("out", output(spec), theme),
        field("parameters", Count(spec.parameters()).to_string(), theme),
        not_trained(spec, theme),
        field("mult-adds", Count(spec.macs()).to_string(), theme),
    ]
}

fn then(spec: &LayerSpec, theme: &Theme) -> Line<'static> {
    field("then", if spec.has_batch_norm() { "BN, ReLU" } else { "–" }.to_owned(), theme)
}

fn not_trained(spec: &LayerSpec, theme: &Theme) -> Line<'static> {
    field("not trained", Count(spec.non_trainable()).to_string(), theme)
}

/// Against the standard convolutions that layer and block replace.
fn costs(spec: &LayerSpec, arch: &ArchSpec, theme: &Theme) -> Vec<Line<'static>> {
    let head = |text: &str| Line::styled(text.to_owned(), theme.accent);
    let mut lines = Vec::new();
    if spec.kind == LayerKind::Depthwise {
        lines.push(head("if it were a standard convolution"));
        lines.push(field("mult-adds", Count(spec.standard_macs()).to_string(), theme));
        lines.push(field("this layer", format!("{} of that", share(spec)), theme));
    }
    match block_of(spec, arch) {
        Some(block) => lines.extend([
            head("the block against one standard 3×3"),
            field("separable", Count(block.macs).to_string(), theme),
            field("standard", Count(block.standard_macs).to_string(), theme),
            field("ratio", format!("{} = 1/N + 1/9", Percent(block.ratio)), theme),
            field("", "N = output channels".to_owned(), theme),
        ]),
        None => lines.push(Line::styled("replaces no standard convolution", theme.dim)),
    }
    lines
}

fn share(spec: &LayerSpec) -> Percent {
    Percent(spec.macs() as f64 / spec.standard_macs() as f64)
}

/// Shapes and costs in at most seven lines.
fn in_short(row: &Row, arch: &ArchSpec, theme: &Theme) -> Vec<Line<'static>> {
    let spec = &row.spec;
    let mut lines = vec![
        field("what", what(spec), theme),
        field("in, out", format!("{} → {}", input(row, arch), output(spec)), theme),
        field("parameters", Count(spec.parameters()).to_string(), theme),
        field("mult-adds", Count(spec.macs()).to_string(), theme),
    ];
    let of = |macs: u64, ratio: Percent| format!("{} → {ratio}", Count(macs));
    if spec.kind == LayerKind::Depthwise {
        lines.push(field("as standard", of(spec.standard_macs(), share(spec)), theme));
    }
    match block_of(spec, arch) {
        Some(block) => lines.extend([
            field("whole block", Count(block.macs).to_string(), theme),
            field("as standard", of(block.standard_macs, Percent(block.ratio)), theme),
        ]),
        None => lines.push(Line::styled("replaces no standard convolution", theme.dim)),
    }
    lines
}
