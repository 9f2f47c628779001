//! The article's worked example: why a depthwise-separable convolution is cheaper.

use ratatui::text::{Line, Span};

use super::solid::{self, Part};
use crate::{
    domain::{
        explain::{ARTICLE, Cost},
        units::{Count, Percent},
    },
    tui::{
        text::{fit, wrapped},
        theme::Theme,
    },
};

/// Rows of the table.
const ROWS: u16 = 9;
/// What stands below it.
const NOTE: &str = "The article calls the mult-adds parameters; stored and trained are only those \
    under params.";
/// Columns for both convolutions as solids, and rows that they take above the table.
const DRAWN: (u16, u16) = (62, 17);
/// Likewise for the standard convolution alone.
const HALF: (u16, u16) = (40, 7);

/// Rows of the table and the note in `width` columns.
pub fn rows(width: u16) -> u16 {
    ROWS + wrapped(NOTE, usize::from(width)).len() as u16
}

/// The example in `width` columns and `height` rows, drawn where there is room.
pub fn example((width, height): (u16, u16), theme: &Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let rows = rows(width);
    if width >= HALF.0 && height >= rows + HALF.1 {
        lines.extend(standard(theme));
    }
    if width >= DRAWN.0 && height >= rows + DRAWN.1 {
        lines.push(Line::default());
        lines.extend(separable(theme));
    }
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines.extend(table(theme));
    // Half a sentence says nothing.
    if height >= rows {
        let note = wrapped(NOTE, usize::from(width));
        lines.extend(note.into_iter().map(|line| Line::styled(line, theme.dim)));
    }
    lines
}

fn standard(theme: &Theme) -> Vec<Line<'static>> {
    let (i, m, k) = (ARTICLE.in_side, ARTICLE.in_channels, ARTICLE.kernel);
    let (n, out) = (ARTICLE.out_channels, ARTICLE.out_side());
    let [image, filter, result] = [i, k, out].map(|side| format!("{side}×{side}"));
    let (deep, wide) = (format!("×{m}"), format!("×{n}"));
    let times = format!(" ×{n} = ");
    let row = solid::row(&[
        Part::Solid(&image, &deep),
        Part::Word(" ⊛ "),
        Part::Solid(&filter, &deep),
        Part::Word(&times),
        Part::Solid(&result, &wide),
    ]);
    drawn(row, theme)
}

fn separable(theme: &Theme) -> Vec<Line<'static>> {
    let (i, m, k) = (ARTICLE.in_side, ARTICLE.in_channels, ARTICLE.kernel);
    let (n, out) = (ARTICLE.out_channels, ARTICLE.out_side());
    let [image, filter, result] = [i, k, out].map(|side| format!("{side}×{side}"));
    let (deep, wide) = (format!("×{m}"), format!("×{n}"));
    let (times_m, times_n) = (format!(" ×{m} = "), format!(" ×{n} = "));
    let row = solid::row(&[
        Part::Solid(&image, &deep),
        Part::Word(" ⊛ "),
        Part::Solid(&filter, "×1"),
        Part::Word(&times_m),
        Part::Solid(&result, &deep),
        Part::Word(" ⊛ "),
        Part::Solid("1×1", &deep),
        Part::Word(&times_n),
        Part::Solid(&result, &wide),
    ]);
    let words = format!("each channel with its own filter, then {n} mixtures of the channels");
    let mut lines = vec![Line::styled(words, theme.dim)];
    lines.extend(drawn(row, theme));
    lines
}

fn drawn(row: [String; solid::ROWS], theme: &Theme) -> Vec<Line<'static>> {
    row.into_iter().map(|line| Line::styled(line, theme.text)).collect()
}

/// 12×12×3 by 5×5×3 filters to 8×8×256, in numbers.
fn table(theme: &Theme) -> Vec<Line<'static>> {
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
        Line::styled(format!("{i}×{i}×{m} by {k}×{k}×{m} → {out}×{out}×{n}"), theme.accent),
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
    ]
}
