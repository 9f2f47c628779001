//! Colours and emphasis by meaning. Views say `theme.warn`, never a colour.

use ratatui::style::{Color, Modifier, Style};

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

    /// The nearest colour that the terminal has.
    pub fn colour(self, rgb: Rgb) -> Color {
        match self {
            Self::None => Color::Reset,
            Self::TrueColor => Color::Rgb(rgb.0, rgb.1, rgb.2),
            Self::Palette256 => Color::Indexed(nearest_indexed(rgb)),
        }
    }
}

/// A set of colours and emphasis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThemeName {
    Dark,
    Light,
    /// Blue against orange (Okabe and Ito), on dark.
    ColourBlind,
}

impl ThemeName {
    pub fn label(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColourBlind => "colour-blind-safe",
        }
    }

    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::ColourBlind,
            Self::ColourBlind => Self::Dark,
        }
    }
}

/// Red, green, blue.
type Rgb = (u8, u8, u8);

/// Styles by meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    pub name: ThemeName,
    pub colours: ColourDepth,
    /// The paper under everything, so that a theme can be read on any terminal.
    pub ground: Style,
    pub text: Style,
    /// Labels, units, what is secondary.
    pub dim: Style,
    /// The one accent: selected tab, keys, focused pane.
    pub accent: Style,
    pub good: Style,
    pub warn: Style,
    pub bad: Style,
    /// Training curves: the averaged line.
    pub train: Style,
    /// Training curves: the raw values under the line.
    pub train_raw: Style,
    pub validation: Style,
    pub best: Style,
    pub border: Style,
    pub border_focused: Style,
    /// A selected row or cell.
    pub selection: Style,
    heat: [Rgb; 2],
    heat_text: [Rgb; 2],
}

/// The colours of a theme before they are fitted to the terminal.
struct Palette {
    ground: Rgb,
    text: Rgb,
    dim: Rgb,
    faint: Rgb,
    accent: Rgb,
    good: Rgb,
    warn: Rgb,
    bad: Rgb,
    train: Rgb,
    train_raw: Rgb,
    validation: Rgb,
    selection: Rgb,
    heat: [Rgb; 2],
    heat_text: [Rgb; 2],
}

const DARK: Palette = Palette {
    ground: (16, 18, 24),
    text: (215, 218, 224),
    dim: (135, 142, 153),
    faint: (78, 84, 96),
    accent: (95, 175, 255),
    good: (135, 215, 135),
    warn: (255, 200, 95),
    bad: (255, 115, 115),
    train: (95, 175, 255),
    train_raw: (62, 96, 138),
    validation: (255, 175, 95),
    selection: (48, 62, 86),
    heat: [(24, 30, 42), (40, 120, 200)],
    heat_text: [(215, 218, 224), (255, 255, 255)],
};

const LIGHT: Palette = Palette {
    ground: (253, 253, 253),
    text: (40, 44, 52),
    dim: (105, 112, 124),
    faint: (185, 190, 198),
    accent: (0, 95, 175),
    good: (0, 120, 50),
    warn: (160, 95, 0),
    bad: (190, 30, 30),
    train: (0, 95, 175),
    train_raw: (150, 185, 220),
    validation: (190, 90, 0),
    selection: (205, 222, 242),
    heat: [(245, 247, 250), (30, 105, 190)],
    heat_text: [(40, 44, 52), (255, 255, 255)],
};

const COLOUR_BLIND: Palette = Palette {
    accent: (86, 180, 233),
    good: (86, 180, 233),
    warn: (240, 228, 66),
    bad: (230, 120, 30),
    train: (86, 180, 233),
    train_raw: (55, 100, 135),
    validation: (230, 159, 0),
    heat: [(24, 28, 36), (0, 114, 178)],
    ..DARK
};

impl Theme {
    pub fn new(name: ThemeName, colours: ColourDepth) -> Self {
        if colours == ColourDepth::None {
            return Self::without_colour(name);
        }
        let p = match name {
            ThemeName::Dark => DARK,
            ThemeName::Light => LIGHT,
            ThemeName::ColourBlind => COLOUR_BLIND,
        };
        let ink = |rgb| Style::new().fg(colours.colour(rgb));
        Self {
            name,
            colours,
            ground: ink(p.text).bg(colours.colour(p.ground)),
            text: ink(p.text),
            dim: ink(p.dim),
            accent: ink(p.accent),
            good: ink(p.good),
            warn: ink(p.warn),
            bad: ink(p.bad),
            train: ink(p.train),
            train_raw: ink(p.train_raw),
            validation: ink(p.validation),
            best: ink(p.validation).add_modifier(Modifier::BOLD),
            border: ink(p.faint),
            border_focused: ink(p.accent),
            selection: ink(p.text).bg(colours.colour(p.selection)),
            heat: p.heat,
            heat_text: p.heat_text,
        }
    }

    /// Meaning by emphasis alone.
    fn without_colour(name: ThemeName) -> Self {
        let plain = Style::new();
        let (bold, dim) = (plain.add_modifier(Modifier::BOLD), plain.add_modifier(Modifier::DIM));
        Self {
            name,
            colours: ColourDepth::None,
            ground: plain,
            text: plain,
            dim,
            accent: bold,
            good: plain,
            warn: bold,
            bad: bold.add_modifier(Modifier::UNDERLINED),
            train: plain,
            train_raw: dim,
            validation: bold,
            best: bold,
            border: dim,
            border_focused: bold,
            selection: plain.add_modifier(Modifier::REVERSED),
            heat: DARK.heat,
            heat_text: DARK.heat_text,
        }
    }

    /// Shading of a matrix cell: `share` 0 is the background, 1 the strongest.
    pub fn heat(&self, share: f64) -> Style {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        if self.colours == ColourDepth::None {
            return match share {
                s if s >= 0.5 => Style::new().add_modifier(Modifier::REVERSED),
                s if s >= 0.1 => Style::new().add_modifier(Modifier::BOLD),
                _ => Style::new().add_modifier(Modifier::DIM),
            };
        }
        let mix = |from: u8, to: u8| {
            (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8
        };
        let [low, high] = self.heat;
        let ground = (mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2));
        let ink = self.heat_text[usize::from(share >= 0.5)];
        Style::new().fg(self.colours.colour(ink)).bg(self.colours.colour(ground))
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
    fn a_theme_without_colour_names_none() {
        let theme = Theme::new(ThemeName::Dark, ColourDepth::None);
        for style in
            [theme.ground, theme.text, theme.bad, theme.selection, theme.heat(0.0), theme.heat(1.0)]
        {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn known_colours_find_themselves_in_the_palette() {
        assert_eq!(nearest_indexed((95, 175, 255)), 75);
        assert_eq!(nearest_indexed((78, 78, 78)), 239);
    }
}
