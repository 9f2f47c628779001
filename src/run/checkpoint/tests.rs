use tempfile::TempDir;

use super::*;

fn run() -> (TempDir, RunDir) {
    let folder = tempfile::tempdir().unwrap();
    let run = RunDir::create(folder.path(), Some("a")).unwrap();
    (folder, run)
}

/// Saves a checkpoint of two files, one of which holds `model`.
fn save_with(run: &RunDir, step: u64, model: &str) -> Checkpoint {
    let write = |folder: &Path| -> io::Result<()> {
        fs::write(folder.join("model.safetensors"), model)?;
        fs::write(folder.join("trainer.json"), "{}")
    };
    Checkpoint { step, path: save(run, step, write).unwrap() }
}

fn steps(run: &RunDir) -> Vec<u64> {
    list(run).unwrap().iter().map(|checkpoint| checkpoint.step).collect()
}

fn hidden_names(run: &RunDir) -> Vec<String> {
    let names = names_in(&run.checkpoints_dir()).unwrap();
    names.into_iter().filter(|name| name.starts_with('.')).collect()
}

#[test]
fn a_saved_checkpoint_is_good_and_leaves_no_scratch() {
    let (_folder, run) = run();
    assert_eq!(newest_good(&run).unwrap(), (None, vec![]));
    let saved = save_with(&run, 10, "weights");
    assert_eq!(saved.path, run.path().join(relative_path(10)));
    assert_eq!(newest_good(&run).unwrap(), (Some(saved), vec![]));
    assert!(hidden_names(&run).is_empty());
}

#[test]
fn the_newest_step_is_a_matter_of_numbers() {
    let (_folder, run) = run();
    [9, 100, 10].iter().for_each(|step| drop(save_with(&run, *step, "weights")));
    for stranger in ["007", "+7", "notes", ".git"] {
        fs::create_dir(run.checkpoints_dir().join(stranger)).unwrap();
    }
    assert_eq!(steps(&run), [9, 10, 100]);
}

#[test]
fn any_damaged_byte_of_any_file_is_found_and_the_one_before_taken() {
    let (_folder, run) = run();
    let older = save_with(&run, 1, "older");
    let newer = save_with(&run, 2, "newer");
    for name in ["model.safetensors", "trainer.json", manifest::FILE_NAME] {
        let file = newer.path.join(name);
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&file, &damaged).unwrap();
            let same = serde_json::from_slice::<serde_json::Value>(&damaged).ok()
                == serde_json::from_slice(&whole).ok();
            if name == manifest::FILE_NAME && same {
                continue; // a space became another one
            }
            let (good, skipped) = newest_good(&run).unwrap();
            assert_eq!(good.as_ref(), Some(&older), "byte {at} of {name}");
            assert_eq!((&skipped[0].path, skipped.len()), (&newer.path, 1));
        }
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            assert!(verify(&newer).is_err(), "{length} bytes of {name}");
        }
        fs::remove_file(&file).unwrap();
        assert!(verify(&newer).is_err(), "without {name}");
        fs::write(&file, &whole).unwrap();
    }
    assert_eq!(verify(&newer), Ok(()));
}

#[test]
fn the_reason_names_the_damaged_file_in_one_line() {
    let (_folder, run) = run();
    let saved = save_with(&run, 2, "weights");
    fs::write(saved.path.join("model.safetensors"), "wei").unwrap();
    assert_eq!(verify(&saved).unwrap_err(), "model.safetensors: 3 bytes, expected 7");
    fs::write(saved.path.join(manifest::FILE_NAME), "{\n\n").unwrap();
    let reason = verify(&saved).unwrap_err();
    assert!(reason.starts_with("manifest.json: ") && !reason.contains('\n'), "{reason}");
}

#[test]
fn a_folder_renamed_to_another_step_is_not_taken_for_it() {
    let (_folder, run) = run();
    let saved = save_with(&run, 2, "weights");
    fs::rename(saved.path, run.checkpoints_dir().join("3")).unwrap();
    assert_eq!(newest_good(&run).unwrap().0, None);
}

#[test]
fn an_attempt_that_fails_leaves_nothing_and_harms_nothing() {
    let (_folder, run) = run();
    let before = save_with(&run, 5, "weights");
    let fail = |folder: &Path| {
        fs::write(folder.join("model.safetensors"), "half")?;
        Err(io::Error::other("device lost"))
    };
    let error = save(&run, 5, fail).unwrap_err();
    assert!(matches!(&error, CheckpointError::Content(_)) && error.to_string() == "device lost");
    let odd = save(&run, 5, |folder| fs::create_dir(folder.join("sub"))).unwrap_err();
    assert!(odd.to_string().contains("no plain file of a checkpoint"), "{odd}");
    let none = save(&run, 5, |_| io::Result::Ok(())).unwrap_err();
    assert!(none.to_string().contains("0 files"), "{none}");
    assert_eq!(newest_good(&run).unwrap(), (Some(before), vec![]));
    assert!(hidden_names(&run).is_empty());
}

