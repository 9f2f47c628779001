mod server;

use std::{collections::BTreeMap, path::PathBuf};

use flate2::{Compression, write::GzEncoder};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tar::{EntryType, Header};

use super::*;
use crate::data::cifar10::{FOLDER, MARKER_FILE, Official, sha256};
use server::{Answer, Server};

const MEMBER_BYTES: usize = 20_000;

/// What goes into a test archive: path, kind, content.
type Member = (String, EntryType, Vec<u8>);

/// The six files, of bytes that no compression shortens, and a file that nobody asked for.
fn good_members() -> Vec<Member> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let file = |name| {
        let mut bytes = vec![0; MEMBER_BYTES];
        rng.fill_bytes(&mut bytes);
        (format!("{FOLDER}/{name}"), EntryType::Regular, bytes)
    };
    let mut all: Vec<Member> = members().map(file).collect();
    all.push((format!("{FOLDER}/readme.html"), EntryType::Regular, b"hello".to_vec()));
    all
}

fn packed(members: &[Member]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, kind, bytes) in members {
        let mut header = Header::new_gnu();
        // Past `set_path`, which refuses what these tests are about.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append(&header, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn described(file: &[u8], url: &str) -> Archive {
    Archive {
        url: url.to_owned(),
        part_name: "archive.part".into(),
        bytes: file.len() as u64,
        sha256: sha256(file),
        member_bytes: MEMBER_BYTES as u64,
    }
}

fn impatient() -> Patience {
    Patience { silence: Duration::from_secs(1), ..PATIENCE }
}

/// A fetch of `file` into a folder of its own from a server that answers by `script`.
struct Scene {
    dir: tempfile::TempDir,
    file: Vec<u8>,
    progress: Vec<Progress>,
}

impl Scene {
    fn new(members: &[Member]) -> Self {
        Self { dir: tempfile::tempdir().unwrap(), file: packed(members), progress: Vec::new() }
    }

    /// Fetches, and returns with the outcome the ranges that were asked for.
    fn fetch(&mut self, script: &[Answer]) -> (Result<Fetched, DataError>, Vec<Option<String>>) {
        let server = Server::start(&self.file, script);
        let archive = described(&self.file, &server.url);
        let outcome = self.fetch_as(&archive);
        (outcome, server.ranges())
    }

    fn fetch_as(&mut self, archive: &Archive) -> Result<Fetched, DataError> {
        self.progress.clear();
        let progress = &mut self.progress;
        let client = download::client(&archive.url, impatient());
        fetch(self.dir.path(), archive, &client, &mut |p| progress.push(p))
    }

    /// Everything in the folder, as path and size.
    fn contents(&self) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.dir.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                let relative = path.strip_prefix(&self.dir).unwrap().to_string_lossy();
                match path.is_dir() {
                    true => folders.push(path.clone()),
                    false => drop(found.insert(relative.into(), entry.metadata().unwrap().len())),
                }
            }
        }
        found
    }

    fn destination(&self) -> PathBuf {
        self.dir.path().join(FOLDER)
    }

    /// The six files and their marker are there, and nothing else.
    fn assert_complete(&self) {
        let contents = self.contents();
        assert_eq!(contents.len(), 7, "{contents:?}");
        let marker = fs::read(self.destination().join(MARKER_FILE)).unwrap();
        let marker: Official = serde_json::from_slice(&marker).unwrap();
        assert_eq!(marker.archive_sha256, sha256(&self.file));
        for (path, _, bytes) in good_members().iter().take(6) {
            assert_eq!(&fs::read(self.dir.path().join(path)).unwrap(), bytes);
            let mark = &marker.files[path.strip_prefix("cifar-10-batches-bin/").unwrap()];
            assert_eq!((mark.bytes, &mark.sha256), (MEMBER_BYTES as u64, &sha256(bytes)));
        }
    }
}

fn range(start: usize) -> Option<String> {
    Some(format!("bytes={start}-"))
}

#[test]
fn a_whole_download_is_unpacked_and_not_repeated() {
    let mut scene = Scene::new(&good_members());
    let (outcome, ranges) = scene.fetch(&[Answer::Ranges]);
    assert_eq!((outcome.unwrap(), ranges), (Fetched::Downloaded, vec![None]));
    scene.assert_complete();
    let total = scene.file.len() as u64;
    assert!(scene.progress.is_sorted_by_key(|p| p.received));
    assert!(scene.progress.iter().all(|p| p.total == total && !p.resumed));

    let (again, ranges) = scene.fetch(&[]);
    assert_eq!((again.unwrap(), ranges), (Fetched::AlreadyThere, vec![]));
}

#[test]
fn a_cut_connection_is_taken_up_where_it_broke() {
    let mut scene = Scene::new(&good_members());
    let (outcome, ranges) =
        scene.fetch(&[Answer::CutAfter(5_000), Answer::CutAfter(7_000), Answer::Ranges]);
    assert_eq!(outcome.unwrap(), Fetched::Downloaded);
    assert_eq!(ranges, [None, range(5_000), range(12_000)]);
    scene.assert_complete();
}

