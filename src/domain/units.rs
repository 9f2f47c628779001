//! Quantities with the way in which people read them.

use std::fmt;

/// A duration in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Millis(pub f64);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            ms if ms < 0.1 => format!("{:.0} µs", ms * 1e3),
            ms if ms < 10.0 => format!("{ms:.2} ms"),
            ms if ms < 1e3 => format!("{ms:.1} ms"),
            ms => format!("{:.2} s", ms / 1e3),
        };
        f.pad(&text)
    }
}

/// A whole number with its thousands set apart: `3,217,226`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(digits.len() * 4 / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad_integral(true, "", &text)
    }
}

/// A share of 1 as a percentage with one decimal: `81.9 %`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent(pub f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.1} %", self.0 * 100.0))
    }
}

/// A span of time in seconds as a clock shows it: `0:36`, `1:02:03`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Clock(pub f64);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.max(0.0) as u64;
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if h > 0 { f.pad(&format!("{h}:{m:02}:{s:02}")) } else { f.pad(&format!("{m}:{s:02}")) }
    }
}

/// A learning rate: `1e-3`, `2.53e-4`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(pub f64);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2e}", self.0);
        match text.split_once('e') {
            Some((digits, power)) => {
                let digits = digits.trim_end_matches('0').trim_end_matches('.');
                f.pad(&format!("{digits}e{power}"))
            }
            None => f.pad(&text), // not a number, or infinite
        }
    }
}

/// A size in bytes with a decimal prefix: `170.1 MB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            b if b < 1_000 => format!("{b} B"),
            b if b < 1_000_000 => format!("{:.1} kB", b as f64 / 1e3),
            b if b < 1_000_000_000 => format!("{:.1} MB", b as f64 / 1e6),
            b => format!("{:.1} GB", b as f64 / 1e9),
        };
        f.pad(&text)
    }
}

/// Time that has passed, in seconds, as people tell it: in the largest unit that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age(pub u64);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            s if s < 60 => write!(f, "{s} s"),
            s if s < 3600 => write!(f, "{} min", s / 60),
            s if s < 48 * 3600 => write!(f, "{} h", s / 3600),
            s => write!(f, "{} d", s / (24 * 3600)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_people_write_them() {
        assert_eq!(Count(3_217_226).to_string(), "3,217,226");
        assert_eq!(format!("{:>9}", Count(1_000)), "    1,000");
        assert_eq!(Millis(0.05).to_string(), "50 µs");
        assert_eq!(Millis(26.64).to_string(), "26.6 ms");
        assert_eq!([1e-3, 2.534e-4, 10.0].map(|r| Rate(r).to_string()), ["1e-3", "2.53e-4", "1e1"]);
        assert_eq!(Percent(0.8194).to_string(), "81.9 %");
        assert_eq!(
            (Clock(36.0).to_string(), Clock(3723.0).to_string()),
            ("0:36".into(), "1:02:03".into())
        );
        assert_eq!(Bytes(170_052_171).to_string(), "170.1 MB");
    }

    #[test]
    fn age_is_told_in_the_largest_unit_that_fits() {
        let told = [59, 60, 3_600, 172_800].map(|s| Age(s).to_string());
        assert_eq!(told, ["59 s", "1 min", "1 h", "2 d"]);
    }
}
