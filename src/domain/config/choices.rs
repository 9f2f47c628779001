//! Settings that are one of a few words, written the same on the command line, in TOML and in
//! `events.jsonl`.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a word is not one of the choices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{found}' is not one of {allowed}")]
pub struct UnknownChoice {
    found: String,
    allowed: &'static str,
}

/// Serde through `Display` and `FromStr`, so that a file says what a flag says.
macro_rules! as_text {
    ($($kind:ty),*) => {$(
        impl TryFrom<String> for $kind {
            type Error = UnknownChoice;
            fn try_from(text: String) -> Result<Self, UnknownChoice> {
                text.parse()
            }
        }
        impl From<$kind> for String {
            fn from(value: $kind) -> Self {
                value.to_string()
            }
        }
    )*};
}
as_text!(DatasetChoice, DeviceChoice, OptimizerKind, Schedule, Normalize, Augment, Shuffle, Recipe);

/// A choice among plain words.
macro_rules! words {
    ($(#[$doc:meta])* $kind:ident, $allowed:literal, { $($(#[$vdoc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum $kind { $($(#[$vdoc])* $variant),* }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $(Self::$variant => $word),* })
            }
        }

        impl FromStr for $kind {
            type Err = UnknownChoice;
            fn from_str(text: &str) -> Result<Self, UnknownChoice> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownChoice { found: text.to_owned(), allowed: $allowed }),
                }
            }
        }
    };
}

words! {
    /// How weights are updated from gradients.
    OptimizerKind, "adam, adamw, sgd", {
        /// Betas .9 and .999, epsilon 1e-8; weight decay as an L2 penalty.
        Adam = "adam",
        /// Adam with decoupled weight decay.
        AdamW = "adamw",
        /// Nesterov momentum .9.
        Sgd = "sgd",
    }
}
words! {
    /// How the learning rate changes over the run.
    Schedule, "constant, cosine, one-cycle", {
        Constant = "constant",
        /// Half a cosine from the highest rate to 0.
        Cosine = "cosine",
        /// Up from 1/25 over a quarter of the run, then down to 1/10,000 of that, by cosines.
        OneCycle = "one-cycle",
    }
}
words! {
    /// How pixels become numbers.
    Normalize, "unit, standard", {
        /// x/255.
        Unit = "unit",
        /// x/255, then the data set's mean and standard deviation of each channel.
        Standard = "standard",
    }
}
words! {
    /// How training images are varied.
    Augment, "none, flip-crop", {
        None = "none",
        /// Mirrored half of the time, then a crop of the image padded by 4 zero pixels.
        FlipCrop = "flip-crop",
    }
}
words! {
    /// A named set of settings.
    Recipe, "article, strong", {
        /// Adam 1e-3, x/255, shuffle buffer of 1,000, batch 64, no augmentation.
        Article = "article",
        /// SGD with one-cycle to .1, weight decay 5e-4, standardised, flip-crop.
        Strong = "strong",
    }
}

/// Where the images come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DatasetChoice {
    /// CIFAR-10 if it is there or can be fetched, else `shapes`.
    Auto,
    Cifar10,
    FashionMnist,
    /// `PATH/train/<class>/*` and `PATH/test/<class>/*`.
    Folder(PathBuf),
    Shapes,
}

impl fmt::Display for DatasetChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Cifar10 => f.pad("cifar10"),
            Self::FashionMnist => f.pad("fashion-mnist"),
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Shapes => f.pad("shapes"),
        }
    }
}

impl FromStr for DatasetChoice {
    type Err = UnknownChoice;
    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text {
            "auto" => Ok(Self::Auto),
            "cifar10" => Ok(Self::Cifar10),
            "fashion-mnist" => Ok(Self::FashionMnist),
            "shapes" => Ok(Self::Shapes),
            _ => match text.strip_prefix("folder:") {
                Some(path) if !path.is_empty() => Ok(Self::Folder(PathBuf::from(path))),
                _ => Err(UnknownChoice {
                    found: text.to_owned(),
                    allowed: "auto, cifar10, fashion-mnist, folder:PATH, shapes",
                }),
            },
        }
    }
}

/// What computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceChoice {
    /// A real GPU if there is one, else the CPU.
    Auto,
    /// The adapter that wgpu likes best, a software one too.
    Wgpu,
    /// The adapter with this number in `mnv1-tui devices`.
    WgpuAdapter(usize),
    Cpu,
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Wgpu => f.pad("wgpu"),
            Self::WgpuAdapter(index) => write!(f, "wgpu:{index}"),
            Self::Cpu => f.pad("cpu"),
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = UnknownChoice;
    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        let adapter = text.strip_prefix("wgpu:").and_then(|index| index.parse().ok());
        match (text, adapter) {
            ("auto", _) => Ok(Self::Auto),
            ("wgpu", _) => Ok(Self::Wgpu),
            ("cpu", _) => Ok(Self::Cpu),
            (_, Some(index)) => Ok(Self::WgpuAdapter(index)),
            _ => Err(UnknownChoice { found: text.to_owned(), allowed: "auto, wgpu, wgpu:N, cpu" }),
        }
    }
}

/// The order in which an epoch visits the training images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Shuffle {
    /// A permutation of the whole epoch.
    Epoch,
    /// A sliding buffer over file order, as `tf.data`'s `shuffle(N)`.
    Buffer(usize),
    /// File order.
    Off,
}

impl fmt::Display for Shuffle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epoch => f.pad("epoch"),
            Self::Buffer(size) => write!(f, "buffer:{size}"),
            Self::Off => f.pad("off"),
        }
    }
}

impl FromStr for Shuffle {
    type Err = UnknownChoice;
    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        let buffer = text.strip_prefix("buffer:").and_then(|size| size.parse().ok());
        match (text, buffer) {
            ("epoch", _) => Ok(Self::Epoch),
            ("off", _) => Ok(Self::Off),
            (_, Some(size)) if size > 0 => Ok(Self::Buffer(size)),
            _ => Err(UnknownChoice {
                found: text.to_owned(),
                allowed: "epoch, buffer:N (N at least 1), off",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip<T: FromStr + fmt::Display>(texts: &[&str]) {
        for text in texts {
            assert_eq!(text.parse::<T>().ok().map(|v| v.to_string()).as_deref(), Some(*text));
        }
    }

    #[test]
    fn every_choice_is_read_back_as_it_is_written() {
        round_trip::<DatasetChoice>(&["auto", "cifar10", "fashion-mnist", "shapes", "folder:a/b"]);
        round_trip::<DeviceChoice>(&["auto", "wgpu", "wgpu:3", "cpu"]);
        round_trip::<Shuffle>(&["epoch", "buffer:1000", "off"]);
        round_trip::<Schedule>(&["constant", "cosine", "one-cycle"]);
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let error = "buffer:0".parse::<Shuffle>().unwrap_err();
        let expected = "'buffer:0' is not one of epoch, buffer:N (N at least 1), off";
        assert_eq!(error.to_string(), expected);
        assert!("folder:".parse::<DatasetChoice>().is_err());
        assert!("wgpu:x".parse::<DeviceChoice>().is_err());
    }
}
