//! `log.txt`: where tracing goes, and, while the dashboard has the screen, whatever a library or
//! a driver writes to standard output and error.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

use jiff::ZonedDateTime;
use tracing::Level;
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, format::Writer, time::FormatTime},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::run;

/// Libraries that tell at length of what they do; only their warnings are of interest.
const TALKATIVE: [&str; 9] = [
    "wgpu",
    "wgpu_core",
    "wgpu_hal",
    "naga",
    "cubecl",
    "cubecl_runtime",
    "cubecl_wgpu",
    "ureq",
    "rustls",
];

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("{path}: cannot be written ({source}); is the folder yours and the disk not full?")]
    File { path: PathBuf, source: io::Error },
    #[error("standard output cannot be led to the log ({0}); use --headless")]
    Redirect(io::Error),
    #[error("something else logs already ({0})")]
    Taken(String),
}

impl LogError {
    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::File { path: path.to_owned(), source }
    }
}

/// Sends tracing, and what libraries say through `log`, to the file at `path` for the rest of the
/// process: a line each, with time and level, without colours.
///
/// # Errors
/// The file cannot be written, or this was done before.
pub fn to_file(path: &Path) -> Result<Log, LogError> {
    let file = open(path)?;
    let talkative = TALKATIVE.map(|library| (library, Level::WARN));
    let levels = Targets::new().with_default(Level::INFO).with_targets(talkative);
    // Each event is put together in memory and written at once, so that lines never mix.
    let writer = Mutex::new(file.try_clone().map_err(LogError::file(path))?);
    let lines = fmt::layer().with_ansi(false).with_timer(LocalTime).with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(levels).with(lines);
    subscriber.try_init().map_err(|error| LogError::Taken(error.to_string()))?;
    Ok(Log(file))
}

/// Sees to it, when dropped, that what was logged is on the disk.
#[derive(Debug)]
pub struct Log(File);

impl Drop for Log {
    fn drop(&mut self) {
        let _ = self.0.sync_data(); // there is nobody to tell
    }
}

fn open(path: &Path) -> Result<File, LogError> {
    // A run that goes on may be somebody else's: to open a pipe could take for ever.
    run::plain_file_or_none(path)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(path))
        .map_err(LogError::file(path))
}

/// `2026-11-24 14:32:05`, as on the wall: the log is read beside the screen.
struct LocalTime;

impl FormatTime for LocalTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", ZonedDateTime::now().strftime("%Y-%m-%d %H:%M:%S"))
    }
}

/// Does `work` with standard error leading nowhere: graphics drivers talk there while they are
/// looked for, of displays that nobody asked about. What goes wrong is in what `work` returns.
#[cfg(unix)]
pub fn quietly<T>(work: impl FnOnce() -> T) -> T {
    struct Restored(std::os::fd::OwnedFd);
    impl Drop for Restored {
        fn drop(&mut self) {
            let _ = rustix::stdio::dup2_stderr(&self.0);
        }
    }
    let silence = || {
        let nowhere = OpenOptions::new().write(true).open("/dev/null")?;
        let stderr = std::os::fd::AsFd::as_fd(&io::stderr()).try_clone_to_owned()?;
        rustix::stdio::dup2_stderr(&nowhere)?;
        Ok::<_, io::Error>(Restored(stderr))
    };
    // Where this fails, a driver's words do no harm but to the looks.
    let _restored = silence().ok();
    work()
}

/// Does `work`.
#[cfg(not(unix))]
pub fn quietly<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// The terminal behind standard output, to draw on.
///
/// # Errors
/// Standard output is closed.
pub fn screen() -> io::Result<File> {
    #[cfg(unix)]
    let own = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
    #[cfg(windows)]
    let own = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
    Ok(File::from(own))
}

/// While this lives, file descriptors 1 and 2 lead to the log: what a driver prints with C's
/// `printf` must not reach the screen either. Where there are none of these, nothing is done.
#[derive(Debug)]
pub struct Redirect {
    #[cfg(unix)]
    stdout: std::os::fd::OwnedFd,
    #[cfg(unix)]
    stderr: std::os::fd::OwnedFd,
}

#[cfg(unix)]
impl Redirect {
    /// Leads standard output and error to the log at `path`; gives the terminal to draw on.
    ///
    /// # Errors
    /// The log cannot be opened, or a descriptor cannot be changed.
    pub fn to(path: &Path) -> Result<(Self, File), LogError> {
        use std::os::fd::AsFd;

        let log = open(path)?;
        let redirect = || {
            io::stdout().flush()?;
            let screen = screen()?;
            let stdout = io::stdout().as_fd().try_clone_to_owned()?;
            let stderr = io::stderr().as_fd().try_clone_to_owned()?;
            rustix::stdio::dup2_stdout(&log)?;
            // Made before the second change, so that its failure undoes the first.
            let redirect = Self { stdout, stderr };
            rustix::stdio::dup2_stderr(&log)?;
            Ok((redirect, screen))
        };
        redirect().map_err(LogError::Redirect)
    }
}

#[cfg(unix)]
impl Drop for Redirect {
    fn drop(&mut self) {
        // What Rust has buffered belongs to the log as well. There is nobody to tell of a failure.
        let _ = io::stdout().flush();
        let _ = rustix::stdio::dup2_stdout(&self.stdout);
        let _ = rustix::stdio::dup2_stderr(&self.stderr);
    }
}

#[cfg(not(unix))]
impl Redirect {
    /// Only gives the terminal to draw on.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn to(_: &Path) -> Result<(Self, File), LogError> {
        Ok((Self {}, screen().map_err(LogError::Redirect)?))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_a_pipe_or_a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let [pipe, link] = ["pipe", "link"].map(|name| folder.path().join(name));
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        std::os::unix::fs::symlink(folder.path().join("none"), &link).unwrap();
        for path in [pipe, link] {
            let said = open(&path).unwrap_err().to_string();
            assert!(said.contains("cannot be written (it is no plain file)"), "{said}");
        }
        open(&folder.path().join("log.txt")).unwrap();
    }
}
