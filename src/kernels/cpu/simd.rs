//! Vector instructions, chosen at run time.
//!
//! Kernels are written once, over `pulp::Simd`, and compiled for each instruction set; which one
//! runs is decided by the processor and never by a build flag. Multiply-adds are fused on all but
//! the portable path, and every sum runs in the same order on all of them, so that AVX-512, AVX2
//! and NEON mostly agree to the bit and the portable path does not.

use std::sync::OnceLock;

use pulp::{Scalar, Simd, WithSimd};

/// Most lanes that any instruction set has; scratch rows are padded to a multiple of it.
pub const MAX_LANES: usize = 16;

/// An instruction set that this processor has: holding one is the proof of it.
#[derive(Debug, Clone, Copy)]
pub enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// Plain Rust, for every other machine.
    Portable,
}

impl Isa {
    /// The best of this machine.
    pub fn best() -> Self {
        static BEST: OnceLock<Isa> = OnceLock::new();
        *BEST.get_or_init(|| Self::all()[0])
    }

    /// All that this machine has, the best first.
    pub fn all() -> Vec<Self> {
        let mut found = Vec::new();
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            found.extend(pulp::x86::V4::try_new().map(Isa::Avx512));
            found.extend(pulp::x86::V3::try_new().map(Isa::Avx2));
        }
        #[cfg(all(target_arch = "aarch64", not(miri)))]
        found.extend(pulp::aarch64::Neon::try_new().map(Isa::Neon));
        found.push(Isa::Portable);
        found
    }

    pub fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "AVX2",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "NEON",
            Self::Portable => "portable",
        }
    }

    /// The instruction set to take for so few channels that half of the widest vector would be
    /// empty: the shorter vectors of AVX2 are two for one.
    pub fn for_channels(self, channels: usize) -> Self {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) if channels <= MAX_LANES / 2 => {
                pulp::x86::V3::try_new().map_or(self, Self::Avx2)
            }
            _ => self,
        }
    }

    /// Runs `kernel` compiled for this instruction set.
    #[inline]
    pub fn run<K: WithSimd>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => Simd::vectorize(simd, kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => Simd::vectorize(simd, kernel),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(simd) => Simd::vectorize(simd, kernel),
            Self::Portable => Simd::vectorize(Scalar::new(), kernel),
        }
    }
}

/// `count` rounded up to whole vectors of the widest kind.
pub const fn padded(count: usize) -> usize {
    count.div_ceil(MAX_LANES) * MAX_LANES
}

/// The vector that begins at `row[at]`; lanes beyond the end of `row` are zero.
#[inline(always)]
pub fn load<S: Simd>(simd: S, row: &[f32], at: usize) -> S::f32s {
    match row.get(at..at + S::F32_LANES) {
        Some(full) => S::as_simd_f32s(full).0[0],
        None => simd.partial_load_f32s(&row[at..]),
    }
}

/// Writes the vector to `row[at..]`; lanes beyond the end of `row` are dropped.
#[inline(always)]
pub fn store<S: Simd>(simd: S, row: &mut [f32], at: usize, value: S::f32s) {
    match row.get_mut(at..at + S::F32_LANES) {
        Some(full) => S::as_mut_simd_f32s(full).0[0] = value,
        None => simd.partial_store_f32s(&mut row[at..], value),
    }
}

/// `max(value, 0)`.
#[inline(always)]
pub fn relu<S: Simd>(simd: S, value: S::f32s) -> S::f32s {
    simd.max_f32s(value, simd.splat_f32s(0.0))
}

/// `value` where `gate` is positive, else 0: the derivative of ReLU, applied.
#[inline(always)]
pub fn where_positive<S: Simd>(simd: S, gate: S::f32s, value: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    simd.select_f32s(simd.less_than_f32s(zero, gate), value, zero)
}
