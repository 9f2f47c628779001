//! Results on standard output and words on standard error, all of them as plain text: names out of
//! files and messages that quote them do not reach the terminal in any other way.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

use crate::domain::text::{escape_json, plain};

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
    PlainLines { inner: io::stdout().lock(), line: Vec::new() }
}

/// Makes each line plain before it is written.
struct PlainLines<W: Write> {
    inner: W,
    /// What came of the line that is not complete yet.
    line: Vec<u8>,
}

impl<W: Write> PlainLines<W> {
    fn pass_on(&mut self) -> io::Result<()> {
        let line = plain(&String::from_utf8_lossy(&self.line));
        self.line.clear();
        self.inner.write_all(line.as_bytes())
    }
}

impl<W: Write> Write for PlainLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            match piece.split_last() {
                Some((b'\n', rest)) => {
                    self.line.extend_from_slice(rest);
                    self.pass_on()?;
                    self.inner.write_all(b"\n")?;
                }
                _ => self.line.extend_from_slice(piece),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.inner.flush()
    }
}

impl<W: Write> Drop for PlainLines<W> {
    fn drop(&mut self) {
        let _ = self.pass_on(); // there is nobody to tell
    }
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
    let mut out = stdout();
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
    line(escape_json(serde_json::to_string_pretty(value).map_err(io::Error::other)?))
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
    let _ = writeln!(io::stderr().lock(), "{}", plain(&text.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_plain_however_they_are_written() {
        let mut written = Vec::new();
        let mut out = PlainLines { inner: &mut written, line: Vec::new() };
        for piece in [&b"a\x1b"[..], b"[31mb\n\xc2", b"\x9b2Jc\n\n", b"last\x07\xff"] {
            out.write_all(piece).unwrap();
        }
        drop(out);
        let expected = "ab\nc\n\nlast\u{fffd}";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
