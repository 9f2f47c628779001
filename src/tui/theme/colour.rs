//! Colours, and what a terminal makes of them.

use ratatui::style::Color;

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// How many colours the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColourDepth {
    /// `NO_COLOR` or a terminal without any: bold, dim and reversed only.
    None,
    Palette256,
    TrueColor,
}

impl ColourDepth {
    /// What the variables `NO_COLOR`, `COLORTERM` and `TERM` say.
    pub fn of(no_color: Option<&str>, colorterm: Option<&str>, term: Option<&str>) -> Self {
        let dumb = matches!(term, None | Some("" | "dumb" | "vt100" | "vt220"));
        match colorterm {
            _ if no_color.is_some_and(|value| !value.is_empty()) || dumb => Self::None,
            Some("truecolor" | "24bit") => Self::TrueColor,
            _ if term.is_some_and(|term| term.ends_with("direct")) => Self::TrueColor,
            _ => Self::Palette256,
        }
    }

    /// What `rgb` looks like on the terminal.
    pub fn seen(self, rgb: Rgb) -> Rgb {
        match self {
            Self::None | Self::TrueColor => rgb,
            Self::Palette256 => of_indexed(nearest_indexed(rgb)),
        }
    }

    /// The nearest colour that the terminal has.
    pub fn colour(self, rgb: Rgb) -> Color {
        match self {
            Self::None => Color::Reset,
            Self::TrueColor => Color::Rgb(rgb.0, rgb.1, rgb.2),
            Self::Palette256 => Color::Indexed(nearest_indexed(rgb)),
        }
    }
}

/// Levels of the 6×6×6 cube in xterm's palette.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The entry of xterm's 256 colours (cube or greys) that is nearest to `rgb`.
fn nearest_indexed((r, g, b): Rgb) -> u8 {
    let level = |v: u8| (0..6).min_by_key(|&i| CUBE[i].abs_diff(v)).unwrap_or(0);
    let (ri, gi, bi) = (level(r), level(g), level(b));
    let grey = ((u16::from(r) + u16::from(g) + u16::from(b)) / 3).clamp(8, 238);
    let grey_index = ((grey - 8 + 5) / 10).min(23) as u8;
    let grey_value = 8 + 10 * grey_index;
    let distance = |(x, y, z): Rgb| {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(x, r) + square(y, g) + square(z, b)
    };
    if distance((grey_value, grey_value, grey_value)) < distance((CUBE[ri], CUBE[gi], CUBE[bi])) {
        232 + grey_index
    } else {
        (16 + 36 * ri + 6 * gi + bi) as u8
    }
}

/// The colour of an entry of the cube or the greys.
pub fn of_indexed(index: u8) -> Rgb {
    match index.checked_sub(232) {
        Some(grey) => [8 + 10 * grey; 3].into(),
        None => {
            let level = |by: u8| CUBE[usize::from(index.saturating_sub(16) / by % 6)];
            (level(36), level(6), level(1))
        }
    }
}

/// Linear light of red, green and blue, 0 to 1 (sRGB).
pub fn linear((r, g, b): Rgb) -> [f64; 3] {
    [r, g, b].map(|value| match f64::from(value) / 255.0 {
        v if v <= 0.040_45 => v / 12.92,
        v => ((v + 0.055) / 1.055).powf(2.4),
    })
}

/// The contrast of WCAG 2: 1 for the same colour, 21 for black on white.
pub fn contrast(ink: Rgb, ground: Rgb) -> f64 {
    let luminance = |colour| {
        let [r, g, b] = linear(colour);
        0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
    };
    let (a, b) = (luminance(ink), luminance(ground));
    a.max(b) / a.min(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_wins_over_everything() {
        let depth = ColourDepth::of(Some("1"), Some("truecolor"), Some("xterm-256color"));
        assert_eq!(depth, ColourDepth::None);
        assert_eq!(ColourDepth::of(Some(""), None, Some("xterm")), ColourDepth::Palette256);
        assert_eq!(ColourDepth::of(None, Some("truecolor"), Some("xterm")), ColourDepth::TrueColor);
    }

    #[test]
    fn known_colours_find_themselves_in_the_palette() {
        assert_eq!(nearest_indexed((95, 175, 255)), 75);
        assert_eq!(nearest_indexed((78, 78, 78)), 239);
    }
}
