//! Watching the layers of one step without changing its numbers.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use burn::tensor::Device;

use crate::{
    domain::events::LayerTime,
    kernels::mark::{BackwardHook, Marked},
};

/// Told of each layer's output, in the order of the layer table.
pub trait Probe {
    fn passed<T: Marked>(&mut self, output: T) -> T;
}

/// Watches nothing and costs nothing.
pub struct NoProbe;

impl Probe for NoProbe {
    fn passed<T: Marked>(&mut self, output: T) -> T {
        output
    }
}

/// How [`LayerClock`] measures, for people.
pub const METHOD: &str = "device synchronised after each layer, forward and backward";

/// Takes the time of each layer, forward and backward, by waiting for the device after each.
///
/// The backward time of a layer runs from the moment at which the gradient of its output is
/// complete to that at which the gradient of its input is.
pub struct LayerClock {
    device: Device,
    started: Instant,
    forward: Vec<Instant>,
    backward: Arc<Mutex<Vec<Instant>>>,
}

impl LayerClock {
    /// Starts the clock; call it right before the forward pass.
    pub fn start(device: &Device) -> Self {
        settle(device);
        Self {
            device: device.clone(),
            started: Instant::now(),
            forward: Vec::new(),
            backward: Arc::default(),
        }
    }

    /// The times of the layers called `names`; call it right after `backward`.
    ///
    /// Returns `None` if the passes did not come by every layer once.
    pub fn finish(self, names: &[String]) -> Option<Vec<LayerTime>> {
        settle(&self.device);
        let end = Instant::now();
        let mut backward = self.backward.lock().ok()?.clone();
        if self.forward.len() != names.len() || backward.len() != names.len() {
            return None;
        }
        // Marks come from the last layer to the first; what follows the first is its own time.
        backward.push(end);
        let starts = std::iter::once(&self.started).chain(&self.forward);
        let forward = starts.zip(&self.forward).map(|(from, to)| milliseconds(*from, *to));
        let spans = backward.windows(2).rev().map(|span| milliseconds(span[0], span[1]));
        let times = names.iter().zip(forward.zip(spans));
        let layer = |(name, (forward_ms, backward_ms)): (&String, (f64, f64))| LayerTime {
            name: name.clone(),
            forward_ms,
            backward_ms,
        };
        Some(times.map(layer).collect())
    }
}

impl Probe for LayerClock {
    fn passed<T: Marked>(&mut self, output: T) -> T {
        settle(&self.device);
        self.forward.push(Instant::now());
        let times = Arc::clone(&self.backward);
        let note = move || {
            if let Ok(mut times) = times.lock() {
                times.push(Instant::now());
            }
        };
        output.marked(BackwardHook::new(note))
    }
}

fn settle(device: &Device) {
    // A device that fails here fails again at the next read, where it can be reported.
    let _ = device.sync();
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.duration_since(from).as_secs_f64() * 1e3
}
