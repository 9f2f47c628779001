//! What an element computes and costs, step by step, with its own numbers.

use ratatui::text::{Line, Span};

use super::Element;
use crate::{
    domain::{
        architecture::{ArchSpec, LayerSpec},
        units::{Count, Percent},
    },
    tui::{text::fit, theme::Theme, views::parts::bar},
};

/// Columns of the labels.
const LABEL: usize = 12;
/// Columns of the longest bar.
const WIDEST_BAR: usize = 48;
/// Fewest columns for the parts of a block as boxes.
const BOXES: usize = 68;
/// Columns below which words are left out.
const NARROW: usize = 40;

/// Lines that belong together, and how early they are left out where there is no room.
struct Section {
    /// 0 stays.
    rank: u8,
    lines: Vec<Line<'static>>,
}

fn field(label: &str, value: impl ToString, theme: &Theme) -> Line<'static> {
    let value = value.to_string();
    Line::from(vec![Span::styled(fit(label, LABEL), theme.dim), Span::styled(value, theme.text)])
}

fn head(text: impl Into<String>, theme: &Theme) -> Line<'static> {
    Line::styled(text.into(), theme.accent)
}

/// The selected element in `width` columns and `height` rows; below it `blocks`, where there is
/// room.
pub fn element(
    (element, arch): (&Element, &ArchSpec),
    (width, height): (u16, u16),
    blocks: Option<Vec<Line<'static>>>,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let width = usize::from(width);
    let mut sections = match element {
        Element::Input => input(arch, theme),
        Element::Stem(layer) => stem(layer, width, theme),
        Element::Pooling(layer) => pooling(layer, theme),
        Element::Classifier(layer) => classifier(layer, width, theme),
        Element::Block(number, depthwise, pointwise) => {
            let before = arch.layers()[2 * number].out_side;
            block((*number, before), (depthwise, pointwise), width, theme)
        }
    };
    sections.extend(blocks.map(|lines| Section { rank: 5, lines }));
    fitted(sections, usize::from(height))
}

/// The sections with a blank line between them, without those for which there is no room.
fn fitted(mut sections: Vec<Section>, height: usize) -> Vec<Line<'static>> {
    let rows = |sections: &[Section]| sections.iter().map(|s| s.lines.len()).sum::<usize>();
    while rows(&sections) > height {
        let Some(last) = sections.iter().map(|s| s.rank).max().filter(|rank| *rank > 0) else {
            break;
        };
        sections.retain(|section| section.rank != last);
    }
    let mut spare = height.saturating_sub(rows(&sections));
    let mut lines = Vec::new();
    for section in sections {
        if spare > 0 && !lines.is_empty() {
            lines.push(Line::default());
            spare -= 1;
        }
        lines.extend(section.lines);
    }
    lines
}

fn input(arch: &ArchSpec, theme: &Theme) -> Vec<Section> {
    let network = vec![
        head("the network", theme),
        field("image", format!("{0}×{0}×3", arch.resolution), theme),
        field("classes", arch.classes, theme),
        field("α", arch.alpha, theme),
        field("parameters", Count(arch.parameters()), theme),
        field("not trained", Count(arch.non_trainable()), theme),
        field("mult-adds", Count(arch.macs()), theme),
    ];
    let letters = vec![
        Line::styled("Dk kernel, Df output side,", theme.dim),
        Line::styled("M channels in, N channels out,", theme.dim),
        Line::styled("dw depthwise, pw pointwise", theme.dim),
    ];
    let sections = [(0, network), (1, letters)];
    sections.map(|(rank, lines)| Section { rank, lines }).into()
}

fn stem(layer: &LayerSpec, width: usize, theme: &Theme) -> Vec<Section> {
    let (k, m, n, side) = (layer.kernel, layer.in_channels, layer.out_channels, layer.out_side);
    let shape = |channels| format!("{side}×{side}×{channels}");
    let conv = format!("conv {k}×{k}");
    let chain =
        chain(&[(conv.as_str(), shape(m)), ("BN", shape(n)), ("ReLU", shape(n))], width, theme);
    let calc = vec![
        letters(layer, n, theme),
        Line::styled("Dk²·M·N·Df²", theme.dim),
        sum(format!("{k}²·{m}·{n}·{side}²"), layer.macs(), theme),
    ];
    vec![
        Section { rank: 0, lines: vec![head("stem: a standard convolution", theme)] },
        Section { rank: 2, lines: chain },
        Section { rank: 0, lines: calc },
        Section { rank: 1, lines: vec![field("parameters", Count(layer.parameters()), theme)] },
    ]
}

