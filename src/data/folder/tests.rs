use std::{io::Cursor, sync::mpsc, thread, time::Duration};

use proptest::prelude::*;

use super::*;

fn save(path: &Path, colour: [u8; 3], (width, height): (u32, u32)) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(width, height, image::Rgb(colour)).save(path).unwrap();
}

/// Three cats and two dogs to train on, one of each to test on.
fn pets() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let red = [("train/cat/1.png", 10), ("train/cat/2.PNG", 20), ("train/cat/3.png", 30)];
    for (name, level) in red.into_iter().chain([("test/cat/1.png", 40)]) {
        save(&dir.path().join(name), [level, 0, 0], (40, 30));
    }
    for (name, level) in [("train/dog/a.png", 50), ("train/dog/b.png", 60), ("test/dog/a.png", 70)]
    {
        save(&dir.path().join(name), [0, 0, level], (16, 16));
    }
    fs::write(dir.path().join("train/dog/.hidden.png"), "no picture").unwrap();
    fs::write(dir.path().join("train/dog/notes.txt"), "no picture").unwrap();
    dir
}

#[test]
fn classes_take_turns_in_file_name_order() {
    let dir = pets();
    let parts = read(dir.path(), 8, None, None).unwrap();
    assert_eq!(parts.class_names, ["cat", "dog"]);
    assert_eq!(parts.train.labels, [0, 1, 0, 1, 0]);
    let middle = |i: usize| parts.train.rgb(i, 4, 4);
    let expected = [[10, 0, 0], [0, 0, 50], [20, 0, 0], [0, 0, 60], [30, 0, 0]];
    assert_eq!([0, 1, 2, 3, 4].map(middle), expected);
    assert_eq!((parts.test.len(), parts.test.side), (2, 8));
    assert_eq!(read(dir.path(), 8, Some(3), None).unwrap().train.labels, [0, 1, 0]);
}

#[test]
fn a_picture_that_is_none_is_named() {
    let dir = pets();
    let path = dir.path().join("test/cat/2.jpg");
    fs::write(&path, "no picture").unwrap();
    let error = read(dir.path(), 8, None, None).unwrap_err();
    assert!(matches!(&error, DataError::Picture { path: p, .. } if *p == path), "{error}");
    assert!(matches!(load_picture(dir.path(), 8), Err(DataError::Io { .. })));
    let nowhere = dir.path().join("nowhere.png");
    assert!(load_picture(&nowhere, 8).unwrap_err().to_string().contains("nowhere.png"));
}

#[test]
fn a_picture_is_told_by_its_content() {
    let dir = pets();
    let path = dir.path().join("picture.jpg");
    fs::rename(dir.path().join("test/cat/1.png"), &path).unwrap();
    let set = load_picture(&path, 16).unwrap();
    assert_eq!((set.len(), set.labels[0], set.rgb(0, 3, 9)), (1, 0, [40, 0, 0]));
}

#[test]
fn more_pictures_than_there_is_memory_for_are_not_even_opened() {
    let dir = pets();
    fs::write(dir.path().join("test/cat/2.jpg"), "no picture").unwrap();
    let said = read(dir.path(), 8, None, Some(1_000)).unwrap_err().to_string();
    assert!(said.contains(": 8 images of 8×8 pixels take 1.5 kB, and 1.0 kB are free"), "{said}");
    let said = read(dir.path(), 8, Some(1), Some(1_000)).unwrap_err().to_string();
    assert!(said.contains("2.jpg: not a usable picture"), "{said}");
}

#[test]
fn who_decodes_a_picture_waits_for_room() {
    let dir = pets();
    let picture = dir.path().join("test/cat/1.png");
    let (told, decoded) = mpsc::channel();
    let all = ROOM.take(1 << 30);
    thread::spawn(move || told.send(load_picture(&picture, 8).is_ok()));
    assert!(decoded.recv_timeout(Duration::from_millis(50)).is_err());
    drop(all);
    assert_eq!(decoded.recv_timeout(Duration::from_secs(60)), Ok(true));
}

