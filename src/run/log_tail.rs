//! Follows `log.txt`, into which libraries and drivers write whatever they like.

use std::{collections::VecDeque, ops::ControlFlow, path::PathBuf};

use super::lines::{Found, Limits, Lines};
use crate::domain::text::plain;

/// Only the end of a long log is of interest, and nobody reads lines of many pages.
const LIMITS: Limits = Limits { line: 64 << 10, newest: 1 << 20 };

/// Characters of a line that are kept: thousands of lines are, and nobody scrolls that far.
const MOST_CHARS: usize = 4_000;

/// Lines given by one call.
const MOST_LINES: usize = 1_000;

/// The new lines of a log as plain text.
#[derive(Debug)]
pub struct LogTail {
    lines: Lines,
}

impl LogTail {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { lines: Lines::new(path.into(), LIMITS) }
    }

    /// The lines completed since the last call, without colours and control characters; of many
    /// the newest. None while the log cannot be read.
    pub fn poll(&mut self) -> Vec<String> {
        let mut newest = VecDeque::new();
        let read = self.lines.poll(|found| {
            match found {
                Found::Restarted => newest.clear(),
                Found::LeftOut => {}
                Found::Line(line) => {
                    if newest.len() == MOST_LINES {
                        newest.pop_front();
                    }
                    newest.push_back(shown(&String::from_utf8_lossy(line)));
                }
            }
            ControlFlow::Continue(())
        });
        // What was read before an error stays read, so it is given all the same.
        drop(read);
        newest.into()
    }
}

/// What a terminal would show of the line. A progress bar draws over itself: the last of its
/// drawings is the one that stays.
fn shown(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    plain(line.rsplit('\r').next().unwrap_or(line)).chars().take(MOST_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_line_becomes_what_a_terminal_would_show() {
        assert_eq!(shown(" 10 %\r 50 %\r\x1b[32m100 %\x1b[m\r\r"), "100 %");
    }

    #[test]
    fn whole_lines_are_given_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        let mut tail = LogTail::new(&path);
        assert!(tail.poll().is_empty());
        fs::write(&path, b"one\n\xfftwo\ntor").unwrap();
        assert_eq!(tail.poll(), ["one", "\u{fffd}two"]);
        fs::write(&path, b"one\n\xfftwo\ntorn\n").unwrap();
        assert_eq!(tail.poll(), ["torn"]);
        fs::write(&path, "anew\n").unwrap();
        assert_eq!(tail.poll(), ["anew"]);
    }

    #[test]
    fn of_a_long_log_the_newest_lines_are_given() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        let text: String = (0..500_000).map(|i| format!("{i}\n")).collect();
        fs::write(&path, text).unwrap();
        let lines = LogTail::new(&path).poll();
        assert_eq!(lines.len(), MOST_LINES);
        assert_eq!((lines[0].as_str(), lines[999].as_str()), ("499000", "499999"));
    }
}
