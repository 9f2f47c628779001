//! How fast the operations train and classify, assembled as the network assembles them.

use std::{env, time::Instant};

use burn::tensor::{Device, Tensor, activation};

use super::{device, numbers, tensor, values};
use crate::kernels::{
    Statistics,
    gpu::{
        AdamStep, adam, batch_norm_relu, batch_norm_relu_train, depthwise, global_average_pool,
        pointwise, stem,
    },
};

const BATCH: usize = 64;
const STEPS: i32 = 20;
const EPSILON: f64 = 1e-5;
/// Output channels and stride of each block at alpha 1.
#[rustfmt::skip] // a table
const BLOCKS: [(usize, usize); 13] = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1),
    (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
];

/// Weights of the convolutions, the classifier last, and gamma and beta behind each but that.
#[derive(Clone)]
struct Weights {
    convolutions: Vec<Tensor<4>>,
    channels: Vec<[Tensor<1>; 2]>,
}

impl Weights {
    fn new(device: &Device) -> Self {
        let alpha = env::var("ALPHA").map_or(0.25, |alpha| alpha.parse().unwrap());
        let wide = |channels: usize| (channels as f64 * alpha) as usize;
        let mut weights = Self { convolutions: Vec::new(), channels: Vec::new() };
        let mut shapes = vec![[wide(32), 3, 3, 3]];
        for (out, _) in BLOCKS {
            let channels = shapes[shapes.len() - 1][0];
            shapes.extend([[channels, 1, 3, 3], [wide(out), channels, 1, 1]]);
        }
        shapes.push([10, wide(1024), 1, 1]);
        for shape in shapes {
            let scale = (3.0 / shape[1..].iter().product::<usize>() as f32).sqrt();
            let numbers: Vec<f32> =
                numbers(shape.iter().product(), 1).iter().map(|number| number * scale).collect();
            weights.convolutions.push(tensor(&numbers, shape, device));
            let constant = |value| Tensor::<1>::full([shape[0]], value, device);
            weights.channels.push([constant(1.0), constant(0.0)]);
        }
        weights.channels.pop();
        weights
    }

    fn zeros(&self) -> Self {
        let convolutions = self.convolutions.iter().map(Tensor::zeros_like).collect();
        let channels = self.channels.iter().map(|both| both.each_ref().map(Tensor::zeros_like));
        Self { convolutions, channels: channels.collect() }
    }

    fn tracked(self) -> Self {
        let convolutions =
            self.convolutions.into_iter().map(|w| Tensor::from_inner(w).require_grad()).collect();
        let both = |both: [Tensor<1>; 2]| both.map(|w| Tensor::from_inner(w).require_grad());
        Self { convolutions, channels: self.channels.into_iter().map(both).collect() }
    }

    fn logits(&self, images: Tensor<4>) -> Tensor<2> {
        let (first, last) = (&self.convolutions[0], &self.convolutions[27]);
        let mut x = self.normalise(stem(images, first.clone(), 1), 0);
        for (at, (_, stride)) in BLOCKS.into_iter().enumerate() {
            let [deep, point] = [2 * at + 1, 2 * at + 2];
            x = self.normalise(depthwise(x, self.convolutions[deep].clone(), stride), deep);
            x = self.normalise(pointwise(x, self.convolutions[point].clone()), point);
        }
        let x = global_average_pool(x);
        let [batch, channels] = x.dims();
        pointwise(x.reshape([batch, 1, 1, channels]), last.clone()).reshape([batch, 10])
    }

    fn normalise(&self, x: Tensor<4>, layer: usize) -> Tensor<4> {
        let [gamma, beta] = self.channels[layer].clone();
        if x.device().is_autodiff() {
            return batch_norm_relu_train(x, gamma, beta, EPSILON).output;
        }
        let statistics = Statistics { mean: beta.clone(), variance: gamma.clone() };
        batch_norm_relu(x, gamma, beta, statistics, EPSILON)
    }
}

/// Updates one weight and what is remembered of it.
fn update<const D: usize>(
    tracked: &Tensor<D>,
    grads: &burn::tensor::Gradients,
    [weight, m, v]: [&mut Tensor<D>; 3],
    by: AdamStep,
) {
    let grad = tracked.grad(grads).unwrap();
    (*weight, *m, *v) = adam(weight.clone(), grad, m.clone(), v.clone(), by);
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let start = Instant::now();
    let Some(device) = device() else { return };
    let plain = device.clone().inner();
    let images = tensor(&numbers(BATCH * 3 * 32 * 32, 1), [BATCH, 3, 32, 32], &plain);
    let targets = tensor(&numbers(BATCH * 10, 2), [BATCH, 10], &device);
    let mut weights = Weights::new(&plain);
    let (mut m, mut v) = (weights.zeros(), weights.zeros());
    let mut times = Vec::new();
    for step in 1..=STEPS {
        let begun = Instant::now();
        let tracked = weights.clone().tracked();
        let logits = tracked.logits(Tensor::from_inner(images.clone()));
        let loss = (activation::log_softmax(logits, 1) * targets.clone()).sum().neg();
        let grads = loss.backward();
        let (lr, beta1, beta2, epsilon) = (1e-3, 0.9, 0.999, 1e-8);
        let by = AdamStep { lr, beta1, beta2, epsilon, weight_decay: 0.0, decoupled: false, step };
        for (at, old) in tracked.convolutions.iter().enumerate() {
            let state = [&mut weights, &mut m, &mut v].map(|all| &mut all.convolutions[at]);
            update(old, &grads, state, by);
        }
        for (at, old) in tracked.channels.iter().enumerate() {
            for (which, old) in old.iter().enumerate() {
                let state = [&mut weights, &mut m, &mut v].map(|all| &mut all.channels[at][which]);
                update(old, &grads, state, by);
            }
        }
        values(loss.inner());
        if step == 1 {
            println!("first step {:.1} s after the start", start.elapsed().as_secs_f64());
        }
        times.push(begun.elapsed().as_secs_f64());
    }
    println!("training: {:.0} images/s", BATCH as f64 / median(times));
    let classify = |_| {
        let begun = Instant::now();
        values(weights.logits(images.clone()));
        begun.elapsed().as_secs_f64()
    };
    println!(
        "inference: {:.0} images/s",
        BATCH as f64 / median((0..STEPS).map(classify).collect())
    );
}
