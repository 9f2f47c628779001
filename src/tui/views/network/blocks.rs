//! What all blocks cost against the standard convolutions that they stand for.

use ratatui::text::{Line, Span};

use crate::{
    domain::{architecture::ArchSpec, units::Count},
    tui::theme::Theme,
};

/// A heading, a row a block, and their sum.
pub fn table(arch: &ArchSpec, theme: &Theme) -> Vec<Line<'static>> {
    let costs = arch.block_costs();
    let (macs, standard) =
        costs.iter().fold((0, 0), |sum, cost| (sum.0 + cost.macs, sum.1 + cost.standard_macs));
    let names = format!("{:<6}{:>11}{:>12}{:>6}", "block", "separable", "standard", "less");
    let mut lines = vec![Line::styled(names, theme.dim)];
    lines.extend(costs.iter().enumerate().map(|(number, cost)| {
        row(number.to_string(), (cost.macs, cost.standard_macs), (theme, false))
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
        let lines: Vec<String> =
            table(&ArchSpec::with_classes(10), &theme).iter().map(Line::to_string).collect();
        assert_eq!(lines.len(), 15);
        // 9·128·8² + 128·256·8² against 9·128·256·8².
        assert_eq!(lines[4], "3       2,170,880  18,874,368  8.7×");
        assert!(lines[14].starts_with("all "), "{}", lines[14]);
    }
}
