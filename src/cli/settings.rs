//! The settings of a training, layered: defaults < recipe < file < flags.

use std::path::PathBuf;

use super::{args::TrainArgs, config_file::ConfigFile, failure::UsageError};
use crate::{
    domain::config::{ConfigError, TrainConfig},
    run::RunDir,
};

impl TrainArgs {
    /// The settings that the flags and the file lead to, within their ranges. With `--resume` the
    /// flags go over the run's own settings, and `runs_dir` is where the run was looked for.
    ///
    /// # Errors
    /// A file that cannot be read, an unknown run; as [`UsageError`]: a setting that is unknown,
    /// ill-typed or out of range.
    pub fn resolve(&self) -> anyhow::Result<TrainConfig> {
        let file = match (&self.resume, &self.config) {
            (Some(run), _) => Some(ConfigFile::of_run(&RunDir::find(&self.runs_dir(), run)?)?),
            (None, Some(path)) => Some(ConfigFile::read(path)?),
            (None, None) => None,
        };
        let from_file = file.as_ref().and_then(ConfigFile::recipe);
        let recipe = self.settings.recipe.or(from_file).unwrap_or(TrainConfig::default().recipe);
        let base = TrainConfig::from_recipe(recipe);
        let mut config = file.as_ref().map_or_else(|| base.clone(), |file| file.over(&base));
        let saved = config.clone().anchored();
        if self.resume.is_some() {
            config.runs_dir = self.runs_dir();
        }
        let given = self.settings.put_over(&mut config);
        let checked = config.validate().and_then(|()| match &self.resume {
            Some(_) => Ok(()),
            None => config.validate_new(),
        });
        checked.map_err(|error| out_of_range(&error, &given, file.as_ref()))?;
        let config = config.anchored();
        match config.other_meaning(&saved) {
            changed if self.resume.is_some() && !changed.is_empty() => Err(fixed(&changed).into()),
            _ => Ok(config),
        }
    }

    /// Where runs are looked for and made, as far as the flags say.
    pub fn runs_dir(&self) -> PathBuf {
        self.settings.runs_dir.clone().unwrap_or_else(|| TrainConfig::default().runs_dir)
    }
}

/// Refuses to change `settings` in a run that goes on.
fn fixed(settings: &[&str]) -> UsageError {
    let flags: Vec<String> =
        settings.iter().map(|name| format!("--{}", name.replace('_', "-"))).collect();
    UsageError::new(format!(
        "{}: cannot be changed in a run that goes on; a new run may begin with its weights: \
         --init-from",
        flags.join(", ")
    ))
}

/// The settings that a run was made with.
///
/// # Errors
/// A file that cannot be read; as [`UsageError`]: one with settings that cannot be meant.
pub fn of_run(run: &RunDir) -> anyhow::Result<TrainConfig> {
    let file = ConfigFile::of_run(run)?;
    let config = file
        .over(&TrainConfig::from_recipe(file.recipe().unwrap_or(TrainConfig::default().recipe)));
    config.validate().map_err(|error| out_of_range(&error, &[], Some(&file)))?;
    Ok(config)
}

