//! How much of a line of `events.jsonl` is believed: anybody may have written it.

use serde::{
    Deserialize, Deserializer,
    de::{self, Expected, Unexpected},
};

use crate::domain::{config::TrainConfig, images::MOST_CLASSES};

/// More steps, images or milliseconds than these do not happen, and are not taken for a number by
/// whatever draws them: up to here each whole number is a floating-point number as well.
pub const MOST: u64 = 1 << 53;

/// No network of this program has a larger input, whoever wrote the line.
pub(super) const LARGEST_SIDE: usize = 1024;

pub(super) fn countable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    let count = u64::deserialize(deserializer)?;
    let believed = Some(count).filter(|count| *count <= MOST).and_then(|c| T::try_from(c).ok());
    believed.ok_or_else(|| de::Error::invalid_value(Unexpected::Unsigned(count), &"2^53 at most"))
}

pub(super) fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    match usize::deserialize(deserializer)? {
        side @ 1..=LARGEST_SIDE => Ok(side),
        other => Err(de::Error::invalid_value(Unexpected::Unsigned(other as u64), &"1 to 1024")),
    }
}

pub(super) fn valid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TrainConfig, D::Error> {
    let config = TrainConfig::deserialize(deserializer)?;
    config.validate().map_err(de::Error::custom)?;
    Ok(config)
}

/// Layers of a network at most, whoever wrote the line: ours have 29. Those of many steps are kept.
pub(super) const MOST_LAYERS: usize = 128;

/// Bytes of a text for people, and of a name. Thousands of warnings are kept, and layers of many
/// steps: whoever writes megabytes into each is heard in part.
pub(super) const LONGEST_TEXT: usize = 4 << 10;
pub(super) const LONGEST_NAME: usize = 128;

/// Stands where something was cut off.
const CUT: char = '…';

pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(cut(String::deserialize(deserializer)?, LONGEST_TEXT))
}

pub(super) fn some_text<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = Option::deserialize(deserializer)?;
    Ok(text.map(|text| cut(text, LONGEST_TEXT)))
}

pub(super) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(cut(String::deserialize(deserializer)?, LONGEST_NAME))
}

/// As many names as there can be classes.
pub(super) fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names: Vec<String> = at_most(MOST_CLASSES, &"1000 at most", deserializer)?;
    Ok(names.into_iter().map(|name| cut(name, LONGEST_NAME)).collect())
}

/// The beginning of `text`, `most` bytes at most with the mark that it was cut, in memory of its
/// own: what was cut off is given back.
fn cut(text: String, most: usize) -> String {
    match text.len() {
        length if length <= most => text,
        _ => format!("{}{CUT}", &text[..text.floor_char_boundary(most - CUT.len_utf8())]),
    }
}

/// As many as a network has layers.
pub(super) fn layers<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    at_most(MOST_LAYERS, &"128 at most", deserializer)
}

fn at_most<'de, D, T>(
    most: usize,
    expected: &dyn Expected,
    deserializer: D,
) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let items = Vec::deserialize(deserializer)?;
    match items.len() {
        many if many > most => Err(de::Error::invalid_length(many, expected)),
        _ => Ok(items),
    }
}

/// JSON has no NaN and no infinity: they are written as `null` and read as NaN.
pub(super) mod nan_as_null {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() {
            serializer.serialize_f64(*value)
        } else {
            serializer.serialize_none()
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
    }
}
