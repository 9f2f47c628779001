//! The colours of the themes.

use super::{Rgb, ThemeName};

/// The colours of a theme before they are fitted to the terminal.
pub struct Palette {
    pub ground: Rgb,
    pub text: Rgb,
    pub dim: Rgb,
    pub faint: Rgb,
    pub accent: Rgb,
    pub good: Rgb,
    pub warn: Rgb,
    pub bad: Rgb,
    pub train: Rgb,
    pub train_raw: Rgb,
    pub validation: Rgb,
    pub compared: Rgb,
    pub selection: Rgb,
    pub heat: [Rgb; 2],
    /// The same as `heat` for what is wrong.
    pub mistake: [Rgb; 2],
    pub heat_text: [Rgb; 2],
}

pub const DARK: Palette = Palette {
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
    compared: (200, 130, 235),
    selection: (48, 62, 86),
    heat: [(24, 30, 42), (30, 105, 190)],
    mistake: [(40, 30, 22), (235, 150, 50)],
    heat_text: [(215, 218, 224), (255, 255, 255)],
};

const LIGHT: Palette = Palette {
    ground: (253, 253, 253),
    text: (40, 44, 52),
    dim: (95, 102, 114),
    faint: (185, 190, 198),
    accent: (0, 95, 175),
    good: (0, 120, 50),
    warn: (150, 90, 0),
    bad: (190, 30, 30),
    train: (0, 95, 175),
    train_raw: (150, 185, 220),
    validation: (175, 80, 0),
    compared: (130, 50, 170),
    selection: (205, 222, 242),
    heat: [(245, 247, 250), (30, 105, 190)],
    mistake: [(253, 246, 236), (185, 75, 0)],
    heat_text: [(0, 0, 0), (255, 255, 255)],
};

const COLOUR_BLIND: Palette = Palette {
    accent: (86, 180, 233),
    good: (86, 180, 233),
    warn: (240, 228, 66),
    bad: (230, 120, 30),
    train: (86, 180, 233),
    train_raw: (55, 100, 135),
    validation: (230, 159, 0),
    compared: (200, 165, 170),
    heat: [(24, 28, 36), (0, 114, 178)],
    mistake: [(40, 30, 18), (230, 159, 0)],
    ..DARK
};

const COLOUR_BLIND_LIGHT: Palette = Palette {
    accent: (0, 100, 165),
    good: (0, 100, 165),
    warn: (115, 90, 0),
    bad: (175, 60, 0),
    train: (0, 100, 165),
    train_raw: (150, 185, 220),
    validation: (170, 80, 0),
    compared: (120, 75, 90),
    heat: [(245, 247, 250), (0, 100, 165)],
    mistake: [(253, 246, 236), (170, 80, 0)],
    ..LIGHT
};

