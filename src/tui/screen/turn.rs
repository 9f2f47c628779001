//! Whose turn it is to write to the terminal.

use std::{
    sync::{MutexGuard, TryLockError},
    thread,
    time::{Duration, Instant},
};

use super::{OWNER, PATIENCE, TURN};
use crate::tui::tty;

/// Waits for a frame under way to end; what a terminal that is held up does not take of it is
/// thrown away, as it would come after the terminal was given back.
pub fn turn_at_last() -> Option<MutexGuard<'static, ()>> {
    turn_within(PATIENCE).or_else(|| {
        let (_, screen) = OWNER.get()?;
        let deadline = Instant::now() + PATIENCE;
        // Each time the terminal has room for as much as it can keep, some kilobytes.
        while tty::forget_written(screen) && Instant::now() < deadline {
            if let Some(turn) = turn_within(Duration::from_millis(2)) {
                return Some(turn);
            }
        }
        None
    })
}

fn turn_within(limit: Duration) -> Option<MutexGuard<'static, ()>> {
    let deadline = Instant::now() + limit;
    loop {
        match TURN.try_lock() {
            Ok(turn) => return Some(turn),
            Err(TryLockError::Poisoned(turn)) => return Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
        }
    }
}
