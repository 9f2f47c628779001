//! From values to places, and which values an axis names.

use crate::domain::units::Count;

/// The values that an axis covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    pub log: bool,
}

impl Scale {
    /// Covers all finite `values` with a little air; on a logarithmic scale only those above 0.
    pub fn covering(values: impl IntoIterator<Item = f64>, log: bool) -> Option<Self> {
        let usable = values.into_iter().filter(|v| v.is_finite() && (!log || *v > 0.0));
        let (low, high) = usable
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        if low > high {
            return None;
        }
        if log {
            let air = (high / low).powf(0.04).max(1.02);
            let (low, high) = ((low / air).max(f64::MIN_POSITIVE), (high * air).min(f64::MAX));
            return Some(Self { low, high, log });
        }
        let air = ((high - low) * 0.04).max(high.abs() * 0.01).max(1e-9);
        Some(Self { low: low - air, high: high + air, log })
    }

    /// The same, bounded to what the quantity can be.
    pub fn within(self, low: f64, high: f64) -> Self {
        Self { low: self.low.max(low), high: self.high.min(high), ..self }
    }

    /// Where `value` lies: 0 at the lower end, 1 at the upper; `None` where it has no place.
    pub fn place(&self, value: f64) -> Option<f64> {
        let place = if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.is_finite().then(|| place.clamp(0.0, 1.0))
    }

    /// The value that lies at `place`.
    pub fn value(&self, place: f64) -> f64 {
        let place = place.clamp(0.0, 1.0);
        match self.log {
            true => self.low * (self.high / self.low).powf(place),
            false => self.low + (self.high - self.low) * place,
        }
    }

    /// About `count` round values, rising.
    pub fn ticks(&self, count: usize) -> Vec<f64> {
        if self.log && self.high / self.low > 4.0 {
            let ticks = self.log_ticks(count);
            if ticks.len() > 1 {
                return ticks;
            }
        }
        let step = round_step((self.high - self.low) / count.max(1) as f64);
        let first = (self.low / step).ceil() as i64;
        let ticks = (first..).map(|i| i as f64 * step);
        ticks.take_while(|tick| *tick <= self.high * (1.0 + 1e-12)).take(64).collect()
    }

    fn log_ticks(&self, count: usize) -> Vec<f64> {
        let decades = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
        let of = |factors: &[f64]| -> Vec<f64> {
            let all = decades.clone().flat_map(|d| factors.iter().map(move |f| f * 10f64.powi(d)));
            all.filter(|tick| (self.low..=self.high).contains(tick)).collect()
        };
        let fine = of(&[1.0, 2.0, 5.0]);
        if fine.len() <= count.max(3) + 2 { fine } else { of(&[1.0]) }
    }
}

/// The smallest of 1, 2, 5 × 10ⁿ that is at least `rough`.
pub fn round_step(rough: f64) -> f64 {
    let decade = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * decade >= rough * (1.0 - 1e-9));
    decade * factor.unwrap_or(10.0)
}

/// Labels of `ticks`, all with as many digits as the closest two need.
pub fn labels(ticks: &[f64]) -> Vec<String> {
    let closest = ticks.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
    let finest = if closest.is_finite() { closest } else { ticks.first().map_or(1.0, |t| t.abs()) };
    let widest = ticks.iter().fold(0.0, |widest: f64, tick| widest.max(tick.abs()));
    let decade = |value: f64| (value.max(1e-300).log10() + 1e-9).floor();
    let decimals = (-decade(finest)).clamp(0.0, 6.0) as usize;
    // A loss that grows beyond all bounds must leave room for its curve, and a learning rate is
    // read by its power of ten.
    let is_plain = (0.02..1e6).contains(&widest) || widest == 0.0;
    let label = |tick: &f64| match tick.abs() {
        // Steps between ticks do not always add up to 0 exactly.
        size if size < finest * 1e-6 => "0".to_owned(),
        _ if !is_plain => {
            // As few digits as tell it from its neighbours.
            let is_close = |text: &String| {
                text.parse().is_ok_and(|read: f64| (read - tick).abs() < finest * 0.05)
            };
            let short = (0..3).map(|digits| format!("{tick:.digits$e}")).find(is_close);
            short.unwrap_or_else(|| format!("{tick:.3e}"))
        }
        size if decimals == 0 && size >= 1e3 && *tick > 0.0 => {
            Count(tick.round() as u64).to_string()
        }
        _ => format!("{tick:.decimals$}"),
    };
    ticks.iter().map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_lie_inside() {
        let scale = Scale { low: 0.13, high: 2.41, log: false };
        assert_eq!(labels(&scale.ticks(5)), ["0.5", "1.0", "1.5", "2.0"]);
    }

    #[test]
    fn labels_stay_short_however_large_the_values() {
        let scale = Scale::covering([0.0, 1e300], false).unwrap();
        assert!(labels(&scale.ticks(5)).iter().all(|label| label.len() <= 7));
        let scale = Scale::covering([1e-320, f64::MAX], true).unwrap();
        assert!(scale.ticks(5).len() < 1_000);
    }

    #[test]
    fn small_and_large_values_are_labelled_as_people_read_them() {
        let of = |low, high| labels(&Scale { low, high, log: false }.ticks(3));
        assert_eq!(of(0.0, 1e-3), ["0", "5e-4", "1e-3"]);
        assert_eq!(of(1_900.0, 2_600.0), ["2,000", "2,500"]);
        assert_eq!(of(-0.1, 0.1), ["-0.1", "0", "0.1"]);
    }

    #[test]
    fn a_logarithmic_scale_names_decades() {
        let scale = Scale { low: 0.009, high: 12.0, log: true };
        assert_eq!(scale.ticks(4), [0.01, 0.1, 1.0, 10.0]);
        assert!((scale.place(0.328_633_535).unwrap() - 0.5).abs() < 1e-6);
        // Only 5 would lie on this one.
        assert_eq!(Scale { low: 2.1, high: 8.6, log: true }.ticks(4), [4.0, 6.0, 8.0]);
    }

    #[test]
    fn a_place_leads_back_to_its_value() {
        for log in [false, true] {
            let scale = Scale { low: 0.5, high: 40.0, log };
            assert!((scale.value(scale.place(7.0).unwrap()) - 7.0).abs() < 1e-9);
            assert!((scale.value(2.0) - 40.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_flat_curve_has_a_scale_and_no_curve_has_none() {
        assert!(Scale::covering([2.0, f64::NAN], false).is_some_and(|s| s.low < s.high));
        assert_eq!(Scale::covering([f64::NAN], false), None);
        assert_eq!(Scale::covering([0.0], true), None);
    }
}
