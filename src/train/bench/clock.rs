//! Timing work that is done again and again.

use std::time::{Duration, Instant};

use burn::tensor::Tensor;

use crate::train::error::TrainError;

/// Repetitions before the measurement: caches, compilation, allocation.
const WARM_UP: usize = 3;
/// Repetitions that are measured, however long they take.
const LEAST: usize = 3;

/// How long each repetition took, in ms, the shortest first.
pub struct Times(Vec<f64>);

impl Times {
    /// Of `times` in any order; there must be some.
    pub fn of(times: impl IntoIterator<Item = f64>) -> Self {
        let mut times: Vec<f64> = times.into_iter().collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// Repeats `work` for about `duration`.
    pub fn take(
        duration: Duration,
        mut work: impl FnMut() -> Result<(), TrainError>,
    ) -> Result<Self, TrainError> {
        for _ in 0..WARM_UP {
            work()?;
        }
        let (start, mut times) = (Instant::now(), Vec::new());
        while times.len() < LEAST || start.elapsed() < duration {
            let begin = Instant::now();
            work()?;
            times.push(begin.elapsed().as_secs_f64() * 1e3);
        }
        Ok(Self::of(times))
    }

    /// The time that `percent` of the repetitions kept within, in ms.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0[rank.max(1) - 1]
    }

    /// In ms.
    pub fn median(&self) -> f64 {
        self.percentile(50)
    }
}

/// Waits for the device by reading `tensor` back. A graphics adapter is waited for when the numbers
/// are looked at, not before.
pub fn settle<const D: usize>(tensor: Tensor<D>) -> Result<(), TrainError> {
    let data = tensor.try_into_data().map_err(|e| TrainError::device(&e))?;
    let numbers = data.try_into_vec::<f32>().map_err(|e| TrainError::device(&e))?;
    std::hint::black_box(numbers);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let times = Times::of((1..=100).rev().map(f64::from));
        assert_eq!([50, 90, 99].map(|p| times.percentile(p)), [50.0, 90.0, 99.0]);
        let few = Times::of([7.0, 5.0, 6.0]);
        assert_eq!([50, 90, 99].map(|p| few.percentile(p)), [6.0, 7.0, 7.0]);
    }
}
