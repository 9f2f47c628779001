//! How soon the screen may be drawn again.

use std::time::{Duration, Instant};

/// Shortest time between two drawings.
const FRAME: Duration = Duration::from_millis(33);

/// When the screen was drawn, and what the next drawing waits for.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<Instant>,
    /// Nothing is drawn before.
    held_until: Option<Instant>,
}

impl Pace {
    /// Time until the next drawing.
    pub fn wait(&self) -> Duration {
        let next = self.last.map(|last| last + FRAME);
        let due = next.into_iter().chain(self.held_until).max();
        due.map_or(Duration::ZERO, |due| due.saturating_duration_since(Instant::now()))
    }

    pub fn drawn(&mut self, at: Instant) {
        self.last = Some(at);
    }

    /// Whether there is something to look at.
    pub fn has_drawn(&self) -> bool {
        self.last.is_some()
    }

    /// Lets the next drawing wait for something, but not for longer than `limit`.
    pub fn hold(&mut self, limit: Duration) {
        self.held_until = Some(Instant::now() + limit);
    }

    /// What was waited for has come.
    pub fn release(&mut self) {
        self.held_until = None;
    }
}
