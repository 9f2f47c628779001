//! What the machine can do at best, measured in the same run as what it does.

use std::{hint::black_box, time::Duration};

use burn::tensor::{Device, Distribution, Tensor};
use rayon::{
    iter::{IndexedParallelIterator, ParallelIterator},
    slice::{ParallelSlice, ParallelSliceMut},
};

use super::{clock::Times, host};
use crate::{domain::roofline::Machine, train::error::TrainError};

/// Sides of the matrices of which the faster product counts.
const SIDES: [usize; 2] = [1024, 2048];
/// Bytes copied on the CPU to measure its memory, far more than any cache holds.
const MEMORY_COPY: usize = 256 << 20;
/// The same elsewhere: some graphics drivers bind no more at once.
const DEVICE_COPY: usize = 128 << 20;
/// Last-level cache of a machine that does not tell.
const ASSUMED_CACHE: u64 = 32 << 20;
/// Numbers copied at once in the cache: a large copy at once would be written past it.
const PIECE: usize = 4096;
/// No peak is measured for longer.
const LONGEST: Duration = Duration::from_secs(2);

/// Measures the peaks of `device` (without autodiff), each for at most `duration`.
pub fn measure(duration: Duration, device: &Device) -> Result<Machine, TrainError> {
    let duration = duration.min(LONGEST);
    let gflops = peak_gflops(duration, device)?;
    let on_cpu = *device == Device::flex();
    let cache_bytes = host::cache_bytes().filter(|_| on_cpu).unwrap_or(ASSUMED_CACHE);
    // A quarter to read and a quarter to write leave room for what else lies in the cache.
    let quarter = cache_bytes as usize / 4;
    let (gb_per_s, in_cache) = if on_cpu {
        (
            copy_gb_per_s(MEMORY_COPY, usize::MAX, duration)?,
            copy_gb_per_s(quarter, PIECE, duration)?,
        )
    } else {
        (
            device_gb_per_s(DEVICE_COPY, duration, device)?,
            device_gb_per_s(quarter, duration, device)?,
        )
    };
    // A short copy can be all launch: a cache is never slower than the memory behind it.
    Ok(Machine { gflops, gb_per_s, cache_gb_per_s: in_cache.max(gb_per_s), cache_bytes })
}

fn peak_gflops(duration: Duration, device: &Device) -> Result<f64, TrainError> {
    let mut best = None;
    for side in SIDES {
        let found = product_gflops(side, duration, device)?;
        best = found.into_iter().chain(best).reduce(f64::max);
    }
    best.ok_or(TrainError::WrongProduct)
}

/// `None` if the product is wrong: a kernel that does nothing would be the fastest of all.
fn product_gflops(
    side: usize,
    duration: Duration,
    device: &Device,
) -> Result<Option<f64>, TrainError> {
    let a = Tensor::<2>::random([side, side], Distribution::Uniform(0.0, 1.0), device);
    // Numbers of 1/2 on average.
    let (operations, expected) = (2.0 * (side as f64).powi(3), (side as f64).powi(3) / 4.0);
    let mut right = true;
    // The sum needs every element, so that a lazy device computes them all.
    let times = Times::take(duration, || {
        let sum = read(a.clone().matmul(a.clone()).sum())?;
        right &= (sum / expected - 1.0).abs() < 0.1;
        Ok(())
    })?;
    Ok(right.then(|| operations / times.median() / 1e6))
}

fn read(number: Tensor<1>) -> Result<f64, TrainError> {
    let number = number.try_into_scalar::<f32>();
    number.map(f64::from).map_err(|e| TrainError::device(&e))
}

/// Copies `bytes` on all threads, `piece` numbers at once; counts bytes read and written.
fn copy_gb_per_s(bytes: usize, piece: usize, duration: Duration) -> Result<f64, TrainError> {
    let count = bytes / size_of::<f32>();
    let (from, mut to) = (vec![1.0_f32; count], vec![0.0_f32; count]);
    let share = count.div_ceil(rayon::current_num_threads());
    let times = Times::take(duration, || {
        to.par_chunks_mut(share).zip(from.par_chunks(share)).for_each(|(to, from)| {
            for (to, from) in to.chunks_mut(piece).zip(from.chunks(piece)) {
                to.copy_from_slice(from);
            }
        });
        black_box(&mut to);
        Ok(())
    })?;
    Ok(gb_per_s(count, &times))
}

/// The same on `device`, by a kernel that reads every number and writes another.
fn device_gb_per_s(bytes: usize, duration: Duration, device: &Device) -> Result<f64, TrainError> {
    let count = bytes / size_of::<f32>();
    let x = Tensor::<1>::random([count], Distribution::Uniform(-1.0, 1.0), device);
    let times = Times::take(duration, || {
        let _copy = x.clone().add_scalar(1.0);
        device.sync().map_err(|e| TrainError::device(&e))
    })?;
    Ok(gb_per_s(count, &times))
}

/// Of `count` numbers read and written.
fn gb_per_s(count: usize, times: &Times) -> f64 {
    2.0 * (count * size_of::<f32>()) as f64 / times.median() / 1e6
}
