//! How pictures are drawn: what a person asks for, and what the terminal is known to take.

use std::str::FromStr;

use serde::Deserialize;

/// How a terminal is told of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Two pixels in a character: every terminal takes it.
    Halfblocks,
    Kitty,
    Sixel,
    Iterm2,
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum GraphicsChoice {
    /// What the terminal is known to take.
    #[default]
    Auto,
    Always(Protocol),
}

/// The names, for messages.
const NAMES: [(&str, GraphicsChoice); 5] = [
    ("auto", GraphicsChoice::Auto),
    ("kitty", GraphicsChoice::Always(Protocol::Kitty)),
    ("sixel", GraphicsChoice::Always(Protocol::Sixel)),
    ("iterm2", GraphicsChoice::Always(Protocol::Iterm2)),
    ("halfblocks", GraphicsChoice::Always(Protocol::Halfblocks)),
];

impl FromStr for GraphicsChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = NAMES.into_iter().find(|(name, _)| *name == text);
        named.map(|(_, choice)| choice).ok_or_else(|| {
            format!("'{text}' is not one of {}", NAMES.map(|(name, _)| name).join(", "))
        })
    }
}

impl TryFrom<String> for GraphicsChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl GraphicsChoice {
    /// The protocol for the terminal of this environment.
    ///
    /// Nothing is asked of the terminal: its answer would come amid the keys, after the first
    /// frame, and a terminal that does not know the question shows it. What says nothing of itself
    /// (an xterm with sixel) is to be named by the person.
    pub fn settled(self, variable: impl Fn(&str) -> Option<String>) -> Protocol {
        match self {
            Self::Always(protocol) => protocol,
            Self::Auto => known(variable),
        }
    }
}

fn known(variable: impl Fn(&str) -> Option<String>) -> Protocol {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let term = variable("TERM").unwrap_or_default();
    let program = variable("TERM_PROGRAM").unwrap_or_default();
    let begins = |names: &[&str]| names.iter().any(|name| term.starts_with(name));
    // A multiplexer in between draws characters, and knows of no pictures unless it is set up so.
    if is_set("TMUX") || is_set("STY") || begins(&["tmux", "screen"]) {
        return Protocol::Halfblocks;
    }
    // These know kitty's protocol, but not the characters that stand for parts of a picture.
    let is_partial = program == "WezTerm" || is_set("KONSOLE_VERSION");
    // What a terminal says of itself stays in the environment of another that is begun from it.
    let is_other = ["ALACRITTY_WINDOW_ID", "VTE_VERSION", "XTERM_VERSION"].into_iter().any(is_set);
    let is_iterm2 = ["iTerm.app", "mintty", "rio", "WarpTerminal"].contains(&&*program)
        || variable("LC_TERMINAL").is_some_and(|name| name == "iTerm2");
    match () {
        () if begins(&["xterm-kitty", "xterm-ghostty"]) => Protocol::Kitty,
        () if begins(&["foot", "mlterm", "contour", "yaft"]) => Protocol::Sixel,
        () if is_other => Protocol::Halfblocks,
        () if is_partial || is_iterm2 => Protocol::Iterm2,
        () if program == "ghostty" || is_set("KITTY_WINDOW_ID") => Protocol::Kitty,
        () => Protocol::Halfblocks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(environment: &[(&str, &str)]) -> Protocol {
        let value = |name: &str| environment.iter().find(|pair| pair.0 == name);
        GraphicsChoice::Auto.settled(|name| value(name).map(|pair| pair.1.to_owned()))
    }

    #[test]
    fn the_environment_tells_the_protocol() {
        assert_eq!(auto(&[]), Protocol::Halfblocks);
        assert_eq!(auto(&[("TERM", "xterm-256color")]), Protocol::Halfblocks);
        assert_eq!(auto(&[("TERM", "xterm-kitty")]), Protocol::Kitty);
        assert_eq!(auto(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")]), Protocol::Kitty);
        assert_eq!(auto(&[("TERM", "foot-extra")]), Protocol::Sixel);
        assert_eq!(auto(&[("LC_TERMINAL", "iTerm2"), ("TERM", "xterm")]), Protocol::Iterm2);
        let alacritty = [("KITTY_WINDOW_ID", "1"), ("ALACRITTY_WINDOW_ID", "1")];
        assert_eq!(auto(&alacritty), Protocol::Halfblocks);
        let wezterm = [("TERM_PROGRAM", "WezTerm"), ("KITTY_WINDOW_ID", "1")];
        assert_eq!(auto(&wezterm), Protocol::Iterm2);
    }

    #[test]
    fn a_multiplexer_shows_characters_unless_the_person_says_otherwise() {
        let tmux = [("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1"), ("TMUX", "/tmp/tmux")];
        assert_eq!(auto(&tmux), Protocol::Halfblocks);
        let forced: GraphicsChoice = "kitty".parse().unwrap();
        assert_eq!(forced.settled(|_| None), Protocol::Kitty);
        let refused = "png".parse::<GraphicsChoice>().unwrap_err();
        assert_eq!(refused, "'png' is not one of auto, kitty, sixel, iterm2, halfblocks");
    }
}
