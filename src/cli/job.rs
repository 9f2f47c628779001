//! The process as a job of a shell: stopped by Ctrl-Z, let go on by `fg` or `bg`.

use std::time::Duration;

use crate::domain::{stops::Stops, units::Clock};

/// Asks all processes of this job to stop, this one by its handler: as a terminal does for Ctrl-Z,
/// which it leaves to the program while it is raw.
///
/// # Errors
/// There is no shell that could let them go on.
#[cfg(unix)]
pub fn put_aside() -> Result<(), String> {
    use rustix::process::{Signal, kill_current_process_group};

    if is_without_shell() {
        return Err("there is no shell to go back to".to_owned());
    }
    kill_current_process_group(Signal::TSTP).map_err(|error| error.to_string())
}

#[cfg(not(unix))]
pub fn put_aside() -> Result<(), String> {
    Err("there is no shell to go back to".to_owned())
}

/// Whether the first process of the session is one of this job: a window that runs nothing but
/// this program has nobody who would let it go on. (The system ignores Ctrl-Z there as well.)
#[cfg(unix)]
pub fn is_without_shell() -> bool {
    use rustix::process::{getpgrp, getsid};

    getsid(None).is_ok_and(|session| session == getpgrp())
}

/// Stops this process until somebody lets it go on, and says so in the log; how long that took.
pub fn stand_still(stops: &Stops) -> Duration {
    let stopped = stops.stand_still(|| {
        #[cfg(unix)]
        let _ = signal_hook::low_level::raise(signal_hook::consts::SIGSTOP); // it cannot fail
    });
    let time = Clock(stopped.as_secs_f64());
    tracing::info!("the program was stopped for {time}, which counts nowhere");
    stopped
}

/// Whether whoever started the program wants it to outlive its terminal: `nohup` does so.
#[cfg(unix)]
pub fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| (mask >> (signal_hook::consts::SIGHUP - 1)) & 1 == 1)
}
