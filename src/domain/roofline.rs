//! The roofline: the least time in which a machine can do the work of each layer.
//!
//! For each layer and direction the bound is the larger of two times, since arithmetic and traffic
//! can overlap:
//!
//! - FLOPs over the machine's peak, a multiply-add being two. Backward takes two such products, for
//!   the gradients of the input and of the weights; the stem's input has no gradient.
//! - The bytes that cannot be avoided over a bandwidth. Every tensor counts once a direction, as
//!   f32, batch normalisation and ReLU being part of their convolution:
//!   forward reads the input and the weights and writes the output; backward reads the gradient of
//!   the output and the weights, and what the gradients are made from, that is the input and, for
//!   batch normalisation, the output; it writes the gradients of the input and of the weights.
//!
//! Caches count: what the layer before has left in the last-level cache need not come from memory,
//! nor need its own output go there, but no more of it than the cache holds. So of the bytes of one
//! direction as many as the cache is large move at the bandwidth of the cache, the others at that of
//! memory. Bandwidths count bytes read and written alike.
//!
//! It stays a model: one level of cache is counted, and work that fits a nearer level can be faster
//! than its bound.

use std::{iter::Sum, ops::Add};

use super::architecture::{ArchSpec, LayerKind, LayerSpec};

/// Bytes of a number.
const F32: u64 = 4;

/// Numbers that an update moves for each parameter: it reads weight, gradient and both of Adam's
/// moments, and writes all but the gradient.
const UPDATE: u64 = 7;

/// What has to be computed and moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Two a multiply-add.
    pub flops: u64,
    /// Read and written.
    pub bytes: u64,
}

impl Add for Work {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { flops: self.flops + other.flops, bytes: self.bytes + other.bytes }
    }
}

impl Sum for Work {
    fn sum<I: Iterator<Item = Self>>(works: I) -> Self {
        works.fold(Self::default(), Add::add)
    }
}

/// The work of one layer in one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerWork {
    pub name: String,
    pub forward: Work,
    pub backward: Work,
}

/// What a machine can do at best, as measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Of a large matrix product.
    pub gflops: f64,
    /// Of copies in memory, bytes read and written.
    pub gb_per_s: f64,
    /// Of copies in the last-level cache, bytes read and written.
    pub cache_gb_per_s: f64,
    /// Size of the last-level cache.
    pub cache_bytes: u64,
}

impl Machine {
    /// The least time for `work`, in ms.
    pub fn bound_ms(&self, work: Work) -> f64 {
        let cached = work.bytes.min(self.cache_bytes);
        let traffic =
            cached as f64 / self.cache_gb_per_s + (work.bytes - cached) as f64 / self.gb_per_s;
        (work.flops as f64 / self.gflops).max(traffic) / 1e6
    }
}

/// The work of every layer for a batch of `images`, in the order of the layer table.
pub fn layers(spec: &ArchSpec, images: usize) -> Vec<LayerWork> {
    let images = images as u64;
    let mut input = 3 * (spec.resolution * spec.resolution) as u64 * images;
    let mut rows = Vec::new();
    for layer in spec.layers() {
        let output = (layer.out_side * layer.out_side * layer.out_channels) as u64 * images;
        rows.push(layer_work(&layer, images, input, output));
        input = output;
    }
    rows
}

/// The work of one update of the weights by Adam. Its arithmetic is nothing beside its traffic.
pub fn optimizer(spec: &ArchSpec) -> Work {
    Work { flops: 0, bytes: UPDATE * F32 * spec.parameters() }
}

/// `input` and `output` are the numbers in the layer's activations.
fn layer_work(layer: &LayerSpec, images: u64, input: u64, output: u64) -> LayerWork {
    let weights = layer.parameters();
    // The pictures have no gradient.
    let input_gradient = if is_stem(layer) { 0 } else { input };
    let products = if is_stem(layer) { 1 } else { 2 };
    let kept_input = if weights > 0 { input } else { 0 };
    let kept_output = if layer.has_batch_norm() { output } else { 0 };
    let flops = 2 * layer.macs() * images;
    let forward = Work { flops, bytes: F32 * (input + weights + output) };
    let read = output + weights + kept_input + kept_output;
    let written = input_gradient + weights;
    let backward = Work { flops: products * flops, bytes: F32 * (read + written) };
    LayerWork { name: layer.name.clone(), forward, backward }
}

