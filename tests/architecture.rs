//! The map of the modules, held against every path that the sources name: dependencies point
//! inward, and burn and ratatui never meet.

mod rust_paths;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use rust_paths::{Named, paths, tokens};

/// Libraries of which only their owners may speak. Names match with what begins by `name_`, too.
const BURN: &[&str] = &["burn", "cubecl", "wgpu"];
const RATATUI: &[&str] = &["ratatui", "crossterm", "tui_input"];
const NEITHER: &[&str] = &[];

/// Each module, the modules that it may use, and the library that is its own.
#[rustfmt::skip] // a table
const MODULES: [(&str, &[&str], &[&str]); 8] = [
    ("domain",  &[],                                                           NEITHER),
    ("run",     &["domain"],                                                   NEITHER),
    ("data",    &["domain"],                                                   NEITHER),
    ("kernels", &[],                                                           BURN),
    ("model",   &["domain", "kernels"],                                        BURN),
    ("train",   &["domain", "run", "data", "kernels", "model"],                BURN),
    ("tui",     &["domain"],                                                   RATATUI),
    ("cli",     &["domain", "run", "data", "kernels", "model", "train", "tui"], NEITHER),
];

/// All that the facts need; every other dependency would let the outside in.
const CRATES_OF_DOMAIN: [&str; 3] = ["serde", "serde_json", "thiserror"];

/// Lines of a file without its tests: what a reader can hold.
const LONGEST_FILE: usize = 300;

/// What a path leads to, as far as the map is concerned.
#[derive(Debug, PartialEq)]
enum Target<'a> {
    /// Something in a module at the top of this crate.
    Module(&'a str),
    /// Something at the very top, where everything can be reached: a `*`, or the crate itself.
    Root,
    /// Another crate, or something in the module itself.
    Other(&'a str),
}

impl<'a> Named<'a> {
    fn target(&self) -> Target<'a> {
        let climbs = self.path.iter().take_while(|segment| **segment == "super").count();
        let (from, rest) = match self.path[0] {
            "crate" | "mnv1_tui" => (&[][..], &self.path[1..]),
            "super" if climbs >= self.module.len() => (&[][..], &self.path[climbs..]),
            "super" => (&self.module[..self.module.len() - climbs], &self.path[climbs..]),
            "self" => (&self.module[..], &self.path[1..]),
            other => return Target::Other(other),
        };
        match from.first().or(rest.first()) {
            Some(&module) if module != "*" && module != "self" => Target::Module(module),
            _ => Target::Root,
        }
    }
}

/// `src/tui/views/mod.rs` is `["tui", "views"]`; the two roots, `lib.rs` and `main.rs`, are empty.
fn module_of(file: &Path) -> Vec<String> {
    let parts = file.with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| !["lib", "main", "mod"].contains(&part.as_str())).collect()
}

