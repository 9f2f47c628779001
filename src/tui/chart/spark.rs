//! A line of text as a small chart.

use crate::domain::series::Series;

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The newest `width` values as bars, from the lowest to the highest of them.
pub fn sparkline(values: &[f64], width: usize) -> String {
    let newest = &values[values.len().saturating_sub(width)..];
    let finite = || newest.iter().copied().filter(|v| v.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
    let level = |v: f64| match (v - low) / (high - low) {
        share if share.is_finite() => LEVELS[((share * 7.0).round() as usize).min(7)],
        _ if v == 0.0 => LEVELS[0], // nothing all the time is not half of something
        _ if v.is_finite() => LEVELS[3],
        _ => ' ',
    };
    newest.iter().map(|v| level(*v)).collect()
}

/// The newest `width` values of a series as bars.
pub fn of_series(series: &Series, width: usize) -> String {
    let newest = series.len().saturating_sub(width)..series.len();
    sparkline(&series.values(newest).collect::<Vec<_>>(), width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_reach_from_lowest_to_highest() {
        assert_eq!(sparkline(&[9.0, 1.0, 2.0, 3.0], 3), "▁▅█");
        assert_eq!(sparkline(&[2.0, 2.0, f64::NAN], 3), "▄▄ ");
        assert_eq!(sparkline(&[0.0, 0.0], 3), "▁▁");
        assert_eq!(sparkline(&[], 3), "");
    }
}
