//! Follows `log.txt`, into which libraries and drivers write whatever they like.

use std::{collections::VecDeque, iter::Peekable, path::PathBuf, str::Chars};

use super::lines::{Found, Limits, Lines};

/// Only the end of a long log is of interest, and nobody reads lines of many pages.
const LIMITS: Limits = Limits { line: 64 << 10, newest: 1 << 20 };

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
            let Found::Line(line) = found else { return };
            if newest.len() == MOST_LINES {
                newest.pop_front();
            }
            newest.push_back(plain_text(&String::from_utf8_lossy(line)));
        });
        // What was read before an error stays read, so it is given all the same.
        drop(read);
        newest.into()
    }
}

/// What a terminal would show of the line: escape sequences and control characters taken out.
fn plain_text(line: &str) -> String {
    // A progress bar draws over itself: the last of its drawings is the one that stays.
    let line = line.trim_end_matches('\r');
    let shown = line.rsplit('\r').next().unwrap_or(line);
    let (mut text, mut chars) = (String::with_capacity(shown.len()), shown.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_until(&mut chars, is_final),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            '\t' => text.push(' '),
            c if c.is_control() => {}
            c => text.push(c),
        }
    }
    text
}

/// Skips what follows an ESC: a control sequence, a string for the terminal, or a few characters.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_until(chars, is_final);
        }
        Some('P' | 'X' | ']' | '^' | '_') => skip_string(chars),
        Some(' '..='/') => skip_until(chars, |c| ('0'..='~').contains(&c)),
        Some('0'..='~') => drop(chars.next()),
        _ => {}
    }
}

/// Whether a control sequence ends with this character.
fn is_final(c: char) -> bool {
    ('@'..='~').contains(&c)
}

/// Skips up to and including the character that ends a sequence.
fn skip_until(chars: &mut Peekable<Chars<'_>>, ends: impl Fn(char) -> bool) {
    chars.find(|c| ends(*c));
}

/// Skips a title, a picture or the like: up to BEL, or ESC and a backslash.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    if chars.find(|c| matches!(c, '\u{7}' | '\u{1b}' | '\u{9c}')) == Some('\u{1b}') {
        chars.next_if_eq(&'\\');
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_line_becomes_what_a_terminal_would_show() {
        #[rustfmt::skip] // a table
        let cases = [
            ("plain — text", "plain — text"),
            ("\x1b[2m12:00\x1b[0m \x1b[32mINFO\x1b[m ready", "12:00 INFO ready"),
            ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
            ("\x1bPq#0;sixel\x1b\\b", "b"),
            ("\x1b(Bc\x1b=d\x1b7", "cd"),
            ("\u{9b}31mred\u{9d}title\u{9c}!", "red!"),
            ("a\x07\x08b\0\tc\x7f", "ab c"),
            (" 10 %\r 50 %\r100 %\r\r", "100 %"),
            ("cut \x1b[31", "cut "),
            ("cut \x1b", "cut "),
            ("\x1b\u{e9}", "\u{e9}"),
        ];
        for (line, expected) in cases {
            assert_eq!(plain_text(line), expected, "{line:?}");
        }
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
