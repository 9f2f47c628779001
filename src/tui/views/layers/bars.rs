//! Numbers as upright bars, and their course over the steps of a run.

use crate::tui::chart::spark;

const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// `values` as one column each, `height` rows from 0 to the largest: the top row first. What is
/// above 0 is seen however small it is.
pub fn upright(values: &[f64], height: usize) -> Vec<String> {
    let highest = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    let eighths = |value: f64| match value / highest {
        share if share > 0.0 && share.is_finite() => {
            ((share * height as f64 * 8.0).round() as usize).max(1)
        }
        _ => 0,
    };
    let heights: Vec<usize> = values.iter().map(|value| eighths(*value)).collect();
    let row = |row: usize| {
        let below = 8 * (height - 1 - row);
        heights.iter().map(|eighths| EIGHTHS[eighths.saturating_sub(below).min(8)]).collect()
    };
    (0..height).map(row).collect()
}

/// A histogram in `width` columns, or fewer where bins have to share one.
pub fn histogram(bins: &[u32], width: usize) -> Vec<f64> {
    if bins.is_empty() || width == 0 {
        return Vec::new();
    }
    if width >= bins.len() {
        let column = |x: usize| f64::from(bins[x * bins.len() / width]);
        return (0..width).map(column).collect();
    }
    let together = bins.chunks(bins.len().div_ceil(width));
    together.map(|bins| bins.iter().map(|bin| f64::from(*bin)).sum::<f64>()).collect()
}

/// Columns of equally many steps each.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    first: u64,
    span: f64,
    count: usize,
}

impl Columns {
    /// The steps from `first` to `last` in at most `width` columns.
    pub fn over(first: u64, last: u64, width: usize) -> Self {
        let span = last.saturating_sub(first);
        let count = width.min((span as usize).saturating_add(1)).max(1);
        Self { first, span: (span as f64).max(1.0), count }
    }

    pub fn count(&self) -> usize {
        self.count
    }

    /// The column of `step`.
    pub fn of(&self, step: u64) -> usize {
        let share = step.saturating_sub(self.first) as f64 / self.span;
        ((share * (self.count - 1) as f64).round() as usize).min(self.count - 1)
    }
}

/// What a column has been told of: the sum, and of how many steps.
pub type Told = (f64, u32);

/// The mean of each column; where no step was looked at, the number from before.
pub fn means(columns: &[Told]) -> Vec<f64> {
    let mut last = f64::NAN;
    let mean = |(sum, count): &Told| {
        if *count > 0 {
            last = sum / f64::from(*count);
        }
        last
    };
    columns.iter().map(mean).collect()
}

/// A number over the run in `width` columns.
pub fn course(points: &[(u64, f64)], width: usize) -> Vec<f64> {
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let columns = Columns::over(*first, *last, width);
    let mut told = vec![(0.0, 0); columns.count()];
    for (step, value) in points {
        let (sum, count) = &mut told[columns.of(*step)];
        (*sum, *count) = (*sum + value, *count + 1);
    }
    means(&told)
}

/// The same as a line of text.
pub fn spark(points: &[(u64, f64)], width: usize) -> String {
    spark::sparkline(&course(points, width), width)
}

/// Few digits of a number of any size.
pub fn short(value: f64) -> String {
    let text = match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e4).contains(&size) && size.is_finite() => format!("{value:.2e}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_0_and_small_ones_are_seen() {
        assert_eq!(upright(&[0.0, 4.0, 2.0, 0.001, f64::NAN], 2), [" █   ", " ██▁ "]);
        assert_eq!(upright(&[0.0, -1.0], 1), ["  "]);
    }

    #[test]
    fn bins_fill_the_columns_and_none_is_lost() {
        assert_eq!(histogram(&[1, 2, 3], 5), [1.0, 1.0, 2.0, 2.0, 3.0]);
        assert_eq!(histogram(&[1, 2, 3, 4], 3), [3.0, 7.0]);
        assert!(histogram(&[], 3).is_empty());
    }

    #[test]
    fn a_course_is_even_over_the_steps() {
        assert_eq!(course(&[(1, 2.0), (2, 4.0), (9, 6.0)], 3), [3.0, 3.0, 6.0]);
        assert_eq!(course(&[(5, 1.0)], 8), [1.0]);
        assert!(course(&[], 8).is_empty());
        assert_eq!(course(&[(9, 1.0), (2, 3.0)], 4), [2.0]); // a doctored file goes back
    }

    #[test]
    fn numbers_of_any_size_stay_short() {
        let texts = [0.0, 0.08312, -12.3456, 1234.56, 3e-7, f64::MAX].map(short);
        assert_eq!(texts, ["0", "0.0831", "−12.346", "1234.6", "3.00e−7", "1.80e308"]);
    }
}
