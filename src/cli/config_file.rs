//! Settings from a TOML file, with the place of everything that is wrong with them.

use std::{
    fs::File,
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
};

use toml::de::DeTable;

use super::failure::UsageError;
use crate::{
    domain::config::{Recipe, TrainConfig},
    run::{self, RunDir},
};

/// The most that is read of a file of settings, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// How alike an unknown key and a known one must be to be mentioned together, 0 to 1.
const NEAR: f64 = 0.75;

/// The fields of [`TrainConfig`].
#[rustfmt::skip] // a table
const KEYS: [&str; 28] = [
    "recipe", "dataset", "data_dir", "runs_dir", "checkpoint_every", "keep", "init_from", "device",
    "alpha", "resolution", "epochs", "max_steps", "batch_size", "optimizer", "lr", "schedule",
    "warmup_steps", "weight_decay", "label_smoothing", "normalize", "augment", "shuffle",
    "val_split", "seed", "limit", "threads", "layers_every", "stats_every",
];

/// The words of serde for what a setting should be, and those of people.
#[rustfmt::skip] // a table
const EXPECTED: [(&str, &str); 6] = [
    ("f64", "a number"), ("u32", "a whole number, 0 or above"), ("u64", "a whole number, 0 or above"),
    ("usize", "a whole number, 0 or above"), ("path string", "a path in quotes"),
    ("a string", "a word in quotes"),
];

/// The settings in a file; those that it does not mention are open.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    path: PathBuf,
    table: toml::Table,
    /// What the keys of `table` make of the defaults.
    config: TrainConfig,
    /// Each key with its line, counted from 1.
    lines: Vec<(String, usize)>,
}

impl ConfigFile {
    /// Reads the file at `path`, which a person named: a pipe may be meant.
    ///
    /// # Errors
    /// A file that cannot be read; as [`UsageError`]: one that is too large, is no TOML, or has a
    /// key or a value that is no setting. Ranges are not checked.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let mut bytes = Vec::new();
        let read = File::open(path)
            .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
            .map(|_| bytes);
        Self::of_bytes(path, read)
    }

    /// Reads the settings of `run`, whoever made it.
    ///
    /// # Errors
    /// As [`ConfigFile::read`]; and anything else than a plain file, which may never end.
    pub fn of_run(run: &RunDir) -> anyhow::Result<Self> {
        let path = run.config_path();
        Self::of_bytes(&path, run::read_at_most(&path, MOST_BYTES))
    }

    fn of_bytes(path: &Path, read: io::Result<Vec<u8>>) -> anyhow::Result<Self> {
        let bytes = read.map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(UsageError::new(format!(
                "{}: larger than 1 MiB; settings are a few lines of TOML",
                path.display()
            ))
            .into());
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| UsageError::new(format!("{}: not a text file", path.display())))?;
        Ok(Self::parse(path, &text)?)
    }

    /// The settings in `text`; `path` is for messages only.
    ///
    /// # Errors
    /// Text that is no TOML, or has a key or a value that is no setting.
    pub fn parse(path: &Path, text: &str) -> Result<Self, UsageError> {
        let keys = spans(text).map_err(|error| syntax(path, text, &error))?;
        if let Some(key) = keys.iter().find(|key| !KEYS.contains(&key.name.as_str())) {
            return Err(unknown_key(path, line_of(text, key.at), &key.name));
        }
        let config = toml::from_str(text).map_err(|error| ill_typed(path, text, &keys, &error))?;
        let table = toml::from_str(text).map_err(|error| syntax(path, text, &error))?;
        let lines = keys.into_iter().map(|key| (key.name, line_of(text, key.at))).collect();
        Ok(Self { path: path.to_owned(), table, config, lines })
    }

    /// The recipe that the file asks for.
    pub fn recipe(&self) -> Option<Recipe> {
        self.table.contains_key("recipe").then_some(self.config.recipe)
    }

    /// The settings of this file over those of `base`.
    pub fn over(&self, base: &TrainConfig) -> TrainConfig {
        let mut merged = toml::Table::try_from(base).expect("every setting has a form in TOML");
        merged.extend(self.table.clone());
        merged.try_into().expect("each value has been checked when the file was read")
    }

    /// Where the file mentions `key`: `path:line`.
    pub fn place_of(&self, key: &str) -> Option<String> {
        let (_, line) = self.lines.iter().find(|(name, _)| name == key)?;
        Some(format!("{}:{line}", self.path.display()))
    }
}

/// A key with its place and that of its value, in bytes.
struct Key {
    name: String,
    at: usize,
    value: Range<usize>,
}

/// The keys of `text` in the order of the file.
fn spans(text: &str) -> Result<Vec<Key>, toml::de::Error> {
    let table = DeTable::parse(text)?;
    let entries = table.get_ref().iter();
    let mut keys: Vec<Key> = entries
        .map(|(key, value)| Key {
            name: key.get_ref().to_string(),
            at: key.span().start,
            value: value.span(),
        })
        .collect();
    keys.sort_by_key(|key| key.at);
    Ok(keys)
}

/// The line, counted from 1, on which byte `at` stands.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}

fn syntax(path: &Path, text: &str, error: &toml::de::Error) -> UsageError {
    let line = line_of(text, error.span().map_or(text.len(), |span| span.start));
    let message = one_line(error.message());
    UsageError::new(format!("{}:{line}: not TOML: {message}", path.display()))
}

fn unknown_key(path: &Path, line: usize, key: &str) -> UsageError {
    let hint = match nearest(key) {
        Some(known) => format!("did you mean {known}?"),
        None => format!("settings are {}", KEYS.join(", ")),
    };
    UsageError::new(format!("{}:{line}: unknown setting {key:?}; {hint}", path.display()))
}

