//! What memory there is, and who may take how much of it.

use std::{
    fs,
    sync::{Condvar, Mutex, PoisonError},
};

use super::DataError;

/// Bytes that this process can still take: what the machine has, or what its control group
/// allows where that is less. `None` where the system does not say.
pub fn free() -> Option<u64> {
    let machine = available(&fs::read_to_string("/proc/meminfo").ok()?)?;
    Some(group_allowance().map_or(machine, |group| group.min(machine)))
}

/// `MemAvailable` of `/proc/meminfo`.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// What control group version 2 leaves to this process; files in its cache can be given up.
fn group_allowance() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    let read = |name: &str| fs::read_to_string(format!("/sys/fs/cgroup{group}/{name}")).ok();
    let number = |text: String| text.trim().parse::<u64>().ok();
    let most = read("memory.max").and_then(number)?;
    let used = read("memory.current").and_then(number)?;
    let cached = read("memory.stat").and_then(|text| {
        text.lines().find_map(|line| line.strip_prefix("inactive_file ")?.parse().ok())
    });
    Some(most.saturating_sub(used.saturating_sub(cached.unwrap_or(0))))
}

/// Refuses `images` pictures with `side` pixels a side where `free` bytes are too few for them;
/// `title` is for the message.
pub(super) fn check(
    title: &str,
    images: usize,
    side: usize,
    free: Option<u64>,
) -> Result<(), DataError> {
    let needed = (images as u64).saturating_mul(3 * (side * side) as u64);
    match free {
        Some(free) if needed > free => {
            Err(DataError::TooLarge { title: title.to_owned(), images, side, needed, free })
        }
        _ => Ok(()),
    }
}

/// Bytes that several threads share: who wants more than is left waits.
pub(super) struct Room {
    left: Mutex<u64>,
    given_back: Condvar,
}

/// A part of a room, given back when dropped.
pub(super) struct Taken<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Room {
    pub(super) const fn of(bytes: u64) -> Self {
        Self { left: Mutex::new(bytes), given_back: Condvar::new() }
    }

    /// Takes so many bytes, which must not be more than the room ever had. A thread that has taken
    /// some must not ask for more: two could wait for each other.
    pub(super) fn take(&self, bytes: u64) -> Taken<'_> {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.given_back.wait_while(left, |left| *left < bytes);
        *left.unwrap_or_else(PoisonError::into_inner) -= bytes;
        Taken { room: self, bytes }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.room.left.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.room.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU64, Ordering},
        thread,
    };

    use super::*;

    #[test]
    fn the_systems_table_is_understood() {
        let text = "MemTotal:  100 kB\nMemAvailable:      2048 kB\n";
        assert_eq!(available(text), Some(2 << 20));
        assert_eq!(available("MemTotal: 100 kB"), None);
    }

    #[test]
    fn pictures_that_do_not_fit_are_refused_with_what_can_be_done() {
        check("CIFAR-10", 60_000, 32, Some(1 << 30)).unwrap();
        check("CIFAR-10", 60_000, 224, None).unwrap();
        let said = check("CIFAR-10", 60_000, 224, Some(1 << 30)).unwrap_err().to_string();
        assert_eq!(
            said,
            "CIFAR-10: 60,000 images of 224×224 pixels take 9.0 GB, and 1.1 GB are free; use \
             --limit, or a smaller --resolution"
        );
    }

    #[test]
    fn no_more_is_taken_at_a_time_than_there_is() {
        let (room, held, most) = (Room::of(10), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for thread in 0..8 {
                let (room, held, most) = (&room, &held, &most);
                scope.spawn(move || {
                    for bytes in (0..1_000).map(|n| (n + thread) % 10 + 1) {
                        let _taken = room.take(bytes);
                        let now = held.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        most.fetch_max(now, Ordering::SeqCst);
                        held.fetch_sub(bytes, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!((1..=10).contains(&most.into_inner()));
        assert_eq!(*room.left.lock().unwrap(), 10);
    }
}
