//! The CPU kernels one by one, against a naive loop and burn's stock operation:
//!
//! ```text
//! cargo bench --profile release --bench kernels -- depthwise
//! ```
//!
//! `own` includes batch normalisation and ReLU of the input and the moments of the output, which
//! cost it next to nothing; `stock` and `naive` are the bare convolution. A batch has 64 images.

use std::hint::black_box;

use burn::tensor::{Device, Distribution, Tensor, module::conv2d, ops::ConvOptions};
use divan::{Bencher, counter::ItemsCount};
use mnv1_tui::kernels::cpu::{
    Machine,
    depthwise::{self, Shape},
    depthwise_gradient, head,
    memory::Buffer,
    norm::{Affine, GradientRule, GradientSums, Moments, Normalisation},
    pointwise::{self, Saved},
    separable::{self, Folded},
    stem, stem_gradient,
    update::{self, Decay, Parameter, Rule},
};

fn main() {
    divan::main();
}

const BATCH: usize = 64;

/// Side of the input, channels, stride: layers of the network at alpha 1.
const DEPTHWISE: [(usize, usize, usize); 4] = [(32, 32, 1), (32, 64, 2), (8, 256, 1), (2, 1024, 1)];
/// Side, channels in and out.
const POINTWISE: [(usize, usize, usize); 4] =
    [(32, 32, 64), (16, 128, 128), (4, 512, 512), (2, 1024, 1024)];

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7919 % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Uniform(-0.5, 0.5), device)
}

/// What a layer reads, forward and backward.
struct Layer {
    x: Vec<f32>,
    norm: Normalisation,
    weight: Vec<f32>,
    g: Vec<f32>,
    y: Vec<f32>,
    rule: GradientRule,
}

impl Layer {
    fn new(x: usize, [channels, outputs]: [usize; 2], weight: usize, y: usize) -> Self {
        let norm = |channels: usize, count: usize| {
            let (mean, variance) = (vec![0.0; channels], vec![0.1; channels]);
            let moments = Moments { count, mean, variance };
            Normalisation::new(&moments, &vec![1.0; channels], &vec![0.1; channels], 1e-5)
        };
        let sums = GradientSums { plain: vec![1.0; outputs], centred: vec![1.0; outputs] };
        let [x, weight, g, y] = [x, weight, y, y].map(numbers);
        let rule = GradientRule::new(&sums, &norm(outputs, y.len() / outputs));
        Self { norm: norm(channels, x.len() / channels), x, weight, g, y, rule }
    }

    fn saved(&self) -> Saved<'_> {
        let Self { x, norm, weight, g, y, rule } = self;
        Saved { g, y, rule, x, norm, weight }
    }
}

fn depthwise_layer(side: usize, channels: usize, stride: usize) -> (Layer, Shape) {
    let shape = Shape { batch: BATCH, height: side, width: side, channels, stride };
    let (x, y) = (BATCH * shape.image(), BATCH * shape.out_image());
    (Layer::new(x, [channels, channels], channels * 9, y), shape)
}

fn pointwise_layer(side: usize, inputs: usize, outputs: usize) -> Layer {
    let rows = BATCH * side * side;
    Layer::new(rows * inputs, [inputs, outputs], inputs * outputs, rows * outputs)
}

/// burn's convolution, NCHW; with `backward`, gradients of input and weight, too.
fn stock(
    bencher: Bencher,
    image: [usize; 3],
    weight: [usize; 4],
    (stride, groups): (usize, usize),
    backward: bool,
) {
    let device = Device::flex();
    let device = if backward { device.autodiff() } else { device };
    let [channels, height, width] = image;
    let (x, w) = (random([BATCH, channels, height, width], &device), random(weight, &device));
    let (x, w) = if backward { (x.require_grad(), w.require_grad()) } else { (x, w) };
    let padding = weight[2] / 2;
    let options = ConvOptions::new([stride, stride], [padding, padding], [1, 1], groups);
    bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
        let y = conv2d(x.clone(), w.clone(), None, options.clone());
        if backward {
            drop(black_box(y.sum().backward()));
        } else {
            drop(black_box(y.into_data()));
        }
    });
}

mod depthwise_forward {
    use super::*;

    #[divan::bench(args = DEPTHWISE)]
    fn own(bencher: Bencher, (side, channels, stride): (usize, usize, usize)) {
        let (layer, shape) = depthwise_layer(side, channels, stride);
        let Layer { x, norm, weight, .. } = &layer;
        bencher
            .counter(ItemsCount::new(BATCH))
            .bench_local(|| depthwise::forward(Machine::this(), x, &norm.affine, weight, shape));
    }

