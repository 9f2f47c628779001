//! The structure from input to classifier: boxes joined by lines with shapes and costs between
//! them. A box is the narrower the fewer pixels its output has a side.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::Element;
use crate::{
    domain::architecture::{ArchSpec, LayerSpec},
    tui::{
        text::{fit, fit_right, width},
        theme::Theme,
    },
};

/// Most columns of a box.
const WIDEST: usize = 54;
/// Fewest columns of the widest box in which layers are called by their whole names.
const NAMES: usize = 50;
/// Fewest columns of the widest box in which costs have their unit; it is in the title, else.
const UNITS: usize = 40;
/// Fewest columns in which normalisation and activation are named.
const PARTS: usize = 34;

/// Draws as much as fits around the element under the cursor.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    (elements, arch, cursor): (&[Element], &ArchSpec, usize),
    theme: &Theme,
) {
    let columns = usize::from(area.width).min(WIDEST) / 2 * 2;
    let mut lines = Vec::new();
    for (place, element) in elements.iter().enumerate() {
        let ends = (place == 0, place + 1 == elements.len());
        let (ink, text) = match place == cursor {
            true => (theme.accent, theme.accent),
            false => (theme.border, theme.text),
        };
        let size = (columns, indent(element, arch, columns));
        lines.extend(boxed(element, size, ends, (ink, text, place == cursor)));
        if !ends.1 {
            lines.push(joint(element, arch, columns, theme));
        }
    }
    let top = top(elements, cursor, area.height);
    let left = (area.width - columns as u16) / 2;
    let area = Rect { x: area.x + left, width: columns as u16, ..area };
    frame.render_widget(Paragraph::new(lines).scroll((top as u16, 0)), area);
}

/// The element drawn in the screen's row `y`.
pub fn element_at(area: Rect, y: u16, (elements, cursor): (&[Element], usize)) -> Option<usize> {
    let row = usize::from(y.checked_sub(area.y).filter(|row| *row < area.height)?);
    let row = row + top(elements, cursor, area.height);
    let ends = elements.iter().scan(0, |end, element| {
        *end += rows(element);
        Some(*end)
    });
    ends.enumerate().find(|(_, end)| row < *end).map(|(place, _)| place)
}

/// Rows of an element's box and of the line below it.
fn rows(element: &Element) -> usize {
    content(element, 0).len() + 3
}

/// The first row that is shown, with the cursor's element near the middle.
fn top(elements: &[Element], cursor: usize, height: u16) -> usize {
    let height = usize::from(height);
    let above: usize = elements[..cursor].iter().map(rows).sum();
    let all = elements.iter().map(rows).sum::<usize>() - 1; // no line below the last box
    let middle = above + rows(&elements[cursor]) / 2;
    middle.saturating_sub(height / 2).min(all.saturating_sub(height))
}

/// Columns that a box leaves free on either side: some for each halving of the picture's side.
fn indent(element: &Element, arch: &ArchSpec, columns: usize) -> usize {
    let side = element.layer().map_or(arch.resolution, |layer| layer.out_side).max(1);
    let halvings = (arch.resolution / side).max(1).ilog2() as usize;
    let step = if columns >= 40 { 2 } else { 1 };
    (halvings * step).min(columns.saturating_sub(16) / 2)
}

/// The line between two boxes: what the element costs, and the shape that it hands on.
fn joint(element: &Element, arch: &ArchSpec, columns: usize, theme: &Theme) -> Line<'static> {
    let (side, channels) =
        element.layer().map_or((arch.resolution, 3), |layer| (layer.out_side, layer.out_channels));
    let macs = element.macs();
    let share = macs as f64 / arch.macs().max(1) as f64 * 100.0;
    let cost = match macs {
        0 => String::new(),
        _ if columns < PARTS => format!("{share:.1} % "),
        _ if columns >= UNITS => format!("{} MACs {share:>4.1} % ", short(macs)),
        _ => format!("{} {share:>4.1} % ", short(macs)),
    };
    let half = columns / 2;
    Line::from(vec![
        Span::styled(fit_right(&cost, half - 1), theme.dim),
        Span::styled("│", theme.border),
        Span::styled(format!(" {side}×{side}×{channels}"), theme.text),
    ])
}

/// A number of multiply-adds in few characters.
fn short(macs: u64) -> String {
    match macs as f64 {
        m if m >= 1e9 => format!("{:.1}G", m / 1e9),
        m if m >= 1e6 => format!("{:.1}M", m / 1e6),
        m => format!("{:.0}k", m / 1e3),
    }
}

/// What stands in a box: to the left, and to the right.
fn content(element: &Element, columns: usize) -> Vec<(String, String)> {
    let (conv, depth, point, pool) = match columns {
        NAMES.. => ("convolution", "depthwise", "pointwise", "global average pooling"),
        PARTS.. => ("conv", "dw", "pw", "average pooling"),
        _ => ("conv", "dw", "pw", "mean"),
    };
    let parts = if columns >= PARTS { " BN ReLU" } else { "" };
    let to = |layer: &LayerSpec| format!("→{}", layer.out_channels);
    let stride = |layer: &LayerSpec| if layer.stride == 1 { "" } else { "/2" };
    match element {
        Element::Input => vec![("image".into(), "3".into())],
        Element::Stem(layer) => {
            let name = if columns >= PARTS { "stem " } else { "" };
            vec![(format!("{name}{conv} 3×3{}{parts}", stride(layer)), to(layer))]
        }
        Element::Block(number, depthwise, pointwise) => vec![
            (
                format!("{number:>2} {depth} 3×3{}{parts}", stride(depthwise)),
                depthwise.out_channels.to_string(),
            ),
            (format!("   {point} 1×1{parts}"), to(pointwise)),
        ],
        Element::Pooling(layer) => vec![(pool.into(), layer.out_channels.to_string())],
        Element::Classifier(layer) => vec![("linear".into(), to(layer))],
    }
}

fn boxed(
    element: &Element,
    (columns, indent): (usize, usize),
    (is_first, is_last): (bool, bool),
    (ink, text, is_here): (Style, Style, bool),
) -> Vec<Line<'static>> {
    let [left_top, right_top, left_foot, right_foot, flat, side, joint_in, joint_out] = if is_here {
        ["┏", "┓", "┗", "┛", "━", "┃", "┷", "┯"]
    } else {
        ["┌", "┐", "└", "┘", "─", "│", "┴", "┬"]
    };
    let inside = columns.saturating_sub(2 * indent + 2);
    let margin = " ".repeat(indent);
    let edge = |left: &str, joint: &str, right: &str| {
        let before = (columns / 2).saturating_sub(indent + 2);
        let after = inside.saturating_sub(before + 1);
        let line =
            format!("{margin}{left}{}{joint}{}{right}", flat.repeat(before), flat.repeat(after));
        Line::styled(line, ink)
    };
    let mut lines = vec![edge(left_top, if is_first { flat } else { joint_in }, right_top)];
    lines.extend(content(element, columns).into_iter().map(|(left, right)| {
        let room = inside.saturating_sub(width(&right) + 1);
        // A pointwise convolution is 1×1: that goes first where there is no room.
        let left = if width(&left) > room { left.replace(" 1×1", "") } else { left };
        Line::from(vec![
            Span::styled(format!("{margin}{side}"), ink),
            Span::styled(fit(&left, room), text),
            Span::styled(format!("{right} "), text),
            Span::styled(side, ink),
        ])
    }));
    lines.push(edge(left_foot, if is_last { flat } else { joint_out }, right_foot));
    lines
}