fn ill_typed(path: &Path, text: &str, keys: &[Key], error: &toml::de::Error) -> UsageError {
    let at = error.span().map_or(0, |span| span.start);
    let key = keys.iter().find(|key| (key.at..key.value.end.max(key.at + 1)).contains(&at));
    let name = key.map_or(String::new(), |key| format!("{}: ", key.name));
    let mut message = one_line(error.message());
    for (serde, people) in EXPECTED {
        if let Some(start) = message.strip_suffix(serde).filter(|s| s.ends_with("expected ")) {
            message = format!("{start}{people}");
            break;
        }
    }
    UsageError::new(format!("{}:{}: {name}{message}", path.display(), line_of(text, at)))
}

pub(super) fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The setting that `key` may have been meant to be; `Batch-Size` is as near as can be.
fn nearest(key: &str) -> Option<&'static str> {
    let plain = key.to_lowercase().replace(['-', ' '], "_");
    let likeness = |known: &&str| strsim::jaro_winkler(&plain, known);
    let best = KEYS.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(&best) >= NEAR).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config::{DatasetChoice, OptimizerKind};

    fn parse(text: &str) -> Result<ConfigFile, String> {
        ConfigFile::parse(Path::new("c.toml"), text).map_err(|error| error.to_string())
    }

    fn every_setting_given() -> TrainConfig {
        TrainConfig {
            data_dir: Some("d".into()),
            checkpoint_every: Some(7),
            init_from: Some("w.safetensors".into()),
            resolution: Some(64),
            max_steps: Some(9),
            limit: Some(100),
            threads: Some(2),
            dataset: DatasetChoice::Folder("a b".into()),
            ..TrainConfig::from_recipe(Recipe::Strong)
        }
    }

    #[test]
    fn keys_are_the_fields_of_the_settings() {
        let table = toml::Table::try_from(every_setting_given()).unwrap();
        let mut fields: Vec<&str> = table.keys().map(String::as_str).collect();
        let mut keys = KEYS.to_vec();
        fields.sort_unstable();
        keys.sort_unstable();
        assert_eq!(fields, keys);
    }

    #[test]
    fn saved_settings_are_accepted_again() {
        for config in [TrainConfig::default(), every_setting_given()] {
            let text = toml::to_string(&config).unwrap();
            let file = parse(&text).unwrap();
            assert_eq!(file.over(&TrainConfig::from_recipe(file.recipe().unwrap())), config);
        }
    }

    #[test]
    fn what_a_file_does_not_mention_stays_as_it_is() {
        let file = parse("lr = 1 # a whole number is a number\noptimizer = 'sgd'").unwrap();
        let config = file.over(&every_setting_given());
        assert_eq!((config.lr, config.optimizer), (1.0, OptimizerKind::Sgd));
        assert_eq!((config.threads, file.recipe()), (Some(2), None));
        assert_eq!(file.place_of("optimizer").as_deref(), Some("c.toml:2"));
    }

    #[test]
    fn what_is_wrong_is_told_in_one_line_with_its_place() {
        let cases = [
            (
                "epochs = 1\nbatch-size = 8",
                "c.toml:2: unknown setting \"batch-size\"; did you mean batch_size?",
            ),
            (
                "\nBatchSize = 8",
                "c.toml:2: unknown setting \"BatchSize\"; did you mean batch_size?",
            ),
            ("zzz = 8", "c.toml:1: unknown setting \"zzz\"; settings are recipe, dataset"),
            ("[train]\nlr = 1", "c.toml:1: unknown setting \"train\"; "),
            (
                "lr = 1\nalpha = 'wide'",
                "c.toml:2: alpha: invalid type: string \"wide\", expected a number",
            ),
            (
                "epochs = -1",
                "c.toml:1: epochs: invalid value: integer `-1`, expected a whole number, 0 or above",
            ),
            (
                "epochs = 1.5",
                "c.toml:1: epochs: invalid type: floating point `1.5`, expected a whole number, 0 or above",
            ),
            (
                "seed = true",
                "c.toml:1: seed: invalid type: boolean `true`, expected a whole number, 0 or above",
            ),
            (
                "device = 3",
                "c.toml:1: device: invalid type: integer `3`, expected a word in quotes",
            ),
            (
                "runs_dir = 3",
                "c.toml:1: runs_dir: invalid type: integer `3`, expected a path in quotes",
            ),
            ("optimizer = 'adan'", "c.toml:1: optimizer: 'adan' is not one of adam, adamw, sgd"),
            (
                "threads = [\n1]",
                "c.toml:1: threads: invalid type: sequence, expected a whole number, 0 or above",
            ),
            ("lr = ", "c.toml:1: not TOML: "),
            ("lr = 1\nlr = 2", "c.toml:2: not TOML: duplicate key"),
        ];
        for (text, expected) in cases {
            let found = parse(text).unwrap_err();
            assert!(found.starts_with(expected), "{text:?} gives {found:?}, expected {expected:?}");
            assert!(!found.contains('\n'), "{found:?}");
        }
    }

    #[test]
    fn files_that_cannot_be_settings_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            ConfigFile::read(&path).unwrap_err().to_string()
        };
        assert!(refused(&[0xff, 0xfe]).ends_with("c.toml: not a text file"));
        assert!(refused(&b"#".repeat(MOST_BYTES as usize + 1)).contains("larger than 1 MiB"));
        let missing = ConfigFile::read(&folder.path().join("none")).unwrap_err();
        assert!(missing.to_string().contains("none: "));
    }
}
