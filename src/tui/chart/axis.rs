//! The x axis: what it counts, and which steps lie where.

use super::scale;
use crate::domain::{
    series::Series,
    state::RunState,
    units::{Clock, Count},
};

/// What the x axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    #[default]
    Step,
    /// Epochs done, with fractions.
    Epoch,
    /// Seconds of training; pauses do not count.
    Time,
}

impl Unit {
    pub fn next(self) -> Self {
        match self {
            Self::Step => Self::Epoch,
            Self::Epoch => Self::Time,
            Self::Time => Self::Step,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Time => "time",
        }
    }
}

/// Tells where on the axis the steps of a run lie.
#[derive(Debug, Clone, Copy)]
pub struct Ruler<'a> {
    unit: Unit,
    per_epoch: f64,
    clock: &'a Series,
}

impl<'a> Ruler<'a> {
    pub fn new(unit: Unit, run: &'a RunState) -> Self {
        let per_epoch = run.started.as_ref().map_or(1, |s| s.steps_per_epoch).max(1);
        Self { unit, per_epoch: per_epoch as f64, clock: &run.clock }
    }

    /// Place of a step.
    pub fn x(&self, step: u64) -> f64 {
        match self.unit {
            Unit::Step => step as f64,
            Unit::Epoch => step as f64 / self.per_epoch,
            Unit::Time => self.clock.at(step).map_or(0.0, |(_, seconds)| seconds),
        }
    }

    /// The first step that lies at `x` or behind it.
    pub fn step_from(&self, x: f64) -> u64 {
        // A place that was made from a step must lead back to it.
        let up = |x: f64| (x - x.abs() * 1e-12 - 1e-9).ceil().max(0.0) as u64;
        match self.unit {
            Unit::Step => up(x),
            Unit::Epoch => up(x * self.per_epoch),
            Unit::Time => self
                .clock
                .first_step_from(x)
                .unwrap_or_else(|| self.clock.last().map_or(0, |(step, _)| step.saturating_add(1))),
        }
    }

    /// The step nearest below `x`, of those that were recorded where time is counted.
    pub fn step_at(&self, x: f64) -> u64 {
        match self.unit {
            Unit::Step => x.max(0.0) as u64,
            Unit::Epoch => (x * self.per_epoch + 1e-9).max(0.0) as u64,
            Unit::Time => self.step_from(x),
        }
    }
}

/// The part of the axis that is shown: from the first place to just behind the last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    pub unit: Unit,
    pub from: f64,
    pub to: f64,
}

impl Axis {
    /// Shows these steps, first and last.
    pub fn showing((first, last): (u64, u64), ruler: &Ruler) -> Self {
        let from = ruler.x(first);
        let to = match ruler.unit {
            Unit::Step | Unit::Epoch => ruler.x(last.saturating_add(1)),
            Unit::Time => {
                let last = ruler.x(last);
                last + ((last - from) * 1e-3).max(1e-3)
            }
        };
        // However strange the file, an axis has a length.
        let to = if to > from { to } else { from + 1.0 };
        Self { unit: ruler.unit, from, to }
    }

    /// The steps at which `columns` equal columns begin, and the one behind the last.
    pub fn edges(&self, ruler: &Ruler, columns: usize) -> Vec<u64> {
        let width = (self.to - self.from) / columns.max(1) as f64;
        let mut edges = Vec::with_capacity(columns + 1);
        for i in 0..=columns {
            let edge = ruler.step_from(self.from + width * i as f64);
            edges.push(edges.last().map_or(edge, |last| edge.max(*last)));
        }
        edges
    }

    /// The column, of so many, in which `x` lies.
    pub fn column(&self, x: f64, columns: usize) -> Option<usize> {
        let share = (x - self.from) / (self.to - self.from);
        let inside = (0.0..1.0).contains(&share);
        inside.then_some((share * columns as f64) as usize)
    }

    /// The place of the middle of a column.
    pub fn middle(&self, column: usize, columns: usize) -> f64 {
        let share = (column as f64 + 0.5) / columns.max(1) as f64;
        self.from + (self.to - self.from) * share
    }

    /// Round places with their names, at most about `count`.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        let rough = (self.to - self.from) / count.max(1) as f64;
        let step = match self.unit {
            Unit::Step => scale::round_step(rough.max(1.0)),
            Unit::Epoch => scale::round_step(rough),
            Unit::Time => round_time(rough),
        };
        let first = (self.from / step - 1e-9).ceil();
        let places = (0..64).map(|i| (first + f64::from(i)) * step);
        let decimals = (-(step.log10() + 1e-9).floor()).clamp(0.0, 6.0) as usize;
        let name = |x: f64| match self.unit {
            Unit::Step => Count(x.round() as u64).to_string(),
            Unit::Epoch => format!("{x:.decimals$}"),
            Unit::Time => Clock(x.round()).to_string(),
        };
        places.take_while(|x| *x < self.to).map(|x| (x, name(x))).collect()
    }
}

/// The smallest of 1, 2, 5, 10, 15, 30 seconds, minutes and so on that is at least `rough`.
fn round_time(rough: f64) -> f64 {
    const STEPS: [f64; 17] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0,
        7_200.0, 10_800.0, 21_600.0, 43_200.0,
    ];
    let round = STEPS.into_iter().find(|step| *step >= rough);
    round.unwrap_or_else(|| 86_400.0 * scale::round_step((rough / 86_400.0).max(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(axis: Axis, count: usize) -> Vec<String> {
        axis.ticks(count).into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn ticks_are_round_in_each_unit() {
        let axis = |unit, from, to| Axis { unit, from, to };
        assert_eq!(named(axis(Unit::Step, 930.0, 2_100.0), 3), ["1,000", "1,500", "2,000"]);
        assert_eq!(named(axis(Unit::Epoch, 0.3, 1.6), 3), ["0.5", "1.0", "1.5"]);
        assert_eq!(
            named(axis(Unit::Time, 0.0, 4_000.0), 5),
            ["0:00", "15:00", "30:00", "45:00", "1:00:00"]
        );
    }

    #[test]
    fn columns_begin_at_the_steps_that_lie_in_them() {
        let run = RunState::default();
        for unit in [Unit::Step, Unit::Epoch] {
            let ruler = Ruler { per_epoch: 7.0, ..Ruler::new(unit, &run) };
            let axis = Axis::showing((1, 1000), &ruler);
            let edges = axis.edges(&ruler, 30);
            for (column, edge) in edges.windows(2).enumerate() {
                for step in edge[0]..edge[1] {
                    assert!(axis.column(ruler.x(step), 30).unwrap().abs_diff(column) <= 1);
                }
            }
            assert_eq!((edges[0], edges[30]), (1, 1001));
        }
    }
}
