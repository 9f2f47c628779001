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

/// Writes `text` and a line feed to standard output, and flushes it.
///
/// # Errors
/// What the system says; [`super::run`] takes a reader that has gone away as a wish to end.
pub fn line(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
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
