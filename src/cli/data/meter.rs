//! How a download goes on, as one line on standard error that is written over again and again.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use crate::{
    data::fetch::Progress,
    domain::units::{Bytes, Clock, Percent},
};

/// Between two updates of the line.
const UPDATE: Duration = Duration::from_millis(100);

/// The line. It is gone when this is dropped.
#[derive(Debug, Default)]
pub struct Meter {
    /// When and from where it went on without a break.
    start: Option<(Instant, u64)>,
    shown: Option<Instant>,
    width: usize,
}

impl Meter {
    /// A meter if standard error is a terminal, where a person sees it.
    pub fn if_seen() -> Option<Self> {
        io::stderr().is_terminal().then(Self::default)
    }

    /// Takes in how far the download has come at `now`, and shows it if it is time to.
    pub fn update(&mut self, progress: Progress, now: Instant) {
        let start = self.start.filter(|start| start.1 <= progress.received);
        let (begun, from) = *self.start.insert(start.unwrap_or((now, progress.received)));
        if self.shown.is_some_and(|shown| now < shown + UPDATE) {
            return;
        }
        self.shown = Some(now);
        let line = line(progress, progress.received - from, now - begun);
        let width = line.chars().count();
        self.write(&format!("\r{line}{:1$}", "", self.width.saturating_sub(width)));
        self.width = width;
    }

    fn write(&self, text: &str) {
        let mut terminal = io::stderr().lock();
        // A terminal that is gone is no reason to stop fetching.
        let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.width > 0 {
            self.write(&format!("\r{:1$}\r", "", self.width));
        }
    }
}

/// The text, when `gained` bytes of what is there arrived within `elapsed`.
fn line(progress: Progress, gained: u64, elapsed: Duration) -> String {
    let Progress { received, total, resumed } = progress;
    let share = Percent(received as f64 / total.max(1) as f64);
    let speed = gained as f64 / elapsed.as_secs_f64().max(1e-3);
    let pace = if gained == 0 {
        String::new()
    } else {
        let left = Clock((total - received) as f64 / speed);
        format!(", {}/s, {left} left", Bytes(speed as u64))
    };
    let resumed = if resumed { ", resumed" } else { "" };
    format!("{} of {} ({share}){pace}{resumed}", Bytes(received), Bytes(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_line_tells_speed_and_time_left() {
        let progress = Progress { received: 85_000_000, total: 170_000_000, resumed: false };
        let text = line(progress, 80_000_000, Duration::from_secs(16));
        assert_eq!(text, "85.0 MB of 170.0 MB (50.0 %), 5.0 MB/s, 0:17 left");
        let text = line(Progress { resumed: true, ..progress }, 0, Duration::ZERO);
        assert_eq!(text, "85.0 MB of 170.0 MB (50.0 %), resumed");
    }
}
