//! Every kernel against a naive loop in double precision, over odd shapes and all instruction sets.

mod ends;
mod inference;
mod update;

use std::sync::OnceLock;

use proptest::prelude::*;

use super::{
    Machine,
    depthwise::{self, Shape},
    depthwise_gradient,
    norm::{Affine, GradientRule, GradientSums, Moments, Normalisation},
    pointwise::{self, Gradients, Saved},
    simd::Isa,
    team::Team,
};

/// Numbers between -1 and 1 that a seed names.
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// Every instruction set of this processor, on one thread and on three.
fn machines() -> &'static [Machine] {
    static MACHINES: OnceLock<Vec<Machine>> = OnceLock::new();
    MACHINES.get_or_init(|| {
        let teams = [1, 3].map(|size| &*Box::leak(Box::new(Team::new(size))));
        let all = Isa::all().into_iter();
        all.flat_map(|isa| teams.map(|team| Machine { team, isa })).collect()
    })
}

fn assert_close(what: &str, found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-3, |a: f64, b| a.max(b.abs()));
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / largest;
        assert!(error < 2e-5, "{what}[{at}]: {found} is not {expected}");
    }
}

/// A layer with everything that its two passes read.
struct Case {
    shape: Shape,
    /// Of the output; `None` for a depthwise layer.
    outputs: Option<usize>,
    x: Vec<f32>,
    norm: Normalisation,
    weight: Vec<f32>,
    g: Vec<f32>,
    y: Vec<f32>,
    rule: GradientRule,
}

impl Case {
    fn new(shape: Shape, outputs: Option<usize>, seed: u64) -> Self {
        let channels = shape.channels;
        let pixels = shape.batch * shape.out_height() * shape.out_width();
        let out = outputs.unwrap_or(channels);
        let x = numbers(seed, shape.batch * shape.image());
        let moments = naive_moments(&x, channels);
        let (gamma, beta) = (numbers(seed + 1, channels), numbers(seed + 2, channels));
        let y = numbers(seed + 3, pixels * out);
        let behind = Normalisation::new(
            &naive_moments(&y, out),
            &numbers(seed + 4, out),
            &numbers(seed + 5, out),
            1e-5,
        );
        let sums = GradientSums {
            plain: numbers(seed + 6, out).iter().map(|v| f64::from(*v)).collect(),
            centred: numbers(seed + 7, out).iter().map(|v| f64::from(*v)).collect(),
        };
        Self {
            shape,
            outputs,
            x,
            norm: Normalisation::new(&moments, &gamma, &beta, 1e-5),
            weight: numbers(seed + 8, outputs.map_or(channels * 9, |out| out * channels)),
            g: numbers(seed + 9, pixels * out),
            y,
            rule: GradientRule::new(&sums, &behind),
        }
    }

    fn out_channels(&self) -> usize {
        self.outputs.unwrap_or(self.shape.channels)
    }

    /// Calls `see(x index, y index, weight index)` for each product of the layer.
    fn products(&self, mut see: impl FnMut(usize, usize, usize)) {
        let Shape { batch, height, width, channels, stride } = self.shape;
        let (oh, ow) = (self.shape.out_height(), self.shape.out_width());
        if let Some(outputs) = self.outputs {
            for pixel in 0..batch * height * width {
                for (o, i) in (0..outputs).flat_map(|o| (0..channels).map(move |i| (o, i))) {
                    see(pixel * channels + i, pixel * outputs + o, o * channels + i);
                }
            }
            return;
        }
        for n in 0..batch {
            for (oy, ox) in (0..oh).flat_map(|y| (0..ow).map(move |x| (y, x))) {
                for (ky, kx) in (0..3).flat_map(|y| (0..3).map(move |x| (y, x))) {
                    let (iy, ix) = (oy * stride + ky, ox * stride + kx);
                    if iy == 0 || ix == 0 || iy > height || ix > width {
                        continue;
                    }
                    let x = ((n * height + iy - 1) * width + ix - 1) * channels;
                    let y = ((n * oh + oy) * ow + ox) * channels;
                    (0..channels).for_each(|c| see(x + c, y + c, c * 9 + ky * 3 + kx));
                }
            }
        }
    }

    fn activation(&self) -> Vec<f64> {
        let channels = self.shape.channels;
        let Affine { scale, shift, .. } = &self.norm.affine;
        let value = |(at, x): (usize, &f32)| {
            // As the kernels round: where the sign of zero decides, both must decide alike.
            f64::from(x.mul_add(scale[at % channels], shift[at % channels]).max(0.0))
        };
        self.x.iter().enumerate().map(value).collect()
    }

    fn check_forward(&self, on: Machine) {
        let (y, moments) = match self.outputs {
            Some(_) => pointwise::forward(
                on,
                &self.x,
                &self.norm.affine,
                &self.weight,
                self.shape.channels,
            ),
            None => depthwise::forward(on, &self.x, &self.norm.affine, &self.weight, self.shape),
        };
        let (a, mut expected) = (self.activation(), vec![0.0; self.y.len()]);
        self.products(|x, y, w| expected[y] += a[x] * f64::from(self.weight[w]));
        assert_close("output", &y, &expected);
        let naive = naive_moments(&y, self.out_channels());
        let f32s = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<_>>();
        assert_close("mean", &f32s(&moments.mean), &naive.mean);
        assert_close("variance", &f32s(&moments.variance), &naive.variance);
    }

