//! Fashion-MNIST's files. Half of the time the input is zipped first, so that it gets past the
//! checksum of gzip: the first byte says whether, and how many pictures are expected.
#![no_main]

use std::{io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use mnv1_tui::data::idx;

const IMAGES_HEADER: usize = 16;
const LABELS_HEADER: usize = 8;
const PICTURE: usize = 28 * 28;

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&mode, rest)) = bytes.split_first() else { return };
    let count = u16::from(mode >> 1) % 4;
    let (images, labels) = rest.split_at(rest.len().min(match mode & 1 {
        0 => rest.len() / 2,
        _ => IMAGES_HEADER + usize::from(count) * PICTURE,
    }));
    let path = Path::new("x.gz");
    let parsed = match mode & 1 {
        0 => idx::parse(path, (images, labels), count),
        _ => idx::parse(path, (&zipped(images)[..], &zipped(labels)[..]), count),
    };
    let Ok(set) = parsed else { return };
    assert_eq!((set.len(), set.side), (count.into(), 32));
    assert_eq!(set.pixels.len(), set.len() * set.stride());
    assert!(set.labels.iter().all(|label| *label < 10));
    if mode & 1 == 1 {
        for (index, label) in labels[LABELS_HEADER..].iter().enumerate() {
            assert_eq!(set.labels[index], u16::from(*label));
            let first = images[IMAGES_HEADER + index * PICTURE];
            assert_eq!(set.rgb(index, 2, 2), [first; 3]);
            assert_eq!(set.rgb(index, 1, 2), [0; 3]);
        }
    }
});
