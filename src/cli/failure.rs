//! What went wrong, told in one line, and the exit status for it.

use std::{
    io::{self, ErrorKind},
    process::ExitCode,
};

use clap::error::ErrorKind as ClapErrorKind;

use super::output;

/// Something that was asked for cannot be meant so: the exit status is 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(String);

impl UsageError {
    /// With one line on what is wrong, where, and what to do.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

const FAILURE: u8 = 1;
const WRONG_USAGE: u8 = 2;

/// Tells of `error` in one line on standard error and gives the exit status for it. A reader of
/// standard output that has gone away wanted no more: that is no failure.
pub fn told(error: &anyhow::Error) -> ExitCode {
    if error.chain().any(is_broken_pipe) {
        return ExitCode::SUCCESS;
    }
    output::note(format_args!("error: {}", in_one_line(&story(error))));
    let wrong_usage = error.chain().any(|cause| cause.is::<UsageError>());
    ExitCode::from(if wrong_usage { WRONG_USAGE } else { FAILURE })
}

/// The same for what the parser of the command line says, help and version included.
pub fn told_by_clap(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ClapErrorKind::DisplayHelp | ClapErrorKind::DisplayVersion => match error.print() {
            Err(failed) if failed.kind() != ErrorKind::BrokenPipe => ExitCode::from(FAILURE),
            _ => ExitCode::SUCCESS,
        },
        _ => {
            output::note(clap_in_one_line(&error.to_string()));
            ExitCode::from(WRONG_USAGE)
        }
    }
}

/// The causes from the outermost to the innermost. Messages that tell their cause themselves are
/// not followed by it once more.
fn story(error: &anyhow::Error) -> String {
    let mut story = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if story.is_empty() {
            story = cause;
        } else if !story.contains(&cause) {
            story = format!("{story}: {cause}");
        }
    }
    story
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
}

fn in_one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Clap writes paragraphs: what is wrong, tips, the usage and where help is. The first ones are
/// kept.
fn clap_in_one_line(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(in_one_line);
    let mut kept: Vec<String> = paragraphs
        .filter(|p| !(p.is_empty() || p.starts_with("Usage:") || p.starts_with("For more info")))
        .collect();
    kept.push("see --help".to_owned());
    kept.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;

    fn said(words: &[&str]) -> String {
        let error = Cli::of(words.iter().map(Into::into)).unwrap_err();
        clap_in_one_line(&error.to_string())
    }

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("disk full").context("c.toml: cannot be written (disk full)");
        assert_eq!(story(&error), "c.toml: cannot be written (disk full)");
        let error = anyhow::anyhow!("disk full").context("c.toml");
        assert_eq!(story(&error), "c.toml: disk full");
    }

    #[test]
    fn wrong_usage_is_one_line() {
        assert_eq!(
            said(&["--alpa", "1"]),
            "error: unexpected argument '--alpa' found; \
             tip: a similar argument exists: '--alpha'; see --help"
        );
        assert_eq!(
            said(&["eval"]),
            "error: the following required arguments were not provided: <RUN|WEIGHTS>; see --help"
        );
        assert_eq!(
            said(&["--optimizer", "adan"]),
            "error: invalid value 'adan' for '--optimizer <OPTIMIZER>': \
             'adan' is not one of adam, adamw, sgd; see --help"
        );
    }
}
