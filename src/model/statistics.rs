//! What weights, gradients and activations are like in one step, without changing its numbers.

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::Tensor,
};

use super::{network::MobileNetV1, probe::Probe};
use crate::{
    domain::{
        architecture::{ArchSpec, LayerKind, LayerSpec},
        events::{Dead, Distribution, LayerStatistics},
    },
    kernels::{
        Engine,
        mark::Marked,
        observe::numbers,
        summary::{self, Summary},
        update::squares,
    },
};

/// Images that are looked at, at most.
const MOST_IMAGES: usize = 64;
/// Outputs of a layer that are looked at, at most, unless one image has more.
const MOST_OUTPUTS: usize = 1 << 22;

/// Looks at what each layer puts out, as it goes by.
pub struct Watch {
    layers: Vec<LayerSpec>,
    /// The first ones of the batch.
    pub images: usize,
    seen: Vec<Option<Summary>>,
}

impl Watch {
    /// For a batch of `batch` images.
    pub fn new(spec: &ArchSpec, batch: usize) -> Self {
        let layers = spec.layers();
        let outputs = |layer: &LayerSpec| layer.out_side * layer.out_side * layer.out_channels;
        let widest = layers.iter().map(outputs).max().unwrap_or(1).max(1);
        let images = (MOST_OUTPUTS / widest).clamp(1, MOST_IMAGES).min(batch);
        Self { layers, images, seen: Vec::new() }
    }

    /// What was seen, with the weights of `network` and their gradients: every layer with weights.
    pub fn statistics(
        self,
        network: &MobileNetV1,
        grads: &GradientsParams,
    ) -> Vec<LayerStatistics> {
        let mut read = Reader::new(&self.layers, grads);
        network.visit(&mut read);
        let norms = read.gradient_norms();
        let layers = self.layers.iter().zip(&self.seen);
        let statistics = layers.filter_map(|(layer, seen)| {
            let (seen, weights) = seen.as_ref().zip(read.weights.get(&layer.name))?;
            Some(statistics(layer, seen, weights, *norms.get(&layer.name)?))
        });
        statistics.collect()
    }
}

impl Probe for Watch {
    fn passed<T: Marked>(&mut self, output: T) -> T {
        let pools = |layer: &LayerSpec| layer.kind == LayerKind::Pooling;
        let is_looked_at = self.layers.get(self.seen.len()).is_some_and(|layer| !pools(layer));
        self.seen.push(if is_looked_at { output.observed(self.images) } else { None });
        output
    }
}

fn statistics(
    layer: &LayerSpec,
    seen: &Summary,
    weights: &Weights,
    gradient_norm: f64,
) -> LayerStatistics {
    let dead = Dead { outputs: rounded(seen.zeros), channels: rounded(seen.silent) };
    LayerStatistics {
        name: layer.name.clone(),
        weights: distribution(&weights.values),
        weight_norm: rounded(weights.norm),
        gradient_norm: rounded(gradient_norm),
        activations: distribution(&seen.values),
        dead: layer.has_batch_norm().then_some(dead),
    }
}

fn distribution(of: &summary::Distribution) -> Distribution {
    Distribution {
        mean: rounded(of.mean),
        deviation: rounded(of.deviation),
        low: rounded(of.low),
        high: rounded(of.high),
        bins: of.bins.clone(),
    }
}

/// To six digits: more are noise, and would be most of the event's line.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

/// Of a layer's filters or matrix.
struct Weights {
    values: summary::Distribution,
    norm: f64,
}

/// Walks over the parameters, whose path is their name on disk.
struct Reader<'a> {
    layers: &'a [LayerSpec],
    grads: &'a GradientsParams,
    path: Vec<String>,
    /// By layer.
    weights: BTreeMap<String, Weights>,
    /// Layer, and the sum of the squares of one gradient: `[1]`, still on the device.
    squares: Vec<(String, Tensor<1>)>,
}

impl<'a> Reader<'a> {
    fn new(layers: &'a [LayerSpec], grads: &'a GradientsParams) -> Self {
        let (path, weights, squares) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { layers, grads, path, weights, squares }
    }

    /// By layer; read back at once, for each read waits for the device.
    fn gradient_norms(&mut self) -> BTreeMap<String, f64> {
        let (names, sums): (Vec<String>, Vec<Tensor<1>>) = self.squares.drain(..).unzip();
        let sums = if sums.is_empty() { Vec::new() } else { numbers(Tensor::cat(sums, 0)) };
        let mut squares = BTreeMap::new();
        for (name, sum) in names.into_iter().zip(sums) {
            *squares.entry(name).or_insert(0.0) += f64::from(sum);
        }
        squares.into_iter().map(|(name, sum)| (name, f64::sqrt(sum))).collect()
    }
}

