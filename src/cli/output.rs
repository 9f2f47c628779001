//! Results on standard output.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Standard output, for results of many lines. Errors as [`line`].
pub fn stdout() -> impl Write {
    io::stdout().lock()
}

/// Writes a part of a result. Errors as [`line`].
pub fn part(text: &str) -> io::Result<()> {
    stdout().write_all(text.as_bytes()).map_err(reader_gone)
}

/// Writes `text` and a line feed to standard output, and flushes it.
///
/// # Errors
/// What the system says; [`super::run`] takes a reader that has gone away as a wish to end.
pub fn line(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(reader_gone)
}

/// A terminal that was closed is a reader that has gone away, though the system says otherwise.
fn reader_gone(error: io::Error) -> io::Error {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;

        const EIO: i32 = rustix::io::Errno::IO.raw_os_error();
        let is_device = || {
            let stdout = super::logging::screen().and_then(|stdout| stdout.metadata());
            stdout.is_ok_and(|found| found.file_type().is_char_device())
        };
        if error.raw_os_error() == Some(EIO) && is_device() {
            return io::ErrorKind::BrokenPipe.into();
        }
    }
    error
}

/// Writes `value` as JSON, readable, with a line feed at the end.
///
/// # Errors
/// As [`line`].
pub fn json(value: &impl Serialize) -> io::Result<()> {
    line(serde_json::to_string_pretty(value).map_err(io::Error::other)?)
}

/// Writes `value` as JSON or, for people, what `text` makes of it.
///
/// # Errors
/// As [`line`].
pub fn result<T: Serialize, D: Display>(
    format: Format,
    value: &T,
    text: impl FnOnce(&T) -> D,
) -> io::Result<()> {
    match format {
        Format::Json => json(value),
        Format::Text => line(text(value)),
    }
}

/// Writes one line to standard error. That nobody can read it is no reason to fail.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