    #[divan::bench(args = DEPTHWISE)]
    fn stock(bencher: Bencher, (side, channels, stride): (usize, usize, usize)) {
        let weight = [channels, 1, 3, 3];
        super::stock(bencher, [channels, side, side], weight, (stride, channels), false);
    }

    #[divan::bench(args = DEPTHWISE, sample_count = 5)]
    fn naive(bencher: Bencher, (side, channels, stride): (usize, usize, usize)) {
        let (layer, shape) = depthwise_layer(side, channels, stride);
        bencher
            .counter(ItemsCount::new(BATCH))
            .bench_local(|| naive_depthwise(&layer.x, &layer.weight, shape));
    }

    fn naive_depthwise(x: &[f32], weight: &[f32], shape: Shape) -> Vec<f32> {
        let Shape { batch, height, width, channels, stride } = shape;
        let (rows, columns) = (shape.out_height(), shape.out_width());
        let mut y = vec![0.0; batch * rows * columns * channels];
        for (at, y) in y.iter_mut().enumerate() {
            let (c, pixel) = (at % channels, at / channels);
            let (column, row, n) =
                (pixel % columns, pixel / columns % rows, pixel / columns / rows);
            for tap in 0..9 {
                let (iy, ix) = (row * stride + tap / 3, column * stride + tap % 3);
                if (1..=height).contains(&iy) && (1..=width).contains(&ix) {
                    let from = ((n * height + iy - 1) * width + ix - 1) * channels + c;
                    *y += x[from] * weight[c * 9 + tap];
                }
            }
        }
        y
    }
}

mod depthwise_backward {
    use super::*;

    #[divan::bench(args = DEPTHWISE)]
    fn own(bencher: Bencher, (side, channels, stride): (usize, usize, usize)) {
        let (layer, shape) = depthwise_layer(side, channels, stride);
        bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
            depthwise_gradient::backward(Machine::this(), layer.saved(), shape).weight
        });
    }

    /// Forward included: autodiff has no backward without it.
    #[divan::bench(args = DEPTHWISE, sample_count = 10)]
    fn stock_with_forward(bencher: Bencher, (side, channels, stride): (usize, usize, usize)) {
        let weight = [channels, 1, 3, 3];
        super::stock(bencher, [channels, side, side], weight, (stride, channels), true);
    }
}

mod pointwise_forward {
    use super::*;

    #[divan::bench(args = POINTWISE)]
    fn own(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
        let layer = pointwise_layer(side, inputs, outputs);
        let Layer { x, norm, weight, .. } = &layer;
        bencher
            .counter(ItemsCount::new(BATCH))
            .bench_local(|| pointwise::forward(Machine::this(), x, &norm.affine, weight, inputs));
    }

    #[divan::bench(args = POINTWISE)]
    fn stock(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
        super::stock(bencher, [inputs, side, side], [outputs, inputs, 1, 1], (1, 1), false);
    }

    #[divan::bench(args = POINTWISE, sample_count = 3)]
    fn naive(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
        let layer = pointwise_layer(side, inputs, outputs);
        bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
            let mut y = vec![0.0f32; layer.y.len()];
            for (x, y) in layer.x.chunks_exact(inputs).zip(y.chunks_exact_mut(outputs)) {
                for (weight, y) in layer.weight.chunks_exact(inputs).zip(y) {
                    *y = x.iter().zip(weight).map(|(x, weight)| x * weight).sum();
                }
            }
            y
        });
    }
}

mod pointwise_backward {
    use super::*;

    #[divan::bench(args = POINTWISE)]
    fn own(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
        let layer = pointwise_layer(side, inputs, outputs);
        bencher
            .counter(ItemsCount::new(BATCH))
            .bench_local(|| pointwise::backward(Machine::this(), layer.saved(), inputs).weight);
    }

    /// Forward included: autodiff has no backward without it.
    #[divan::bench(args = POINTWISE, sample_count = 10)]
    fn stock_with_forward(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
        super::stock(bencher, [inputs, side, side], [outputs, inputs, 1, 1], (1, 1), true);
    }
}

mod ends {
    use super::*;

    const STEM: stem::Shape =
        stem::Shape { batch: BATCH, height: 32, width: 32, stride: 1, outputs: 32 };

