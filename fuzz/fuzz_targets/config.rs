//! Settings: what is accepted is accepted again as it is saved, with the same meaning; what is
//! wrong is told in one line.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use mnv1_tui::{cli::config_file::ConfigFile, domain::config::TrainConfig};

fuzz_target!(|text: &str| {
    let path = Path::new("c.toml");
    let settings = |file: &ConfigFile| {
        let recipe = file.recipe().unwrap_or(TrainConfig::default().recipe);
        file.over(&TrainConfig::from_recipe(recipe))
    };
    match ConfigFile::parse(path, text) {
        Ok(file) => {
            let config = settings(&file);
            if config.validate().is_err() {
                return;
            }
            let saved = toml::to_string(&config).expect("every setting has a form in TOML");
            let again = ConfigFile::parse(path, &saved).expect("it is ours");
            assert_eq!(settings(&again), config);
        }
        Err(error) => {
            let told = error.to_string();
            assert!(told.starts_with("c.toml:") && !told.contains('\n'), "{told:?}");
        }
    }
});
