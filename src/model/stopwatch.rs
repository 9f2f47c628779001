//! Cutting the time of a device into spans, by the device's clock where it has one.
//!
//! burn opens and closes *windows* on a device. On wgpu the adapter notes the time when the first
//! kernel of a window starts and when its last has ended, and the host learns both later. It hands
//! over its work at both ends, but waits for it on Metal only. (lavapipe computes while it takes
//! work over, so that there the host is not far ahead either.) Windows may overlap; each belongs to
//! the thread that opened it and sees no other's operations. Where an adapter cannot note the time,
//! and on the CPU, the host waits for the device and looks at its own clock.

use std::{
    fmt,
    time::{Duration, Instant},
};

use burn::{
    backend::{Backend, Dispatch, ProfileOptions, ProfileToken},
    tensor::{Device, ProfileDuration, TimingMethod},
};
use burn_std::future::block_on;

/// How a device is timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The device notes when it starts and ends.
    Timestamps,
    /// The host waits for the device and looks at its own clock.
    Synchronised,
}

impl Method {
    /// The best that `device` can do.
    pub fn of(device: &Device) -> Self {
        // What a window would be timed by can be asked of an empty one.
        let window = Window::open(device).and_then(Window::close);
        match window.map(|duration| duration.timing_method()) {
            Some(TimingMethod::Device) => Self::Timestamps,
            Some(TimingMethod::System) | None => Self::Synchronised,
        }
    }
}

/// For people, of spans that are layers.
impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timestamps => "adapter's timestamps around each layer, forward and backward",
            Self::Synchronised => "device synchronised after each layer, forward and backward",
        })
    }
}

/// Runs from its start; each split ends one span and begins the next.
pub struct Stopwatch {
    device: Device,
    running: Running,
}

enum Running {
    /// A window that could not be opened or closed is `None`.
    Windows {
        open: Option<Window>,
        closed: Vec<Option<ProfileDuration>>,
    },
    Host {
        since: Instant,
        spans: Vec<f64>,
    },
}

impl Stopwatch {
    /// Starts on a device that is idle.
    pub fn start(device: &Device, method: Method) -> Self {
        // A device that fails here, or later, fails again at the next read, where it is reported.
        let _ = device.sync();
        let running = match method {
            Method::Timestamps => {
                Running::Windows { open: Window::open(device), closed: Vec::new() }
            }
            Method::Synchronised => Running::Host { since: Instant::now(), spans: Vec::new() },
        };
        Self { device: device.clone(), running }
    }

    /// Ends a span behind all operations so far.
    pub fn split(&mut self) {
        match &mut self.running {
            Running::Windows { open, closed } => {
                closed.push(open.take().and_then(Window::close));
                *open = Window::open(&self.device);
            }
            Running::Host { since, spans } => {
                let _ = self.device.sync();
                let now = Instant::now();
                spans.push(milliseconds(now - *since));
                *since = now;
            }
        }
    }

    /// Ends the last span and waits for the device. The spans are in ms; `None` if the device has
    /// failed or could not time one of them.
    pub fn stop(self) -> Option<Vec<f64>> {
        match self.running {
            Running::Windows { open, mut closed } => {
                closed.push(open.and_then(Window::close));
                // A device that has failed must not be asked for its times: burn would panic.
                self.device.sync().ok()?;
                closed.into_iter().map(time_of).collect()
            }
            Running::Host { since, mut spans } => {
                self.device.sync().ok()?;
                spans.push(milliseconds(since.elapsed()));
                Some(spans)
            }
        }
    }
}

/// Between its opening and its closing or, if it is dropped, its abandonment: an open window costs
/// the device something with each kernel.
struct Window {
    device: Device,
    token: Option<ProfileToken>,
}

impl Window {
    /// `None` if the device has no windows, or has failed.
    fn open(device: &Device) -> Option<Self> {
        let token = Dispatch::profile_start(device.as_dispatch()).ok()??;
        Some(Self { device: device.clone(), token: Some(token) })
    }

    fn close(mut self) -> Option<ProfileDuration> {
        // What burn's fusion holds back belongs inside. `ProfileOptions::flush` would do the same,
        // but panics where the device has failed.
        self.device.flush().ok()?;
        let token = self.token.take()?;
        Dispatch::profile_end(self.device.as_dispatch(), token, ProfileOptions::default()).ok()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            Dispatch::profile_abandon(self.device.as_dispatch(), token);
        }
    }
}

/// In ms. No kernel takes no time, so that 0 would be a device that cannot tell.
fn time_of(window: Option<ProfileDuration>) -> Option<f64> {
    let window = window.filter(|window| window.timing_method() == TimingMethod::Device)?;
    let ticks = block_on(window.resolve())?;
    Some(milliseconds(ticks.duration())).filter(|ms| *ms > 0.0)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use burn::tensor::ProfileTicks;

    use super::*;

    fn ticks(ms: u64) -> ProfileTicks {
        let start = Instant::now();
        ProfileTicks::from_start_end(start, start + Duration::from_millis(ms))
    }

    #[test]
    fn only_the_clock_of_the_device_times_a_window_and_nothing_takes_no_time() {
        let by_host = ProfileDuration::new_system_time(Instant::now(), Instant::now());
        let nothing = ProfileDuration::new_device_time_maybe(ready(None));
        let by_device = |ms| ProfileDuration::new_device_time(ready(ticks(ms)));
        assert_eq!(time_of(Some(by_device(2))), Some(2.0));
        for window in [None, Some(by_host), Some(nothing), Some(by_device(0))] {
            assert_eq!(time_of(window), None);
        }
    }

    #[test]
    fn the_cpu_is_timed_by_the_host_and_a_span_ends_at_each_split() {
        let device = Device::flex();
        assert_eq!(Method::of(&device), Method::Synchronised);
        let mut stopwatch = Stopwatch::start(&device, Method::Synchronised);
        stopwatch.split();
        stopwatch.split();
        let spans = stopwatch.stop().unwrap();
        assert_eq!((spans.len(), spans.iter().all(|ms| *ms >= 0.0)), (3, true));
    }
}
