//! How a person wants the dashboard: their file of preferences, and the flags over it.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use etcetera::BaseStrategy;
use serde::Deserialize;
use toml::de::DeTable;

use super::{
    config_file::{line_of, one_line},
    failure::UsageError,
};
use crate::tui::{
    GlyphsChoice, GraphicsChoice, KeyError, KeyTable, NotifyChoice, Preferences, ThemeChoice,
};

/// How alike a name and that of an action must be to be mentioned together, 0 to 1.
const NEAR: f64 = 0.75;

/// The flags of every command that shows a dashboard.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Dashboard")]
pub struct DashboardArgs {
    /// auto, dark, light, colour-blind [default: auto, as the background of the terminal]
    #[arg(long, value_name = "THEME")]
    pub theme: Option<ThemeChoice>,
    /// auto, kitty, sixel, iterm2, halfblocks [default: auto, as far as the terminal is known]
    #[arg(long, value_name = "PROTOCOL")]
    pub graphics: Option<GraphicsChoice>,
    /// Curves of braille, blocks, ascii [default: auto, as far as the font is known]
    #[arg(long, value_name = "GLYPHS")]
    pub glyphs: Option<GlyphsChoice>,
    /// Leave the mouse to the terminal, to select text with it
    #[arg(long)]
    pub no_mouse: bool,
    /// Leave the title of the terminal as it is, rather than have it say how far the run is
    #[arg(long)]
    pub no_title: bool,
    /// Notices when the run ends, at a new best, and when the loss is not finite: off, auto (as far
    /// as the terminal is known), osc9, osc777, bell [default: off]
    #[arg(long, value_name = "HOW")]
    pub notify: Option<NotifyChoice>,
    /// No dashboard: one line of words a report, for a screen reader
    #[arg(long)]
    pub plain: bool,
    /// With --plain: least time between two reports on steps
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(..=86_400))]
    pub plain_every: u64,
}

impl DashboardArgs {
    /// How often steps are reported in words, if they are.
    pub fn spoken_every(&self) -> Option<Duration> {
        self.plain.then_some(Duration::from_secs(self.plain_every))
    }

    /// The preferences that the flags and the person's file lead to.
    ///
    /// # Errors
    /// A file that cannot be read; as [`UsageError`]: one that asks for what cannot be.
    pub fn preferences(&self) -> anyhow::Result<Preferences> {
        let mut preferences = match path() {
            Some(path) => read(&path)?,
            None => Preferences::default(),
        };
        preferences.theme = self.theme.unwrap_or(preferences.theme);
        preferences.graphics = self.graphics.unwrap_or(preferences.graphics);
        preferences.glyphs = self.glyphs.unwrap_or(preferences.glyphs);
        preferences.mouse &= !self.no_mouse;
        preferences.title &= !self.no_title;
        preferences.notify = self.notify.unwrap_or(preferences.notify);
        Ok(preferences)
    }
}

/// `mnv1-tui/config.toml` in the folder for configuration.
fn path() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("mnv1-tui").join("config.toml"))
}

/// The file of preferences.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    theme: Option<ThemeChoice>,
    graphics: Option<GraphicsChoice>,
    glyphs: Option<GlyphsChoice>,
    mouse: Option<bool>,
    title: Option<bool>,
    notify: Option<NotifyChoice>,
    /// Actions by name, with the keys that replace theirs.
    keys: BTreeMap<String, Keys>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "expected a key in quotes or a list of such")]
enum Keys {
    One(String),
    Several(Vec<String>),
}

/// Reads `path`; one that is not there says nothing.
fn read(path: &Path) -> anyhow::Result<Preferences> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(parse(path, &text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Preferences::default()),
        Err(error) => Err(anyhow::anyhow!("{}: {error}", path.display())),
    }
}

