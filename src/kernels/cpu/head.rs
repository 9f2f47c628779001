//! Global average pooling of a normalised input: `[batch, positions, channels]` to
//! `[batch, channels]`.

use pulp::{Simd, WithSimd};

use super::{
    Machine,
    memory::Buffer,
    norm::{Affine, GradientSums, Normalisation},
    rows::add_lanes,
    simd::{MAX_LANES, load, padded, relu, store, where_positive},
};

/// The mean of `max(0, x·scale + shift)` over the positions of each image.
pub fn forward(on: Machine, x: &[f32], affine: &Affine, batch: usize) -> Buffer {
    let mut means = Buffer::zeroed(batch * affine.channels);
    let images = batch.div_ceil(16).max(1);
    let image = x.len() / batch.max(1);
    on.team.map_chunks(&mut means, images * affine.channels, |task, means| {
        let count = means.len() / affine.channels;
        let x = &x[task * images * image..][..count * image];
        on.isa.run(Forward { x, affine, means });
    });
    means
}

struct Forward<'a> {
    x: &'a [f32],
    affine: &'a Affine,
    means: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, affine, means } = self;
        let channels = affine.channels;
        let image = x.len() / (means.len() / channels);
        let factor = simd.splat_f32s(channels as f32 / image as f32);
        for (x, means) in x.chunks_exact(image).zip(means.chunks_exact_mut(channels)) {
            for at in (0..channels).step_by(S::F32_LANES) {
                let (scale, shift) = (load(simd, &affine.scale, at), load(simd, &affine.shift, at));
                let mut sum = simd.splat_f32s(0.0);
                for pixel in x.chunks_exact(channels) {
                    let a = relu(simd, simd.mul_add_e_f32s(load(simd, pixel, at), scale, shift));
                    sum = simd.add_f32s(sum, a);
                }
                store(simd, means, at, simd.mul_f32s(sum, factor));
            }
        }
    }
}

/// Gradient of the normalised input where that is positive, shaped as `x`, and its sums, from
/// `gradient` `[batch, channels]`.
pub fn backward(
    on: Machine,
    gradient: &[f32],
    x: &[f32],
    norm: &Normalisation,
) -> (Buffer, GradientSums) {
    let channels = norm.affine.channels;
    let batch = gradient.len() / channels;
    let mut g = Buffer::any(x.len());
    let images = batch.div_ceil(16).max(1);
    let image = x.len() / batch.max(1);
    let parts = on.team.map_chunks(&mut g, images * image, |task, g| {
        let x = &x[task * images * image..][..g.len()];
        let gradient = &gradient[task * images * channels..][..g.len() / image * channels];
        on.isa.run(Backward { gradient, x, norm, g })
    });
    let mut sums = GradientSums::zeros(channels);
    parts.iter().for_each(|part| sums.add(part));
    (g, sums)
}

struct Backward<'a> {
    gradient: &'a [f32],
    x: &'a [f32],
    norm: &'a Normalisation,
    g: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = GradientSums;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> GradientSums {
        let Self { gradient, x, norm, g } = self;
        let channels = norm.affine.channels;
        let image = x.len() / (gradient.len() / channels);
        let factor = simd.splat_f32s(channels as f32 / image as f32);
        let mut sums = GradientSums::zeros(padded(channels) + MAX_LANES);
        let images = x.chunks_exact(image).zip(g.chunks_exact_mut(image));
        for ((x, g), gradient) in images.zip(gradient.chunks_exact(channels)) {
            for at in (0..channels).step_by(S::F32_LANES) {
                let value = simd.mul_f32s(load(simd, gradient, at), factor);
                let (scale, shift) =
                    (load(simd, &norm.affine.scale, at), load(simd, &norm.affine.shift, at));
                let mean = load(simd, &norm.mean, at);
                let zero = simd.splat_f32s(0.0);
                let (mut plain, mut centred) = (zero, zero);
                let pixels = x.chunks_exact(channels).zip(g.chunks_exact_mut(channels));
                for (x, g) in pixels {
                    let x = load(simd, x, at);
                    let a = simd.mul_add_e_f32s(x, scale, shift);
                    let open = where_positive(simd, a, value);
                    store(simd, g, at, open);
                    plain = simd.add_f32s(plain, open);
                    centred = simd.mul_add_e_f32s(open, simd.sub_f32s(x, mean), centred);
                }
                add_lanes::<S>(&mut sums.plain[at..], plain);
                add_lanes::<S>(&mut sums.centred[at..], centred);
            }
        }
        sums.plain.truncate(channels);
        sums.centred.truncate(channels);
        sums
    }
}