impl ModuleVisitor for Reader<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        let Some(grad) = self.grads.get::<D>(param.id) else {
            return; // a running statistic
        };
        let is_of = |layer: &&LayerSpec| {
            path.strip_prefix(&layer.name).is_some_and(|rest| rest.starts_with('.'))
        };
        let Some(layer) = self.layers.iter().find(is_of) else { return };
        let layer = layer.name.clone();
        // Scale, shift and bias have one dimension.
        if D > 1 {
            let values = numbers(param.val().inner());
            let norm = values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
            let values = summary::Distribution::of(&values);
            self.weights.insert(layer.clone(), Weights { values, norm });
        }
        self.squares.push((layer, squares(Engine::Own, grad).sum()));
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData, activation};

    use super::*;
    use crate::model::weights;

    const BATCH: usize = 6;

    fn spec() -> ArchSpec {
        ArchSpec { alpha: 0.25, classes: 10, resolution: 16 }
    }

    fn images(device: &Device) -> Tensor<4> {
        let values = (0..BATCH * 3 * 16 * 16).map(|i| (i * 7919 % 251) as f32 / 251.0).collect();
        Tensor::from_data(TensorData::new::<f32, _>(values, [BATCH, 3, 16, 16]), device)
    }

    /// The second block's depthwise layer dead, the classifier's weights known.
    fn doctored() -> weights::Weights {
        let mut weights = weights::random(&spec(), 5);
        let bias = weights.get_mut("blocks.1.depthwise.bn.bias").unwrap();
        bias.values.fill(-1e3);
        weights.get_mut("blocks.1.pointwise.bn.bias").unwrap().values[0] = -1e3;
        let classifier = &mut weights.get_mut("classifier.weight").unwrap().values;
        (0..).zip(classifier.iter_mut()).for_each(|(i, w)| *w = if i % 2 == 0 { 1.0 } else { 3.0 });
        weights
    }

    fn looked(engine: Engine) -> Vec<LayerStatistics> {
        let device = Device::flex().autodiff();
        let network = MobileNetV1::new(&spec(), &doctored(), &device).with_engine(engine);
        let mut watch = Watch::new(&spec(), BATCH);
        let logits = network.forward_probed(images(&device), &mut watch);
        let loss = logits.powi_scalar(2).mean();
        let grads = GradientsParams::from_grads(loss.backward(), &network);
        watch.statistics(&network, &grads)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-4 * b.abs().max(1e-3)
    }

    #[test]
    fn known_weights_have_known_statistics() {
        let layers = looked(Engine::Own);
        let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!((names.len(), names[0], names[27]), (28, "stem", "classifier"));
        let LayerStatistics { weights, weight_norm, .. } = &layers[27];
        assert_eq!((weights.mean, weights.deviation), (2.0, 1.0));
        assert_eq!((weights.low, weights.high, weights.bins[0]), (1.0, 3.0, weights.bins[23]));
        assert!(close(*weight_norm, (5.0 * 2_560.0_f64).sqrt()), "{weight_norm}");
        let stem = &doctored()["stem.conv.weight"].values;
        let mean = stem.iter().map(|w| f64::from(*w)).sum::<f64>() / stem.len() as f64;
        assert!(close(layers[0].weights.mean, mean), "{} {mean}", layers[0].weights.mean);
    }

    #[test]
    fn a_dead_layer_and_a_dead_channel_are_seen_as_such() {
        let layers = looked(Engine::Own);
        let of = |name: &str| layers.iter().find(|layer| layer.name == name).unwrap();
        let dead = of("blocks.1.depthwise");
        assert_eq!(dead.dead, Some(Dead { outputs: 1.0, channels: 1.0 }));
        assert_eq!((dead.activations.mean, dead.activations.high), (0.0, 0.0));
        let channels = of("blocks.1.pointwise").dead.unwrap().channels;
        // A constant input is normalised to the shift, which is 0 in all other channels.
        assert!(channels >= 1.0 / 32.0, "{channels}");
        let alive = of("blocks.0.pointwise").dead.unwrap();
        assert!((0.2..0.8).contains(&alive.outputs), "{alive:?}");
    }

    /// The stem by burn's own operations, and by hand from there.
    #[test]
    fn activations_are_those_of_plain_arithmetic() {
        let device = Device::flex();
        let weights = doctored();
        let kernel = &weights["stem.conv.weight"];
        let kernel = TensorData::new(kernel.values.clone(), kernel.shape.clone());
        let kernel = Tensor::<4>::from_data(kernel, &device);
        let options = burn::tensor::ops::ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        let y = burn::tensor::module::conv2d(images(&device), kernel, None, options);
        let [_, channels, ..] = y.dims();
        let rows = y.permute([1, 0, 2, 3]).reshape([channels as isize, -1]);
        let (variance, mean) = rows.clone().var_mean_bias(1);
        let x = activation::relu((rows - mean) / (variance + 1e-5).sqrt());
        let x: Vec<f64> = numbers(x).into_iter().map(f64::from).collect();
        let count = x.len() as f64;
        let mean = x.iter().sum::<f64>() / count;
        let deviation = (x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
        let zeros = x.iter().filter(|v| **v == 0.0).count() as f64 / count;
        for engine in [Engine::Own, Engine::Stock] {
            let LayerStatistics { activations, dead, .. } = &looked(engine)[0];
            assert!(close(activations.mean, mean), "{} {mean}", activations.mean);
            assert!(close(activations.deviation, deviation), "{}", activations.deviation);
            // A value next to 0 may fall to either side.
            assert!((dead.unwrap().outputs - zeros).abs() < 1e-3, "{dead:?} {zeros}");
        }
    }

    #[test]
    fn both_engines_see_the_same() {
        for (own, stock) in looked(Engine::Own).iter().zip(&looked(Engine::Stock)) {
            let name = &own.name;
            assert_eq!((name, &own.weights), (&stock.name, &stock.weights));
            let norms = (own.gradient_norm, stock.gradient_norm);
            assert!((norms.0 - norms.1).abs() <= 1e-2 * norms.1 + 1e-6, "{name}: {norms:?}");
            let means = (own.activations.mean, stock.activations.mean);
            assert!((means.0 - means.1).abs() <= 1e-3 * means.1.abs() + 1e-4, "{name}: {means:?}");
        }
    }
}
