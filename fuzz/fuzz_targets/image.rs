//! Pictures: whatever is decoded has the size that was asked for. The size is in the first byte.
#![no_main]

use std::{io::Cursor, path::Path};

use libfuzzer_sys::fuzz_target;
use mnv1_tui::data::{DataError, folder::parse_picture};

fuzz_target!(|bytes: &[u8]| {
    let Some((&side, file)) = bytes.split_first() else { return };
    let side = 8 * (1 + usize::from(side) % 4);
    match parse_picture(Path::new("x"), Cursor::new(file), side) {
        Ok(planes) => assert_eq!(planes.len(), 3 * side * side),
        Err(DataError::Picture { .. }) => {}
        Err(other) => panic!("not a fault of a picture in memory: {other}"),
    }
});
