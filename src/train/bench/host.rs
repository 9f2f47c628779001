//! What Linux tells of this process and its processor.

use std::{fs, path::Path};

/// The most memory that this process has held so far, in bytes; `None` where it is unknown.
pub fn peak_memory_bytes() -> Option<u64> {
    high_water(&fs::read_to_string("/proc/self/status").ok()?)
}

/// Size of the processor's last-level cache in bytes; `None` where it is unknown.
pub fn cache_bytes() -> Option<u64> {
    let caches = fs::read_dir("/sys/devices/system/cpu/cpu0/cache").ok()?;
    let caches = caches.flatten().filter_map(|entry| level_and_size(&entry.path()));
    caches.max_by_key(|(level, _)| *level).map(|(_, size)| size)
}

fn level_and_size(cache: &Path) -> Option<(u32, u64)> {
    let read = |name: &str| fs::read_to_string(cache.join(name)).ok();
    Some((read("level")?.trim().parse().ok()?, size(read("size")?.trim())?))
}

/// The bytes meant by `32768K`.
fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => 1,
        "K" => 1 << 10,
        "M" => 1 << 20,
        _ => return None,
    };
    Some(digits.parse::<u64>().ok()? * unit)
}

/// The line `VmHWM:   12345 kB` of a process's status.
fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_writes_is_read() {
        assert_eq!(
            ["32768K", "1M", "64", "?"].map(size),
            [Some(1 << 25), Some(1 << 20), Some(64), None]
        );
        assert_eq!(high_water("VmPeak:\t 9 kB\nVmHWM:\t    1024 kB\n"), Some(1 << 20));
        assert_eq!(high_water("Name:\tmnv1\n"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_knows_what_this_process_has_held() {
        assert!(peak_memory_bytes() > Some(1 << 20));
    }
}
