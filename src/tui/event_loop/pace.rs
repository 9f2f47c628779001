//! When to draw: what the person does shows at once, what the training tells ten times a second,
//! and nothing that is shown already.

use std::time::{Duration, Instant};

/// Shortest time between two drawings of what has happened by itself. They take the training's
/// cores, and hold up both: with half a millisecond each, half a per cent.
const FRAME: Duration = Duration::from_millis(100);
/// Shortest time between two drawings of what the person does: keys that repeat must not keep a
/// slow terminal busy with drawings that nobody sees.
const ANSWER: Duration = Duration::from_millis(4);

/// What the screen shows against what it should show.
#[derive(Debug)]
pub struct Pace {
    last_draw: Option<Instant>,
    /// Whether the screen shows something other than the state.
    stale: bool,
    /// Whether the person waits for it.
    asked_for: bool,
    /// Nothing is drawn before.
    held_until: Option<Instant>,
}

impl Pace {
    /// For a screen that shows nothing yet.
    pub fn new() -> Self {
        Self { last_draw: None, stale: true, asked_for: true, held_until: None }
    }

    /// The state has changed if `changed`.
    pub fn note(&mut self, changed: bool) {
        self.stale |= changed;
    }

    /// The person has changed the state if `changed`.
    pub fn answer(&mut self, changed: bool) {
        self.stale |= changed;
        self.asked_for |= changed;
    }

    /// How long until the next drawing, if there is to be one.
    pub fn until_due(&self) -> Option<Duration> {
        self.until_due_from(Instant::now())
    }

    fn until_due_from(&self, now: Instant) -> Option<Duration> {
        let gap = if self.asked_for { ANSWER } else { FRAME };
        let due = self.last_draw.map(|last| last + gap).into_iter().chain(self.held_until).max();
        let left = due.map_or(Duration::ZERO, |due| due.saturating_duration_since(now));
        self.stale.then_some(left)
    }

    /// A drawing that began at `began` shows the state.
    pub fn drawn(&mut self, began: Instant) {
        (self.last_draw, self.stale, self.asked_for) = (Some(began), false, false);
    }

    /// Whether there is something to look at.
    pub fn has_drawn(&self) -> bool {
        self.last_draw.is_some()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_person_does_is_not_kept_waiting() {
        let mut pace = Pace::new();
        let now = Instant::now();
        assert_eq!(pace.until_due_from(now), Some(Duration::ZERO));
        pace.drawn(now);
        assert_eq!(pace.until_due_from(now), None);
        pace.note(true);
        assert_eq!(pace.until_due_from(now), Some(FRAME));
        pace.answer(false);
        assert_eq!(pace.until_due_from(now), Some(FRAME));
        pace.answer(true);
        assert_eq!(pace.until_due_from(now), Some(ANSWER));
        assert_eq!(pace.until_due_from(now + FRAME), Some(Duration::ZERO));
    }
}
