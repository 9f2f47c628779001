//! The weights of a network as named numbers: random, from a file, or on their way to one.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use super::tensor_file::{TensorFile, WeightTensor, WeightsError};
use crate::domain::{
    architecture::{ArchSpec, LayerKind, LayerSpec},
    config::Normalize,
    text::plain,
};

/// Numbers by PyTorch's names: `stem.conv.weight`, `blocks.0.depthwise.bn.running_mean` …
pub type Weights = BTreeMap<String, WeightTensor>;

/// What a file of weights says about itself beside its shapes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metadata {
    pub class_names: Option<Vec<String>>,
    pub normalize: Option<Normalize>,
    pub resolution: Option<usize>,
    /// Mean and standard deviation of each channel, where `normalize` is `standard`.
    pub statistics: Option<([f32; 3], [f32; 3])>,
}

/// A network on disk: its architecture, its numbers, and what the file says of its use.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedNetwork {
    /// `resolution` is that of the metadata, or 32.
    pub spec: ArchSpec,
    pub weights: Weights,
    pub metadata: Metadata,
}

/// The numbers that a layer stores, with their shapes: convolution, scale and shift, running
/// statistics; or weight and bias.
pub fn shapes(layer: &LayerSpec) -> Vec<(String, Vec<usize>)> {
    let (input, output, k) = (layer.in_channels, layer.out_channels, layer.kernel);
    let conv = match layer.kind {
        LayerKind::Pooling => return Vec::new(),
        LayerKind::Linear => {
            return vec![
                (format!("{}.weight", layer.name), vec![output, input]),
                (format!("{}.bias", layer.name), vec![output]),
            ];
        }
        LayerKind::Depthwise => vec![output, 1, k, k],
        LayerKind::Conv | LayerKind::Pointwise => vec![output, input, k, k],
    };
    let of_norm = ["bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"];
    let norm = of_norm.into_iter().map(|part| (format!("{}.{part}", layer.name), vec![output]));
    std::iter::once((format!("{}.conv.weight", layer.name), conv)).chain(norm).collect()
}

/// Random weights as PyTorch draws them by default: uniform within ±1/√fan-in for convolutions and
/// the classifier; scale 1, shift 0, mean 0, variance 1 for normalisations.
///
/// They depend on the seed alone: each tensor has a stream of random numbers of its own.
pub fn random(spec: &ArchSpec, seed: u64) -> Weights {
    let mut weights = Weights::new();
    for (stream, layer) in spec.layers().iter().enumerate() {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream as u64);
        let bound = 1.0 / (fan_in(layer) as f32).sqrt();
        for (name, shape) in shapes(layer) {
            let count = shape.iter().product();
            let values = match name.rsplit_once(".bn.") {
                Some((_, "weight" | "running_var")) => vec![1.0; count],
                Some(_) => vec![0.0; count],
                None => uniform(&mut rng, bound, count),
            };
            weights.insert(name, WeightTensor { shape, values });
        }
    }
    weights
}

fn uniform(rng: &mut ChaCha8Rng, bound: f32, count: usize) -> Vec<f32> {
    (0..count).map(|_| rng.random_range(-bound..bound)).collect()
}

fn fan_in(layer: &LayerSpec) -> usize {
    let channels = if layer.kind == LayerKind::Depthwise { 1 } else { layer.in_channels };
    channels * layer.kernel * layer.kernel
}

/// Reads a network, telling `alpha` and the classes from its shapes.
pub fn load(path: &Path) -> Result<SavedNetwork, WeightsError> {
    of_file(path, TensorFile::read(path)?)
}

/// The network in `file`; `path` is for messages only.
pub fn of_file(path: &Path, file: TensorFile) -> Result<SavedNetwork, WeightsError> {
    let TensorFile { mut tensors, metadata } = file;
    let mut spec = spec_of(path, &tensors)?;
    let metadata = Metadata::parse(&metadata, spec.classes);
    spec.resolution = metadata.resolution.unwrap_or(spec.resolution);
    check(path, &spec, &tensors)?;
    let known: HashSet<String> =
        spec.layers().iter().flat_map(shapes).map(|(name, _)| name).collect();
    tensors.retain(|name, _| known.contains(name));
    Ok(SavedNetwork { spec, weights: tensors, metadata })
}

/// Whether `weights` fit `spec`, tensor by tensor.
pub fn check(path: &Path, spec: &ArchSpec, weights: &Weights) -> Result<(), WeightsError> {
    for (name, expected) in spec.layers().iter().flat_map(shapes) {
        let path = path.to_owned();
        match weights.get(&name) {
            None => return Err(WeightsError::Missing { path, name }),
            Some(tensor) if tensor.shape != expected => {
                let (found, hint) = (tensor.shape.clone(), "; do alpha and classes fit?");
                return Err(WeightsError::Shape { path, name, found, expected, hint });
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Writes a network under PyTorch's names, with what its user needs to know.
pub fn save(path: &Path, network: &SavedNetwork) -> Result<(), WeightsError> {
    let metadata = network.metadata.entries(&network.spec);
    TensorFile { tensors: network.weights.clone(), metadata }.write(path)
}

/// The architecture that the classifier's shape tells: it has `1024·alpha` inputs.
fn spec_of(path: &Path, weights: &Weights) -> Result<ArchSpec, WeightsError> {
    let (path, name) = (PathBuf::from(path), "classifier.weight".to_owned());
    match weights.get(&name).map(|tensor| tensor.shape.as_slice()) {
        None => Err(WeightsError::Missing { path, name }),
        Some(&[classes @ 1..=100_000, channels @ 8..=65_536]) => {
            Ok(ArchSpec { alpha: channels as f64 / 1024.0, classes, resolution: 32 })
        }
        Some(found) => {
            let (found, expected) = (found.to_vec(), vec![10, 1024]);
            Err(WeightsError::Shape {
                path, name, found, expected, hint: " (classes, 1024·alpha)"
            })
        }
    }
}

impl Metadata {
    /// What `entries` say of a network with so many classes.
    fn parse(entries: &HashMap<String, String>, classes: usize) -> Self {
        let of_three = |key: &str| {
            let values: Vec<f32> = serde_json::from_str(entries.get(key)?).ok()?;
            <[f32; 3]>::try_from(values).ok()
        };
        let side = entries.get("resolution").and_then(|text| text.parse().ok());
        let names = entries.get("class_names").and_then(|t| serde_json::from_str(t).ok());
        let names = names.filter(|names: &Vec<String>| names.len() == classes);
        Self {
            class_names: names.map(|names| names.iter().map(|name| plain(name)).collect()),
            normalize: entries.get("normalize").and_then(|text| text.parse().ok()),
            resolution: side.filter(|side| (16..=224).contains(side)),
            // Pixels are divided by the standard deviation.
            statistics: of_three("mean")
                .zip(of_three("std"))
                .filter(|(_, std)| std.iter().all(|value| *value > 0.0)),
        }
    }

    fn entries(&self, spec: &ArchSpec) -> HashMap<String, String> {
        let (mean, std) = self.statistics.unzip();
        let entries = [
            ("format", Some("pt".to_owned())),
            ("alpha", Some(spec.alpha.to_string())),
            ("classes", Some(spec.classes.to_string())),
            ("resolution", Some(spec.resolution.to_string())),
            ("normalize", self.normalize.map(|n| n.to_string())),
            ("class_names", self.class_names.as_ref().map(json)),
            ("mean", mean.as_ref().map(json)),
            ("std", std.as_ref().map(json)),
        ];
        let present = entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        present.collect()
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("lists of names and numbers have a JSON form")
}
