//! What all blocks cost against the standard convolutions that they stand for.

use ratatui::text::{Line, Span};

use super::NetworkView;
use crate::{
    domain::{architecture::ArchSpec, units::Count},
    tui::theme::Theme,
};

/// Place of the first block among the elements.
const FIRST_BLOCK: usize = 2;
/// Columns before the bars, and fewest of a bar.
const BEFORE: usize = 37;
const SHORTEST_BAR: usize = 20;

/// All blocks in `width` columns, with that under the cursor marked.
pub fn of(arch: &ArchSpec, view: &NetworkView, width: u16, theme: &Theme) -> Vec<Line<'static>> {
    let room = usize::from(width).saturating_sub(BEFORE);
    let bars = if room >= SHORTEST_BAR { room } else { 0 };
    table(arch, (view.cursor.checked_sub(FIRST_BLOCK), bars), theme)
}

/// A heading, a row a block, and their sum; bars of up to so many columns.
fn table(
    arch: &ArchSpec,
    (marked, bars): (Option<usize>, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let costs = arch.block_costs();
    let (macs, standard) =
        costs.iter().fold((0, 0), |sum, cost| (sum.0 + cost.macs, sum.1 + cost.standard_macs));
    let most = costs.iter().map(|cost| cost.standard_macs).max().unwrap_or(0).max(1);
    let names = format!("{:<6}{:>11}{:>12}{:>6}", "block", "separable", "standard", "less");
    let legend = if bars > 0 { "  █ separable, ░ standard" } else { "" };
    let mut lines = vec![Line::styled(names + legend, theme.dim)];
    lines.extend(costs.iter().enumerate().map(|(number, cost)| {
        let mut line = row(number.to_string(), (cost.macs, cost.standard_macs), (theme, false));
        let columns = |macs: u64| (macs as f64 / most as f64 * bars as f64).round() as usize;
        let [separable, all] = [cost.macs, cost.standard_macs].map(columns);
        let rest = all.saturating_sub(separable);
        line.push_span(Span::styled(format!("  {}", "█".repeat(separable)), theme.accent));
        line.push_span(Span::styled("░".repeat(rest), theme.dim));
        if marked == Some(number) { line.patch_style(theme.selection) } else { line }
    }));
    lines.push(row("all".to_owned(), (macs, standard), (theme, true)));
    lines
}

fn row(
    name: String,
    (macs, standard): (u64, u64),
    (theme, total): (&Theme, bool),
) -> Line<'static> {
    let numbers = format!("{:>11}{:>12}", Count(macs).to_string(), Count(standard).to_string());
    let less = format!("{:>5.1}×", standard as f64 / macs.max(1) as f64);
    let style = if total { theme.best } else { theme.text };
    let name = Span::styled(format!("{name:<6}"), if total { style } else { theme.dim });
    let less = Span::styled(less, if total { style } else { theme.accent });
    Line::from(vec![name, Span::styled(numbers, style), less])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{ColourDepth, ThemeName};

    #[test]
    fn each_block_has_its_own_numbers_and_the_sum_is_theirs() {
        let theme = Theme::new(ThemeName::Dark, ColourDepth::None);
        let lines: Vec<String> = table(&ArchSpec::with_classes(10), (Some(3), 8), &theme)
            .iter()
            .map(Line::to_string)
            .collect();
        assert_eq!(lines.len(), 15);
        // 9·128·8² + 128·256·8² against 9·128·256·8², of 37,748,736 at most.
        assert_eq!(lines[4], "3       2,170,880  18,874,368  8.7×  ░░░░");
        assert!(lines[14].starts_with("all "), "{}", lines[14]);
    }
}
