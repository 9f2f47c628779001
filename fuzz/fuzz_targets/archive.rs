//! The archive of a data set: all six files of their right size come out of it, or an error, and
//! nothing beside them. An even first byte has the rest zipped before, to get past the checksum.
#![no_main]

use std::{fs, io::Write, path::Path, sync::LazyLock};

use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use mnv1_tui::data::{
    DataError,
    cifar10::{MARKER_FILE, Official, TEST_FILE, TRAIN_FILES, sha256},
    fetch::{Archive, unpack},
};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    // In memory where there is such a folder: each run waits until the disk has the files.
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a scratch folder can be made")
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, rest)) = bytes.split_first() else { return };
    let archive = Archive {
        url: "http://localhost/x.tar.gz".to_owned(),
        part_name: "x.part".to_owned(),
        bytes: rest.len() as u64,
        sha256: sha256(rest),
        member_bytes: u64::from(mode >> 1) % 4,
    };
    let scratch = FOLDER.path().join("scratch");
    let unpacked = match mode & 1 {
        0 => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
            encoder.write_all(rest).expect("memory takes all");
            unpack(&encoder.finish().expect("memory takes all")[..], &archive, &scratch)
        }
        _ => unpack(rest, &archive, &scratch),
    };
    let outside = fs::read_dir(FOLDER.path()).expect("it is there").count();
    assert_eq!(outside, 1, "something was written beside the scratch folder");
    match unpacked {
        Ok(()) => check(&archive, &scratch),
        Err(DataError::Download { reason, .. }) => assert!(!reason.contains('\n'), "{reason:?}"),
        Err(other) => panic!("{other}"),
    }
});

fn check(archive: &Archive, scratch: &Path) {
    let marker = fs::read(scratch.join(MARKER_FILE)).expect("the marker was written");
    let marker: Official = serde_json::from_slice(&marker).expect("it is ours");
    assert_eq!(marker.archive_sha256, archive.sha256);
    for name in TRAIN_FILES.into_iter().chain([TEST_FILE]) {
        let bytes = fs::read(scratch.join(name)).expect("each file was written");
        assert_eq!(bytes.len() as u64, archive.member_bytes);
        assert_eq!(marker.files[name].sha256, sha256(&bytes));
    }
    assert_eq!(fs::read_dir(scratch).expect("it is there").count(), 7);
}
