//! Feature maps: what a layer makes of one picture.
//!
//! They are computed on the CPU from a copy of the weights, with burn's own operations: whatever
//! trains, and wherever, is left alone.

use burn::tensor::{Device, Tensor, TensorData};
use crossbeam_channel::Sender;

use super::evaluate::InputForm;
use crate::{
    data::split::normalised,
    domain::{
        features::{FeatureAnswer, FeatureMaps, FeatureRequest},
        images::ImageSet,
    },
    kernels::{Engine, mark::Marked},
    model::{MobileNetV1, probe::Probe, weights::SavedNetwork},
};

/// A request with where to send the answer.
#[derive(Debug, Clone)]
pub struct FeatureQuery {
    pub request: FeatureRequest,
    pub reply: Sender<FeatureAnswer>,
}

/// The maps of one layer of `network` for one of `images`, said to be of step 0.
///
/// # Errors
/// In words: there is no such picture or layer, or the numbers cannot be read.
pub fn of(
    network: &SavedNetwork,
    (images, form): (&ImageSet, &InputForm),
    request: &FeatureRequest,
) -> Result<FeatureMaps, String> {
    let (sample, side) = (request.sample, network.spec.resolution);
    if sample >= images.len() || images.side != side {
        return Err("there is no such picture for this network".to_owned());
    }
    if !request.has_maps(&network.spec) {
        return Err("this layer has no maps".to_owned());
    }
    let pixels = normalised(images, sample..sample + 1, form.normalize, &form.statistics);
    let device = Device::flex();
    let input = Tensor::<4>::from_data(TensorData::new(pixels, [1, 3, side, side]), &device);
    let built = MobileNetV1::new(&network.spec, &network.weights, &device);
    let mut catch = Catch { wanted: request.layer, passed: 0, caught: None };
    built.with_engine(Engine::Stock).forward_probed(input, &mut catch);
    let caught = catch.caught.ok_or("this layer has no maps")?;
    let [_, channels, side, _] = caught.dims();
    let data = caught.try_into_data().map_err(|e| e.to_string())?;
    let values = data.convert::<f32>().try_into_vec().map_err(|e| e.to_string())?;
    let picture = images.subset(&[sample as u32]);
    Ok(FeatureMaps { step: 0, channels, side, values, picture })
}

/// The same maps, of weights that have had `step` updates.
pub fn at_step(maps: FeatureMaps, step: u64) -> FeatureMaps {
    FeatureMaps { step, ..maps }
}

/// Keeps the output of one layer.
struct Catch {
    wanted: usize,
    passed: usize,
    caught: Option<Tensor<4>>,
}

impl Probe for Catch {
    fn passed<T: Marked>(&mut self, output: T) -> T {
        if self.passed == self.wanted {
            self.caught = output.planes();
        }
        self.passed += 1;
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        data::ChannelStatistics,
        domain::{architecture::ArchSpec, config::Normalize, events::Split},
        model::weights::{self, Metadata},
        train::evaluate::classify_saved,
    };

    fn network() -> SavedNetwork {
        let spec = ArchSpec { alpha: 0.25, ..ArchSpec::with_classes(10) };
        let weights = weights::random(&spec, 5);
        SavedNetwork { spec, weights, metadata: Metadata::default() }
    }

    fn pictures() -> (ImageSet, InputForm) {
        let pixels = (0..2 * 3 * 32 * 32).map(|i| (i * 89 % 256) as u8).collect();
        let images = ImageSet { side: 32, pixels, labels: vec![3, 4] };
        let statistics = ChannelStatistics { mean: [0.0; 3], std: [1.0; 3] };
        (images, InputForm { normalize: Normalize::Unit, statistics })
    }

    fn maps(layer: usize) -> Result<FeatureMaps, String> {
        let (images, form) = pictures();
        let request = FeatureRequest { layer, split: Split::Test, sample: 1 };
        of(&network(), (&images, &form), &request)
    }

    #[test]
    fn each_layer_up_to_the_pooling_has_maps_of_its_shape() {
        for (place, layer) in network().spec.layers().iter().enumerate().take(27) {
            let maps = maps(place).unwrap();
            assert_eq!((maps.channels, maps.side), (layer.out_channels, layer.out_side));
            assert_eq!(maps.values.len(), maps.channels * maps.side * maps.side);
            assert!(maps.values.iter().all(|value| *value >= 0.0), "ReLU is behind {}", layer.name);
        }
        assert!(maps(27).is_err() && maps(28).is_err() && maps(99).is_err());
    }

    /// What lies between the last maps and the logits is done here by hand, and the logits are
    /// those of the kernels that train and evaluate.
    #[test]
    fn the_last_maps_lead_to_the_logits_of_the_network() {
        let (network, (images, form)) = (network(), pictures());
        let maps = maps(26).unwrap();
        let mean = |channel| maps.map(channel).iter().sum::<f32>() / maps.map(channel).len() as f32;
        let features: Vec<f32> = (0..maps.channels).map(mean).collect();
        let [weight, bias] =
            ["classifier.weight", "classifier.bias"].map(|name| &network.weights[name].values);
        let logits = classify_saved(&network, &images, &form, &Device::flex()).unwrap();
        for (class, expected) in logits.logits_of(1).iter().enumerate() {
            let row = &weight[class * maps.channels..(class + 1) * maps.channels];
            let dot: f32 = row.iter().zip(&features).map(|(w, f)| w * f).sum();
            let found = dot + bias[class];
            assert!((found - expected).abs() < 1e-4, "class {class}: {found} is not {expected}");
        }
    }
}
