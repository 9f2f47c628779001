//! The threads that share a kernel's work.
//!
//! A training step is some sixty kernels, many of them shorter than the time that waking a thread
//! takes. So the helpers live as long as the program, look for the next kernel for a while before
//! they go to sleep, and the caller works as one of them. What a task computes depends on its
//! number only, never on the thread that runs it.
#![expect(
    unsafe_code,
    reason = "a reference outlives its type for as long as the helpers are waited for"
)]

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// How long a helper looks for work before it sleeps: a little longer than the pauses in a step.
const PATIENCE: Duration = Duration::from_micros(60);

/// A kernel's tasks as the helpers see them.
#[derive(Clone, Copy)]
struct Job {
    /// The lifetime is erased: `Team::run` does not return before every helper has let go of it.
    work: &'static (dyn Fn(usize) + Sync),
    tasks: usize,
}

/// Threads that run the tasks of one kernel at a time.
pub struct Team {
    size: usize,
    shared: Arc<Shared>,
    /// Held by the caller that uses the helpers.
    turn: Mutex<()>,
}

struct Shared {
    job: Mutex<Option<Job>>,
    wake: Condvar,
    /// Counts the jobs, so that a helper takes each of them once.
    round: AtomicUsize,
    next: AtomicUsize,
    /// Helpers that have not finished the present round.
    busy: AtomicUsize,
    /// Changed and read under the lock of `job` only.
    sleepers: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Team {
    /// The team of this process: as many threads as rayon's pool has, the caller among them.
    pub fn global() -> &'static Team {
        static TEAM: OnceLock<Team> = OnceLock::new();
        TEAM.get_or_init(|| Team::new(rayon::current_num_threads()))
    }

    /// A team of `size` threads, of which `size - 1` are started now and never end.
    pub fn new(size: usize) -> Self {
        let shared = Arc::new(Shared {
            job: Mutex::new(None),
            wake: Condvar::new(),
            round: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            sleepers: AtomicUsize::new(0),
            panic: Mutex::new(None),
        });
        let mut started = 1;
        for index in 1..size.max(1) {
            let builder = std::thread::Builder::new().name(format!("kernel-{index}"));
            let shared = Arc::clone(&shared);
            started += usize::from(builder.spawn(move || shared.help()).is_ok());
        }
        Self { size: started, shared, turn: Mutex::new(()) }
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// Calls `work` once for each number below `tasks`, on all threads, and waits for all of them.
    ///
    /// A caller that finds the helpers taken does all of it alone. A panic in a task comes out of
    /// this call.
    pub fn run(&self, tasks: usize, work: impl Fn(usize) + Sync) {
        let alone = || (0..tasks).for_each(&work);
        if self.size == 1 || tasks < 2 {
            return alone();
        }
        let _turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(), // by the panic of a task
            Err(TryLockError::WouldBlock) => return alone(),
        };
        let work: &(dyn Fn(usize) + Sync) = &work;
        // SAFETY: the reference is used by this call and by helpers between the moment at which
        // `begin` shows it and the one at which `finish` has seen `busy` reach 0; `finish` runs
        // before this function returns, also when a task panics, since `take_tasks` catches that.
        let work: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(work) };
        self.shared.begin(Job { work, tasks }, self.size - 1);
        self.shared.take_tasks(Job { work, tasks });
        self.shared.finish();
    }
}

impl Shared {
    fn begin(&self, job: Job, helpers: usize) {
        let mut slot = lock(&self.job);
        self.next.store(0, Ordering::Relaxed);
        self.busy.store(helpers, Ordering::Relaxed);
        *slot = Some(job);
        self.round.fetch_add(1, Ordering::Release);
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            self.wake.notify_all();
        }
    }

    /// Waits for the helpers and passes on the panic of a task, if there was one.
    fn finish(&self) {
        let mut spins = 0u32;
        while self.busy.load(Ordering::Acquire) > 0 {
            spins += 1;
            // A helper may share this core: let it run.
            if spins.is_multiple_of(256) {
                std::thread::yield_now()
            } else {
                std::hint::spin_loop()
            }
        }
        *lock(&self.job) = None;
        if let Some(panic) = lock(&self.panic).take() {
            resume_unwind(panic);
        }
    }

    fn take_tasks(&self, job: Job) {
        let all = || {
            loop {
                let task = self.next.fetch_add(1, Ordering::Relaxed);
                if task >= job.tasks {
                    break;
                }
                (job.work)(task);
            }
        };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(all)) {
            self.next.fetch_add(job.tasks, Ordering::Relaxed); // the rest is of no use
            *lock(&self.panic) = Some(panic);
        }
    }

    /// The life of a helper.
    fn help(&self) {
        let mut seen = 0;
        loop {
            seen = self.await_round(seen);
            let job = *lock(&self.job);
            if let Some(job) = job {
                self.take_tasks(job);
            }
            self.busy.fetch_sub(1, Ordering::Release);
        }
    }

    /// Returns the number of the next round.
    fn await_round(&self, seen: usize) -> usize {
        let start = Instant::now();
        loop {
            for _ in 0..64 {
                if self.round.load(Ordering::Acquire) != seen {
                    return seen.wrapping_add(1);
                }
                std::hint::spin_loop();
            }
            if start.elapsed() > PATIENCE {
                break;
            }
        }
        let mut slot = lock(&self.job);
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        while self.round.load(Ordering::Acquire) == seen {
            slot = self.wake.wait(slot).unwrap_or_else(PoisonError::into_inner);
        }
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
        seen.wrapping_add(1)
    }
}

