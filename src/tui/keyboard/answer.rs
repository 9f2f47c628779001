//! The terminal's answer to the question for its background, found among the keys.
//!
//! The terminal answers where keys come from, at any time or never. Whoever waits for the answer
//! before the first key delays the screen and takes keys that are typed meanwhile; one that comes
//! later is typed into the dashboard. So keys are read as ever, and those that spell an answer are
//! taken out.

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

use super::Typed;
use crate::tui::theme::Rgb;

/// Asks for the colour of the background (OSC 11).
pub const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

/// An answer that takes longer is not expected any more.
const PATIENCE: Duration = Duration::from_secs(10);

/// How an answer begins, behind its `ESC ]`.
const BEGINNING: &str = "11;rgb";

/// Takes one answer out of what is typed.
#[derive(Debug)]
pub struct Answer {
    /// When it is no longer waited for; `None` once it has come, or if nothing was asked.
    until: Option<Instant>,
    /// Keys that may be the beginning of it.
    held: Vec<Event>,
    /// What they spell behind the `ESC ]`.
    spelt: String,
}

impl Answer {
    pub fn expected(asked: bool) -> Self {
        let until = asked.then(|| Instant::now() + PATIENCE);
        Self { until, held: Vec::new(), spelt: String::new() }
    }

    /// What `event` brings: itself, nothing yet, or more than one that were held back.
    pub fn sift(&mut self, event: Event) -> Vec<Typed> {
        if self.until.is_none_or(|until| self.held.is_empty() && Instant::now() > until) {
            self.until = None;
            return vec![Typed::Event(event)];
        }
        let piece = Piece::of(&event);
        if self.held.is_empty() && piece != Piece::Start {
            return vec![Typed::Event(event)];
        }
        self.held.push(event);
        match piece {
            Piece::Start if self.held.len() == 1 => {}
            Piece::Letter(c) if self.goes_on_with(c) => self.spelt.push(c),
            // An ESC that came apart from the backslash behind it is a key of its own.
            Piece::Escape if !self.spelt.ends_with('\\') => self.spelt.push('\\'),
            Piece::End => return self.ended(),
            _ => return self.given_up(),
        }
        Vec::new()
    }

    fn goes_on_with(&self, c: char) -> bool {
        match BEGINNING.chars().nth(self.spelt.len()) {
            Some(expected) => c == expected,
            None => self.spelt.len() < 32 && (c.is_ascii_hexdigit() || "a:/".contains(c)),
        }
    }

    fn ended(&mut self) -> Vec<Typed> {
        let Some(colour) = colour(self.spelt.trim_end_matches('\\')) else {
            return self.given_up();
        };
        *self = Self::expected(false);
        vec![Typed::Background(colour)]
    }

    /// It was something else that only began like an answer.
    fn given_up(&mut self) -> Vec<Typed> {
        self.spelt.clear();
        std::mem::take(&mut self.held).into_iter().map(Typed::Event).collect()
    }
}

/// What a key may be in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Start,
    Letter(char),
    Escape,
    End,
    None,
}

impl Piece {
    fn of(event: &Event) -> Self {
        let Event::Key(key) = event else { return Self::None };
        if key.kind != KeyEventKind::Press {
            return Self::None;
        }
        let (alt, control) = (KeyModifiers::ALT, KeyModifiers::CONTROL);
        match (key.code, key.modifiers & (alt | control)) {
            (KeyCode::Char(']'), modifiers) if modifiers == alt => Self::Start,
            (KeyCode::Char('\\'), modifiers) if !modifiers.contains(control) => Self::End,
            (KeyCode::Char('g'), modifiers) if modifiers == control => Self::End,
            (KeyCode::Esc, _) => Self::Escape,
            (KeyCode::Char(c), modifiers) if modifiers.is_empty() => Self::Letter(c),
            _ => Self::None,
        }
    }
}

/// The colour in `11;rgb:ffff/fdfd/e3e3`, whose parts have one to four digits.
fn colour(spelt: &str) -> Option<Rgb> {
    let parts = spelt.strip_prefix(BEGINNING)?.trim_start_matches('a').strip_prefix(':')?;
    let mut parts = parts.split('/').map(|part| {
        let most = 16_u32.checked_pow(part.len() as u32).filter(|_| part.len() <= 4)? - 1;
        let value = u32::from_str_radix(part, 16).ok()?;
        Some((value * 255 / most.max(1)) as u8)
    });
    let mut next = || parts.next()?;
    Some((next()?, next()?, next()?))
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::KeyEvent;

    use super::*;

    fn key(c: char) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
    }

    fn alt(c: char) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT))
    }

    fn control(c: char) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
    }

    fn sifted(events: impl IntoIterator<Item = Event>) -> Vec<Typed> {
        let mut answer = Answer::expected(true);
        events.into_iter().flat_map(|event| answer.sift(event)).collect()
    }

    fn answered(text: &str, end: &[Event]) -> Vec<Event> {
        let letters = text.chars().map(key);
        [alt(']')].into_iter().chain(letters).chain(end.iter().cloned()).collect()
    }

    #[test]
    fn an_answer_is_taken_out_from_between_the_keys() {
        let escape = Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
        for end in [vec![alt('\\')], vec![control('g')], vec![escape, key('\\')]] {
            let answer = answered("11;rgb:fdfd/f6F6/e3e3", &end);
            let typed = sifted([key('j')].into_iter().chain(answer).chain([key('k')]));
            let expected = [
                Typed::Event(key('j')),
                Typed::Background((253, 246, 227)),
                Typed::Event(key('k')),
            ];
            assert_eq!(typed, expected);
        }
    }

    #[test]
    fn parts_may_have_any_number_of_digits_and_opacity_is_nothing_to_us() {
        assert_eq!(colour("11;rgb:f/0/8"), Some((255, 0, 136)));
        assert_eq!(colour("11;rgba:0000/2b2b/3636/ffff"), Some((0, 43, 54)));
        for no_colour in
            ["11;rgb:", "11;rgb:0/0", "11;rgb:00000/0/0", "11;rgb:x/0/0", "4;rgb:0/0/0"]
        {
            assert_eq!(colour(no_colour), None, "{no_colour}");
        }
    }

    #[test]
    fn what_only_looks_like_an_answer_is_typed() {
        for text in ["1", "11;rgb:zz", "j"] {
            let events = answered(text, &[key('q')]);
            let typed: Vec<Typed> = events.iter().cloned().map(Typed::Event).collect();
            assert_eq!(sifted(events), typed);
        }
        let events = answered("11;rgb:0/0", &[alt('\\'), key('q')]);
        assert_eq!(sifted(events.clone()).len(), events.len());
    }

    #[test]
    fn nothing_is_held_back_where_nothing_was_asked_or_the_answer_has_come() {
        let mut answer = Answer::expected(false);
        assert_eq!(answer.sift(alt(']')), [Typed::Event(alt(']'))]);
        let twice = answered("11;rgb:0/0/0", &[alt('\\'), alt(']')]);
        assert_eq!(sifted(twice).len(), 2);
    }
}
