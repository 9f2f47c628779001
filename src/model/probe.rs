//! Watching the layers of one step without changing its numbers.

use std::sync::{Arc, Mutex};

use burn::tensor::Device;

use super::stopwatch::{Method, Stopwatch};
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

/// Why the layers of a step have no times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untimed {
    #[error("the device did not tell the time of every layer and is synchronised from now on")]
    Device,
    #[error("the passes did not come by every layer once")]
    Passes,
}

/// Takes the time of each layer, forward and backward.
///
/// The backward time of a layer runs from the moment at which the gradient of its output is
/// complete to that at which the gradient of its input is.
pub struct LayerClock {
    /// Shared with the marks; gone when the clock is, lest a mark that outlives it measure on.
    stopwatch: Arc<Mutex<Option<Stopwatch>>>,
}

impl LayerClock {
    /// Starts the clock; call it right before the forward pass.
    pub fn start(device: &Device, method: Method) -> Self {
        let stopwatch = Stopwatch::start(device, method);
        Self { stopwatch: Arc::new(Mutex::new(Some(stopwatch))) }
    }

    /// The times of the layers called `names`; call it right after `backward`.
    pub fn finish(self, names: &[String]) -> Result<Vec<LayerTime>, Untimed> {
        let stopwatch = self.take().ok_or(Untimed::Passes)?;
        let spans = stopwatch.stop().ok_or(Untimed::Device)?;
        layer_times(names, &spans).ok_or(Untimed::Passes)
    }

    fn take(&self) -> Option<Stopwatch> {
        self.stopwatch.lock().ok()?.take()
    }
}

impl Drop for LayerClock {
    fn drop(&mut self) {
        drop(self.take());
    }
}

impl Probe for LayerClock {
    fn passed<T: Marked>(&mut self, output: T) -> T {
        split(&self.stopwatch);
        let stopwatch = Arc::clone(&self.stopwatch);
        output.marked(BackwardHook::new(move || split(&stopwatch)))
    }
}

fn split(stopwatch: &Mutex<Option<Stopwatch>>) {
    if let Ok(mut stopwatch) = stopwatch.lock()
        && let Some(stopwatch) = stopwatch.as_mut()
    {
        stopwatch.split();
    }
}

/// Spans as layers: forward from the first to the last, the loss, then backward from the last to
/// the first. `None` if there are more or fewer.
fn layer_times(names: &[String], spans: &[f64]) -> Option<Vec<LayerTime>> {
    if spans.len() != 2 * names.len() + 1 {
        return None;
    }
    let (forward, loss_and_backward) = spans.split_at(names.len());
    let backward = loss_and_backward[1..].iter().rev();
    let times = names.iter().zip(forward.iter().zip(backward));
    let layer = |(name, (forward_ms, backward_ms)): (&String, (&f64, &f64))| LayerTime {
        name: name.clone(),
        forward_ms: *forward_ms,
        backward_ms: *backward_ms,
    };
    Some(times.map(layer).collect())
}

#[cfg(test)]
mod tests {
    use burn::tensor::Tensor;

    use super::*;

    fn names() -> Vec<String> {
        ["stem", "pooling", "classifier"].map(str::to_owned).to_vec()
    }

    #[test]
    fn the_way_back_is_the_way_there_reversed_and_the_loss_is_no_layer() {
        let times = layer_times(&names(), &[1.0, 2.0, 3.0, 50.0, 30.0, 20.0, 10.0]).unwrap();
        let times: Vec<_> =
            times.iter().map(|t| (t.name.as_str(), t.forward_ms, t.backward_ms)).collect();
        assert_eq!(times, [("stem", 1.0, 10.0), ("pooling", 2.0, 20.0), ("classifier", 3.0, 30.0)]);
    }

    #[test]
    fn a_layer_that_was_passed_twice_or_never_leaves_all_untimed() {
        for count in [0, 1, 6, 8] {
            assert_eq!(layer_times(&names(), &vec![1.0; count]), None);
        }
    }

    #[test]
    fn a_pass_without_a_way_back_leaves_all_untimed() {
        let mut clock = LayerClock::start(&Device::flex(), Method::Synchronised);
        let x = Tensor::<2>::ones([2, 2], &Device::flex());
        let _ = (0..3).fold(x, |x, _| clock.passed(x));
        assert_eq!(clock.finish(&names()), Err(Untimed::Passes));
    }
}
