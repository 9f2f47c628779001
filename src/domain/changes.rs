//! What a person changed in a run while it went on.
//!
//! A change takes effect after so many updates, and a run that is taken up from before one makes it
//! again at that very step: it goes on to the weights that it would have had.

use super::{
    events::{Extension, RateChange},
    state::keep_newest,
};

/// Changes of each kind that are kept: far more than a person makes.
const MOST: usize = 65_536;

/// Changes by the step after which they take effect, oldest first. Of more than 65,536 of a kind
/// the older half goes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    rates: Vec<RateChange>,
    extensions: Vec<Extension>,
}

impl Changes {
    /// Adds a change; what was to happen from its step on no longer will.
    pub fn set_rate(&mut self, change: RateChange) {
        let before = self.rates.partition_point(|before| before.step < change.step);
        self.rates.truncate(before);
        keep_newest(&mut self.rates, change, MOST);
    }

    /// Likewise.
    pub fn extend(&mut self, extension: Extension) {
        let before = self.extensions.partition_point(|before| before.step < extension.step);
        self.extensions.truncate(before);
        keep_newest(&mut self.extensions, extension, MOST);
    }

    /// The changes of the learning rate, oldest first.
    pub fn rates(&self) -> &[RateChange] {
        &self.rates
    }

    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// Forgets what takes effect after `step`.
    pub fn void_after(&mut self, step: u64) {
        self.rates.retain(|change| change.step <= step);
        self.extensions.retain(|extension| extension.step <= step);
    }

    /// The settings hold all epochs by now.
    pub fn forget_extensions(&mut self) {
        self.extensions.clear();
    }

    /// What the schedule is multiplied by for the update after `step`, if anybody changed it.
    pub fn scale_at(&self, step: u64) -> Option<f64> {
        let before = self.rates.iter().rev().find(|change| change.step <= step);
        before.map(|change| change.scale)
    }

    /// All epochs of the run as they stood before `step`, if any had been added by then.
    pub fn epochs_before(&self, step: u64) -> Option<u32> {
        let before = self.extensions.iter().rev().find(|extension| extension.step < step);
        before.map(|extension| extension.epochs)
    }

    /// All epochs of the run, if any were added.
    pub fn epochs(&self) -> Option<u32> {
        self.extensions.last().map(|extension| extension.epochs)
    }

    /// What takes effect at `step` or later.
    pub fn since(&self, step: u64) -> Self {
        let rates = self.rates.iter().filter(|change| change.step >= step).cloned();
        let extensions = self.extensions.iter().filter(|e| e.step >= step).cloned();
        Self { rates: rates.collect(), extensions: extensions.collect() }
    }

    /// Takes out what has taken effect after `step` updates: the newest scale, the newest number
    /// of epochs.
    pub fn take_due(&mut self, step: u64) -> (Option<f64>, Option<u32>) {
        let rates = self.rates.partition_point(|change| change.step <= step);
        let extensions = self.extensions.partition_point(|extension| extension.step <= step);
        let scale = self.rates.drain(..rates).next_back().map(|change| change.scale);
        let epochs = self.extensions.drain(..extensions).next_back().map(|e| e.epochs);
        (scale, epochs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(step: u64, scale: f64) -> RateChange {
        RateChange { step, scale, lr: scale * 1e-3 }
    }

    fn changes() -> Changes {
        let mut changes = Changes::default();
        for change in [rate(10, 0.5), rate(20, 0.25), rate(30, 2.0)] {
            changes.set_rate(change);
        }
        changes.extend(Extension { step: 20, epochs: 8 });
        changes
    }

    #[test]
    fn a_change_counts_from_its_step_on() {
        let scales = [9, 10, 25, 99].map(|step| changes().scale_at(step));
        assert_eq!(scales, [None, Some(0.5), Some(0.25), Some(2.0)]);
        assert_eq!((changes().epochs_before(20), changes().epochs_before(21)), (None, Some(8)));
    }

    #[test]
    fn a_change_takes_the_place_of_those_that_were_still_to_come() {
        let mut changes = changes();
        changes.set_rate(rate(15, 1.0));
        assert_eq!(changes.rates(), [rate(10, 0.5), rate(15, 1.0)]);
        assert_eq!(changes.epochs(), Some(8));
    }

    #[test]
    fn changes_without_end_leave_the_newest() {
        let mut changes = Changes::default();
        (0..200_000).for_each(|step| changes.set_rate(rate(step, 1.0)));
        assert!(changes.rates().len() <= MOST && changes.rates().len() >= MOST / 2);
        assert_eq!(changes.rates().last(), Some(&rate(199_999, 1.0)));
    }

    #[test]
    fn each_change_is_taken_once_and_the_newest_of_them_counts() {
        let mut ahead = changes().since(20);
        assert_eq!(ahead.take_due(19), (None, None));
        assert_eq!(ahead.take_due(30), (Some(2.0), Some(8)));
        assert_eq!(ahead.take_due(99), (None, None));
    }
}
