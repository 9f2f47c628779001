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
    /// Epochs that the run was begun with, where that is on record.
    begun_with: Option<u32>,
    /// What a process that takes the run up has said before it goes on.
    said: Option<Box<Changes>>,
}

impl Changes {
    /// A process begins the run or takes it up, with so many epochs. What it says before it goes on
    /// takes the place of nothing yet: should it be killed meanwhile, the next one finds all that
    /// there was.
    pub fn begin(&mut self, epochs: u32) {
        self.begun_with.get_or_insert(epochs);
        self.said = Some(Box::new(Self { begun_with: Some(epochs), ..Self::default() }));
    }

    /// The run goes on from `step`, after which others up to `reached` had been made. What was to
    /// take effect later is void, but for what has been said since it was taken up.
    pub fn resume(&mut self, step: u64, reached: u64) {
        let epochs = match &self.said {
            Some(said) => said.begun_with,
            None => self.epochs_at(reached), // the same process goes back
        };
        let said = self.said.take();
        self.rates.retain(|change| change.step <= step);
        self.extensions.retain(|extension| extension.step <= step);
        if let Some(epochs) = epochs.filter(|epochs| self.epochs_at(step) != Some(*epochs)) {
            self.extend(Extension { step, epochs });
        }
        self.said = said;
        self.settle();
    }

    /// What has been said holds: the run goes on.
    pub fn settle(&mut self) {
        let Some(said) = self.said.take() else { return };
        said.rates.into_iter().for_each(|change| self.set_rate(change));
        said.extensions.into_iter().for_each(|extension| self.extend(extension));
    }

    /// Adds a change; what was to happen from its step on no longer will.
    pub fn set_rate(&mut self, change: RateChange) {
        if let Some(said) = &mut self.said {
            return said.set_rate(change);
        }
        let before = self.rates.partition_point(|before| before.step < change.step);
        self.rates.truncate(before);
        keep_newest(&mut self.rates, change, MOST);
    }

    /// Likewise.
    pub fn extend(&mut self, extension: Extension) {
        if let Some(said) = &mut self.said {
            return said.extend(extension);
        }
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

    /// The settings hold all epochs by now.
    pub fn forget_extensions(&mut self) {
        self.extensions.clear();
    }

    /// What the schedule is multiplied by for the update after `step`, if anybody changed it.
    pub fn scale_at(&self, step: u64) -> Option<f64> {
        let before = self.rates.iter().rev().find(|change| change.step <= step);
        before.map(|change| change.scale)
    }

    /// All epochs of the run as they stood before `step`, where any were ever added.
    pub fn epochs_before(&self, step: u64) -> Option<u32> {
        let before = self.extensions.iter().rev().find(|extension| extension.step < step);
        let begun_with = self.begun_with.filter(|_| !self.extensions.is_empty());
        before.map(|extension| extension.epochs).or(begun_with)
    }

    /// All epochs of the run as they stand after `step`.
    fn epochs_at(&self, step: u64) -> Option<u32> {
        let by_then = self.extensions.iter().rev().find(|extension| extension.step <= step);
        by_then.map(|extension| extension.epochs).or(self.begun_with)
    }

    /// All epochs of the run, if any were added.
    pub fn epochs(&self) -> Option<u32> {
        self.extensions.last().map(|extension| extension.epochs)
    }

    /// What takes effect at `step` or later.
    pub fn since(&self, step: u64) -> Self {
        let rates = self.rates.iter().filter(|change| change.step >= step).cloned();
        let extensions = self.extensions.iter().filter(|e| e.step >= step).cloned();
        let (rates, extensions) = (rates.collect(), extensions.collect());
        Self { rates, extensions, ..Self::default() }
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

    /// Three epochs, of which eight were made after step 20.
    fn of_three() -> Changes {
        let mut changes = Changes::default();
        changes.begin(3);
        changes.settle();
        changes.extend(Extension { step: 20, epochs: 8 });
        changes
    }

    #[test]
    fn what_a_run_was_begun_with_is_known_however_often_it_is_taken_up() {
        let mut changes = of_three();
        changes.begin(8);
        changes.resume(30, 35);
        assert_eq!([10, 20, 21, 30].map(|step| changes.epochs_before(step).unwrap()), [3, 3, 8, 8]);
        // Somebody wants five from here on, and then goes back to before that.
        changes.begin(5);
        changes.resume(30, 30);
        assert_eq!((changes.epochs_before(31), changes.epochs()), (Some(5), Some(5)));
        changes.resume(25, 40);
        assert_eq!((changes.epochs_before(25), changes.epochs_before(26)), (Some(8), Some(5)));
    }

    #[test]
    fn what_was_planned_is_lost_only_when_whoever_takes_the_run_up_goes_on() {
        let mut changes = of_three();
        changes.set_rate(rate(25, 0.5));
        let before = changes.clone();
        changes.begin(3);
        changes.set_rate(rate(22, 0.1)); // and here it is killed
        assert_eq!((changes.rates(), changes.extensions()), (before.rates(), before.extensions()));
        changes.begin(3);
        changes.set_rate(rate(25, 0.5));
        changes.extend(Extension { step: 20, epochs: 8 });
        changes.resume(10, 30);
        assert_eq!(changes, before);
        changes.begin(3);
        changes.resume(10, 30);
        assert_eq!((changes.rates(), changes.epochs()), (&[][..], None));
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
