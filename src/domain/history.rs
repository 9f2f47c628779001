//! Samples of a run of any length in bounded memory.

use std::ops::Deref;

use super::events::LayerStats;

/// Samples that are kept at most, beside the newest.
const MOST: usize = 512;

/// Samples in the order in which they came: the newest, and of those before it as many as there is
/// room for, evenly spread over all.
#[derive(Debug, Clone, PartialEq)]
pub struct History<T> {
    samples: Vec<T>,
    /// The place of each kept sample among all that came, from 0.
    places: Vec<u64>,
    /// Samples whose place is a multiple of this stay.
    every: u64,
}

impl<T> Default for History<T> {
    fn default() -> Self {
        Self { samples: Vec::new(), places: Vec::new(), every: 1 }
    }
}

impl<T> History<T> {
    /// Adds the newest sample.
    pub fn push(&mut self, sample: T) {
        let place = self.places.last().map_or(0, |last| last + 1);
        if self.places.last().is_some_and(|last| !last.is_multiple_of(self.every)) {
            self.samples.pop();
            self.places.pop();
        }
        self.samples.push(sample);
        self.places.push(place);
        if self.samples.len() > MOST {
            self.every *= 2;
            let (every, newest) = (self.every, place);
            let stays = |place: u64| place.is_multiple_of(every) || place == newest;
            let mut places = self.places.iter();
            self.samples.retain(|_| places.next().is_some_and(|place| stays(*place)));
            self.places.retain(|place| stays(*place));
        }
    }

    /// Keeps the samples up to the first that `is_void`.
    pub fn void_from(&mut self, is_void: impl FnMut(&T) -> bool) {
        let end = self.samples.iter().position(is_void).unwrap_or(self.samples.len());
        self.samples.truncate(end);
        self.places.truncate(end);
    }
}

impl History<LayerStats> {
    /// Adds the newest look at the layers; those before it forget their histograms.
    pub fn look(&mut self, stats: &LayerStats) {
        if let Some(before) = self.samples.last_mut() {
            before.forget_bins();
        }
        self.push(stats.clone());
    }
}

impl<T> Deref for History<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: u64) -> History<u64> {
        let mut history = History::default();
        (0..count).for_each(|n| history.push(n));
        history
    }

    #[test]
    fn a_short_run_keeps_everything() {
        assert_eq!(of(512).len(), 512);
    }

    #[test]
    fn a_long_run_keeps_the_newest_and_an_even_spread() {
        for count in [513, 1_000, 5_001, 100_000] {
            let history = of(count);
            assert!(history.len() <= MOST && history.len() >= MOST / 2, "{}", history.len());
            assert_eq!((history[0], history.last()), (0, Some(&(count - 1))));
            let gaps: Vec<u64> = history.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let (last, others) = gaps.split_last().unwrap();
            assert!(others.iter().all(|gap| *gap == others[0]) && *last <= others[0], "{gaps:?}");
        }
    }

    #[test]
    fn what_is_void_goes_and_the_rest_goes_on() {
        let mut history = of(2_000);
        history.void_from(|n| *n > 1_000);
        assert_eq!(history.last(), Some(&1_000));
        (1_001..3_000).for_each(|n| history.push(n));
        assert_eq!((history.last(), history.len() <= MOST), (Some(&2_999), true));
    }
}
