//! The lock that is held while a process trains in a run directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Seek, Write},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use super::{RunDir, RunError, files};

/// More than any process id has; what else stands in the file is not read.
const MOST_DIGITS: u64 = 20;

/// How long a lock is tried for before it counts as held.
const PATIENCE_MS: u32 = 100;

/// Held while this process trains in the directory; given back when dropped, and by the system
/// when the process ends in whatever way.
#[derive(Debug)]
pub struct RunLock {
    file: File,
}

impl RunDir {
    /// Where the lock lies. The file stays when the lock is given back: only the lock counts.
    pub fn lock_path(&self) -> PathBuf {
        self.path().join("lock")
    }

    /// Takes the directory for this process.
    ///
    /// # Errors
    /// Another process trains there, the directory is gone, or the file cannot be written.
    pub fn lock(&self) -> Result<RunLock, RunError> {
        let path = self.lock_path();
        // What it says is overwritten, so it must not be a link to something else.
        files::plain_file_or_none(&path).map_err(RunError::write(&path))?;
        let open =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(RunError::write(&path))?;
        if !try_patiently(&file).map_err(RunError::write(&path))? {
            let pid = read_pid(&mut file);
            let holder = pid.map_or("another process".to_owned(), |pid| format!("process {pid}"));
            return Err(RunError::Locked { path: self.path().to_owned(), holder });
        }
        if !is_at(&file, &path).map_err(RunError::write(&path))? {
            return Err(RunError::Gone { path: self.path().to_owned() });
        }
        write_pid(&mut file).map_err(RunError::write(&path))?;
        Ok(RunLock { file })
    }

    /// The process that trains in the directory now; 0 if there is one that cannot be named.
    pub fn holder(&self) -> Option<u32> {
        files::plain_file(&self.lock_path()).ok()?; // opening a pipe would never end
        let mut file = File::open(self.lock_path()).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(read_pid(&mut file).unwrap_or(0)),
            // Nobody holds it: what the file says is stale, and closing it gives our share back.
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        let _ = self.file.unlock(); // closing the file does the same, later by nothing
    }
}

/// Whether the lock was had. Whoever asks for the holder has a share of it for a moment, which
/// must not look like a training.
fn try_patiently(file: &File) -> io::Result<bool> {
    for _ in 0..PATIENCE_MS {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// Whether `file` still has its name: while it was waited for, its directory may have been
/// discarded, and a lock on a file that nobody else finds keeps nobody out.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match files::plain_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        found => Ok(files::identity(&found?) == files::identity(&file.metadata()?)),
    }
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", process::id())
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(MOST_DIGITS).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        sync::atomic::{AtomicBool, Ordering},
    };

    use super::*;

    fn run() -> (tempfile::TempDir, RunDir) {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        (folder, run)
    }

    #[test]
    fn a_held_directory_is_refused_with_the_holders_pid() {
        let (_folder, run) = run();
        let lock = run.lock().unwrap();
        let refused = run.lock().unwrap_err().to_string();
        assert!(refused.contains(&format!("process {} trains", process::id())), "{refused}");
        assert!(!refused.contains('\n'), "{refused}");
        drop(lock);
        run.lock().unwrap();
    }

    #[test]
    fn the_holder_is_known_only_while_it_trains() {
        let (_folder, run) = run();
        assert_eq!(run.holder(), None);
        let lock = run.lock().unwrap();
        assert_eq!((run.holder(), run.holder()), (Some(process::id()), Some(process::id())));
        assert!(run.lock().is_err(), "asking must not take the lock away");
        drop(lock);
        assert_eq!(run.holder(), None);
    }

    #[test]
    fn what_a_dead_process_left_is_no_obstacle() {
        let (_folder, run) = run();
        for stale in ["4294967295\n", "", "no number", "99999999999999999999999999"] {
            fs::write(run.lock_path(), stale).unwrap();
            assert_eq!(run.holder(), None);
            let _lock = run.lock().unwrap();
            assert_eq!(run.holder(), Some(process::id()));
        }
    }

    #[test]
    fn a_holder_that_cannot_be_named_is_still_a_holder() {
        let (_folder, run) = run();
        let _lock = run.lock().unwrap();
        fs::write(run.lock_path(), "?").unwrap();
        assert_eq!(run.holder(), Some(0));
        assert!(run.lock().unwrap_err().to_string().contains("another process trains"));
    }

    #[test]
    fn those_who_only_look_do_not_keep_a_training_from_starting() {
        let (_folder, run) = run();
        drop(run.lock().unwrap());
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    run.holder();
                    thread::yield_now();
                }
            });
            let started = (0..200).all(|_| run.lock().is_ok());
            done.store(true, Ordering::Relaxed);
            assert!(started);
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_on_a_file_that_was_removed_is_noticed() {
        let (_folder, run) = run();
        let path = run.lock_path();
        let lock = run.lock().unwrap();
        assert!(is_at(&lock.file, &path).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!is_at(&lock.file, &path).unwrap());
        let next = run.lock().unwrap();
        assert!(!is_at(&lock.file, &path).unwrap() && is_at(&next.file, &path).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_a_link_is_not_written_through() {
        let (folder, run) = run();
        let outside = folder.path().join("outside");
        fs::write(&outside, "precious").unwrap();
        std::os::unix::fs::symlink(&outside, run.lock_path()).unwrap();
        assert_eq!(run.holder(), None);
        assert!(run.lock().unwrap_err().to_string().contains("no plain file"));
        assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
    }
}
