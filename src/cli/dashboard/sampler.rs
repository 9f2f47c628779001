//! Measures what this process takes of its machine, whenever that is asked for, on a thread of its
//! own: a driver may take its time to answer.

use std::{
    io,
    thread::{self, available_parallelism},
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, bounded};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use super::gpu::Gpus;
use crate::{domain::machine::Load, tui::Measuring};

/// The thread that measures. It ends when this is dropped, and is not waited for: it holds nothing.
#[derive(Debug)]
pub struct Sampler {
    asked: Sender<Measuring>,
    loads: Receiver<Load>,
    /// Keeps the channel open, whatever becomes of the thread.
    _told: Sender<Load>,
}

impl Sampler {
    /// # Errors
    /// The thread cannot be started.
    pub fn start() -> io::Result<Self> {
        let (asked, to_do) = bounded::<Measuring>(1);
        let (told, loads) = bounded(1);
        let _told = told.clone();
        thread::Builder::new().name("sampler".to_owned()).spawn(move || {
            let (mut process, mut gpus) = (Process::default(), None);
            for what in to_do {
                if what.begins {
                    process.before = None;
                }
                let Some(mut load) = process.measure() else { continue };
                if what.gpu {
                    load.gpu_percent = gpus.get_or_insert_with(Gpus::find).busiest();
                }
                if told.send(load).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { asked, loads, _told })
    }

    /// Asks for a measurement; one that is still under way will do.
    pub fn ask(&self, what: Measuring) {
        let _ = self.asked.try_send(what);
    }

    pub fn loads(&self) -> Receiver<Load> {
        self.loads.clone()
    }
}

/// What the system tells of this process.
#[derive(Debug, Default)]
struct Process {
    system: System,
    /// The measurement before.
    before: Option<Used>,
}

/// Time of processors that had been used at some moment.
#[derive(Debug, Clone, Copy)]
struct Used {
    at: Instant,
    cpu_ms: u64,
}

impl Process {
    /// What has been used since the last time; `None` the first time, and where the system does
    /// not tell.
    fn measure(&mut self) -> Option<Load> {
        let pid = get_current_pid().ok()?;
        let (now, memory) = self.read(pid)?;
        let before = self.before.replace(now)?;
        Some(Load {
            cpu_tenths: tenths(now.cpu_ms.saturating_sub(before.cpu_ms), now.at - before.at),
            cores: available_parallelism().map_or(1, usize::from) as u32,
            memory: memory.saturating_add(500_000) / 1_000_000 * 1_000_000,
            gpu_percent: None,
        })
    }

    /// Processor time so far, and resident memory in bytes.
    fn read(&mut self, pid: Pid) -> Option<(Used, u64)> {
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        let process = self.system.process(pid)?;
        let used = Used { at: Instant::now(), cpu_ms: process.accumulated_cpu_time() };
        Some((used, process.memory()))
    }
}

/// Cores that `cpu_ms` of processor time kept busy for `passed`, in tenths.
fn tenths(cpu_ms: u64, passed: Duration) -> u32 {
    (cpu_ms as f64 / passed.as_secs_f64().max(1e-3) / 100.0).round() as u32
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn cores_are_processor_time_over_time() {
        assert_eq!(tenths(1_870, Duration::from_secs(1)), 19);
        assert_eq!(tenths(30, Duration::from_secs(2)), 0);
        assert_eq!(tenths(0, Duration::ZERO), 0);
    }

    #[test]
    fn work_and_memory_of_this_process_are_seen() {
        let pid = get_current_pid().unwrap();
        let mut process = Process::default();
        assert_eq!(process.measure(), None, "there is nothing to compare with yet");
        let (before, memory) = process.read(pid).unwrap();
        let held = black_box(vec![1_u8; 200_000_000]);
        let mut after = process.read(pid).unwrap();
        // Other tests take and give back memory meanwhile, but none so much.
        assert!(after.1 > memory + 100_000_000, "{memory} and then {}", after.1);
        drop(held);
        while after.0.cpu_ms <= before.cpu_ms {
            black_box((0..100_000_u64).map(black_box).sum::<u64>());
            after = process.read(pid).unwrap();
        }
        let load = process.measure().unwrap();
        assert!(load.cores >= 1 && load.memory.is_multiple_of(1_000_000), "{load:?}");
    }

    #[test]
    fn what_is_asked_for_is_told_but_not_where_it_begins() {
        let sampler = Sampler::start().unwrap();
        let loads = sampler.loads();
        sampler.ask(Measuring { begins: true, gpu: false });
        while !sampler.asked.is_empty() {
            thread::yield_now();
        }
        sampler.ask(Measuring { begins: false, gpu: false });
        let load = loads.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(load.memory > 1_000_000 && load.gpu_percent.is_none(), "{load:?}");
        drop(sampler);
        assert!(loads.recv().is_err(), "nothing more was asked for");
    }
}
