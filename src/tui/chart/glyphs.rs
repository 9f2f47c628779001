//! What curves are made of: what a person asks for, and what the terminal's font is known to have.

use std::str::FromStr;

use serde::Deserialize;

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum GlyphsChoice {
    /// What the terminal is known to show.
    #[default]
    Auto,
    Always(Glyphs),
}

/// The names, for messages.
const NAMES: [(&str, GlyphsChoice); 4] = [
    ("auto", GlyphsChoice::Auto),
    ("braille", GlyphsChoice::Always(Glyphs::Braille)),
    ("blocks", GlyphsChoice::Always(Glyphs::Blocks)),
    ("ascii", GlyphsChoice::Always(Glyphs::Ascii)),
];

impl FromStr for GlyphsChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = NAMES.into_iter().find(|(name, _)| *name == text);
        named.map(|(_, choice)| choice).ok_or_else(|| {
            format!("'{text}' is not one of {}", NAMES.map(|(name, _)| name).join(", "))
        })
    }
}

impl TryFrom<String> for GlyphsChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl GlyphsChoice {
    /// The glyphs for a terminal of this name.
    pub fn settled(self, term: Option<&str>) -> Glyphs {
        match (self, term) {
            (Self::Always(glyphs), _) => glyphs,
            (Self::Auto, Some("linux")) => Glyphs::Blocks,
            (Self::Auto, None | Some("" | "dumb" | "vt100" | "vt220")) => Glyphs::Ascii,
            (Self::Auto, _) => Glyphs::Braille,
        }
    }
}

/// What the dots of a cell are made of, which depends on the font.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// Two by four dots.
    #[default]
    Braille,
    /// Upper and lower half: nearly every font has them, that of the Linux console too.
    Blocks,
    /// Letters and signs that everything can show.
    Ascii,
}

impl Glyphs {
    pub fn next(self) -> Self {
        match self {
            Self::Braille => Self::Blocks,
            Self::Blocks => Self::Ascii,
            Self::Ascii => Self::Braille,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Braille => "braille",
            Self::Blocks => "blocks",
            Self::Ascii => "ASCII",
        }
    }

    /// Dots of a cell, across and down.
    pub fn dots(self) -> (usize, usize) {
        match self {
            Self::Braille => (2, 4),
            Self::Blocks | Self::Ascii => (1, 2),
        }
    }

    /// What stands for the raw values in a legend.
    pub fn raw(self) -> char {
        match self {
            Self::Braille => '⣿',
            Self::Blocks => '░',
            Self::Ascii => ':',
        }
    }

    /// What stands for the averages in a legend.
    pub fn line(self) -> char {
        match self {
            Self::Braille => '━',
            Self::Blocks => '█',
            Self::Ascii => '#',
        }
    }

    /// What stands for the run that this one is compared with.
    pub fn behind(self) -> char {
        match self {
            Self::Braille => '╌',
            Self::Blocks => '·',
            Self::Ascii => '-',
        }
    }

    /// What marks a value that is no number.
    pub fn broken(self) -> char {
        if self == Self::Ascii { 'x' } else { '×' }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_wins_over_what_the_terminal_is_called() {
        let of = |asked: &str, term| asked.parse::<GlyphsChoice>().unwrap().settled(term);
        assert_eq!(of("auto", Some("xterm-256color")), Glyphs::Braille);
        assert_eq!(of("auto", Some("linux")), Glyphs::Blocks);
        assert_eq!(of("braille", Some("linux")), Glyphs::Braille);
        assert_eq!(of("auto", None), Glyphs::Ascii);
        assert!("dots".parse::<GlyphsChoice>().is_err());
    }
}
