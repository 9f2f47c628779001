//! CIFAR-10's records: as many pictures as whole records, with the very bytes that stand there.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use mnv1_tui::data::{DataError, cifar10};

const RECORD: usize = 3073;

fuzz_target!(|bytes: &[u8]| {
    match cifar10::parse(Path::new("x.bin"), bytes) {
        Ok(images) => {
            assert_eq!(images.len() * RECORD, bytes.len());
            assert_eq!(images.pixels.len(), images.len() * images.stride());
            for (index, record) in bytes.chunks_exact(RECORD).enumerate() {
                assert_eq!(images.labels[index], u16::from(record[0]));
                assert_eq!(images.image(index), &record[1..]);
                assert_eq!(images.rgb(index, 31, 31), [1024, 2048, 3072].map(|at| record[at]));
            }
        }
        Err(DataError::Truncated { expected, found, .. }) => {
            assert!(found == bytes.len() as u64 && found < expected);
        }
        Err(DataError::UnknownLabel { record, label, classes, .. }) => {
            assert_eq!((u16::from(bytes[record * RECORD]), classes), (label, 10));
            assert!(label >= 10);
        }
        Err(other) => panic!("{other}"),
    }
});
