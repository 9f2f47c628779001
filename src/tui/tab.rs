//! The tabs of the dashboard.

/// One screen of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Train,
    Layers,
    Confusion,
    Samples,
    Network,
    Log,
}

impl Tab {
    pub const ALL: [Self; 6] =
        [Self::Train, Self::Layers, Self::Confusion, Self::Samples, Self::Network, Self::Log];

    pub fn label(self) -> &'static str {
        match self {
            Self::Train => "Train",
            Self::Layers => "Layers",
            Self::Confusion => "Confusion",
            Self::Samples => "Samples",
            Self::Network => "Network",
            Self::Log => "Log",
        }
    }

    /// The tab under the digit key `digit`.
    pub fn of_digit(digit: u8) -> Option<Self> {
        Self::ALL.get(usize::from(digit).checked_sub(1)?).copied()
    }

    /// Its place from the left, from 0.
    pub fn index(self) -> usize {
        self as usize
    }
}
