//! Text from outside, made fit for a terminal: no file and no server can speak to it.

use std::{iter::Peekable, str::Chars};

/// `text` as a terminal would show it on one line: whole escape sequences are taken out, and so is
/// every other character that controls a terminal or cannot be seen. Tabs and line feeds become
/// spaces.
///
/// All that comes from a file or from a server goes through here on its way to a person. A
/// sequence that does not end loses only its beginning, so that it swallows nothing that follows.
pub fn plain(text: &str) -> String {
    let (mut out, mut chars) = (String::with_capacity(text.len()), text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\t' | '\n' => out.push(' '),
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            c if is_unfit(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Whether `text` is as [`plain`] would leave it.
pub fn is_plain(text: &str) -> bool {
    !text.contains(is_unfit)
}

/// `json` with every character that [`plain`] takes out of a text written as `\u….`: the same
/// value, fit for a terminal. The encoder does so itself with those below 0x20.
pub fn escape_json(json: String) -> String {
    let must_escape = |c: char| c > ' ' && is_unfit(c);
    if !json.contains(must_escape) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if must_escape(c) {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units).iter();
            units.for_each(|unit| out += &format!("\\u{unit:04x}"));
        } else {
            out.push(c);
        }
    }
    out
}

/// Controls, and marks that turn the direction of writing, end a line or hide text.
fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Skips what follows an ESC: a control sequence, a string for the terminal, or a few characters.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        Some('P' | 'X' | ']' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        Some(' '..='/') => {
            while chars.next_if(|c| (' '..='/').contains(c)).is_some() {}
            chars.next_if(|c| ('0'..='~').contains(c));
        }
        Some('0'..='~') => drop(chars.next()),
        _ => {}
    }
}

/// Skips the parameters of a control sequence and the letter that ends it.
fn skip_control_sequence(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| (' '..='?').contains(c)).is_some() {}
    chars.next_if(|c| ('@'..='~').contains(c));
}

/// Skips a title, a picture or the like up to its end, if it has one: BEL, ST, or ESC and a
/// backslash. Only as far as the next control, so that this cannot take longer than the text.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    let mut ahead = chars.clone();
    match ahead.find(|c| c.is_control()) {
        Some('\u{7}' | '\u{9c}') => *chars = ahead,
        Some('\u{1b}') if ahead.next() == Some('\\') => *chars = ahead,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_what_a_terminal_would_show() {
        #[rustfmt::skip] // a table
        let cases = [
            ("plain — text 日本語", "plain — text 日本語"),
            ("\x1b[2m12:00\x1b[0m \x1b[32mINFO\x1b[m ready", "12:00 INFO ready"),
            ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
            ("\x1bPq#0;sixel\x1b\\b", "b"),
            ("\x1b(Bc\x1b=d\x1b7", "cd"),
            ("\u{9b}31mred\u{9d}title\u{9c}!", "red!"),
            ("a\x07\x08b\0\tc\nd\r\x7f", "ab c d"),
            ("\x1b\u{e9}", "\u{e9}"),
            ("never ends: \x1b]52;c;x", "never ends: 52;c;x"),
            ("never ends: \u{9d}0;x and more", "never ends: 0;x and more"),
            ("cut \x1b[31", "cut "),
            ("cut \x1b", "cut "),
            ("a\u{202e}b\u{200b}c\u{2028}d\u{e0041}", "abcd"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text:?}");
            assert!(is_plain(expected) && (text == expected || !is_plain(text)), "{text:?}");
        }
    }

    #[test]
    fn a_text_of_nothing_but_beginnings_is_read_in_one_go() {
        for beginning in ["\x1b]", "\x1b[", "\u{9d}", "\u{9b}", "\x1b("] {
            let text = beginning.repeat(500_000);
            assert!(is_plain(&plain(&text)));
        }
    }

    #[test]
    fn json_means_the_same_but_is_fit_for_a_terminal() {
        let value = "\x1b[31m\u{9b}31m\u{7f}\u{202e}\u{e0041}\n日本";
        let json = escape_json(serde_json::to_string_pretty(&[value]).unwrap());
        assert!(json.lines().all(is_plain), "{json:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [value]);
    }
}