    #[divan::bench]
    fn stem_forward_own(bencher: Bencher) {
        let (images, weight) = (numbers(BATCH * 3 * 32 * 32), numbers(32 * 27));
        bencher
            .counter(ItemsCount::new(BATCH))
            .bench_local(|| stem::forward(Machine::this(), &images, &weight, STEM));
    }

    #[divan::bench]
    fn stem_forward_stock(bencher: Bencher) {
        stock(bencher, [3, 32, 32], [32, 3, 3, 3], (1, 1), false);
    }

    #[divan::bench]
    fn stem_backward_own(bencher: Bencher) {
        let layer = pointwise_layer(32, 32, 32);
        let images = numbers(BATCH * 3 * 32 * 32);
        bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
            let outside = (&*layer.g, &*layer.y);
            stem_gradient::backward(Machine::this(), outside, &layer.rule, &images, STEM)
        });
    }

    #[divan::bench(sample_count = 10)]
    fn stem_stock_with_forward(bencher: Bencher) {
        stock(bencher, [3, 32, 32], [32, 3, 3, 3], (1, 1), true);
    }

    #[divan::bench]
    fn pooling_own(bencher: Bencher) {
        let layer = pointwise_layer(2, 1024, 8);
        bencher
            .counter(ItemsCount::new(BATCH))
            .bench_local(|| head::forward(Machine::this(), &layer.x, &layer.norm.affine, BATCH));
    }
}

/// A block in inference, one pass against two.
mod block {
    use super::*;

    #[divan::bench(args = POINTWISE)]
    fn fused(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
        let (layer, shape) = depthwise_layer(side, inputs, 1);
        let weight = numbers(inputs * outputs);
        let norms = [inputs, outputs].map(Affine::identity);
        bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
            let depthwise = Folded { weight: &layer.weight, affine: &norms[0] };
            let pointwise = Folded { weight: &weight, affine: &norms[1] };
            separable::infer(Machine::this(), &layer.x, depthwise, pointwise, shape)
        });
    }

    #[divan::bench(args = POINTWISE)]
    fn in_two_passes(bencher: Bencher, (side, inputs, outputs): (usize, usize, usize)) {
        let (layer, shape) = depthwise_layer(side, inputs, 1);
        let weight = numbers(inputs * outputs);
        let affine = &layer.norm.affine;
        bencher.counter(ItemsCount::new(BATCH)).bench_local(|| {
            let on = Machine::this();
            let (y, _) = depthwise::forward(on, &layer.x, affine, &layer.weight, shape);
            pointwise::forward(on, &y, affine, &weight, inputs).0
        });
    }
}

/// An update of a million numbers.
mod optimizer {
    use super::*;

    const COUNT: usize = 1 << 20;

    #[divan::bench]
    fn adam_own(bencher: Bencher) {
        let [mut weight, mut first, mut second] = [(); 3].map(|()| Buffer::zeroed(COUNT));
        let gradient = numbers(COUNT);
        let decay = Decay::Coupled(0.0);
        let rule = Rule::Adam { lr: 1e-3, betas: [0.9, 0.999], epsilon: 1e-8, decay, time: 1 };
        bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
            let parameter = Parameter {
                weight: &mut weight,
                gradient: &gradient,
                first: &mut first,
                second: &mut second,
            };
            update::update(Machine::this(), rule, parameter)
        });
    }

    #[divan::bench(sample_count = 20)]
    fn adam_naive(bencher: Bencher) {
        let [mut weight, mut first, mut second] = [(); 3].map(|()| vec![0.0f32; COUNT]);
        let gradient = numbers(COUNT);
        bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
            for i in 0..COUNT {
                first[i] = 0.9 * first[i] + 0.1 * gradient[i];
                second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i];
                weight[i] -= 1e-3 * (first[i] / 0.1) / ((second[i] / 0.001).sqrt() + 1e-8);
            }
        });
    }

    #[divan::bench(sample_count = 20)]
    fn adam_stock(bencher: Bencher) {
        use burn::optim::{AdamConfig, DynOptimizer};

        let device = Device::flex();
        let rule: Box<dyn DynOptimizer> = Box::new(AdamConfig::new().build());
        let (mut weight, mut state) = (random([COUNT], &device).into_bridge(), None);
        let gradient: Tensor<1> = random([COUNT], &device);
        bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
            let gradient = gradient.clone().into_bridge();
            let (moved, next) = rule.step_dyn(1, 1e-3, weight.clone(), gradient, state.take());
            (weight, state) = (moved, next);
        });
    }
}