/// The preferences in `text`; `path` is for messages only.
fn parse(path: &Path, text: &str) -> Result<Preferences, UsageError> {
    let refused = |at: usize, why: &str| {
        UsageError::new(format!("{}:{}: {why}", path.display(), line_of(text, at)))
    };
    let file: File = toml::from_str(text).map_err(|error| {
        refused(error.span().map_or(text.len(), |span| span.start), &one_line(error.message()))
    })?;
    let wishes: Vec<(String, Vec<String>)> = file
        .keys
        .into_iter()
        .map(|(name, keys)| match keys {
            Keys::One(key) => (name, vec![key]),
            Keys::Several(keys) => (name, keys),
        })
        .collect();
    let keys = KeyTable::with(&wishes).map_err(|(name, error)| {
        let hint = if error == KeyError::Unknown { nearest(&name) } else { String::new() };
        refused(place_of(text, &name), &format!("keys: {name}: {error}{hint}"))
    })?;
    let default = Preferences::default();
    Ok(Preferences {
        theme: file.theme.unwrap_or(default.theme),
        graphics: file.graphics.unwrap_or(default.graphics),
        glyphs: file.glyphs.unwrap_or(default.glyphs),
        mouse: file.mouse.unwrap_or(default.mouse),
        title: file.title.unwrap_or(default.title),
        notify: file.notify.unwrap_or(default.notify),
        keys,
    })
}

/// Where `[keys]` mentions `name`, in bytes.
fn place_of(text: &str, name: &str) -> usize {
    let table = DeTable::parse(text).ok();
    let place = table.as_ref().and_then(|table| {
        let keys = table.get_ref().get("keys")?.get_ref().as_table()?;
        keys.iter().find(|(key, _)| key.get_ref() == name).map(|(key, _)| key.span().start)
    });
    place.unwrap_or(0)
}

fn nearest(name: &str) -> String {
    let likeness = |known: &String| strsim::jaro_winkler(name, known);
    let best = KeyTable::names().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best.filter(|best| likeness(best) >= NEAR) {
        Some(best) => format!("; did you mean {best}?"),
        None => "; the command palette (:) shows them all".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Preferences, String> {
        parse(Path::new("config.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_says_what_is_to_be_different() {
        assert_eq!(parsed("").unwrap(), Preferences::default());
        let text = "theme = 'light'\nmouse = false\ntitle = false\nnotify = 'auto'\n[keys]\ncheckpoint = 'K'\nsort = ['o', 'f3']";
        let found = parsed(text).unwrap();
        assert_eq!((found.theme, found.mouse), (ThemeChoice::Light, false));
        assert_eq!((found.title, found.notify), (false, NotifyChoice::Auto));
        let wishes = [("checkpoint", vec!["K"]), ("sort", vec!["o", "f3"])];
        let wishes = wishes.map(|(name, keys)| {
            (name.to_owned(), keys.into_iter().map(str::to_owned).collect::<Vec<_>>())
        });
        assert_eq!(found.keys, KeyTable::with(&wishes).unwrap());
    }

    #[test]
    fn what_cannot_be_met_is_told_in_one_line_with_its_place() {
        #[rustfmt::skip] // a table
        let cases = [
            ("theme = 'red'", "config.toml:1: 'red' is not one of auto, dark, light, colour-blind"),
            ("graphics = 'png'", "config.toml:1: 'png' is not one of auto, kitty, sixel, iterm2, halfblocks"),
            ("theme = 'dark'\nmouse = 1", "config.toml:2: invalid type: integer `1`, expected a boolean"),
            ("thme = 'dark'", "config.toml:1: unknown field `thme`, expected one of `theme`, `graphics`, `glyphs`, `mouse`, `title`, `notify`, `keys`"),
            ("[keys]\nsort = 'o'\nchekpoint = 'K'", "config.toml:3: keys: chekpoint: there is no such action; did you mean checkpoint?"),
            ("[keys]\nzzz = 'K'", "config.toml:2: keys: zzz: there is no such action; the command palette (:) shows them all"),
            ("[keys]\nsort = 3", "config.toml:2: expected a key in quotes or a list of such"),
            ("[keys]\nsort = 'hyper-x'", "config.toml:2: keys: sort: \"hyper-x\" is no key; "),
            ("[keys]\n\nsort = 'S'", "config.toml:3: keys: sort: S is the key of checkpoint as well"),
            ("[keys]\nsort = '4'", "config.toml:2: keys: sort: digits, enter, esc and C-c keep their meaning"),
            ("[keys]\nback = 'b'", "config.toml:2: keys: back: digits, enter, esc and C-c keep their meaning"),
            ("[keys]\nsort = ", "config.toml:2: "),
        ];
        for (text, expected) in cases {
            let said = parsed(text).unwrap_err();
            assert!(said.starts_with(expected) && !said.contains('\n'), "{text:?} gives {said:?}");
        }
    }
}
