//! Which theme: what a person asks for, and what the background of the terminal suggests.

use std::str::FromStr;

use serde::Deserialize;

use super::Rgb;

/// A set of colours and emphasis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThemeName {
    Dark,
    Light,
    /// Blue against orange (Okabe and Ito), on dark.
    ColourBlind,
    /// The same on light.
    ColourBlindLight,
}

impl ThemeName {
    pub fn label(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColourBlind => "colour-blind-safe",
            Self::ColourBlindLight => "colour-blind-safe, light",
        }
    }

    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::ColourBlind,
            Self::ColourBlind => Self::ColourBlindLight,
            Self::ColourBlindLight => Self::Dark,
        }
    }
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum ThemeChoice {
    /// Dark on a dark terminal, light on a light one.
    #[default]
    Auto,
    Dark,
    Light,
    /// Colour-blind-safe, on the ground that the terminal has.
    ColourBlind,
}

impl ThemeChoice {
    /// The theme for a terminal with this background.
    pub fn on(self, ground: Ground) -> ThemeName {
        match (self, ground) {
            (Self::Dark, _) | (Self::Auto, Ground::Dark) => ThemeName::Dark,
            (Self::Light, _) | (Self::Auto, Ground::Light) => ThemeName::Light,
            (Self::ColourBlind, Ground::Dark) => ThemeName::ColourBlind,
            (Self::ColourBlind, Ground::Light) => ThemeName::ColourBlindLight,
        }
    }

    /// Whether it depends on the background.
    pub fn asks_for_ground(self) -> bool {
        self.on(Ground::Dark) != self.on(Ground::Light)
    }
}

impl FromStr for ThemeChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "dark" => Self::Dark,
            "light" => Self::Light,
            "colour-blind" => Self::ColourBlind,
            _ => return Err(format!("'{text}' is not one of auto, dark, light, colour-blind")),
        })
    }
}

impl TryFrom<String> for ThemeChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The background of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    Dark,
    Light,
}

impl Ground {
    /// That of a terminal with this colour.
    pub fn of((red, green, blue): Rgb) -> Self {
        let luma = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
        if luma >= 128_000 { Self::Light } else { Self::Dark }
    }

    /// What the variable `COLORFGBG` says, `15;0` for white on black. Terminals that set it may
    /// have changed since: it is a hint.
    pub fn hinted(colorfgbg: Option<&str>) -> Self {
        let background = colorfgbg.and_then(|value| value.rsplit(';').next());
        match background {
            Some("7" | "15") => Self::Light,
            _ => Self::Dark,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_decides_where_it_is_asked() {
        assert_eq!(ThemeChoice::Auto.on(Ground::Light), ThemeName::Light);
        assert_eq!(ThemeChoice::ColourBlind.on(Ground::Light), ThemeName::ColourBlindLight);
        assert_eq!(ThemeChoice::Dark.on(Ground::Light), ThemeName::Dark);
        let asks = [ThemeChoice::Auto, ThemeChoice::ColourBlind, ThemeChoice::Dark];
        assert_eq!(asks.map(ThemeChoice::asks_for_ground), [true, true, false]);
    }

    #[test]
    fn backgrounds_are_told_apart() {
        // Solarized's two grounds, and those of xterm.
        assert_eq!([(0, 43, 54), (0, 0, 0)].map(Ground::of), [Ground::Dark; 2]);
        assert_eq!([(253, 246, 227), (255, 255, 255)].map(Ground::of), [Ground::Light; 2]);
        assert_eq!(Ground::hinted(Some("0;default;15")), Ground::Light);
        assert_eq!([None, Some("15;0"), Some("x")].map(Ground::hinted), [Ground::Dark; 3]);
    }
}