/// Names the setting as it was typed: as a flag, or in a line of a file.
fn out_of_range(
    error: &ConfigError,
    given: &[&'static str],
    file: Option<&ConfigFile>,
) -> UsageError {
    let ConfigError { setting, found, allowed } = error;
    let name = match file.and_then(|file| file.place_of(setting)) {
        _ if given.contains(setting) => format!("--{}", setting.replace('_', "-")),
        Some(place) => format!("{place}: {setting}"),
        None => (*setting).to_owned(),
    };
    UsageError::new(format!("{name} is {found}; allowed is {allowed}"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        cli::args::{Cli, Task},
        domain::config::{OptimizerKind, Recipe},
    };

    fn train(words: &[&str]) -> TrainArgs {
        match Cli::of(words.iter().map(Into::into)).unwrap().task {
            Task::Train(args) => *args,
            other => panic!("{other:?}"),
        }
    }

    fn resolved(words: &[&str]) -> Result<TrainConfig, String> {
        train(words).resolve().map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn without_a_word_it_is_train_with_every_default() {
        assert_eq!(resolved(&[]).unwrap(), TrainConfig::default());
        assert_eq!(resolved(&["train"]).unwrap(), TrainConfig::default());
    }

    #[test]
    fn the_flags_of_train_need_not_the_word() {
        let args = train(&["--alpha", ".25", "--headless"]);
        assert!(args.headless);
        assert_eq!(args.resolve().unwrap(), TrainConfig { alpha: 0.25, ..Default::default() });
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_recipe() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        fs::write(&path, "recipe = 'strong'\nlr = 0.5\nepochs = 7").unwrap();
        let path = path.to_str().unwrap();
        let config = resolved(&["--config", path, "--epochs", "3"]).unwrap();
        let strong = TrainConfig::from_recipe(Recipe::Strong);
        assert_eq!(config, TrainConfig { lr: 0.5, epochs: 3, ..strong });
        let config = resolved(&["--config", path, "--recipe", "article"]).unwrap();
        assert_eq!((config.recipe, config.optimizer), (Recipe::Article, OptimizerKind::Adam));
        assert_eq!((config.lr, config.epochs), (0.5, 7));
    }

    #[test]
    fn a_number_out_of_range_is_named_as_it_was_typed() {
        let said = resolved(&["--alpha", "-1"]).unwrap_err();
        assert_eq!(said, "--alpha is -1; allowed is a number above 0, at most 8");
        let said = resolved(&["--lr", "NaN"]).unwrap_err();
        assert_eq!(said, "--lr is NaN; allowed is a finite number above 0");
        let said = resolved(&["--batch-size", "0"]).unwrap_err();
        assert_eq!(said, "--batch-size is 0; allowed is 1 to 65536");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        fs::write(&path, "\nbatch_size = 0").unwrap();
        let said = resolved(&["--config", path.to_str().unwrap()]).unwrap_err();
        assert!(said.ends_with("c.toml:2: batch_size is 0; allowed is 1 to 65536"), "{said}");
    }

    #[test]
    fn a_new_run_has_one_warm_up_and_an_old_one_the_two_that_it_began_with() {
        let allowed = "allowed is 0 with one-cycle, which has its own warm-up";
        let said = resolved(&["--schedule", "one-cycle", "--warmup-steps", "100"]).unwrap_err();
        assert_eq!(said, format!("--warmup-steps is 100; {allowed}"));
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        let saved = TrainConfig { warmup_steps: 9, ..TrainConfig::from_recipe(Recipe::Strong) };
        fs::write(run.config_path(), toml::to_string(&saved).unwrap()).unwrap();
        assert_eq!(of_run(&run).unwrap(), saved);
        let runs_dir = folder.path().to_str().unwrap();
        let resumed = resolved(&["--resume", "a", "--runs-dir", runs_dir]).unwrap();
        assert_eq!(resumed.warmup_steps, 9);
        let path = run.config_path();
        let said = resolved(&["--config", path.to_str().unwrap()]).unwrap_err();
        assert!(said.ends_with(&format!("warmup_steps is 9; {allowed}")), "{said}");
    }

    #[test]
    fn the_settings_of_a_run_are_checked_like_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        let saved = TrainConfig { alpha: 0.5, ..TrainConfig::from_recipe(Recipe::Strong) };
        fs::write(run.config_path(), toml::to_string(&saved).unwrap()).unwrap();
        assert_eq!(of_run(&run).unwrap(), saved);
        fs::write(run.config_path(), "resolution = 1000000").unwrap();
        let said = of_run(&run).unwrap_err().to_string();
        assert!(said.ends_with("a multiple of 8 from 16 to 224"), "{said}");
    }

    /// To open a pipe waits for whoever writes into it.
    #[cfg(unix)]
    #[test]
    fn settings_of_a_run_that_are_a_pipe_keep_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        fs::write(run.events_path(), "").unwrap();
        let made = std::process::Command::new("mkfifo").arg(run.config_path()).status();
        assert!(made.unwrap().success());
        assert!(
            of_run(&run).unwrap_err().to_string().ends_with("config.toml: it is no plain file")
        );
        let runs_dir = folder.path().to_str().unwrap();
        let said = resolved(&["--resume", "a", "--runs-dir", runs_dir]).unwrap_err();
        assert!(said.ends_with("config.toml: it is no plain file"), "{said}");
    }

    #[test]
    fn a_resumed_run_keeps_its_settings_but_for_the_flags() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir::create(folder.path(), Some("a")).unwrap();
        let saved = TrainConfig { alpha: 0.5, epochs: 2, seed: 9, ..Default::default() };
        fs::write(run.config_path(), toml::to_string(&saved).unwrap()).unwrap();
        let runs_dir = folder.path().to_str().unwrap();
        let config = resolved(&["--resume", "a", "--runs-dir", runs_dir, "--epochs", "5"]).unwrap();
        assert_eq!(config, TrainConfig { runs_dir: runs_dir.into(), epochs: 5, ..saved });
        let unknown = resolved(&["--resume", "b", "--runs-dir", runs_dir]).unwrap_err();
        assert!(unknown.contains("no run \"b\""), "{unknown}");
        let again = ["--resume", "a", "--runs-dir", runs_dir, "--lr", "0.5", "--alpha", ".5"];
        let said = resolved(&again).unwrap_err();
        assert!(said.starts_with("--lr: cannot be changed in a run that goes on"), "{said}");
    }
}
