//! When the process stood still (Ctrl-Z): time that is no measure of anything.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How old a stop is that has begun and not ended before it counts as one: whoever runs to ask
/// for it runs either before it or after it.
const A_MOMENT: Duration = Duration::from_millis(50);

/// A time during which the whole process was stopped.
#[derive(Debug, Clone, Copy)]
struct Stop {
    /// Unix time in milliseconds.
    from: u64,
    began: Instant,
    /// `None` until the thread that stopped the process has come back to tell.
    lasted: Option<Duration>,
}

impl Stop {
    fn lasted(&self) -> Duration {
        self.lasted.unwrap_or_else(|| self.began.elapsed())
    }

    /// How much of it was at or after `since`.
    fn after(&self, since: Instant) -> Duration {
        (self.began + self.lasted()).saturating_duration_since(self.began.max(since))
    }
}

/// The stops of this process, oldest first: told by whoever made them, heard by whoever measures.
#[derive(Debug, Default)]
pub struct Stops(Mutex<Vec<Stop>>);

impl Stops {
    /// Notes the time that `stop_process` takes to return, and gives it.
    pub fn stand_still(&self, stop_process: impl FnOnce()) -> Duration {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began = Instant::now();
        self.lock().push(Stop { from: wall.as_millis() as u64, began, lasted: None });
        stop_process();
        let lasted = began.elapsed();
        let mut stops = self.lock();
        if let Some(stop) = stops.iter_mut().rev().find(|stop| stop.began == began) {
            stop.lasted = Some(lasted);
        }
        lasted
    }

    /// When the stop of this number, counted from 0, began and ended, as Unix times in ms.
    pub fn get(&self, number: usize) -> Option<(u64, u64)> {
        let stop = self.lock().get(number).copied()?;
        let over = stop.lasted.is_some() || stop.began.elapsed() > A_MOMENT;
        over.then(|| (stop.from, stop.from + stop.lasted().as_millis() as u64))
    }

    /// The time since `began` in which the process ran.
    pub fn running_since(&self, began: Instant) -> Duration {
        let stopped = self.lock().iter().map(|stop| stop.after(began)).sum();
        began.elapsed().saturating_sub(stopped)
    }

    /// Whether the process has stood still since `began`.
    pub fn any_since(&self, began: Instant) -> bool {
        self.lock().iter().any(|stop| stop.after(began) > Duration::ZERO)
    }

    /// No panic can leave a list half-changed that is only ever added to.
    fn lock(&self) -> MutexGuard<'_, Vec<Stop>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds_ago(seconds: u64) -> Instant {
        Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
    }

    fn stops(all: &[(u64, Option<u64>)]) -> Stops {
        let stop = |&(ago, lasted): &(u64, Option<u64>)| Stop {
            from: 1_000,
            began: seconds_ago(ago),
            lasted: lasted.map(Duration::from_secs),
        };
        Stops(Mutex::new(all.iter().map(stop).collect()))
    }

    #[test]
    fn only_the_part_of_a_stop_that_was_measured_is_taken_off() {
        let stops = stops(&[(1_000, Some(200)), (400, Some(300))]);
        for (ago, ran) in [(2_000, 1_500), (900, 500), (600, 300), (250, 100), (50, 50)] {
            let found = stops.running_since(seconds_ago(ago)).as_secs();
            assert!((ran..ran + 60).contains(&found), "{found} s of the last {ago}");
        }
        assert!(stops.any_since(seconds_ago(900)) && !stops.any_since(seconds_ago(50)));
    }

    #[test]
    fn a_stop_whose_end_nobody_has_told_yet_lasts_until_now() {
        let stops = stops(&[(100, None)]);
        assert!(stops.running_since(seconds_ago(150)).as_secs() < 60);
        let (from, until) = stops.get(0).unwrap();
        assert!(until - from >= 100_000);
    }

    #[test]
    fn standing_still_is_noted_once_it_is_over() {
        let stops = Stops::default();
        let lasted = stops.stand_still(|| assert_eq!(stops.get(0), None));
        let (from, until) = stops.get(0).unwrap();
        assert_eq!((until - from, stops.get(1)), (lasted.as_millis() as u64, None));
    }
}
