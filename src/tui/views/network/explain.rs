//! What an element computes and costs, and the article's example with numbers.

use ratatui::text::{Line, Span};

use super::Element;
use crate::{
    domain::{
        architecture::{ArchSpec, LayerSpec},
        explain::{ARTICLE, Cost},
        units::{Count, Percent},
    },
    tui::{text::fit, theme::Theme, views::parts::bar},
};

/// Columns of the labels.
const LABEL: usize = 12;
/// Columns of the longest bar.
const WIDEST_BAR: usize = 32;
/// Rows of the article's example.
pub const EXAMPLE_ROWS: u16 = 12;

fn field(label: &str, value: impl ToString, theme: &Theme) -> Line<'static> {
    let value = value.to_string();
    Line::from(vec![Span::styled(fit(label, LABEL), theme.dim), Span::styled(value, theme.text)])
}

fn head(text: &str, theme: &Theme) -> Line<'static> {
    Line::styled(text.to_owned(), theme.accent)
}

/// The selected element with its own numbers.
pub fn element(element: &Element, arch: &ArchSpec, theme: &Theme) -> Vec<Line<'static>> {
    match element {
        Element::Input => vec![
            head("the network", theme),
            field("image", format!("{0}×{0}×3", arch.resolution), theme),
            field("classes", arch.classes, theme),
            field("α", arch.alpha, theme),
            field("parameters", Count(arch.parameters()), theme),
            field("not trained", Count(arch.non_trainable()), theme),
            field("mult-adds", Count(arch.macs()), theme),
            Line::default(),
            Line::styled("Dk kernel, Df output side,", theme.dim),
            Line::styled("M channels in, N channels out", theme.dim),
        ],
        Element::Stem(layer) => simple("stem: a standard convolution", layer, theme),
        Element::Pooling(layer) => simple("mean over all positions", layer, theme),
        Element::Classifier(layer) => simple("classifier: linear, with bias", layer, theme),
        Element::Block(number, depthwise, pointwise) => {
            block(*number, (depthwise, pointwise), arch, theme)
        }
    }
}

fn simple(title: &str, layer: &LayerSpec, theme: &Theme) -> Vec<Line<'static>> {
    vec![
        head(title, theme),
        field("kernel", format!("{0}×{0}, stride {1}", layer.kernel, layer.stride), theme),
        field("channels", format!("{} → {}", layer.in_channels, layer.out_channels), theme),
        field("out", format!("{0}×{0}×{1}", layer.out_side, layer.out_channels), theme),
        field("parameters", Count(layer.parameters()), theme),
        field("mult-adds", Count(layer.macs()), theme),
    ]
}

fn block(
    number: usize,
    (depthwise, pointwise): (&LayerSpec, &LayerSpec),
    arch: &ArchSpec,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let Some(cost) = arch.block_costs().into_iter().nth(number) else { return Vec::new() };
    let (k, m, n) = (depthwise.kernel, depthwise.in_channels, pointwise.out_channels);
    let side = depthwise.out_side;
    let formula = |text: &str| Line::styled(text.to_owned(), theme.dim);
    let text = |text: String| Line::styled(text, theme.text);
    vec![
        head(&format!("block {number} Dk {k} M {m} N {n} Df {side}"), theme),
        formula("standard: Dk²·M·N·Df²"),
        text(format!("  {k}²·{m}·{n}·{side}²")),
        text(format!("  = {}", Count(cost.standard_macs))),
        formula("separable: Dk²·M·Df² + M·N·Df²"),
        text(format!("  {k}²·{m}·{side}² + {m}·{n}·{side}²")),
        text(format!("  = {} + {}", Count(depthwise.macs()), Count(pointwise.macs()))),
        text(format!("  = {}", Count(cost.macs))),
        formula("ratio: 1/N + 1/Dk²"),
        Line::from(vec![
            Span::styled(format!("  1/{n} + 1/{} = ", k * k), theme.text),
            Span::styled(Percent(cost.ratio).to_string(), theme.best),
        ]),
        Line::default(),
        field("parameters", Count(depthwise.parameters() + pointwise.parameters()), theme),
        field("stride", depthwise.stride, theme),
        Line::default(),
        bar_of("standard", 1.0, theme),
        bar_of("separable", cost.ratio, theme),
    ]
}

fn bar_of(label: &str, share: f64, theme: &Theme) -> Line<'static> {
    let bar = Span::styled(bar(share, WIDEST_BAR), theme.accent);
    Line::from(vec![Span::styled(fit(label, LABEL), theme.dim), bar])
}

/// The worked example: 12×12×3 by 5×5×3 filters to 8×8×256.
pub fn example(theme: &Theme) -> Vec<Line<'static>> {
    let (example, out) = (ARTICLE, ARTICLE.out_side());
    let row = |label: &str, cost: Cost| {
        Line::from(vec![
            Span::styled(fit(label, 10), theme.dim),
            Span::styled(format!("{:>8}", Count(cost.parameters)), theme.text),
            Span::styled(format!("{:>11}", Count(cost.multiply_adds)), theme.text),
        ])
    };
    let (i, m, k, n) = (example.in_side, example.in_channels, example.kernel, example.out_channels);
    vec![
        head(&format!("{i}×{i}×{m} by {k}×{k}×{m} → {out}×{out}×{n}"), theme),
        Line::styled(format!("one {k}×{k}×{m} filter: {out}×{out}×1"), theme.dim),
        Line::styled(format!("{n} of them: {out}×{out}×{n}"), theme.dim),
        Line::styled(format!("{:<10}{:>8}{:>11}", "", "params", "mult-adds"), theme.dim),
        row("standard", example.standard()),
        row("depthwise", example.depthwise()),
        row("pointwise", example.pointwise()),
        row("separable", example.separable()),
        Line::from(vec![
            Span::styled(format!("1/{n} + 1/{} = ", k * k), theme.text),
            Span::styled(Percent(example.ratio()).to_string(), theme.best),
        ]),
        Line::styled("The article calls the mult-adds", theme.dim),
        Line::styled("parameters; stored and trained", theme.dim),
        Line::styled("are only those under params.", theme.dim),
    ]
}
