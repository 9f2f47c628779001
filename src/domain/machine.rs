//! What a process takes of the machine that it runs on.

/// One measurement, rounded to what is shown of it: two that look alike are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Time of processors that this process has used by time that has passed, in tenths of a core:
    /// 19 means that it kept 1.9 cores busy.
    pub cpu_tenths: u32,
    /// Cores that this process may use.
    pub cores: u32,
    /// What this process holds in memory, in bytes, to the whole MB.
    pub memory: u64,
    /// How busy the busiest GPU of the machine is, in percent, by whichever process. `None` where
    /// none was asked for or none tells.
    pub gpu_percent: Option<u8>,
}