#[test]
fn what_came_is_kept_for_the_next_try() {
    let mut scene = Scene::new(&good_members());
    let (outcome, _) = scene.fetch(&[Answer::CutAfter(5_000), Answer::CutAfter(0)]);
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("after 5000 of") && error.contains("are kept"), "{error}");
    assert_eq!(scene.contents(), BTreeMap::from([("archive.part".to_owned(), 5_000)]));

    let (outcome, ranges) = scene.fetch(&[Answer::Ranges]);
    assert_eq!((outcome.unwrap(), ranges), (Fetched::Downloaded, vec![range(5_000)]));
    assert!(scene.progress[0].resumed && scene.progress[0].received == 5_000);
    scene.assert_complete();
}

#[test]
fn a_connection_that_always_breaks_is_given_up() {
    let mut scene = Scene::new(&good_members());
    let (outcome, ranges) = scene.fetch(&[Answer::CutAfter(10); 6]);
    assert!(matches!(outcome, Err(DataError::Download { .. })));
    assert_eq!(ranges.len(), 1 + RESUMES as usize);
}

#[test]
fn a_server_without_ranges_starts_over() {
    let mut scene = Scene::new(&good_members());
    let (outcome, ranges) = scene.fetch(&[Answer::CutAfter(5_000), Answer::Whole]);
    assert_eq!((outcome.unwrap(), ranges), (Fetched::Downloaded, vec![None, range(5_000)]));
    scene.assert_complete();
}

#[test]
fn a_range_that_cannot_be_served_starts_over() {
    let mut scene = Scene::new(&good_members());
    scene.fetch(&[Answer::CutAfter(5_000), Answer::Silence]).0.unwrap_err();
    let (outcome, ranges) = scene.fetch(&[Answer::Status(416), Answer::Ranges]);
    assert_eq!((outcome.unwrap(), ranges), (Fetched::Downloaded, vec![range(5_000), None]));
    scene.assert_complete();
}

#[test]
fn a_stalled_server_is_left_and_what_came_is_kept() {
    let mut scene = Scene::new(&good_members());
    let (outcome, _) = scene.fetch(&[Answer::StallAfter(5_000), Answer::Silence]);
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("no answer in time"), "{error}");
    assert_eq!(scene.contents(), BTreeMap::from([("archive.part".to_owned(), 5_000)]));
}

#[test]
fn a_server_that_drips_is_left_and_what_came_is_kept() {
    let mut scene = Scene::new(&good_members());
    let (outcome, _) = scene.fetch(&[Answer::DripAfter(5_000), Answer::Silence]);
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("no answer in time after 50"), "{error}");
    let kept = scene.contents()["archive.part"];
    assert!((5_001..5_200).contains(&kept), "{kept}");
}

#[test]
fn a_server_that_is_not_there_leaves_no_trace() {
    let mut scene = Scene::new(&good_members());
    let server = Server::start(&scene.file, &[]);
    let archive = described(&scene.file, &server.url);
    server.ranges(); // it is gone now
    assert!(matches!(scene.fetch_as(&archive), Err(DataError::Download { .. })));
    assert_eq!(scene.contents(), BTreeMap::new());
}

#[test]
fn a_wrong_checksum_is_told_and_nothing_is_kept() {
    let mut scene = Scene::new(&good_members());
    let server = Server::start(&scene.file, &[Answer::Ranges]);
    let archive = Archive { sha256: sha256(b"other"), ..described(&scene.file, &server.url) };
    let error = scene.fetch_as(&archive).unwrap_err();
    assert!(matches!(&error, DataError::Checksum { found, .. } if *found == sha256(&scene.file)));
    assert!(!error.to_string().contains('\n'));
    assert_eq!(scene.contents(), BTreeMap::new());
}

#[test]
fn an_answer_that_is_something_else_does_not_cost_what_is_there() {
    let mut scene = Scene::new(&good_members());
    scene.fetch(&[Answer::CutAfter(5_000), Answer::Silence]).0.unwrap_err();
    let answers = [200, 404, 503].map(Answer::Status);
    for answer in answers.into_iter().chain([Answer::Page, Answer::PageWithoutLength]) {
        let error = scene.fetch(&[answer]).0.unwrap_err();
        assert!(matches!(error, DataError::Download { .. }), "{answer:?}: {error}");
        assert_eq!(scene.contents(), BTreeMap::from([("archive.part".to_owned(), 5_000)]));
    }
}

#[test]
fn no_more_is_taken_than_the_archive_has() {
    let mut scene = Scene::new(&good_members());
    assert_eq!(scene.fetch(&[Answer::Endless]).0.unwrap(), Fetched::Downloaded);
    scene.assert_complete();
    let total = scene.file.len() as u64;
    assert!(scene.progress.iter().all(|p| p.received <= total));
}

#[test]
fn a_part_file_that_is_no_beginning_of_the_archive_is_thrown_away() {
    let mut scene = Scene::new(&good_members());
    let part = scene.dir.path().join("archive.part");
    let too_long = [&scene.file[..], &[0]].concat();
    for wrong in [&b"<html>log in first</html>"[..], &too_long] {
        fs::write(&part, wrong).unwrap();
        let (outcome, ranges) = scene.fetch(&[Answer::Ranges]);
        assert_eq!((outcome.unwrap(), ranges), (Fetched::Downloaded, vec![None]));
        scene.assert_complete();
        fs::remove_dir_all(scene.destination()).unwrap();
    }
}

