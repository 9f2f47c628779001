//! Whether a training fits the memory, told before it begins.

use std::fs;

use burn::tensor::Device;

use crate::{
    domain::{architecture::ArchSpec, units::Bytes},
    kernels::{
        Engine,
        block::{Path, path},
    },
};

/// Bytes of a number.
const F32: u64 = 4;

/// Numbers kept of each parameter: the weight, its gradient and two of the optimizer.
const PER_PARAMETER: u64 = 4;

/// Batches of pictures that exist at a time: those of the loader, and the one in use.
const BATCHES: u64 = 6;

/// What the program takes beside a training, as measured.
const PROGRAM: u64 = 40 << 20;

/// Bytes that training takes on the CPU with the kernels of this program: every convolution's
/// output is kept for the backward pass, and two gradients of the largest are alive at a time.
pub fn needed(spec: ArchSpec, batch_size: usize) -> u64 {
    let layers = spec.layers();
    let outputs = layers
        .iter()
        .filter(|layer| layer.has_batch_norm())
        .map(|layer| (layer.out_side * layer.out_side * layer.out_channels) as u64);
    let largest = outputs.clone().max().unwrap_or_default();
    let pixels = (3 * spec.resolution * spec.resolution) as u64;
    let an_image = outputs.sum::<u64>() + 2 * largest + BATCHES * pixels;
    F32 * (batch_size as u64 * an_image + PER_PARAMETER * spec.parameters()) + PROGRAM
}

/// A training that would not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "training takes about {} with --batch-size {batch_size}, and {} are free; {}",
    Bytes(*.needed), Bytes(*.free), advice(*.fitting)
)]
pub struct TooLarge {
    pub batch_size: usize,
    pub needed: u64,
    pub free: u64,
    /// The largest half, quarter … of the batch that fits.
    pub fitting: Option<usize>,
}

fn advice(fitting: Option<usize>) -> String {
    match fitting {
        Some(batch_size) => format!("--batch-size {batch_size} fits"),
        None => "take a smaller --alpha or --resolution".to_owned(),
    }
}

/// Refuses a training on the CPU for which memory is lacking; elsewhere nothing can be foreseen.
pub fn check(device: &Device, spec: ArchSpec, batch_size: usize) -> Result<(), TooLarge> {
    match (path(Engine::Own, device), free()) {
        (Path::Cpu, Some(free)) => check_against(free, spec, batch_size),
        _ => Ok(()),
    }
}

fn check_against(free: u64, spec: ArchSpec, batch_size: usize) -> Result<(), TooLarge> {
    let needed_now = needed(spec, batch_size);
    if needed_now <= free {
        return Ok(());
    }
    let smaller = std::iter::successors(Some(batch_size / 2), |size| Some(size / 2));
    let fitting = smaller.take_while(|size| *size > 0).find(|size| needed(spec, *size) <= free);
    Err(TooLarge { batch_size, needed: needed_now, free, fitting })
}

/// Bytes that this process can still take: what the machine has, or what its control group
/// allows where that is less. `None` where the system does not say.
fn free() -> Option<u64> {
    let machine = available(&fs::read_to_string("/proc/meminfo").ok()?)?;
    Some(group_allowance().map_or(machine, |group| group.min(machine)))
}

/// `MemAvailable` of `/proc/meminfo`.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// What control group version 2 leaves to this process; files in its cache can be given up.
fn group_allowance() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let read = |name: &str| fs::read_to_string(format!("/sys/fs/cgroup{group}/{name}")).ok();
    let number = |text: String| text.trim().parse::<u64>().ok();
    let most = read("memory.max").and_then(number)?;
    let used = read("memory.current").and_then(number)?;
    let cached = read("memory.stat").and_then(|text| {
        text.lines().find_map(|line| line.strip_prefix("inactive_file ")?.parse().ok())
    });
    Some(most.saturating_sub(used.saturating_sub(cached.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_near_what_was_measured() {
        // Peak memory that `bench` says at batch 64, alpha 1 and .25.
        for (alpha, measured) in [(1.0, 238e6), (0.25, 70e6)] {
            let spec = ArchSpec { alpha, ..ArchSpec::with_classes(10) };
            let ratio = needed(spec, 64) as f64 / measured;
            assert!((0.85..1.35).contains(&ratio), "{ratio} at alpha {alpha}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_does() {
        let spec = ArchSpec::with_classes(10);
        check_against(1 << 30, spec, 64).unwrap();
        let refused = check_against(1 << 30, spec, 4096).unwrap_err();
        let fitting = refused.fitting.unwrap();
        assert!(needed(spec, fitting) <= 1 << 30 && needed(spec, 2 * fitting) > 1 << 30);
        assert_eq!(check_against(1 << 20, spec, 64).unwrap_err().fitting, None);
        assert!(!refused.to_string().contains('\n'));
    }

    #[test]
    fn the_systems_table_is_understood() {
        let text = "MemTotal:  100 kB\nMemAvailable:      2048 kB\n";
        assert_eq!(available(text), Some(2 << 20));
        assert_eq!(available("MemTotal: 100 kB"), None);
    }
}
