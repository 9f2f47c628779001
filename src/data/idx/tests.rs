use std::{fs, io::Write};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn debians_copy_is_the_official_one() {
    let nowhere = tempfile::tempdir().unwrap();
    if folder(nowhere.path()).is_none() {
        writeln!(std::io::stderr(), "skipped: {DEBIAN_FOLDER} is not installed").unwrap();
        return;
    }
    let parts = read(nowhere.path()).unwrap();
    assert_eq!((parts.train.len(), parts.test.len(), parts.train.side), (60_000, 10_000, 32));
    assert!(parts.official && parts.banner.is_none());
    for class in 0..10 {
        assert_eq!(parts.test.labels.iter().filter(|&&label| label == class).count(), 1000);
    }
    let [red, green, blue] = parts.train.rgb(0, 16, 16);
    assert!(red > 0 && red == green && green == blue);
}

#[test]
fn pictures_are_padded_evenly() {
    let pixels = padded(&[7; 2 * 28 * 28]);
    assert_eq!(pixels.len(), 2 * 3 * 32 * 32);
    let set = ImageSet { side: 32, pixels, labels: vec![0; 2] };
    let corners = [(1, 15), (2, 2), (29, 29), (30, 15), (15, 30)];
    assert_eq!(corners.map(|(x, y)| set.rgb(1, x, y)[1]), [0, 7, 7, 0, 0]);
}

#[test]
fn broken_files_are_named_with_what_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let source = Source { name: "labels.gz", sha256: "" };
    let read = || read_file(folder, &source, &[LABELS_MAGIC, 3]);
    let write = |bytes: &[u8]| fs::write(folder.join(source.name), bytes).unwrap();

    assert!(matches!(read(), Err(DataError::Missing { .. })));
    let whole = [0, 0, 8, 1, 0, 0, 0, 3, 9, 8, 7];
    write(&zipped(&whole));
    assert_eq!(read().unwrap(), (vec![9, 8, 7], false));
    write(&zipped(&whole[..10]));
    assert!(matches!(read(), Err(DataError::Truncated { expected: 11, found: 10, .. })));
    let cut = zipped(&whole);
    write(&cut[..cut.len() - 9]);
    assert!(matches!(read(), Err(DataError::Truncated { .. })));
    write(&zipped(&[0; 1_000_000]));
    assert!(matches!(read(), Err(DataError::TooLong { expected: 11, found: 12, .. })));
    write(&zipped(&[0; 11]));
    assert!(read().unwrap_err().to_string().contains("the IDX header is"));
    write(b"not gzip at all");
    assert!(read().unwrap_err().to_string().contains("broken gzip"));
    let mut wrong_sum = zipped(&whole);
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    write(&wrong_sum);
    assert!(matches!(read(), Err(DataError::Archive { .. })));
}

proptest! {
    #[test]
    fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000), zip: bool) {
        let stream = if zip { zipped(&bytes) } else { bytes };
        prop_assert!(unzip(Path::new("x.gz"), &stream[..], 60_008).is_err());
    }
}
