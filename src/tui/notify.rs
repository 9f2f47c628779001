//! Notices on the desktop: what a person asks for, and how the terminal is told.

use std::str::FromStr;

use serde::Deserialize;

use super::text::{clip, plain};

/// Columns of a notice: a longer one would be cut by whoever shows it.
const MOST: usize = 200;

/// How a notice is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    Off,
    /// A text (iTerm2, kitty).
    Osc9,
    /// A heading and a text (foot, Ghostty, WezTerm, urxvt).
    Osc777,
    /// No text, but every terminal has it, and many mark their tab or window for it.
    Bell,
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum NotifyChoice {
    /// What the terminal is known to take, the bell where it says nothing.
    Auto,
    Always(Notify),
}

impl Default for NotifyChoice {
    fn default() -> Self {
        Self::Always(Notify::Off)
    }
}

/// The names, for messages.
const NAMES: [(&str, NotifyChoice); 5] = [
    ("off", NotifyChoice::Always(Notify::Off)),
    ("auto", NotifyChoice::Auto),
    ("osc9", NotifyChoice::Always(Notify::Osc9)),
    ("osc777", NotifyChoice::Always(Notify::Osc777)),
    ("bell", NotifyChoice::Always(Notify::Bell)),
];

impl FromStr for NotifyChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = NAMES.into_iter().find(|(name, _)| *name == text);
        named.map(|(_, choice)| choice).ok_or_else(|| {
            format!("'{text}' is not one of {}", NAMES.map(|(name, _)| name).join(", "))
        })
    }
}

impl TryFrom<String> for NotifyChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl NotifyChoice {
    /// The way for the terminal of this environment.
    pub fn settled(self, variable: impl Fn(&str) -> Option<String>) -> Notify {
        match self {
            Self::Always(notify) => notify,
            Self::Auto => known(variable),
        }
    }
}

fn known(variable: impl Fn(&str) -> Option<String>) -> Notify {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    let program = variable("TERM_PROGRAM").unwrap_or_default();
    let begins = |names: &[&str]| names.iter().any(|name| term.starts_with(name));
    // A multiplexer in between passes the bell on, and the rest only if it is set up so.
    if is_set("TMUX") || is_set("STY") || begins(&["tmux", "screen"]) {
        return Notify::Bell;
    }
    // What a terminal says of itself stays in the environment of another that is begun from it.
    let is_other = ["ALACRITTY_WINDOW_ID", "VTE_VERSION", "XTERM_VERSION"].into_iter().any(is_set);
    let is_iterm2 = variable("LC_TERMINAL").is_some_and(|name| name == "iTerm2");
    match () {
        () if begins(&["foot", "rxvt-unicode", "contour", "xterm-ghostty"]) => Notify::Osc777,
        () if begins(&["xterm-kitty"]) => Notify::Osc9,
        () if is_other || is_set("KONSOLE_VERSION") => Notify::Bell,
        () if ["ghostty", "WezTerm"].contains(&&*program) => Notify::Osc777,
        () if ["iTerm.app", "WarpTerminal"].contains(&&*program) || is_iterm2 => Notify::Osc9,
        () if is_set("KITTY_WINDOW_ID") => Notify::Osc9,
        () => Notify::Bell,
    }
}

impl Notify {
    /// What the terminal, or the one around tmux, is sent to show `text` under `heading`.
    pub fn bytes(self, in_tmux: bool, heading: &str, text: &str) -> Vec<u8> {
        let fit = |text: &str| clip(&plain(text), MOST);
        let sequence = match self {
            Self::Off => return Vec::new(),
            Self::Bell => return vec![7],
            Self::Osc9 => format!("\u{1b}]9;{}\u{7}", fit(&format!("{heading}: {text}"))),
            Self::Osc777 => {
                // A semicolon ends the heading, and with some terminals the text.
                let [heading, text] = [heading, text].map(|part| fit(part).replace(';', ","));
                format!("\u{1b}]777;notify;{heading};{text}\u{7}")
            }
        };
        match in_tmux {
            true => format!("\u{1b}Ptmux;{}\u{1b}\\", sequence.replace('\u{1b}', "\u{1b}\u{1b}")),
            false => sequence,
        }
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(environment: &[(&str, &str)]) -> Notify {
        let value = |name: &str| environment.iter().find(|pair| pair.0 == name);
        NotifyChoice::Auto.settled(|name| value(name).map(|pair| pair.1.to_owned()))
    }

    #[test]
    fn the_environment_tells_how_and_else_the_bell_rings() {
        #[rustfmt::skip] // a table
        let cases: [(&[(&str, &str)], Notify); 9] = [
            (&[], Notify::Bell),
            (&[("TERM", "xterm-256color")], Notify::Bell),
            (&[("TERM", "xterm-kitty")], Notify::Osc9),
            (&[("TERM", "foot-extra"), ("KITTY_WINDOW_ID", "1")], Notify::Osc777),
            (&[("TERM_PROGRAM", "WezTerm"), ("KITTY_WINDOW_ID", "1")], Notify::Osc777),
            (&[("LC_TERMINAL", "iTerm2"), ("TERM", "xterm")], Notify::Osc9),
            (&[("KITTY_WINDOW_ID", "1"), ("ALACRITTY_WINDOW_ID", "1")], Notify::Bell),
            (&[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")], Notify::Bell),
            (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")], Notify::Bell),
        ];
        for (environment, expected) in cases {
            assert_eq!(auto(environment), expected, "{environment:?}");
        }
        assert_eq!(NotifyChoice::default().settled(|_| Some("foot".into())), Notify::Off);
        let refused = "mail".parse::<NotifyChoice>().unwrap_err();
        assert_eq!(refused, "'mail' is not one of off, auto, osc9, osc777, bell");
    }

    #[test]
    fn a_notice_is_one_sequence_whatever_it_says() {
        let sent = |notify: Notify, in_tmux| {
            let bytes = notify.bytes(in_tmux, "run a;b", "x;y\u{7}\u{1b}]2;z\u{7} \u{9c}!\n");
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(sent(Notify::Osc9, false), "\u{1b}]9;run a;b: x;y !\u{20}\u{7}");
        assert_eq!(sent(Notify::Osc777, false), "\u{1b}]777;notify;run a,b;x,y !\u{20}\u{7}");
        let wrapped = "\u{1b}Ptmux;\u{1b}\u{1b}]9;run a;b: x;y !\u{20}\u{7}\u{1b}\\";
        assert_eq!(sent(Notify::Osc9, true), wrapped);
        assert_eq!(
            (sent(Notify::Bell, true), sent(Notify::Off, true)),
            ("\u{7}".into(), "".into())
        );
        assert!(Notify::Osc777.bytes(false, &"日".repeat(9_999), "x").len() < 1_000);
    }
}
