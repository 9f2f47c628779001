//! A number over the steps of a run.

/// Points (step, value) in the order of their steps. Steps count optimizer updates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    points: Vec<(u64, f64)>,
}

/// The points that fall into one column of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    pub low: f64,
    pub high: f64,
    /// Whether a value in here was NaN or infinite.
    pub broken: bool,
}

impl Series {
    /// Adds a point. Going back to an earlier step makes void what was recorded from it on, as a
    /// damaged or doctored file can have it: the points stay in order.
    pub fn push(&mut self, step: u64, value: f64) {
        if self.last().is_some_and(|(last, _)| step <= last) {
            let keep = self.points.partition_point(|(at, _)| *at < step);
            self.points.truncate(keep);
        }
        self.points.push((step, value));
    }

    /// Forgets what was recorded after `step`.
    pub fn void_after(&mut self, step: u64) {
        let keep = self.points.partition_point(|(at, _)| *at <= step);
        self.points.truncate(keep);
    }

    pub fn points(&self) -> &[(u64, f64)] {
        &self.points
    }

    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    pub fn last(&self) -> Option<(u64, f64)> {
        self.points.last().copied()
    }

    /// The value at `step`, or at the last point before it.
    pub fn at(&self, step: u64) -> Option<(u64, f64)> {
        let after = self.points.partition_point(|(at, _)| *at <= step);
        self.points[..after].last().copied()
    }

    /// Lowest and highest value of each of `columns` equal parts of the steps `from..=to`, so that
    /// no spike is lost however long the run; `None` where no point falls.
    pub fn buckets(&self, from: u64, to: u64, columns: usize) -> Vec<Option<Bucket>> {
        let mut buckets = vec![None; columns];
        let span = to.saturating_sub(from) as f64 + 1.0;
        let start = self.points.partition_point(|(at, _)| *at < from);
        for (step, value) in self.points[start..].iter().take_while(|(at, _)| *at <= to) {
            let column = ((step - from) as f64 / span * columns as f64) as usize;
            let Some(last) = columns.checked_sub(1) else { break };
            let slot: &mut Option<Bucket> = &mut buckets[column.min(last)];
            *slot = Some(merge(*slot, *value));
        }
        buckets
    }

    /// The bias-corrected exponential moving average: the first value is itself, not a part of it.
    /// Values that are no numbers are left out. `smoothing` is the weight of the past, 0 to 1.
    pub fn ema(&self, smoothing: f64) -> Self {
        let (mut sum, mut weight) = (0.0, 0.0);
        let finite = self.points.iter().filter(|(_, value)| value.is_finite());
        let points = finite.map(|&(step, value)| {
            sum = smoothing * sum + (1.0 - smoothing) * value;
            weight = smoothing * weight + (1.0 - smoothing);
            (step, sum / weight)
        });
        Self { points: points.collect() }
    }
}

fn merge(bucket: Option<Bucket>, value: f64) -> Bucket {
    let old = bucket.unwrap_or(Bucket { low: f64::NAN, high: f64::NAN, broken: false });
    if !value.is_finite() {
        return Bucket { broken: true, ..old };
    }
    // `min` and `max` prefer the number over NaN.
    Bucket { low: old.low.min(value), high: old.high.max(value), ..old }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        Series { points: (1..).zip(values.iter().copied()).collect() }
    }

    #[test]
    fn a_spike_of_one_step_is_in_its_column() {
        let mut values = vec![1.0; 10_000];
        values[7_000] = 9.0;
        let buckets = series(&values).buckets(1, 10_000, 50);
        assert_eq!(buckets[35].unwrap().high, 9.0);
        assert_eq!(buckets[35].unwrap().low, 1.0);
    }

    #[test]
    fn a_value_that_is_no_number_marks_its_column_and_spoils_nothing() {
        let buckets = series(&[1.0, f64::NAN, 3.0, f64::INFINITY]).buckets(1, 4, 2);
        assert_eq!(buckets[0], Some(Bucket { low: 1.0, high: 1.0, broken: true }));
        assert_eq!(buckets[1], Some(Bucket { low: 3.0, high: 3.0, broken: true }));
    }

    #[test]
    fn the_average_starts_at_the_first_value() {
        let ema = series(&[4.0, 4.0, 0.0]).ema(0.5);
        assert_eq!(ema.points()[0], (1, 4.0));
        assert!((ema.points()[2].1 - 12.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn steps_stay_in_order_and_the_largest_of_them_has_a_column() {
        let mut s = series(&[1.0, 2.0, 3.0]);
        s.push(u64::MAX, 4.0);
        assert_eq!(s.buckets(0, u64::MAX, 2)[1].unwrap().high, 4.0);
        assert!(s.buckets(0, u64::MAX, 0).is_empty());
        s.push(2, 9.0);
        s.push(2, 8.0);
        assert_eq!(s.points(), [(1, 1.0), (2, 8.0)]);
    }

    #[test]
    fn voiding_forgets_later_steps_only() {
        let mut s = series(&[1.0, 2.0, 3.0]);
        s.void_after(2);
        assert_eq!(s.last(), Some((2, 2.0)));
        assert_eq!(s.at(99), Some((2, 2.0)));
    }
}
