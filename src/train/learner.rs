//! One optimizer step: forward, loss, backward, update.

use std::time::Instant;

use burn::{
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};

use super::{loss::Targets, optimizer::Optimizer};
use crate::{
    data::loader::Batch,
    domain::{
        architecture::ArchSpec,
        events::{LayerStatistics, LayerTime},
    },
    model::{
        MobileNetV1,
        probe::{LayerClock, NoProbe, Probe, Untimed},
        statistics::Watch,
        stopwatch::Method,
    },
};

/// The network with what changes it.
pub struct Learner {
    pub spec: ArchSpec,
    /// Absent only while it is updated, so that nobody else holds the weights then.
    network: Option<MobileNetV1>,
    pub optimizer: Optimizer,
    /// With autodiff.
    pub device: Device,
    pub label_smoothing: f64,
    /// How the layers of the next step are timed.
    pub method: Method,
}

/// What a forward and backward pass leave behind.
struct Pass {
    logits: Tensor<2>,
    targets: Targets,
    loss: Tensor<1>,
    grads: GradientsParams,
}

/// A step of which the parts were timed, in ms.
pub struct Timed {
    pub layers: Vec<LayerTime>,
    /// How the layers were timed.
    pub method: Method,
    pub forward_backward_ms: f64,
    pub optimizer_ms: f64,
}

/// What a step was like inside.
pub struct Watched {
    /// Images whose activations were looked at.
    pub images: usize,
    pub layers: Vec<LayerStatistics>,
}

impl Learner {
    /// Trains `network`, which must be on an autodiff device.
    pub fn new(
        spec: ArchSpec,
        network: MobileNetV1,
        optimizer: Optimizer,
        label_smoothing: f64,
    ) -> Self {
        let device = network.classifier.bias.device();
        let method = Method::of(&device);
        Self { spec, network: Some(network), optimizer, device, label_smoothing, method }
    }

    pub fn network(&self) -> &MobileNetV1 {
        self.network.as_ref().expect("the network is absent during an update only")
    }

    /// Updates the weights by one batch. The result stays on the device: loss, accuracy and
    /// gradient norm, `[3]`.
    pub fn step(&mut self, batch: Batch, lr: f64) -> Tensor<1> {
        let (images, targets) = self.upload(batch);
        let pass = self.pass(images, targets, &mut NoProbe);
        self.update(pass, lr)
    }

    /// The same step with the same numbers, timed layer by layer.
    pub fn timed_step(&mut self, batch: Batch, lr: f64) -> (Tensor<1>, Result<Timed, Untimed>) {
        let names: Vec<String> = self.spec.layers().into_iter().map(|layer| layer.name).collect();
        let (images, targets) = self.upload(batch);
        let method = self.method;
        let mut clock = LayerClock::start(&self.device, method);
        let start = Instant::now();
        let pass = self.pass(images, targets, &mut clock);
        let layers = clock.finish(&names);
        let forward_backward_ms = start.elapsed().as_secs_f64() * 1e3;
        if matches!(layers, Err(Untimed::Device)) {
            self.method = Method::Synchronised;
        }
        let start = Instant::now();
        let scalars = self.update(pass, lr);
        // A device that fails here fails again at the next read, where it can be reported.
        let _ = self.device.sync();
        let optimizer_ms = start.elapsed().as_secs_f64() * 1e3;
        let timed = |layers| Timed { layers, method, forward_backward_ms, optimizer_ms };
        (scalars, layers.map(timed))
    }

    /// The same step with the same numbers, looked at layer by layer.
    pub fn watched_step(&mut self, batch: Batch, lr: f64) -> (Tensor<1>, Watched) {
        let mut watch = Watch::new(&self.spec, batch.labels.len());
        let images = watch.images;
        let (inputs, targets) = self.upload(batch);
        let pass = self.pass(inputs, targets, &mut watch);
        let layers = watch.statistics(self.network(), &pass.grads);
        (self.update(pass, lr), Watched { images, layers })
    }

    fn upload(&self, batch: Batch) -> (Tensor<4>, Targets) {
        let (count, side) = (batch.labels.len(), self.spec.resolution);
        let images = TensorData::new(batch.images, [count, 3, side, side]);
        let (classes, smoothing) = (self.spec.classes, self.label_smoothing);
        let targets = Targets::new(&batch.labels, classes, smoothing, &self.device);
        (Tensor::from_data(images, &self.device), targets)
    }

    fn pass(&self, images: Tensor<4>, targets: Targets, probe: &mut impl Probe) -> Pass {
        let logits = self.network().forward_probed(images, probe);
        let loss = targets.cross_entropy(logits.clone());
        let grads = GradientsParams::from_grads(loss.backward(), self.network());
        Pass { logits, targets, loss, grads }
    }

    fn update(&mut self, pass: Pass, lr: f64) -> Tensor<1> {
        let Pass { logits, targets, loss, grads } = pass;
        let accuracy = targets.accuracy(logits);
        let network = self.network.take().expect("the network is absent during an update only");
        let (network, norm) = self.optimizer.step(network, grads, lr);
        self.network = Some(network);
        Tensor::cat(vec![loss.inner(), accuracy, norm], 0)
    }
}