fn pooling(layer: &LayerSpec, theme: &Theme) -> Vec<Section> {
    let (side, n) = (layer.kernel, layer.out_channels);
    let lines = vec![
        head("global average pooling", theme),
        field("in", format!("{side}×{side}×{n}"), theme),
        field("out", format!("1×1×{n}"), theme),
        field("parameters", 0, theme),
    ];
    let text = Line::styled("each map becomes the mean of its pixels", theme.dim);
    vec![Section { rank: 0, lines }, Section { rank: 1, lines: vec![text] }]
}

fn classifier(layer: &LayerSpec, width: usize, theme: &Theme) -> Vec<Section> {
    let (m, n) = (layer.in_channels, layer.out_channels);
    // How a number comes about goes before the number is cut.
    let sum = |text: String| if width < NARROW { String::new() } else { format!("{text} = ") };
    let [parameters, macs] = [layer.parameters(), layer.macs()].map(Count);
    let lines = vec![
        head("classifier: linear, with bias", theme),
        field("channels", format!("{m} → {n}"), theme),
        field("parameters", sum(format!("{m}·{n} + {n}")) + &parameters.to_string(), theme),
        field("mult-adds", sum(format!("{m}·{n}")) + &macs.to_string(), theme),
    ];
    vec![Section { rank: 0, lines }]
}

fn block(
    (number, in_side): (usize, usize),
    (depthwise, pointwise): (&LayerSpec, &LayerSpec),
    width: usize,
    theme: &Theme,
) -> Vec<Section> {
    let (stride, n) = (depthwise.stride, pointwise.out_channels);
    let stepping = if stride == 1 { String::new() } else { format!(", stride {stride}") };
    let kind = if width < NARROW { "separable" } else { "depthwise separable" };
    let title = format!("block {number}: {kind}{stepping}");
    let ratio = 1.0 / standard_over(depthwise, pointwise);
    let longest = width.saturating_sub(LABEL).min(WIDEST_BAR);
    let bars =
        vec![bar_of("standard", 1.0, longest, theme), bar_of("separable", ratio, longest, theme)];
    let parameters = Count(depthwise.parameters() + pointwise.parameters());
    let parts = parts_of_block((depthwise, pointwise), in_side, width, theme);
    vec![
        Section { rank: 0, lines: vec![head(title, theme)] },
        Section { rank: 3, lines: parts },
        Section { rank: 1, lines: vec![letters(depthwise, n, theme)] },
        Section { rank: 0, lines: calculation(depthwise, pointwise, width, theme) },
        Section { rank: 2, lines: bars },
        Section { rank: 4, lines: vec![field("parameters", parameters, theme)] },
    ]
}

/// What a block that takes in `in_side` × `in_side` pixels does one after the other.
fn parts_of_block(
    (depthwise, pointwise): (&LayerSpec, &LayerSpec),
    in_side: usize,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let (k, m, n) = (depthwise.kernel, depthwise.in_channels, pointwise.out_channels);
    let side = depthwise.out_side;
    let shape = |side: usize, channels: usize| format!("{side}×{side}×{channels}");
    let (dw, pw) = (format!("depthwise {k}×{k}"), "pointwise 1×1");
    let parts = [
        (dw.as_str(), shape(in_side, m)),
        ("BN", shape(side, m)),
        ("ReLU", shape(side, m)),
        (pw, shape(side, m)),
        ("BN", shape(side, n)),
        ("ReLU", shape(side, n)),
    ];
    chain(&parts, width, theme)
}