impl Palette {
    pub fn of(name: ThemeName) -> Self {
        match name {
            ThemeName::Dark => DARK,
            ThemeName::Light => LIGHT,
            ThemeName::ColourBlind => COLOUR_BLIND,
            ThemeName::ColourBlindLight => COLOUR_BLIND_LIGHT,
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::{
        super::{
            ColourDepth, Theme,
            colour::{contrast, linear, of_indexed},
        },
        *,
    };

    const NAMES: [ThemeName; 4] =
        [ThemeName::Dark, ThemeName::Light, ThemeName::ColourBlind, ThemeName::ColourBlindLight];

    fn rgb(colour: Option<Color>) -> Rgb {
        match colour {
            Some(Color::Rgb(r, g, b)) => (r, g, b),
            Some(Color::Indexed(index)) => of_indexed(index),
            other => panic!("{other:?} is no colour of a theme"),
        }
    }

    #[test]
    fn everything_that_is_read_stands_out_from_its_ground() {
        for (name, depth) in NAMES
            .into_iter()
            .flat_map(|name| [(name, ColourDepth::TrueColor), (name, ColourDepth::Palette256)])
        {
            let theme = Theme::new(name, depth);
            let on = |style: Style, ground: Style| contrast(rgb(style.fg), rgb(ground.bg));
            let read = [
                theme.ground,
                theme.text,
                theme.accent,
                theme.good,
                theme.warn,
                theme.bad,
                theme.train,
                theme.validation,
                theme.compared,
                theme.best,
            ];
            for style in read {
                let found = on(style, theme.ground);
                assert!(found >= 4.5, "{name:?}, {depth:?}: {style:?} has {found:.2}");
            }
            assert!(
                on(theme.dim, theme.ground) >= 4.5,
                "{name:?}, {depth:?}: {:.2}",
                on(theme.dim, theme.ground)
            );
            assert!(on(theme.selection, theme.selection) >= 4.5, "{name:?}, {depth:?}");
            for share in (0..=100).map(|percent| f64::from(percent) / 100.0) {
                for cell in [theme.heat(share), theme.mistake(share)] {
                    let found = on(cell, cell);
                    assert!(found >= 4.5, "{name:?}, {depth:?}: share {share} has {found:.2}");
                }
            }
        }
    }

    /// What people without one kind of cones see, in linear light: Viénot, Brettel and Mollon 1999
    /// for red and green; for blue Machado, Oliveira and Fernandes 2009.
    #[rustfmt::skip] // matrices
    const BLIND: [[[f64; 3]; 3]; 3] = [
        [[0.1124, 0.8876, 0.0], [0.1124, 0.8876, 0.0], [0.0040, -0.0040, 1.0]],
        [[0.2925, 0.7075, 0.0], [0.2925, 0.7075, 0.0], [-0.0223, 0.0223, 1.0]],
        [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
    ];

    /// Distance of two colours in CIE L*a*b*; some 2 can just be told apart side by side.
    fn distance(a: Rgb, b: Rgb, eye: &[[f64; 3]; 3]) -> f64 {
        let lab = |colour| {
            let light = linear(colour);
            let [r, g, b] = eye
                .map(|row| row.iter().zip(light).map(|(m, v)| m * v).sum::<f64>().clamp(0.0, 1.0));
            let f = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
            let x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
            let y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
            let z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
            [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
        };
        let (a, b) = (lab(a), lab(b));
        (0..3).map(|i| (a[i] - b[i]).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn what_must_be_told_apart_can_be_with_any_kind_of_eyes() {
        for p in [COLOUR_BLIND, COLOUR_BLIND_LIGHT] {
            for eye in &BLIND {
                for (a, b) in [
                    (p.train, p.validation),
                    (p.train, p.compared),
                    (p.validation, p.compared),
                    (p.good, p.bad),
                    (p.good, p.warn),
                    (p.heat[0], p.heat[1]),
                ] {
                    let found = distance(a, b, eye);
                    assert!(found > 25.0, "{a:?} and {b:?}: {found:.0} for {eye:?}");
                }
            }
        }
    }

    #[test]
    fn a_larger_share_is_always_brighter_or_always_darker() {
        for (low, high) in NAMES
            .map(Palette::of)
            .iter()
            .flat_map(|p| [(p.heat[0], p.heat[1]), (p.mistake[0], p.mistake[1])])
        {
            let theme =
                Theme { heat: [low, high], ..Theme::new(ThemeName::Dark, ColourDepth::TrueColor) };
            let shade = |percent: u32| rgb(theme.heat(f64::from(percent) / 100.0).bg);
            let light: Vec<f64> = (0..=100).map(|p| contrast(shade(p), (0, 0, 0))).collect();
            let rises = light.is_sorted_by(|a, b| a < b);
            assert!(rises || light.is_sorted_by(|a, b| a > b), "{low:?} to {high:?}: {light:?}");
        }
    }

    #[test]
    fn mistakes_differ_from_hits_with_any_kind_of_eyes() {
        for name in NAMES {
            let theme = Theme::new(name, ColourDepth::TrueColor);
            for share in (20..=100).map(|percent| f64::from(percent) / 100.0) {
                let [hit, mistake] = [theme.heat(share), theme.mistake(share)].map(|s| rgb(s.bg));
                for eye in &BLIND {
                    let found = distance(hit, mistake, eye);
                    assert!(found > 10.0, "{name:?} at {share}: {found:.1} for {eye:?}");
                }
            }
        }
    }
}
