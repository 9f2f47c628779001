//! The structure from input to classifier: boxes joined by lines with the shapes between them.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::Element;
use crate::{
    domain::architecture::{ArchSpec, LayerSpec},
    tui::{
        text::{fit, width},
        theme::Theme,
    },
};

/// Most columns of a box.
const WIDEST: usize = 40;

/// Draws as much as fits around the element under the cursor.
pub fn draw(
    frame: &mut Frame,
    area: Rect,
    (elements, arch, cursor): (&[Element], &ArchSpec, usize),
    theme: &Theme,
) {
    let columns = usize::from(area.width).min(WIDEST);
    let mut lines: Vec<Line> = Vec::new();
    let mut middle = 0;
    for (place, element) in elements.iter().enumerate() {
        let is_here = place == cursor;
        let boxed = boxed(element, place + 1 == elements.len(), (columns, is_here), theme);
        if is_here {
            middle = lines.len() + boxed.len() / 2;
        }
        lines.extend(boxed);
        if let Some(shape) = shape_after(element, arch) {
            let line = format!("{}│ {shape}", " ".repeat(columns / 2));
            lines.push(Line::styled(line, theme.dim));
        }
    }
    let height = usize::from(area.height);
    let top = middle.saturating_sub(height / 2).min(lines.len().saturating_sub(height));
    let left = (area.width - columns as u16) / 2;
    let area = Rect { x: area.x + left, width: columns as u16, ..area };
    let shown = lines.into_iter().skip(top).take(height).collect::<Vec<_>>();
    frame.render_widget(Paragraph::new(shown), area);
}

fn shape_after(element: &Element, arch: &ArchSpec) -> Option<String> {
    let out = |layer: &LayerSpec| format!("{0}×{0}×{1}", layer.out_side, layer.out_channels);
    match element {
        Element::Input => Some(format!("{0}×{0}×3", arch.resolution)),
        Element::Stem(layer) | Element::Pooling(layer) => Some(out(layer)),
        Element::Block(_, _, pointwise) => Some(out(pointwise)),
        Element::Classifier(_) => None,
    }
}

/// What stands in a box: to the left, and to the right.
fn content(element: &Element, is_narrow: bool) -> Vec<(String, String)> {
    let [conv, depth, point] =
        if is_narrow { ["", "dw", "pw"] } else { [" conv", "depthw.", "pointw."] };
    let channels = |layer: &LayerSpec| format!("{} → {}", layer.in_channels, layer.out_channels);
    match element {
        Element::Input => vec![("image".into(), "3 channels".into())],
        Element::Stem(layer) => vec![(format!("stem{conv} 3×3"), channels(layer))],
        Element::Block(number, depthwise, pointwise) => {
            let stride = if depthwise.stride == 1 { "" } else { " /2" };
            vec![
                (format!("{number:>2} {depth} 3×3{stride}"), depthwise.out_channels.to_string()),
                (format!("   {point} 1×1"), channels(pointwise)),
            ]
        }
        Element::Pooling(layer) => vec![("mean pooling".into(), layer.out_channels.to_string())],
        Element::Classifier(layer) => vec![("classifier".into(), channels(layer))],
    }
}

fn boxed(
    element: &Element,
    is_last: bool,
    (columns, is_here): (usize, bool),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let (ink, text) =
        if is_here { (theme.accent, theme.accent) } else { (theme.border, theme.text) };
    let [left_top, right_top, left_foot, right_foot, flat, side, joint_in, joint_out] = if is_here {
        ["┏", "┓", "┗", "┛", "━", "┃", "┷", "┯"]
    } else {
        ["┌", "┐", "└", "┘", "─", "│", "┴", "┬"]
    };
    let inside = columns.saturating_sub(2);
    let edge = |left: &str, joint: &str, right: &str| {
        let before = (columns / 2).saturating_sub(1);
        let after = inside.saturating_sub(before + 1);
        let line = format!("{left}{}{joint}{}{right}", flat.repeat(before), flat.repeat(after));
        Line::styled(line, ink)
    };
    let above = if matches!(element, Element::Input) { flat } else { joint_in };
    let below = if is_last { flat } else { joint_out };
    let mut lines = vec![edge(left_top, above, right_top)];
    lines.extend(content(element, columns < 30).into_iter().map(|(left, right)| {
        let room = inside.saturating_sub(width(&right) + 2);
        Line::from(vec![
            Span::styled(side, ink),
            Span::styled(format!(" {}", fit(&left, room)), text),
            Span::styled(format!("{right} "), if is_here { theme.accent } else { theme.dim }),
            Span::styled(side, ink),
        ])
    }));
    lines.push(edge(left_foot, below, right_foot));
    lines
}
