//! A key, and how people write it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers; a capital letter says `shift` by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub(super) code: KeyCode,
    pub(super) control: bool,
}

/// The keys that have a name rather than a letter.
#[rustfmt::skip] // a table
const NAMED: [(&str, KeyCode); 16] = [
    ("space", KeyCode::Char(' ')), ("tab", KeyCode::Tab), ("S-tab", KeyCode::BackTab),
    ("enter", KeyCode::Enter), ("esc", KeyCode::Esc), ("backspace", KeyCode::Backspace),
    ("del", KeyCode::Delete), ("ins", KeyCode::Insert), ("home", KeyCode::Home),
    ("end", KeyCode::End), ("PgUp", KeyCode::PageUp), ("PgDn", KeyCode::PageDown),
    ("left", KeyCode::Left), ("right", KeyCode::Right), ("up", KeyCode::Up), ("down", KeyCode::Down),
];

impl Key {
    pub fn of(pressed: &KeyEvent) -> Self {
        Self { code: pressed.code, control: pressed.modifiers.contains(KeyModifiers::CONTROL) }
    }

    /// What crossterm tells when it is pressed.
    #[cfg(test)]
    pub fn pressed(self) -> KeyEvent {
        let modifiers = if self.control { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        KeyEvent::new(self.code, modifiers)
    }

    /// The key as help, footer and palette show it.
    pub fn label(self) -> String {
        let named = NAMED.iter().find(|(_, code)| *code == self.code);
        let name = match (named, self.code) {
            (Some((name, _)), _) => (*name).to_owned(),
            (None, KeyCode::Char(c)) => c.to_string(),
            (None, KeyCode::F(n)) => format!("f{n}"),
            (None, other) => other.to_string().to_lowercase(),
        };
        if self.control { format!("C-{name}") } else { name }
    }

    /// The key that is written like this: `x`, `X`, `C-x`, `f5`, or a name of the list. The
    /// inverse of [`Self::label`].
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("C-").filter(|rest| !rest.is_empty()) {
            let key = Self::parse(rest).filter(|key| !key.control)?;
            return Some(Self { control: true, ..key });
        }
        let mut letters = text.chars();
        let code = match (letters.next()?, letters.next()) {
            (c, None) if c.is_control() => return None,
            (c, None) => KeyCode::Char(c),
            ('f', Some(_)) if text[1..].bytes().all(|b| b.is_ascii_digit()) => {
                KeyCode::F(text[1..].parse().ok().filter(|n| (1..=12).contains(n))?)
            }
            _ => NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text))?.1,
        };
        Some(Self { code, control: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_written() {
        let mut codes: Vec<KeyCode> = NAMED.iter().map(|(_, code)| *code).collect();
        codes.extend([KeyCode::Char('x'), KeyCode::Char('X'), KeyCode::Char('é')]);
        codes.extend([KeyCode::F(1), KeyCode::F(12)]);
        for code in codes {
            for control in [false, true] {
                let key = Key { code, control };
                assert_eq!(Key::parse(&key.label()), Some(key), "{}", key.label());
            }
        }
    }

    #[test]
    fn what_is_no_key_is_not_guessed_at() {
        for text in ["", "xx", "C-", "C-C-x", "f0", "f13", "fé", "\u{1b}", "hyper-x"] {
            assert_eq!(Key::parse(text), None, "{text:?}");
        }
        assert_eq!(Key::parse("Space"), Key::parse("space"));
    }
}