impl Team {
    /// What `work` makes of each task's number, in the order of the tasks.
    pub fn map<R: Send>(&self, tasks: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
        let mut results: Vec<Option<R>> = (0..tasks).map(|_| None).collect();
        let slots = Chunks::new(&mut results, 1);
        self.run(tasks, |task| slots.take(task)[0] = Some(work(task)));
        drop(slots);
        results.into_iter().flatten().collect()
    }

    /// Cuts `slice` into chunks of `length`, the last one shorter, and gives each to a task; what
    /// `work` makes of them, in their order.
    pub fn map_chunks<T: Send, R: Send>(
        &self,
        slice: &mut [T],
        length: usize,
        work: impl Fn(usize, &mut [T]) -> R + Sync,
    ) -> Vec<R> {
        let chunks = Chunks::new(slice, length);
        self.map(chunks.count(), |task| work(task, chunks.take(task)))
    }
}

/// Nothing that a lock here guards can be left half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A slice cut into chunks that tasks take, each chunk once.
pub struct Chunks<'a, T> {
    chunks: Vec<Mutex<Option<&'a mut [T]>>>,
}

impl<'a, T> Chunks<'a, T> {
    /// Cuts `slice` into chunks of `length`, the last one shorter.
    pub fn new(slice: &'a mut [T], length: usize) -> Self {
        let chunks = slice.chunks_mut(length.max(1));
        Self { chunks: chunks.map(|chunk| Mutex::new(Some(chunk))).collect() }
    }

    pub fn count(&self) -> usize {
        self.chunks.len()
    }

    /// # Panics
    /// The chunk was taken before.
    pub fn take(&self, index: usize) -> &'a mut [T] {
        lock(&self.chunks[index]).take().expect("each task takes its own chunk")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once_whatever_the_size() {
        for size in [1, 2, 5] {
            let team = Team::new(size);
            for tasks in [0, 1, 2, 7, 100] {
                let mut counts = vec![0u8; tasks];
                let chunks = Chunks::new(&mut counts, 1);
                team.run(tasks, |task| chunks.take(task)[0] += 1);
                drop(chunks);
                assert!(counts.iter().all(|count| *count == 1));
            }
        }
    }

    #[test]
    fn helpers_that_slept_wake_up() {
        let team = Team::new(3);
        for _ in 0..3 {
            let sum = AtomicUsize::new(0);
            team.run(50, |task| _ = sum.fetch_add(task, Ordering::Relaxed));
            assert_eq!(sum.into_inner(), 49 * 50 / 2);
            std::thread::sleep(10 * PATIENCE);
        }
    }

    #[test]
    fn a_panic_comes_out_and_the_team_goes_on() {
        let team = Team::new(2);
        let result = catch_unwind(AssertUnwindSafe(|| {
            team.run(10, |task| assert!(task != 7, "task seven"));
        }));
        assert!(result.is_err());
        let sum = AtomicUsize::new(0);
        team.run(10, |task| _ = sum.fetch_add(task, Ordering::Relaxed));
        assert_eq!(sum.into_inner(), 45);
    }

    #[test]
    fn a_kernel_within_a_kernel_runs_alone() {
        let (team, sum) = (Team::new(2), AtomicUsize::new(0));
        team.run(4, |_| team.run(4, |_| _ = sum.fetch_add(1, Ordering::Relaxed)));
        assert_eq!(sum.into_inner(), 16);
    }
}
