//! Who computes.

use std::{fmt, str::FromStr};

/// Who computes the network's operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// The kernels of this crate where they exist for the device.
    #[default]
    Own,
    /// burn's own operations.
    Stock,
}

/// Why a word is not an engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not one of own, stock")]
pub struct UnknownEngine(String);

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Stock => "stock",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Engine {
    type Err = UnknownEngine;
    fn from_str(text: &str) -> Result<Self, UnknownEngine> {
        match text {
            "own" => Ok(Self::Own),
            "stock" => Ok(Self::Stock),
            _ => Err(UnknownEngine(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_read_back_as_it_is_written() {
        for engine in [Engine::Own, Engine::Stock] {
            assert_eq!(engine.to_string().parse(), Ok(engine));
        }
        let error = "fast".parse::<Engine>().unwrap_err();
        assert_eq!(error.to_string(), "'fast' is not one of own, stock");
    }
}
