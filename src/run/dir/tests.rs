use std::{collections::BTreeSet, thread};

use tempfile::TempDir;

use super::*;

/// A folder with runs of these ids.
fn with_runs(ids: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for id in ids {
        let run = RunDir::create(folder.path(), Some(id)).unwrap();
        fs::write(run.config_path(), "").unwrap();
    }
    folder
}

fn message(result: Result<RunDir, RunError>) -> String {
    let message = result.unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn a_hundred_starts_at_once_get_a_hundred_directories() {
    let folder = tempfile::tempdir().unwrap();
    let now = jiff::ZonedDateTime::now();
    let ids: BTreeSet<String> = thread::scope(|scope| {
        let start = || RunDir::claim_by_time(folder.path(), &now).unwrap().id;
        let starts: Vec<_> = (0..100).map(|_| scope.spawn(start)).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 100);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 100);
}

#[test]
fn an_id_made_from_the_time_is_short_and_sorts() {
    let folder = tempfile::tempdir().unwrap();
    let moment = jiff::civil::date(2025, 11, 24).at(14, 32, 5, 0);
    let now = moment.to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap();
    let ids: Vec<String> = (0..11)
        .map(|_| {
            let run = RunDir::claim_by_time(folder.path(), &now).unwrap();
            fs::write(run.events_path(), "").unwrap();
            run.id
        })
        .collect();
    assert_eq!(ids[..2], ["251124-143205", "251124-143205-2"]);
    let listed: Vec<_> = RunDir::list(folder.path()).unwrap().into_iter().map(|r| r.id).collect();
    assert_eq!(listed, ids);
}

#[test]
fn the_folder_of_runs_is_made_when_missing() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunDir::create(&folder.path().join("a/b"), None).unwrap();
    assert!(run.path().is_dir());
}

/// All that may lie in the directory of a process that was killed while it prepared a training.
fn prepare(run: &RunDir) {
    fs::write(run.log_path(), "").unwrap();
    fs::write(run.path().join(".config.toml.77.tmp"), "").unwrap();
}

#[test]
fn a_run_that_came_to_nothing_leaves_nothing_and_any_other_all_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let (run, lock) = RunDir::begin(folder.path(), Some("a")).unwrap();
    prepare(&run);
    run.give_back(lock).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    for kept in ["config.toml", "events.jsonl", "checkpoints", "predictions", "notes of somebody"] {
        let (run, lock) = RunDir::begin(folder.path(), None).unwrap();
        fs::create_dir(run.path().join(kept)).unwrap();
        run.clone().give_back(lock).unwrap();
        assert!(run.path().join(kept).exists() && run.holder().is_none(), "{kept}");
    }
}

#[test]
fn a_process_killed_while_it_prepares_does_not_keep_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let (killed, lock) = RunDir::begin(folder.path(), Some("a")).unwrap();
    prepare(&killed);
    drop(lock);
    let (run, _lock) = RunDir::begin(folder.path(), Some("a")).unwrap();
    assert_eq!(run, killed);
    // A folder with a log in it is not ours because of that.
    fs::create_dir(folder.path().join("b")).unwrap();
    fs::write(folder.path().join("b/log.txt"), "precious").unwrap();
    assert!(
        message(RunDir::begin(folder.path(), Some("b")).map(|(run, _)| run)).contains("exists")
    );
}

#[test]
fn of_many_that_start_under_one_name_one_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let begin = || RunDir::begin(folder.path(), Some("a"));
    for _ in 0..10 {
        let begun: Vec<_> = thread::scope(|scope| {
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(begin)).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        let (mut had, refused): (Vec<_>, Vec<_>) = begun.into_iter().partition(Result::is_ok);
        assert_eq!((had.len(), refused.len()), (1, 7), "{refused:?}");
        let (run, lock) = had.remove(0).unwrap();
        assert!(run.holder().is_some() && begin().is_err());
        run.give_back(lock).unwrap();
    }
}

