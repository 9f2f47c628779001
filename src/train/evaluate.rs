//! Classifying a whole split.

use std::fmt::Display;

use burn::tensor::{Device, Tensor, TensorData};

use crate::{
    data::{ChannelStatistics, split::normalised},
    domain::{
        config::Normalize,
        confusion::Confusion,
        fault,
        images::{ImageSet, Predictions},
    },
    model::{MobileNetV1, weights::SavedNetwork},
};

/// Images a batch; the last one is filled up, so that a GPU sees one shape only.
const BATCH: usize = 128;

/// How pixels become the network's input.
#[derive(Debug, Clone, Copy)]
pub struct InputForm {
    pub normalize: Normalize,
    pub statistics: ChannelStatistics,
}

/// Logits of `images`, in order, from a network without autodiff.
///
/// `go_on` is asked before each batch; `None` when it says no.
///
/// # Errors
/// The device failed, or `go_on` did.
pub fn classify<E>(
    network: &MobileNetV1,
    images: &ImageSet,
    form: &InputForm,
    device: &Device,
    mut go_on: impl FnMut() -> Result<bool, E>,
) -> Result<Option<Predictions>, E>
where
    E: From<DeviceFailure>,
{
    let (mut logits, mut classes) = (Vec::new(), 0);
    for start in (0..images.len()).step_by(BATCH) {
        if !go_on()? {
            return Ok(None);
        }
        let end = images.len().min(start + BATCH);
        let mut pixels = normalised(images, start..end, form.normalize, &form.statistics);
        pixels.resize(BATCH * images.stride(), 0.0);
        let shape = [BATCH, 3, images.side, images.side];
        let input = Tensor::<4>::from_data(TensorData::new(pixels, shape), device);
        let output = network.forward(input);
        [_, classes] = output.dims();
        let values = read(output, "evaluation")?;
        logits.extend_from_slice(&values[..(end - start) * classes]);
    }
    let labels = images.labels.clone();
    Ok(Some(Predictions { step: 0, classes, logits, labels }))
}

/// The device could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the device failed: {0}")]
pub struct DeviceFailure(String);

impl DeviceFailure {
    /// In one line, however many the driver needs.
    pub(super) fn new(error: &impl Display) -> Self {
        let told = error.to_string();
        Self(told.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// Waits for the numbers of `tensor`, which are those of `place`.
pub(super) fn read<const D: usize>(
    tensor: Tensor<D>,
    place: &str,
) -> Result<Vec<f32>, DeviceFailure> {
    fault::error_at(place).map_err(|error| DeviceFailure::new(&error))?;
    let data = tensor.try_into_data().map_err(|error| DeviceFailure::new(&error))?;
    data.convert::<f32>().try_into_vec().map_err(|error| DeviceFailure::new(&error))
}

/// Loss, accuracy and confusion of a split.
#[derive(Debug, Clone)]
pub struct Score {
    /// Mean cross-entropy in nats.
    pub loss: f64,
    /// 0 to 1.
    pub accuracy: f64,
    pub confusion: Confusion,
}

impl Score {
    pub fn of(predictions: &Predictions) -> Self {
        let mut confusion = Confusion::new(predictions.classes);
        let mut loss = 0.0;
        for index in 0..predictions.len() {
            let truth = usize::from(predictions.labels[index]);
            confusion.add(truth, predictions.prediction(index));
            loss += f64::from(predictions.loss(index));
        }
        let count = predictions.len().max(1) as f64;
        Self { loss: loss / count, accuracy: confusion.accuracy(), confusion }
    }
}

/// Predictions of a network that comes from a file, for all of `images`.
pub fn classify_saved(
    network: &SavedNetwork,
    images: &ImageSet,
    form: &InputForm,
    device: &Device,
) -> Result<Predictions, DeviceFailure> {
    let network = MobileNetV1::new(&network.spec, &network.weights, device);
    let predictions = classify::<DeviceFailure>(&network, images, form, device, || Ok(true))?;
    Ok(predictions.expect("nobody says no"))
}
