//! Damages every file of a checkpoint in many places; none may pass for good.
//!
//! The long form is `MNV1_TUI_DAMAGES=10000 cargo test --release --test damage -- --nocapture`.
#![cfg(feature = "train")]
#![expect(clippy::print_stdout, reason = "says how it can be repeated, and how often it tried")]

mod common;

use std::{fs, path::PathBuf};

use mnv1_tui::{
    run::{RunDir, checkpoint},
    train::{TrainerHandle, checkpoint as state, reporter::Overflow},
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn a_damaged_checkpoint_is_never_taken_for_good() {
    let times = std::env::var("MNV1_TUI_DAMAGES").map_or(400, |times| times.parse().unwrap());
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let run = RunDir::create(folder.path(), Some("test")).unwrap();
    let setup = common::setup(&common::small());
    TrainerHandle::spawn(setup, run.clone(), Overflow::Drop).unwrap().join().unwrap();
    let (good, skipped) = checkpoint::newest_good(&run).unwrap();
    let good = good.unwrap();
    assert!(skipped.is_empty());
    state::load(&good.path).unwrap();
    let files: Vec<PathBuf> =
        fs::read_dir(&good.path).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 4);
    for round in 0..times {
        let path = &files[round % files.len()];
        let whole = fs::read(path).unwrap();
        let damaged = damaged(&whole, &mut random);
        fs::write(path, &damaged).unwrap();
        let verdict = checkpoint::verify(&good);
        assert!(verdict.is_err(), "round {round}: {} passed for good", path.display());
        // Not verified, it must not bring the program down either.
        let _ = state::load(&good.path);
        fs::write(path, &whole).unwrap();
    }
    checkpoint::verify(&good).unwrap();
    println!("{times} damages, none taken for good");
}

/// `whole` with some bytes changed, cut off, or put in.
fn damaged(whole: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let at = random.random_range(0..bytes.len());
    match random.random_range(0..4) {
        0 => bytes[at] ^= 1 << random.random_range(0..8),
        1 => bytes[at] ^= random.random_range(1..=255u8),
        2 => bytes.truncate(at),
        _ => bytes.insert(at, random.next_u32() as u8),
    }
    bytes
}