/// Each that has the name finds its directory as it left it, however many come to nothing.
#[test]
fn those_that_come_to_nothing_take_nothing_from_the_one_that_trains() {
    let folder = tempfile::tempdir().unwrap();
    let start = |trains: bool| {
        let (run, lock) = RunDir::begin(folder.path(), Some("a")).ok()?;
        fs::write(run.log_path(), "").expect("the directory is there");
        if trains {
            fs::write(run.events_path(), "").expect("the directory is there");
        }
        run.clone().give_back(lock).unwrap();
        (trains && run.events_path().exists()).then_some(())
    };
    for _ in 0..10 {
        let trained = thread::scope(|scope| {
            let starts: Vec<_> = (0..16).map(|n| scope.spawn(move || start(n % 4 == 3))).collect();
            starts.into_iter().filter_map(|start| start.join().unwrap()).count()
        });
        let path = folder.path().join("a");
        assert_eq!((trained, path.join("events.jsonl").exists()), (trained.min(1), trained == 1));
        files::remove_folder(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn ids_that_are_no_plain_name_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(65);
    for id in ["", ".", "..", ".hidden", "-x", "a/b", "a b", "é", "a\nb", &long] {
        let found = message(RunDir::create(folder.path(), Some(id)));
        assert!(found.contains("begin with neither"), "{found}");
    }
    RunDir::create(folder.path(), Some(&long[1..])).unwrap();
}

#[test]
fn a_run_that_exists_is_not_started_again() {
    let folder = with_runs(&["first"]);
    let found = message(RunDir::create(folder.path(), Some("first")));
    assert!(found.contains("--resume first"), "{found}");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let found = message(RunDir::create(&file.join("runs"), None));
    assert!(found.contains("file/runs: cannot be written"), "{found}");
}

#[test]
fn a_run_is_found_by_id_by_its_beginning_and_by_path() {
    let folder = with_runs(&["251124-143205", "251124-143205-2", "251125-080000"]);
    let find = |name: &str| RunDir::find(folder.path(), name).unwrap().id;
    assert_eq!(find("251124-143205"), "251124-143205");
    assert_eq!(find("251125"), "251125-080000");
    let path = folder.path().join("251125-080000/.");
    assert_eq!(find(path.to_str().unwrap()), "251125-080000");
    let several = message(RunDir::find(folder.path(), "2511"));
    assert!(several.contains("fits 251124-143205, 251124-143205-2, 251125-080000;"), "{several}");
}

#[test]
fn the_full_name_of_a_run_leads_to_it_from_elsewhere() {
    let [here, elsewhere] = [with_runs(&["a", "b"]), with_runs(&["a"])];
    let run = RunDir::find(here.path(), "a").unwrap();
    assert_eq!(RunDir::find(elsewhere.path(), &run.full_name()).unwrap(), run);
    let bare = RunDir { id: "a".into(), path: "a".into() };
    assert_eq!(bare.full_name(), "./a");
}

#[test]
fn an_unknown_run_names_those_that_come_near() {
    let folder = with_runs(&["251124-143205", "baseline"]);
    let near = message(RunDir::find(folder.path(), "251124-143250"));
    assert!(near.contains("did you mean 251124-143205?"), "{near}");
    let far = message(RunDir::find(folder.path(), "zzz"));
    assert!(far.contains("the newest is baseline"), "{far}");
    let none = message(RunDir::find(&folder.path().join("none"), ""));
    assert!(none.contains("holds no run"), "{none}");
}

#[test]
fn only_folders_of_runs_are_listed() {
    let folder = with_runs(&["b", "a"]);
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let ids: Vec<_> = RunDir::list(folder.path()).unwrap().into_iter().map(|r| r.id).collect();
    assert_eq!(ids, ["a", "b"]);
    assert!(RunDir::find(folder.path(), "empty").is_err());
}

#[test]
fn predictions_stay_inside_the_run() {
    let folder = with_runs(&["a"]);
    let run = RunDir::find(folder.path(), "a").unwrap();
    let inside = run.path().join("predictions/7.safetensors");
    for file in [&RunDir::predictions_file(7), "../../etc/7.safetensors", "/7.safetensors"] {
        assert_eq!(run.predictions_path(file), inside);
    }
}

#[cfg(unix)]
#[test]
fn a_run_whose_files_are_links_is_refused() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let run = RunDir::create(folder.path(), Some("a")).unwrap();
    fs::write(run.config_path(), "").unwrap();
    for name in ENTRIES.into_iter().skip(1) {
        let link = run.path().join(name);
        std::os::unix::fs::symlink(outside.path(), &link).unwrap();
        for way in ["a", run.path().to_str().unwrap()] {
            let refused = RunDir::find(folder.path(), way).unwrap_err();
            assert!(matches!(&refused, RunError::Link { path } if path.ends_with(name)));
        }
        fs::remove_file(link).unwrap();
    }
    // The directory itself may be one: a person named it.
    std::os::unix::fs::symlink(run.path(), folder.path().join("best")).unwrap();
    assert_eq!(RunDir::find(folder.path(), "best").unwrap().id(), "best");
}
