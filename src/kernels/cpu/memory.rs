//! Memory that is used again.
//!
//! A training step needs the same hundred buffers as the one before it. Given back to the system
//! and asked for anew, each page of them would be cleared by the kernel again, which costs a third
//! of the step; so buffers go to a pool when their last tensor goes.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    ops::{Deref, DerefMut},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytemuck::{Pod, Zeroable};

use super::simd::MAX_LANES;

/// One vector of the widest kind: aligns what is made of it to a cache line.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([f32; MAX_LANES]);

/// Bytes that the system was asked for, less those given back.
static HELD: AtomicUsize = AtomicUsize::new(0);

/// Idle buffers by their length in lines.
static POOL: Mutex<BTreeMap<usize, Vec<Vec<Line>>>> = Mutex::new(BTreeMap::new());

/// Numbers in pooled memory, aligned to 64 bytes.
pub struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

impl Buffer {
    /// `len` numbers of any value: the kernel that asks writes them all.
    pub fn any(len: usize) -> Self {
        let count = len.div_ceil(MAX_LANES);
        let idle = pool(|pool| pool.get_mut(&count).and_then(Vec::pop));
        let lines = idle.unwrap_or_else(|| {
            HELD.fetch_add(count * size_of::<Line>(), Ordering::Relaxed);
            vec![Line::zeroed(); count]
        });
        Self { lines, len }
    }

    pub fn zeroed(len: usize) -> Self {
        let mut buffer = Self::any(len);
        buffer.fill(0.0);
        buffer
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        pool(|pool| pool.entry(lines.len()).or_default().push(lines));
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}

/// Gives the idle buffers back to the system: after a training, or when shapes change.
pub fn release() {
    let idle = pool(std::mem::take);
    let lines: usize = idle.iter().map(|(count, buffers)| count * buffers.len()).sum();
    HELD.fetch_sub(lines * size_of::<Line>(), Ordering::Relaxed);
}

/// Bytes of all buffers, in use or idle.
pub fn held() -> usize {
    HELD.load(Ordering::Relaxed)
}

fn pool<T>(work: impl FnOnce(&mut BTreeMap<usize, Vec<Vec<Line>>>) -> T) -> T {
    work(&mut POOL.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Lends `N` slices of the given lengths, of any value, from memory that belongs to this thread.
/// Each begins on a cache line.
///
/// Call it outside of vector code: a closure is compiled for the instruction set of its caller only
/// if it happens to be inlined.
pub fn with_scratch<const N: usize, T>(
    lengths: [usize; N],
    work: impl FnOnce([&mut [f32]; N]) -> T,
) -> T {
    thread_local! {
        static SCRATCH: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
    }
    let counts = lengths.map(|length| length.div_ceil(MAX_LANES));
    let mut lines = SCRATCH.take();
    let wanted = counts.iter().sum();
    if lines.len() < wanted {
        lines = vec![Line::zeroed(); wanted];
    }
    let mut rest = lines.as_mut_slice();
    let slices = std::array::from_fn(|i| {
        let (first, others) = std::mem::take(&mut rest).split_at_mut(counts[i]);
        rest = others;
        &mut bytemuck::cast_slice_mut(first)[..lengths[i]]
    });
    let result = work(slices);
    SCRATCH.replace(lines);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_aligned_and_is_used_again() {
        let first = Buffer::zeroed(1_000_003);
        assert_eq!(first.len(), 1_000_003);
        let address = first.as_ptr() as usize;
        assert_eq!(address % 64, 0);
        drop(first);
        assert_eq!(Buffer::any(1_000_003).as_ptr() as usize, address);
    }

    #[test]
    fn scratch_slices_are_apart_and_nest() {
        with_scratch([3, 17], |[a, b]| {
            a.fill(1.0);
            b.fill(2.0);
            with_scratch([5], |[c]| c.fill(3.0));
            assert_eq!((a[2], b[0], b.len()), (1.0, 2.0, 17));
        });
    }
}