#[test]
fn a_second_save_of_a_step_replaces_the_first() {
    let (_folder, run) = run();
    save_with(&run, 5, "first");
    let second = save_with(&run, 5, "second");
    assert_eq!(fs::read(second.path.join("model.safetensors")).unwrap(), b"second");
    assert_eq!((verify(&second), steps(&run)), (Ok(()), vec![5]));
    assert!(hidden_names(&run).is_empty());
}

#[test]
fn a_crash_between_the_two_renames_of_a_replacement_loses_nothing() {
    let (_folder, run) = run();
    let saved = save_with(&run, 5, "first");
    let old = hidden(&run.checkpoints_dir(), 5, "old");
    fs::rename(&saved.path, &old).unwrap();
    fs::create_dir(hidden(&run.checkpoints_dir(), 5, "tmp")).unwrap();
    let found = Checkpoint { step: 5, path: old };
    assert_eq!(newest_good(&run).unwrap(), (Some(found.clone()), vec![]));
    prune(&run, 1, 5, None).unwrap();
    assert_eq!(list(&run).unwrap(), [found]);
    save_with(&run, 5, "second");
    assert_eq!(list(&run).unwrap(), [saved]);
    assert!(hidden_names(&run).is_empty());
}

#[test]
fn one_that_was_replaced_stands_in_for_a_damaged_one() {
    let (_folder, run) = run();
    let saved = save_with(&run, 5, "first");
    let old = replaced_at(&run.checkpoints_dir(), 5);
    fs::rename(&saved.path, &old.path).unwrap();
    save_with(&run, 4, "older");
    fs::create_dir(&saved.path).unwrap();
    fs::write(saved.path.join("model.safetensors"), "half").unwrap();
    let (good, skipped) = newest_good(&run).unwrap();
    assert_eq!((good.as_ref(), skipped.len()), (Some(&old), 1));
    assert_eq!(skipped[0].path, saved.path);
    // Whoever goes on from it gives it its name back.
    void_after(&run, 5).unwrap();
    assert_eq!(newest_good(&run).unwrap(), (Some(saved.clone()), vec![]));
    assert_eq!(fs::read(saved.path.join("model.safetensors")).unwrap(), b"first");
    assert!(hidden_names(&run).is_empty());
}

#[test]
fn the_good_one_of_a_step_is_there_until_its_successor_is() {
    let (_folder, run) = run();
    let saved = save_with(&run, 5, "first");
    let old = replaced_at(&run.checkpoints_dir(), 5);
    fs::rename(&saved.path, &old.path).unwrap();
    fs::create_dir(&saved.path).unwrap();
    // As far as a process came that was killed before it could name the new one.
    restore(&run.checkpoints_dir(), 5).unwrap();
    assert_eq!(newest_good(&run).unwrap(), (Some(saved.clone()), vec![]));
    save_with(&run, 5, "second");
    assert_eq!(fs::read(saved.path.join("model.safetensors")).unwrap(), b"second");
    // Of a step that is void neither is left.
    fs::create_dir(&old.path).unwrap();
    void_after(&run, 4).unwrap();
    assert_eq!((steps(&run), hidden_names(&run).len()), (vec![], 0));
}

#[test]
fn pruning_keeps_the_best_and_the_newest_others() {
    let (_folder, run) = run();
    (1..=6).for_each(|step| drop(save_with(&run, step, "weights")));
    for leftover in [".7.tmp", ".3.old", ".2.gone"] {
        fs::create_dir(run.checkpoints_dir().join(leftover)).unwrap();
    }
    prune(&run, 2, 6, Some(2)).unwrap();
    assert_eq!(steps(&run), [2, 5, 6]);
    assert!(hidden_names(&run).is_empty());
    prune(&run, 2, 6, Some(6)).unwrap();
    assert_eq!(steps(&run), [2, 5, 6]);
    prune(&run, 0, 5, None).unwrap();
    assert_eq!(steps(&run), [5, 6], "what was just saved is no old one");
    prune(&run, 0, 6, None).unwrap();
    assert_eq!(steps(&run), [6]);
}

#[test]
fn pruning_a_run_without_checkpoints_is_no_error() {
    let (_folder, run) = run();
    prune(&run, 3, 1, Some(1)).unwrap();
}

#[test]
fn going_on_from_an_older_step_voids_the_later_ones() {
    let (_folder, run) = run();
    (1..=4).for_each(|step| drop(save_with(&run, step, "weights")));
    void_after(&run, 2).unwrap();
    assert_eq!(steps(&run), [1, 2]);
}

#[test]
fn what_a_manifest_does_not_mention_must_not_be_there() {
    let (_folder, run) = run();
    let saved = save_with(&run, 1, "weights");
    fs::write(saved.path.join("optimizer.safetensors"), "anything").unwrap();
    let (good, skipped) = newest_good(&run).unwrap();
    assert_eq!(good, None);
    assert!(skipped[0].reason.contains("\"optimizer.safetensors\" is not in manifest.json"));
}