#[test]
fn archives_that_hold_something_else_leave_nothing() {
    let with = |change: fn(&mut Vec<Member>)| {
        let mut members = good_members();
        change(&mut members);
        members
    };
    let outside = |path: &str| (path.to_owned(), EntryType::Regular, b"x".to_vec());
    let link = |path: &str| (format!("{FOLDER}/{path}"), EntryType::Symlink, vec![]);
    let cases = [
        ("has 20001 bytes, expected 20000", with(|m| m[2].2.push(0))),
        ("has 19999 bytes, expected 20000", with(|m| m[5].2.truncate(MEMBER_BYTES - 1))),
        ("data_batch_4.bin is missing", with(|m| drop(m.remove(3)))),
        ("data_batch_1.bin is in it twice", with(|m| m.push(m[0].clone()))),
        ("leads out of", [vec![outside("../evil")], good_members()].concat()),
        ("leads out of", [good_members(), vec![outside("/tmp/evil")]].concat()),
        ("leads out of", [good_members(), vec![outside("a/../../evil")]].concat()),
        ("is no plain file", [vec![link("test_batch.bin")], good_members()].concat()),
    ];
    for (expected, members) in cases {
        let mut scene = Scene::new(&members);
        let error = scene.fetch(&[Answer::Ranges]).0.unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains('\n'), "{expected}: {error}");
        assert_eq!(scene.contents(), BTreeMap::new(), "{expected}");
    }
}

#[test]
fn a_second_file_of_a_name_does_not_replace_the_first() {
    let mut members = good_members();
    members.insert(1, members[0].clone());
    assert!(Scene::new(&members).fetch(&[Answer::Ranges]).0.is_err());
}

#[test]
fn an_archive_that_blows_up_is_cut_off() {
    let mut members = good_members();
    members.insert(0, ("zeros".into(), EntryType::Regular, vec![0; 8 << 20]));
    let mut scene = Scene::new(&members);
    assert!(matches!(scene.fetch(&[Answer::Ranges]).0, Err(DataError::Download { .. })));
    assert_eq!(scene.contents(), BTreeMap::new());
}

#[test]
fn broken_files_are_replaced_and_foreign_ones_stay() {
    let mut scene = Scene::new(&good_members());
    fs::create_dir(scene.destination()).unwrap();
    fs::write(scene.destination().join(TEST_FILE), "short").unwrap();
    fs::write(scene.destination().join("notes.txt"), "mine").unwrap();
    assert_eq!(scene.fetch(&[Answer::Ranges]).0.unwrap(), Fetched::Downloaded);
    let notes = scene.dir.path().join("cifar-10-batches-bin.replaced/notes.txt");
    assert_eq!(fs::read_to_string(&notes).unwrap(), "mine");
    fs::remove_dir_all(notes.parent().unwrap()).unwrap();
    scene.assert_complete();

    let changed = scene.destination().join(TEST_FILE);
    fs::write(&changed, vec![7; MEMBER_BYTES]).unwrap(); // no longer what the marker says
    assert_eq!(scene.fetch(&[Answer::Ranges]).0.unwrap(), Fetched::Downloaded);
    scene.assert_complete();
}

#[test]
fn a_whole_copy_of_unknown_origin_is_never_overwritten() {
    let mut scene = Scene::new(&good_members());
    fs::create_dir(scene.destination()).unwrap();
    members().for_each(|name| {
        fs::write(scene.destination().join(name), vec![7; MEMBER_BYTES]).unwrap();
    });
    let before = scene.contents();
    let error = scene.fetch(&[]).0.unwrap_err();
    assert!(error.to_string().contains("unofficial"), "{error}");
    assert_eq!(scene.contents(), before);
}

#[test]
fn what_a_killed_fetch_left_is_no_obstacle() {
    let mut scene = Scene::new(&good_members());
    let scratch = scene.dir.path().join(".cifar-10-batches-bin.unpacking");
    fs::create_dir(&scratch).unwrap();
    fs::write(scratch.join("data_batch_1.bin"), "half").unwrap();
    fs::write(scene.dir.path().join("archive.part"), &scene.file).unwrap();
    let (outcome, ranges) = scene.fetch(&[]); // all is there, only unpacking is left
    assert_eq!((outcome.unwrap(), ranges), (Fetched::Downloaded, vec![]));
    scene.assert_complete();
}

#[test]
fn two_fetches_do_not_write_into_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("archive.part");
    let first = Part::open(&path, 10).unwrap();
    let error = Part::open(&path, 10).unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
    first.remove().unwrap();
    Part::open(&path, 10).unwrap();
}

#[test]
fn the_address_is_that_of_a_folder_or_of_the_archive() {
    let archive = "http://mirror/pub/cifar-10-binary.tar.gz";
    for base in ["http://mirror/pub", "http://mirror/pub/", archive] {
        assert_eq!(archive_url(base), archive);
    }
}
