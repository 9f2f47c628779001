//! Breakdowns on demand, for the tests of what a breakdown leaves behind.
//!
//! Whether a terminal is given back by a program that dies can only be seen on that program, and
//! it is built once for use and tests alike, so the switch cannot be left out of it: the variable
//! `MNV1_TUI_FAULT` names the places, parted by commas, that are to panic, or to fail as a device
//! does that is lost. Without it nothing here does anything.

use std::sync::OnceLock;

const VARIABLE: &str = "MNV1_TUI_FAULT";

/// # Panics
/// If this place was chosen.
pub fn at(place: &str) {
    if let Err(fault) = error_at(place) {
        panic!("{fault}");
    }
}

/// # Errors
/// If this place was chosen.
pub fn error_at(place: &str) -> Result<(), String> {
    static CHOSEN: OnceLock<Option<String>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| std::env::var(VARIABLE).ok());
    match chosen.as_deref().is_some_and(|places| places.split(',').any(|chosen| chosen == place)) {
        true => Err(format!("{VARIABLE} asks for a fault in the {place}")),
        false => Ok(()),
    }
}

/// Panics when it is dropped, if this place was chosen.
pub struct WhenDropped(pub &'static str);

impl Drop for WhenDropped {
    fn drop(&mut self) {
        at(self.0);
    }
}
