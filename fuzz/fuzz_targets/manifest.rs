//! A checkpoint's manifest: no name in it leads anywhere, and it is read again as it is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mnv1_tui::run::Manifest;

fuzz_target!(|bytes: &[u8]| {
    let Ok(manifest) = Manifest::parse(bytes) else { return };
    assert!((1..=64).contains(&manifest.names().count()));
    for name in manifest.names() {
        let path = std::path::Path::new(name);
        assert_eq!(path.file_name(), Some(name.as_ref()), "{name:?}");
        assert!(!name.starts_with('.') && name.is_ascii() && name != "manifest.json");
        assert!(!name.contains(|c: char| c.is_control() || c == '/' || c == '\\'));
    }
    assert_eq!(Manifest::parse(&manifest.to_json()).as_ref(), Ok(&manifest));
});
