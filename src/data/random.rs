//! Random numbers that depend on the seed and on what they are for, and on nothing else: so one
//! can go on from any point without having come there.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What random numbers are for. Each purpose has numbers of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// Which pictures are held out.
    Split,
    /// The order of an epoch.
    Order { epoch: u32 },
    /// How the pictures of one batch are varied.
    Augmentation { epoch: u32, position: u64 },
    /// How one built-in picture looks.
    Picture { test: bool, index: u32 },
}

/// The generator for one purpose.
pub(super) fn generator(seed: u64, purpose: Purpose) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream(purpose));
    rng
}

/// The top two bits tell the kinds apart. Epochs stay below 2³⁰: their number is a setting, and
/// nobody waits for so many.
fn stream(purpose: Purpose) -> u64 {
    let (kind, detail) = match purpose {
        Purpose::Split => (0, 0),
        Purpose::Order { epoch } => (1, u64::from(epoch)),
        Purpose::Augmentation { epoch, position } => (2, (u64::from(epoch) << 32) ^ position),
        Purpose::Picture { test, index } => (3, (u64::from(test) << 32) | u64::from(index)),
    };
    (kind << 62) | (detail & (u64::MAX >> 2))
}
