use std::{
    fs::{self, File},
    io::Write,
};

use proptest::prelude::*;

use super::*;

/// A whole data set in a folder of its own: pixels 1, labels counting 0 to 9.
fn data_dir() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(FOLDER);
    fs::create_dir(&folder).unwrap();
    let mut bytes = vec![1; RECORDS * RECORD_BYTES];
    bytes.chunks_exact_mut(RECORD_BYTES).enumerate().for_each(|(i, r)| r[0] = (i % 10) as u8);
    for name in TRAIN_FILES.iter().chain([&TEST_FILE]) {
        fs::write(folder.join(name), &bytes).unwrap();
    }
    dir
}

fn mark(data_dir: &Path, archive_sha256: &str) {
    let folder = data_dir.join(FOLDER);
    let mark = |name: &&str| {
        let sha256 = sha256(&fs::read(folder.join(name)).unwrap());
        (name.to_string(), FileMark { bytes: FILE_BYTES, sha256 })
    };
    let files = TRAIN_FILES.iter().chain([&TEST_FILE]).map(mark).collect();
    let marker = Official { archive_sha256: archive_sha256.into(), files };
    fs::write(folder.join(MARKER_FILE), serde_json::to_vec(&marker).unwrap()).unwrap();
}

#[test]
fn only_files_that_the_marker_describes_are_official() {
    let dir = data_dir();
    let unmarked = read(dir.path()).unwrap();
    assert!(!unmarked.official && unmarked.banner.unwrap().starts_with("unofficial"));
    assert_eq!((unmarked.train.len(), unmarked.test.len()), (50_000, 10_000));
    assert_eq!(unmarked.train.labels[10_003], 3);

    mark(dir.path(), ARCHIVE_SHA256);
    let marked = read(dir.path()).unwrap();
    assert!(marked.official && marked.banner.is_none());

    mark(dir.path(), &ARCHIVE_SHA256.replace('c', "d"));
    assert!(!read(dir.path()).unwrap().official);
    mark(dir.path(), ARCHIVE_SHA256);

    let one = dir.path().join(FOLDER).join(TEST_FILE);
    let mut bytes = fs::read(&one).unwrap();
    bytes[100] = 2;
    fs::write(&one, bytes).unwrap();
    assert!(!read(dir.path()).unwrap().official);

    fs::write(dir.path().join(FOLDER).join(MARKER_FILE), "{").unwrap();
    assert!(!read(dir.path()).unwrap().official);
}

#[test]
fn broken_files_are_named_with_what_is_wrong() {
    let dir = data_dir();
    let path = dir.path().join(FOLDER).join(TRAIN_FILES[2]);
    let file = || File::options().write(true).open(&path).unwrap();

    let mut wrong = file();
    std::io::Seek::seek(&mut wrong, std::io::SeekFrom::Start(7 * RECORD_BYTES as u64)).unwrap();
    wrong.write_all(&[10]).unwrap();
    let error = read(dir.path()).unwrap_err();
    assert!(matches!(error, DataError::UnknownLabel { record: 7, label: 10, .. }), "{error}");

    file().set_len(FILE_BYTES + 1).unwrap();
    let error = read(dir.path()).unwrap_err();
    assert!(matches!(error, DataError::TooLong { found: 30_730_001, .. }), "{error}");

    file().set_len(FILE_BYTES - 1).unwrap();
    let error = read(dir.path()).unwrap_err();
    assert!(matches!(error, DataError::Truncated { found: 30_729_999, .. }), "{error}");

    fs::remove_file(&path).unwrap();
    let error = read(dir.path()).unwrap_err().to_string();
    assert!(error.contains("data_batch_3.bin: not found"), "{error}");
    assert!(error.contains("mnv1-tui data fetch cifar10"), "{error}");
    assert!(is_present(dir.path()));
}

proptest! {
    #[test]
    fn files_of_any_other_size_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join(FOLDER);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(TRAIN_FILES[0]), &bytes).unwrap();
        let found = bytes.len() as u64;
        let error = read(dir.path()).unwrap_err();
        let refused = matches!(error, DataError::Truncated { found: f, .. } if f == found);
        prop_assert!(refused, "{error}");
    }
}
