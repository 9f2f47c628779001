//! Batch normalisation with ReLU, taken apart so that it costs no pass over memory of its own.
//!
//! Forward, `y` is what a convolution wrote and the next layer reads
//! `a = max(0, y·scale + shift)`; the convolution's loop yields the moments that scale and shift
//! come from. Backward, with `g` the gradient of `a` where `a > 0` and else 0,
//!
//! ```text
//! ∂beta = Σ g        ∂gamma = Σ g·(y − mean) / σ        σ² = variance + ε
//! ∂y = gamma/σ · (g − ∂beta/n − (y − mean)/σ · ∂gamma/n)  =  A·g + B·y + C
//! ```
//!
//! The layer behind writes `g` and yields the two sums; the layer before reads
//! `A·g + B·y + C` (Ioffe and Szegedy 2015, arXiv:1502.03167).

use pulp::Simd;

use super::simd::{load, padded};

/// Sums over the values of each channel in some rows: of `v − shift` and of its square.
///
/// With a shift near the values, squares do not cancel.
#[derive(Debug, Clone)]
pub struct Partial {
    pub count: usize,
    pub shift: Vec<f32>,
    pub sum: Vec<f64>,
    pub squares: Vec<f64>,
}

/// Mean and biased variance of each channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    pub count: usize,
    pub mean: Vec<f64>,
    pub variance: Vec<f64>,
}

impl Moments {
    /// Puts partial sums together, in their order (Chan et al. 1979).
    pub fn of(partials: &[Partial], channels: usize) -> Self {
        let (mut mean, mut m2) = (vec![0.0; channels], vec![0.0; channels]);
        let mut total = 0;
        for part in partials.iter().filter(|part| part.count > 0) {
            let (n, before) = (part.count as f64, total as f64);
            total += part.count;
            for c in 0..channels {
                let offset = part.sum[c] / n;
                let delta = f64::from(part.shift[c]) + offset - mean[c];
                mean[c] += delta * n / total as f64;
                m2[c] += (part.squares[c] - part.sum[c] * offset).max(0.0);
                m2[c] += delta * delta * before * n / total as f64;
            }
        }
        let variance = m2.into_iter().map(|m2| m2 / total.max(1) as f64).collect();
        Self { count: total, mean, variance }
    }
}

/// `y·scale + shift`, with rows padded to whole vectors by zeros.
#[derive(Debug, Clone, Default)]
pub struct Affine {
    pub channels: usize,
    pub scale: Vec<f32>,
    pub shift: Vec<f32>,
}

/// What the backward pass needs beside an [`Affine`]: padded in the same way.
#[derive(Debug, Clone, Default)]
pub struct Normalisation {
    pub affine: Affine,
    pub mean: Vec<f32>,
    /// `1 / √(variance + ε)`.
    pub inverse_deviation: Vec<f32>,
    /// Values a channel.
    pub count: usize,
}

impl Affine {
    /// Changes nothing.
    pub fn identity(channels: usize) -> Self {
        let mut affine = Self { channels, scale: zeros(channels), shift: zeros(channels) };
        affine.scale[..channels].fill(1.0);
        affine
    }

    /// Normalisation by given statistics.
    pub fn new(gamma: &[f32], beta: &[f32], [mean, variance]: [&[f32]; 2], epsilon: f64) -> Self {
        let channels = gamma.len();
        let mut affine = Self { channels, scale: zeros(channels), shift: zeros(channels) };
        for c in 0..channels {
            let scale = f64::from(gamma[c]) / (f64::from(variance[c]) + epsilon).sqrt();
            affine.scale[c] = scale as f32;
            affine.shift[c] = (f64::from(beta[c]) - f64::from(mean[c]) * scale) as f32;
        }
        affine
    }
}

impl Normalisation {
    /// Normalisation by the moments of the batch itself.
    pub fn new(moments: &Moments, gamma: &[f32], beta: &[f32], epsilon: f64) -> Self {
        let channels = gamma.len();
        let mut result = Self {
            affine: Affine { channels, scale: zeros(channels), shift: zeros(channels) },
            mean: zeros(channels),
            inverse_deviation: zeros(channels),
            count: moments.count,
        };
        for c in 0..channels {
            let inverse = 1.0 / (moments.variance[c] + epsilon).sqrt();
            let scale = f64::from(gamma[c]) * inverse;
            result.affine.scale[c] = scale as f32;
            result.affine.shift[c] = (f64::from(beta[c]) - moments.mean[c] * scale) as f32;
            result.mean[c] = moments.mean[c] as f32;
            result.inverse_deviation[c] = inverse as f32;
        }
        result
    }
}

/// `Σ g` and `Σ g·(y − mean)` of each channel.
#[derive(Debug, Clone, Default)]
pub struct GradientSums {
    pub plain: Vec<f64>,
    pub centred: Vec<f64>,
}

impl GradientSums {
    pub fn zeros(channels: usize) -> Self {
        Self { plain: vec![0.0; channels], centred: vec![0.0; channels] }
    }

    pub fn add(&mut self, other: &Self) {
        for (sum, value) in self.plain.iter_mut().zip(&other.plain) {
            *sum += value;
        }
        for (sum, value) in self.centred.iter_mut().zip(&other.centred) {
            *sum += value;
        }
    }

    /// Gradients of gamma and beta.
    pub fn parameters(&self, norm: &Normalisation) -> (Vec<f32>, Vec<f32>) {
        let scaled = self.centred.iter().zip(&norm.inverse_deviation);
        let gamma = scaled.map(|(sum, inverse)| (sum * f64::from(*inverse)) as f32).collect();
        (gamma, self.plain.iter().map(|sum| *sum as f32).collect())
    }
}

/// `∂y = g·gradient + y·output + constant`: rows padded by zeros.
#[derive(Debug, Clone, Default)]
pub struct GradientRule {
    pub channels: usize,
    pub gradient: Vec<f32>,
    pub output: Vec<f32>,
    pub constant: Vec<f32>,
}

impl GradientRule {
    pub fn new(sums: &GradientSums, norm: &Normalisation) -> Self {
        let channels = sums.plain.len();
        let n = norm.count.max(1) as f64;
        let [mut gradient, mut output, mut constant] = [(); 3].map(|()| zeros(channels));
        for c in 0..channels {
            let (scale, inverse) = (norm.affine.scale[c], f64::from(norm.inverse_deviation[c]));
            let a = f64::from(scale);
            let b = -a * inverse * inverse * sums.centred[c] / n;
            gradient[c] = scale;
            output[c] = b as f32;
            constant[c] = (-a * sums.plain[c] / n - b * f64::from(norm.mean[c])) as f32;
        }
        Self { channels, gradient, output, constant }
    }

    /// `∂y` of the channels from `at`.
    #[inline(always)]
    pub fn apply<S: Simd>(&self, simd: S, at: usize, g: S::f32s, y: S::f32s) -> S::f32s {
        let from_y = load(simd, &self.output, at);
        let rest = simd.mul_add_e_f32s(y, from_y, load(simd, &self.constant, at));
        simd.mul_add_e_f32s(g, load(simd, &self.gradient, at), rest)
    }
}

fn zeros(channels: usize) -> Vec<f32> {
    vec![0.0; padded(channels)]
}
