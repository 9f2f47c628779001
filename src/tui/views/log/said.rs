//! One line, and what its beginning says of it.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use ratatui::style::Style;

use crate::tui::theme::Theme;

/// How a line of `log.txt` says when it was written, which is in local time.
const STAMP: &str = "%Y-%m-%d %H:%M:%S";
/// Bytes of that.
const STAMP_LENGTH: usize = "2026-11-24 14:32:05".len();

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Error,
    Warn,
    Info,
    /// Debugging, or no level at all.
    Other,
}

impl Level {
    /// What the beginning of a line says.
    fn of(line: &str) -> Self {
        line.split_whitespace().take(3).find_map(Self::named).unwrap_or(Self::Other)
    }

    fn named(word: &str) -> Option<Self> {
        match word.trim_matches(['[', ']', ':']) {
            "ERROR" | "error" => Some(Self::Error),
            "WARN" | "WARNING" | "warning" => Some(Self::Warn),
            "INFO" => Some(Self::Info),
            "DEBUG" | "TRACE" => Some(Self::Other),
            _ => None,
        }
    }

    pub fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Error => theme.bad,
            Self::Warn => theme.warn,
            Self::Info => theme.text,
            Self::Other => theme.dim,
        }
    }
}

/// When something was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// As Unix time in ms: of an event.
    Happened(u64),
    /// As on the wall: of a line of the program's own.
    Written(DateTime),
    /// A driver's or a library's line does not say.
    Unknown,
}

/// A line with what its beginning says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    when: When,
    pub level: Level,
    pub text: String,
    /// Where in `text` the message begins: the time, and that it is nothing special, are not drawn.
    message: usize,
}

impl Said {
    /// What happened at `time` (Unix ms).
    pub fn at(time: u64, level: Level, text: String) -> Self {
        Self { when: When::Happened(time), level, text, message: 0 }
    }

    /// A line of `log.txt`.
    pub fn of_line(text: String) -> Self {
        let level = Level::of(&text);
        let stamp =
            text.get(..STAMP_LENGTH).and_then(|stamp| DateTime::strptime(STAMP, stamp).ok());
        let Some(time) = stamp else {
            return Self { when: When::Unknown, level, text, message: 0 };
        };
        let rest = text[STAMP_LENGTH..].trim_start();
        let message = rest.strip_prefix("INFO ").unwrap_or(rest);
        let message = text.len() - message.len();
        Self { when: When::Written(time), level, text, message }
    }

    /// What is drawn after the time.
    pub fn message(&self) -> &str {
        &self.text[self.message..]
    }

    /// When it was said, as on the wall.
    pub fn time(&self, zone: &TimeZone) -> Option<DateTime> {
        match self.when {
            When::Happened(ms) => {
                let moment = Timestamp::from_millisecond(ms as i64).unwrap_or_default();
                Some(zone.to_datetime(moment))
            }
            When::Written(time) => Some(time),
            When::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_it_matters() {
        let time = "2026-01-02 03:04:05";
        assert_eq!(Level::of(&format!("{time}  WARN wgpu: slow")), Level::Warn);
        assert_eq!(Level::of(&format!("{time} ERROR mnv1: lost")), Level::Error);
        assert_eq!(Level::of("MESA: error: no device"), Level::Error);
        assert_eq!(Level::of("adapter found"), Level::Other);
    }

    #[test]
    fn the_time_of_a_line_and_that_it_is_nothing_special_are_not_part_of_the_message() {
        let zone = TimeZone::UTC;
        let said = |line: &str| {
            let said = Said::of_line(line.to_owned());
            (said.time(&zone).map(|time| time.to_string()), said.message().to_owned())
        };
        let time = Some("2026-01-02T03:04:05".to_owned());
        assert_eq!(
            said("2026-01-02 03:04:05  INFO wgpu: slow"),
            (time.clone(), "wgpu: slow".into())
        );
        assert_eq!(said("2026-01-02 03:04:05  WARN wgpu: slow"), (time, "WARN wgpu: slow".into()));
        for other in ["INFO 2026", "2026-99-02 03:04:05 no day", "日本語日本語日本語", ""]
        {
            assert_eq!(said(other), (None, other.into()));
        }
    }
}
