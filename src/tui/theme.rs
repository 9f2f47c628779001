//! Colours and emphasis by meaning. Views say `theme.warn`, never a colour.

mod choice;
mod colour;
mod palettes;

pub use choice::{Ground, ThemeChoice, ThemeName};
pub use colour::{ColourDepth, Rgb};

use ratatui::style::{Modifier, Style};

use colour::contrast;
use palettes::{DARK, Palette};

/// Least contrast of text that is to be read (WCAG 2, level AA).
const READABLE: f64 = 4.5;

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
    /// The run that this one is compared with.
    pub compared: Style,
    pub border: Style,
    pub border_focused: Style,
    /// A selected row or cell.
    pub selection: Style,
    heat: [Rgb; 2],
    mistake: [Rgb; 2],
    heat_text: [Rgb; 2],
}

impl Theme {
    pub fn new(name: ThemeName, colours: ColourDepth) -> Self {
        if colours == ColourDepth::None {
            return Self::without_colour(name);
        }
        let p = Palette::of(name);
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
            compared: ink(p.compared),
            best: ink(p.validation).add_modifier(Modifier::BOLD),
            border: ink(p.faint),
            border_focused: ink(p.accent),
            selection: ink(p.text).bg(colours.colour(p.selection)),
            heat: p.heat,
            mistake: p.mistake,
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
            compared: dim,
            border: dim,
            border_focused: bold,
            selection: plain.add_modifier(Modifier::REVERSED),
            heat: DARK.heat,
            mistake: DARK.mistake,
            heat_text: DARK.heat_text,
        }
    }

    /// Shading of a matrix cell: `share` 0 is the background, 1 the strongest.
    pub fn heat(&self, share: f64) -> Style {
        match self.colours {
            ColourDepth::None => emphasis(share).add_modifier(Modifier::UNDERLINED),
            _ => self.shade(self.heat, share),
        }
    }

    /// The same for what is wrong: another hue, and without colour no line below.
    pub fn mistake(&self, share: f64) -> Style {
        match self.colours {
            ColourDepth::None => emphasis(share),
            _ => self.shade(self.mistake, share),
        }
    }

    /// A colour between the two, and ink that can be read on it.
    fn shade(&self, [low, high]: [Rgb; 2], share: f64) -> Style {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let mix = |from: u8, to: u8| {
            (f64::from(from) + (f64::from(to) - f64::from(from)) * share).round() as u8
        };
        let ground = (mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2));
        let [faint, strong] = self.heat_text;
        let fitting = if share >= 0.5 { strong } else { faint };
        let inks = [fitting, (255, 255, 255), (0, 0, 0)];
        let is_readable = |ink: &Rgb| contrast(*ink, self.colours.seen(ground)) >= READABLE;
        let ink = inks.into_iter().find(is_readable).unwrap_or(fitting);
        Style::new().fg(self.colours.colour(ink)).bg(self.colours.colour(ground))
    }
}

/// A share of a cell where there is no colour.
fn emphasis(share: f64) -> Style {
    let modifier = match share {
        s if s >= 0.5 => Modifier::REVERSED,
        s if s >= 0.1 => Modifier::BOLD,
        _ => Modifier::DIM,
    };
    Style::new().add_modifier(modifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_without_colour_names_none() {
        let theme = Theme::new(ThemeName::Dark, ColourDepth::None);
        for style in
            [theme.ground, theme.text, theme.bad, theme.selection, theme.heat(0.0), theme.heat(1.0)]
        {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }
}