fn speaks_of(library: &[&str], name: &str) -> bool {
    library.iter().any(|own| {
        name.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}

/// What is wrong with the paths of one file, each with its line.
fn violations(file: &str, source: &str, dependencies: &BTreeSet<String>) -> Vec<String> {
    let module = module_of(Path::new(file));
    let module: Vec<&str> = module.iter().map(String::as_str).collect();
    let all = MODULES.map(|row| row.0);
    let root = ("the root", &all[..], NEITHER);
    let row = |name: &&str| MODULES.into_iter().find(|row| row.0 == *name);
    let Some((name, may_use, own)) = module.first().map_or(Some(root), row) else {
        return vec![format!("{file}: {} is not on the map", module[0])];
    };
    let mut found = Vec::new();
    if tokens(source).windows(3).any(|t| t[0].1 == "[" && t[1].1 == "path" && t[2].1 == "=") {
        found.push(format!("{file}: a `path` attribute leads around the map"));
    }
    for named in paths(source, &module) {
        let wrong = match named.target() {
            Target::Root => !module.is_empty(),
            Target::Module(other) => other != name && !may_use.contains(&other),
            Target::Other(other) => {
                let foreign = [BURN, RATATUI].into_iter().find(|library| speaks_of(library, other));
                let outside = name == "domain"
                    && dependencies.contains(other)
                    && !CRATES_OF_DOMAIN.contains(&other);
                foreign.is_some_and(|library| library != own) || outside
            }
        };
        if wrong {
            let path = named.path.join("::");
            found.push(format!("{file}:{}: {name} may not name {path}", named.line));
        }
    }
    found
}

/// Every source file with its text, by its path below `src`.
fn sources() -> BTreeMap<String, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![src.clone()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The dependencies of the manifest, as code names them.
fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    let manifest: toml::Table = manifest.unwrap().parse().unwrap();
    let table = manifest["dependencies"].as_table().unwrap();
    table.keys().map(|name| name.replace('-', "_")).collect()
}

/// Lines of `source` before the tests at its end.
fn lines_without_tests(source: &str) -> usize {
    source.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

#[test]
fn no_arrow_points_outward() {
    let (sources, dependencies) = (sources(), dependencies());
    assert!(sources.contains_key("domain/mod.rs"), "the sources were not found");
    let found: Vec<_> =
        sources.iter().flat_map(|(file, text)| violations(file, text, &dependencies)).collect();
    assert!(found.is_empty(), "the map of the modules is broken:\n{}", found.join("\n"));
}

#[test]
fn burn_and_ratatui_never_meet() {
    for (name, uses, own) in MODULES.into_iter().filter(|row| row.0 != "cli") {
        let reached = MODULES.into_iter().filter(|row| uses.contains(&row.0)).map(|row| row.2);
        let libraries: BTreeSet<_> =
            reached.chain([own]).filter(|library| !library.is_empty()).collect();
        assert!(libraries.len() <= 1, "{name} would see {libraries:?}");
    }
}

#[test]
fn a_file_is_no_longer_than_a_reader_can_hold() {
    let long: Vec<_> = sources()
        .iter()
        .filter(|(file, _)| !file.ends_with("tests.rs") && !file.contains("/tests/"))
        .map(|(file, text)| (lines_without_tests(text), file.clone()))
        .filter(|(lines, _)| *lines > LONGEST_FILE)
        .collect();
    assert!(long.is_empty(), "over {LONGEST_FILE} lines without tests: {long:?}");
}

mod the_checker {
    use super::*;

    fn in_file(file: &str, source: &str) -> usize {
        let dependencies = ["burn", "clap", "ratatui", "serde"].map(str::to_owned).into();
        violations(file, source, &dependencies).len()
    }

    #[test]
    fn finds_every_way_to_name_what_is_not_allowed() {
        #[rustfmt::skip] // a table
        let wrong = [
            ("tui/app.rs", "use burn::tensor::Tensor;"),
            ("tui/app.rs", "pub use ::burn as fire;"),
            ("tui/app.rs", "fn f(t: burn::Tensor<2>) {}"),
            ("tui/app.rs", "extern crate burn_flex as flex;"),
            ("tui/app.rs", "use crate::{domain::Series, train::{self, Handle}};"),
            ("tui/app.rs", "use super::super::train;"),
            ("tui/mod.rs", "pub(crate) use super::data::{self as d};"),
            ("tui/app.rs", "mod tests { use super::super::super::run::Reader; }"),
            ("tui/app.rs", "fn f() { mod a { } } mod b { } use super::super::run;"),
            ("tui/app.rs", "fn f() -> Vec<crate::model::Net> { vec![] }"),
            ("tui/app.rs", "macro_rules! m { () => { $crate::train::go() } }"),
            ("tui/mod.rs", "use super::*;"),
            ("tui/app.rs", "use crate::*;"),
            ("tui/app.rs", "use crate as everything;"),
            ("tui/app.rs", "use mnv1_tui::data::Loader;"),
            ("tui/app.rs", "#[path = \"../train/mod.rs\"] mod t;"),
            ("train/mod.rs", "let s = r#\"\"#; use ratatui::Frame;"),
            ("train/mod.rs", "let c = '\"'; use crossterm::event; let d = '\"';"),
            ("train/mod.rs", "/* /* */ */ use crate::tui::App;"),
            ("kernels/mod.rs", "use crate::domain::Series;"),
            ("run/mod.rs", "use crate::data::Loader;"),
            ("data.rs", "use wgpu::Adapter;"),
            ("domain/units.rs", "use clap::ValueEnum;"),
            ("cli/train.rs", "use burn::tensor::Device;"),
            ("main.rs", "use ratatui::Terminal;"),
            ("helpers.rs", ""),
        ];
        for (file, source) in wrong {
            assert!(in_file(file, source) > 0, "passed over in {file}: {source}");
        }
    }

    #[test]
    fn leaves_alone_what_is_allowed() {
        #[rustfmt::skip] // a table
        let right = [
            ("tui/app.rs", "use ratatui::{Frame, layout::Rect}; use crate::domain::{Series, units::*};"),
            ("tui/app.rs", "// use burn::Tensor;\n/* crate::train */ /// [`crate::train::Handle`]"),
            ("tui/app.rs", "const S: &str = \"use burn::Tensor; \\\" crate::train\";"),
            ("tui/app.rs", "const S: &str = r##\"crate::train \"# burn::x\"##; const B: &[u8] = b\"burn::\";"),
            ("tui/views/mod.rs", "use super::app::App; use self::chart::draw; pub(super) use super::*;"),
            ("tui/app.rs", "fn f<'a>(burn: &'a str) -> impl Iterator<Item = &'a u8> + use<'a> {}"),
            ("tui/app.rs", "mod tests { use super::super::keys; use super::*; }"),
            ("tui/app.rs", "let burned = afterburn::x(); x.train::<u8>();"),
            ("train/mod.rs", "use {burn::Tensor, crate::{run::Recorder, data, kernels, model::Net}};"),
            ("train/device.rs", "let r#type = burn_flex::x(); let all = wgpu::Instance::default();"),
            ("domain/mod.rs", "use serde::Serialize; use super::domain::units;"),
            ("cli/mod.rs", "use crate::{tui::App, train::Trainer}; use clap::Parser;"),
            ("main.rs", "use mnv1_tui::cli; fn main() { mnv1_tui::cli::main() }"),
            ("lib.rs", "pub mod domain; pub use domain::events;"),
        ];
        for (file, source) in right {
            assert_eq!(in_file(file, source), 0, "refused in {file}: {source}");
        }
    }

    #[test]
    fn says_where() {
        let found = violations("tui/app.rs", "\n\nuse crate::train::Handle;", &BTreeSet::new());
        assert_eq!(found, ["tui/app.rs:3: tui may not name crate::train::Handle"]);
    }
}
