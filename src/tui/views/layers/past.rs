//! What layers took and were like in the steps of the run that were looked at.
//!
//! A long run has hundreds of them with dozens of layers each: a layer is looked for where it was in
//! the step before, and no step is gone through once for each layer.

use super::bars::{self, Columns};
use crate::domain::events::{LayerStatistics, LayerStats, LayerTime, LayersSample};

/// The item called `name`, and its place from now on: first it is looked for where it was before.
fn found<'a, T>(
    items: &'a [T],
    name: &str,
    name_of: fn(&T) -> &str,
    place: &mut usize,
) -> Option<&'a T> {
    let is_it = |item: &T| name_of(item) == name;
    if !items.get(*place).is_some_and(is_it) {
        *place = items.iter().position(is_it)?;
    }
    items.get(*place)
}

fn timed<'a>(sample: &'a LayersSample, name: &str, place: &mut usize) -> Option<&'a LayerTime> {
    found(&sample.layers, name, |layer| &layer.name, place)
}

/// The times of layer `name` with their steps.
pub fn times<'a>(samples: &'a [LayersSample], name: &str) -> Vec<(u64, &'a LayerTime)> {
    let mut place = 0;
    let time = |sample: &'a LayersSample| Some((sample.step, timed(sample, name, &mut place)?));
    samples.iter().filter_map(time).collect()
}

/// The statistics of layer `name` with their steps.
pub fn statistics<'a>(looks: &'a [LayerStats], name: &str) -> Vec<(u64, &'a LayerStatistics)> {
    let mut place = 0;
    let of = |look: &'a LayerStats| {
        Some((look.step, found(&look.layers, name, |layer| &layer.name, &mut place)?))
    };
    looks.iter().filter_map(of).collect()
}

/// Forward and backward time together of each of `names` over the run, in at most `width` columns.
pub fn courses(samples: &[LayersSample], names: &[&str], width: usize) -> Vec<Vec<f64>> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return vec![Vec::new(); names.len()];
    };
    let columns = Columns::over(first.step, last.step, width);
    let mut rows: Vec<_> =
        names.iter().map(|name| (*name, 0, vec![(0.0, 0); columns.count()])).collect();
    for sample in samples {
        let column = columns.of(sample.step);
        for (name, place, told) in &mut rows {
            if let Some(time) = timed(sample, name, place) {
                let (sum, count) = &mut told[column];
                (*sum, *count) = (*sum + (time.forward_ms + time.backward_ms), *count + 1);
            }
        }
    }
    rows.iter().map(|(_, _, told)| bars::means(told)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testing::*;

    fn sample(step: u64, layers: &[(&str, f64)]) -> LayersSample {
        let layer = |(name, ms): &(&str, f64)| LayerTime {
            name: (*name).to_owned(),
            forward_ms: *ms,
            backward_ms: 1.0,
        };
        LayersSample {
            step,
            layers: layers.iter().map(layer).collect(),
            method: String::new(),
            forward_backward_ms: 0.0,
            optimizer_ms: 0.0,
            cost_ratio: None,
        }
    }

    #[test]
    fn a_layer_is_found_wherever_it_is() {
        let samples = [
            sample(1, &[("a", 1.0), ("b", 2.0)]),
            sample(2, &[("b", 4.0), ("a", 3.0)]),
            sample(3, &[("b", 6.0)]),
        ];
        assert_eq!(courses(&samples, &["a", "b", "c"], 3)[..2], [[2.0, 4.0, 4.0], [3.0, 5.0, 7.0]]);
        assert!(courses(&samples, &["c"], 3)[0].iter().all(|ms| ms.is_nan()));
        let steps = |name| times(&samples, name).iter().map(|time| time.0).collect::<Vec<_>>();
        assert_eq!((steps("a"), steps("b"), steps("c")), (vec![1, 2], vec![1, 2, 3], vec![]));
        assert!(courses(&[], &["a"], 3)[0].is_empty());
    }

    #[test]
    fn many_courses_at_once_are_those_of_each_layer() {
        let run = running().run;
        let names: Vec<&str> = run.layers[0].layers.iter().map(|layer| &*layer.name).collect();
        for (name, course) in names.iter().zip(courses(&run.layers, &names, 12)) {
            let times = times(&run.layers, name);
            let sum = |time: &LayerTime| time.forward_ms + time.backward_ms;
            let points: Vec<_> = times.iter().map(|(step, time)| (*step, sum(time))).collect();
            assert_eq!(course, bars::course(&points, 12));
        }
    }
}
