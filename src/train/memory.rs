//! Whether a training fits the memory, told before it begins.

use burn::tensor::Device;

use crate::{
    data::memory::free,
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

/// Copies of each number of a checkpoint while it is written: the snapshot, its bytes, the file.
const COPIES: u64 = 3;

/// Batches of pictures that exist at a time: those of the loader, and the one in use.
const BATCHES: u64 = 6;

/// What the program takes beside a training, as measured.
const PROGRAM: u64 = 40 << 20;

/// Bytes that training takes with checkpoints. The weights are still there as a snapshot while the
/// optimizer's two numbers of each are written.
pub fn needed(spec: ArchSpec, batch_size: usize) -> u64 {
    steps_need(spec, batch_size) + F32 * spec.parameters() * (1 + 2 * COPIES)
}

/// Bytes that steps take on the CPU with the kernels of this program: every convolution's output is
/// kept for the backward pass, and two gradients of the largest are alive at a time.
fn steps_need(spec: ArchSpec, batch_size: usize) -> u64 {
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
/// `held_out` images of those that are in memory by now will be there a second time, for validation.
///
/// # Errors
/// It would take more than there is; a size of batch is named that fits, if one does.
pub fn check(
    device: &Device,
    spec: ArchSpec,
    batch_size: usize,
    held_out: usize,
) -> Result<(), TooLarge> {
    let copied = (3 * spec.resolution * spec.resolution * held_out) as u64;
    match (path(Engine::Own, device), free()) {
        (Path::Cpu, Some(free)) => check_against(free.saturating_sub(copied), spec, batch_size),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_is_near_what_was_measured() {
        // Peak memory that `bench` says at batch 64, alpha 1 and .25.
        for (alpha, measured) in [(1.0, 238e6), (0.25, 70e6)] {
            let spec = ArchSpec { alpha, ..ArchSpec::with_classes(10) };
            let ratio = steps_need(spec, 64) as f64 / measured;
            assert!((0.85..1.35).contains(&ratio), "{ratio} at alpha {alpha}");
        }
        // What `train` held most of with a checkpoint, less the pictures.
        for (alpha, measured) in [(2.0, 960e6), (1.0, 358e6)] {
            let ratio =
                needed(ArchSpec { alpha, ..ArchSpec::with_classes(10) }, 64) as f64 / measured;
            assert!((0.85..1.15).contains(&ratio), "{ratio} at alpha {alpha}");
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
}