#[test]
fn layouts_that_are_no_data_set_are_explained() {
    let dir = pets();
    let says = |word: &str| {
        let error = read(dir.path(), 8, None, None).unwrap_err().to_string();
        assert!(error.contains(word) && error.contains("wanted are"), "{error}");
    };
    fs::create_dir(dir.path().join("test/emu")).unwrap();
    says("'emu'");
    fs::create_dir(dir.path().join("train/emu")).unwrap();
    says("no .png");
    fs::remove_dir_all(dir.path().join("train/emu")).unwrap();
    fs::remove_dir_all(dir.path().join("train/dog")).unwrap();
    says("1 class folders");
    fs::remove_dir_all(dir.path().join("train")).unwrap();
    says("not found");
}

#[test]
fn a_picture_too_large_to_be_meant_is_refused_before_it_is_decoded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bomb.png");
    save(&path, [0; 3], (20_001, 1));
    let error = load_picture(&path, 8).unwrap_err();
    assert!(matches!(error, DataError::Picture { .. }), "{error}");
}

/// A PNG that says it is this large, in RGBA of 16 bits, and has no pixels at all.
fn empty_png(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[16, 6, 0, 0, 0]].concat();
    let chunk = |kind: &[u8], data: &[u8]| {
        let body = [kind, data].concat();
        let mut sum = flate2::Crc::new();
        sum.update(&body);
        [&(data.len() as u32).to_be_bytes()[..], &body, &sum.sum().to_be_bytes()].concat()
    };
    [
        &b"\x89PNG\r\n\x1a\n"[..],
        &chunk(b"IHDR", &header),
        &chunk(b"IDAT", b""),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

#[test]
fn a_picture_that_would_take_gigabytes_is_refused_by_its_header() {
    let parsed = |side| parse_picture(Path::new("x.png"), Cursor::new(empty_png(side, side)), 8);
    let error = parsed(LONGEST_SIDE).unwrap_err().to_string();
    assert!(error.contains("20000×20000 pixels take more than"), "{error}");
    let error = parsed(100).unwrap_err().to_string();
    assert!(!error.contains("take more than"), "{error}");
}

#[test]
fn a_file_too_large_for_a_picture_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.jpg");
    File::create(&path).unwrap().set_len(MOST_FILE_BYTES + 1).unwrap();
    assert!(load_picture(&path, 8).unwrap_err().to_string().contains("allowed are"));
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_folder_and_no_class_speaks_to_the_terminal() {
    let (dir, elsewhere) = (pets(), pets());
    let link = dir.path().join("train/dog/c.png");
    std::os::unix::fs::symlink(elsewhere.path().join("train/dog/a.png"), &link).unwrap();
    let error = read(dir.path(), 8, None, None).unwrap_err().to_string();
    assert!(error.contains("c.png: a link that leads out"), "{error}");
    fs::remove_file(&link).unwrap();

    std::os::unix::fs::symlink("a.png", &link).unwrap();
    assert_eq!(read(dir.path(), 8, None, None).unwrap().train.len(), 6);
    fs::remove_file(&link).unwrap();

    let class = dir.path().join("train/emu");
    std::os::unix::fs::symlink(elsewhere.path().join("train/cat"), &class).unwrap();
    let error = read(dir.path(), 8, None, None).unwrap_err().to_string();
    assert!(error.contains("emu: a link that leads out"), "{error}");
    fs::remove_file(&class).unwrap();

    fs::create_dir(dir.path().join("train/\u{1b}[31m")).unwrap();
    let error = read(dir.path(), 8, None, None).unwrap_err().to_string();
    assert!(error.contains("the class \"\\u{1b}[31m\" cannot"), "{error}");
}

proptest! {
    #[test]
    fn random_bytes_are_refused(tail in prop::collection::vec(any::<u8>(), 0..500), kind in 0..3) {
        let head: &[u8] = match kind {
            0 => b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            1 => b"\xff\xd8\xff\xe0",
            _ => b"",
        };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.png");
        fs::write(&path, [head, &tail].concat()).unwrap();
        prop_assert!(load_picture(&path, 8).is_err());
    }
}
