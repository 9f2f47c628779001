//! A line of `events.jsonl` on its way to a record.

use serde::Deserialize;

use super::{Record, StepSample, TrainEvent, bounds::countable};

/// Where the type of an event stands in a line as this program writes it.
const BEGINNING: usize = 48;
const IS_STEP: &[u8] = br#""type":"step""#;

impl Record {
    /// Reads a line.
    ///
    /// # Errors
    /// It is no event that this version knows.
    pub fn of_line(line: &[u8]) -> Result<Self, serde_json::Error> {
        match is_step(line).then(|| step(line)) {
            Some(Ok(step)) => Ok(step),
            Some(Err(_)) | None => serde_json::from_slice(line),
        }
    }
}

/// Whether `line` begins as this program begins the lines of steps. Nearly all lines of a long run
/// are such.
pub fn is_step(line: &[u8]) -> bool {
    let beginning = &line[..line.len().min(BEGINNING)];
    beginning.windows(IS_STEP.len()).any(|at| at == IS_STEP)
}

/// Reads the line of a step without the generality of [`Record`]: serde keeps everything that comes
/// before it knows the type. To go through the line twice takes less time than that.
fn step(line: &[u8]) -> Result<Record, serde_json::Error> {
    let Head { time, .. } = serde_json::from_slice(line)?;
    let sample: StepSample = serde_json::from_slice(line)?;
    Ok(Record { time, event: TrainEvent::Step(sample) })
}

/// What each line has.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    _type: Step,
    #[serde(deserialize_with = "countable")]
    time: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Step,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways of reading, as far as they are to be compared.
    fn both(line: &str) -> [Option<String>; 2] {
        let shown = |read: Result<Record, _>| read.ok().map(|record| format!("{record:?}"));
        let general: Result<Record, serde_json::Error> = serde_json::from_str(line);
        [shown(Record::of_line(line.as_bytes())), shown(general)]
    }

    #[test]
    fn the_short_way_reads_what_the_long_one_reads() {
        let rest = r#""step":3,"epoch":1,"loss":0.1234567890123456,"accuracy":null,"lr":0.001,
            "images_per_s":10,"data_ms":1e-3,"step_ms":26.6,"grad_norm":2.0"#;
        let lines = [
            (format!(r#"{{"time":1,"type":"step",{rest}}}"#), true),
            (format!(r#"{{{rest},"type":"step","time":1}}"#), true),
            (format!(r#"{{"time":1,"type":"step","mood":[{{}}],{rest}}}"#), true),
            (format!(r#"{{"time":1,"type":"step",{rest},"step":4}}"#), false),
            (format!(r#"{{"time":1,"type":"steps",{rest}}}"#), false),
            (format!(r#"{{"time":-1,"type":"step",{rest}}}"#), false),
            (r#"{"time":1,"type":"step","step":3}"#.to_owned(), false),
            (r#"{"time":1,"type":"resumed","step":3}"#.to_owned(), true),
            (r#"["step",1]"#.to_owned(), false),
        ];
        for (line, is_event) in lines {
            let [short, long] = both(&line);
            assert_eq!(short, long, "{line}");
            assert_eq!(short.is_some(), is_event, "{line}");
        }
    }
}