fn is_stem(layer: &LayerSpec) -> bool {
    layer.kind == LayerKind::Conv
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, images: usize) -> LayerWork {
        let rows = layers(&ArchSpec::with_classes(10), images);
        rows.into_iter().find(|row| row.name == name).unwrap()
    }

    #[test]
    fn a_pointwise_layer_by_hand() {
        // 16×16 pixels, 64 channels to 128, two images.
        let (input, output, weights) = (2 * 256 * 64, 2 * 256 * 128, 64 * 128 + 2 * 128);
        let flops = 2 * 2 * 256 * 64 * 128;
        let LayerWork { forward, backward, .. } = row("blocks.1.pointwise", 2);
        assert_eq!(forward, Work { flops, bytes: 4 * (input + weights + output) });
        let bytes = 4 * (2 * input + 2 * output + 2 * weights);
        assert_eq!(backward, Work { flops: 2 * flops, bytes });
    }

    #[test]
    fn a_depthwise_layer_with_a_stride_reads_four_times_what_it_writes() {
        let (input, output, weights) = (32 * 32 * 64, 16 * 16 * 64, 9 * 64 + 2 * 64);
        let forward = row("blocks.1.depthwise", 1).forward;
        let flops = 2 * 9 * 16 * 16 * 64;
        assert_eq!(forward, Work { flops, bytes: 4 * (input + weights + output) });
    }

    #[test]
    fn the_stem_has_no_gradient_of_its_input() {
        let (input, output, weights) = (32 * 32 * 3, 32 * 32 * 32, 27 * 32 + 2 * 32);
        let LayerWork { forward, backward, .. } = row("stem", 1);
        assert_eq!(backward.flops, forward.flops);
        assert_eq!(backward.bytes, 4 * (2 * output + input + 2 * weights));
    }

    #[test]
    fn what_has_no_batch_norm_does_not_look_at_its_output_again() {
        // 2×2 pixels, 1,024 channels to their means.
        let pooling = row("pooling", 1);
        assert_eq!(pooling.forward, Work { flops: 0, bytes: 4 * (4096 + 1024) });
        assert_eq!(pooling.backward, pooling.forward);
        let classifier = row("classifier", 1);
        let weights = 1024 * 10 + 10;
        assert_eq!(classifier.backward.bytes, 4 * (10 + 2 * 1024 + 2 * weights));
    }

    #[test]
    fn multiply_adds_are_those_of_the_layer_table() {
        for images in [1, 64] {
            let rows = layers(&ArchSpec::with_classes(10), images);
            let all: Work = rows.iter().map(|row| row.forward).sum();
            assert_eq!(all.flops, 2 * 46_354_432 * images as u64);
        }
    }

    #[test]
    fn an_update_moves_seven_numbers_a_parameter() {
        let expected = Work { flops: 0, bytes: 7 * 4 * 3_217_226 };
        assert_eq!(optimizer(&ArchSpec::with_classes(10)), expected);
    }

    #[test]
    fn the_larger_time_bounds_and_the_cache_holds_only_so_much() {
        let machine =
            Machine { gflops: 100.0, gb_per_s: 10.0, cache_gb_per_s: 50.0, cache_bytes: 1_000_000 };
        let bound = |flops, bytes| machine.bound_ms(Work { flops, bytes });
        let expect = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12);
        expect(bound(200_000_000, 1_000_000), 2.0); // 2e8 FLOPs at 1e11 a second
        expect(bound(0, 1_000_000), 0.02); // all in the cache, at 5e10 bytes a second
        expect(bound(0, 3_000_000), 0.22); // and 2e6 bytes more, at 1e10
        expect(bound(0, 0), 0.0);
    }
}