    fn check_backward(&self, on: Machine) {
        let Self { g, y, rule, x, norm, weight, .. } = self;
        let saved = Saved { g, y, rule, x, norm, weight };
        let Gradients { input, sums, weight: gw } = match self.outputs {
            Some(_) => pointwise::backward(on, saved, self.shape.channels),
            None => depthwise_gradient::backward(on, saved, self.shape),
        };
        let out = self.out_channels();
        let dy: Vec<f64> = (0..g.len())
            .map(|at| {
                let c = at % out;
                let [by_g, by_y, constant] =
                    [&rule.gradient, &rule.output, &rule.constant].map(|v| f64::from(v[c]));
                by_g * f64::from(g[at]) + by_y * f64::from(y[at]) + constant
            })
            .collect();
        let a = self.activation();
        let (mut gx, mut expected) = (vec![0.0; x.len()], vec![0.0; weight.len()]);
        self.products(|x, y, w| {
            gx[x] += dy[y] * f64::from(weight[w]);
            expected[w] += dy[y] * a[x];
        });
        gx.iter_mut().zip(&a).for_each(|(g, a)| *g = if *a > 0.0 { *g } else { 0.0 });
        assert_close("input gradient", &input, &gx);
        assert_close("weight gradient", &gw, &expected);
        let channels = self.shape.channels;
        let (mut plain, mut centred) = (vec![0.0; channels], vec![0.0; channels]);
        for (at, g) in gx.iter().enumerate() {
            let c = at % channels;
            plain[c] += g;
            centred[c] += g * (f64::from(x[at]) - f64::from(norm.mean[c]));
        }
        let f32s = |values: &[f64]| values.iter().map(|v| *v as f32).collect::<Vec<_>>();
        assert_close("sum of gradients", &f32s(&sums.plain), &plain);
        assert_close("sum of centred gradients", &f32s(&sums.centred), &centred);
    }
}

fn naive_moments(values: &[f32], channels: usize) -> Moments {
    let count = values.len() / channels;
    let column = |c: usize| values.iter().skip(c).step_by(channels).map(|v| f64::from(*v));
    let mean: Vec<f64> = (0..channels).map(|c| column(c).sum::<f64>() / count as f64).collect();
    let spread = |c: usize| column(c).map(|v| (v - mean[c]).powi(2)).sum::<f64>() / count as f64;
    let variance = (0..channels).map(spread).collect();
    Moments { count, mean, variance }
}

fn check(shape: Shape, outputs: Option<usize>) {
    let case = Case::new(shape, outputs, 7);
    for machine in machines() {
        case.check_forward(*machine);
        case.check_backward(*machine);
    }
}

const ODD: [(usize, usize, usize, usize); 8] = [
    (1, 1, 1, 1),
    (1, 7, 5, 1),
    (2, 7, 5, 3),
    (65, 2, 2, 8),
    (1, 4, 4, 1000),
    (3, 5, 7, 33),
    (2, 9, 8, 16),
    (65, 3, 3, 24),
];

#[test]
fn depthwise_is_the_naive_loop() {
    for (batch, height, width, channels) in ODD {
        for stride in [1, 2] {
            check(Shape { batch, height, width, channels, stride }, None);
        }
    }
}

#[test]
fn pointwise_is_the_naive_loop() {
    for (batch, height, width, channels) in ODD {
        for outputs in [1, 8, 40] {
            check(Shape { batch, height, width, channels, stride: 1 }, Some(outputs));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_shape_is_the_naive_loop(
        (batch, height, width) in (1usize..9, 1usize..13, 1usize..13),
        (channels, stride) in (1usize..50, 1usize..3),
        outputs in proptest::option::of(1usize..70),
    ) {
        let stride = if outputs.is_some() { 1 } else { stride };
        // One value has no spread: what normalisation makes of it is rounding, magnified.
        prop_assume!(batch * height.div_ceil(stride) * width.div_ceil(stride) > 1);
        check(Shape { batch, height, width, channels, stride }, outputs);
    }
}

/// A mean far above the deviation: squares alone would lose all digits.
#[test]
fn moments_do_not_cancel() {
    let (rows, inputs) = (5000, 3);
    let x: Vec<f32> = numbers(1, rows * inputs).iter().map(|v| 4096.0 + v).collect();
    let affine = Affine::new(&[1.0; 3], &[0.0; 3], [&[0.0; 3], &[1.0; 3]], 0.0);
    let identity = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let (y, moments) = pointwise::forward(Machine::this(), &x, &affine, &identity, inputs);
    let naive = naive_moments(&y, inputs);
    for (found, expected) in moments.variance.iter().zip(&naive.variance) {
        assert!((found - expected).abs() < 1e-5 * expected, "{found} is not {expected}");
    }
}