/// Multiply-adds of a block and of the standard convolution that it stands for, and their ratio.
fn calculation(
    depthwise: &LayerSpec,
    pointwise: &LayerSpec,
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let (k, m, n) = (depthwise.kernel, depthwise.in_channels, pointwise.out_channels);
    let side = depthwise.out_side;
    let times = standard_over(depthwise, pointwise);
    let ratio = Percent(1.0 / times).to_string();
    let times = if width < NARROW { String::new() } else { format!(", {times:.1} times fewer") };
    let formula = |label: &'static str, formula: &'static str| {
        Line::from(vec![Span::styled(label, theme.text), Span::styled(formula, theme.dim)])
    };
    vec![
        formula("standard   ", "Dk²·M·N·Df²"),
        sum(format!("{k}²·{m}·{n}·{side}²"), standard(depthwise, n), theme),
        formula("separable  ", "Dk²·M·Df² + M·N·Df²"),
        sum(format!("{k}²·{m}·{side}²"), depthwise.macs(), theme),
        sum(format!("{m}·{n}·{side}²"), pointwise.macs(), theme),
        sum("together".to_owned(), depthwise.macs() + pointwise.macs(), theme),
        formula("ratio      ", "1/N + 1/Dk²"),
        Line::from(vec![
            Span::styled(format!("  1/{n} + 1/{} = ", k * k), theme.text),
            Span::styled(ratio, theme.best),
            Span::styled(times, theme.dim),
        ]),
    ]
}

/// How many times as many multiply-adds the standard convolution has.
fn standard_over(depthwise: &LayerSpec, pointwise: &LayerSpec) -> f64 {
    let separable = depthwise.macs() + pointwise.macs();
    standard(depthwise, pointwise.out_channels) as f64 / separable.max(1) as f64
}

/// Multiply-adds of the standard convolution to `n` channels that a block stands for.
fn standard(depthwise: &LayerSpec, n: usize) -> u64 {
    depthwise.macs().saturating_mul(n as u64)
}

/// What the letters of the formulas are here.
fn letters(layer: &LayerSpec, n: usize, theme: &Theme) -> Line<'static> {
    let (k, m, side) = (layer.kernel, layer.in_channels, layer.out_side);
    Line::styled(format!("Dk {k}  M {m}  N {n}  Df {side}"), theme.dim)
}

fn sum(text: String, result: u64, theme: &Theme) -> Line<'static> {
    Line::styled(format!("  {text} = {}", Count(result)), theme.text)
}

fn bar_of(label: &str, share: f64, longest: usize, theme: &Theme) -> Line<'static> {
    let bar = Span::styled(bar(share, longest), theme.accent);
    Line::from(vec![Span::styled(fit(label, LABEL), theme.dim), bar])
}

/// Parts of a block one after the other, each with the shape that it takes in: as boxes, or in
/// words where there is no room for them.
fn chain(parts: &[(&str, String)], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let boxed: usize = parts.iter().map(|(name, _)| name.chars().count() + 4).sum();
    if width < boxed + 2 || width < BOXES {
        return in_words(parts, theme);
    }
    let mut lines = [const { String::new() }; 3];
    for (place, (name, _)) in parts.iter().enumerate() {
        let flat = "─".repeat(name.chars().count());
        let [gap, arrow] = if place == 0 { ["", ""] } else { ["  ", "─▶"] };
        lines[0] += &format!("{gap}┌{flat}┐");
        lines[1] += &format!("{arrow}│{name}│");
        lines[2] += &format!("{gap}└{flat}┘");
    }
    let mut below = String::new();
    let mut column = 0;
    for (name, shape) in parts {
        // Shapes stand only where a convolution takes them in.
        if name.contains('×') {
            below += &" ".repeat(column - below.chars().count().min(column));
            below += shape;
        }
        column += name.chars().count() + 4;
    }
    let out = parts.last().map_or("", |(_, shape)| shape);
    let room = (column - 2).saturating_sub(below.chars().count() + out.chars().count());
    below += &format!("{}{out}", " ".repeat(room.max(1)));
    let boxes = lines.into_iter().map(|line| Line::styled(line, theme.text));
    boxes.chain([Line::styled(below, theme.dim)]).collect()
}

/// A line for each convolution with what follows it.
fn in_words(parts: &[(&str, String)], theme: &Theme) -> Vec<Line<'static>> {
    let mut lines: Vec<String> = Vec::new();
    for (name, shape) in parts {
        match lines.last_mut() {
            Some(line) if !name.contains('×') => *line += &format!(" → {name}"),
            _ => lines.push(format!("{shape} → {}", short(name))),
        }
    }
    lines.into_iter().map(|line| Line::styled(line, theme.text)).collect()
}

fn short(name: &str) -> String {
    name.replace("depthwise", "dw").replace("pointwise", "pw")
}
