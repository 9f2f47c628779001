//! What a trainer tells the world: the lines of `events.jsonl`.

mod bounds;
mod command;
mod line;
mod statistics;
mod step;

pub use bounds::MOST;
pub use command::{Command, LEARNING_RATES, MOST_ADDED};
pub use line::is_step;
pub use statistics::{Dead, Distribution, LayerStatistics, LayerStats};
pub use step::{Quantity, StepSample};

use serde::{Deserialize, Serialize};

use self::bounds::{countable, layers, name, names, nan_as_null, side, some_text, text, valid};
use super::{config::TrainConfig, confusion::Confusion};

/// One event with the moment at which it happened: one line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Unix time in milliseconds.
    #[serde(deserialize_with = "countable")]
    pub time: u64,
    #[serde(flatten)]
    pub event: TrainEvent,
}

/// A fact about a run. Samples may be dropped on the way to a slow screen, milestones never.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TrainEvent {
    RunStarted(Box<RunStarted>),
    Phase {
        phase: Phase,
    },
    Step(StepSample),
    Layers(LayersSample),
    LayerStats(LayerStats),
    Evaluated(Evaluation),
    Checkpoint(CheckpointSaved),
    /// What was recorded after `step` is void.
    Resumed {
        #[serde(deserialize_with = "countable")]
        step: u64,
    },
    Warning {
        #[serde(deserialize_with = "name")]
        kind: String,
        #[serde(deserialize_with = "text")]
        message: String,
    },
    /// Somebody changed the learning rate.
    LearningRate(RateChange),
    /// Somebody added epochs.
    Extended(Extension),
    /// A command was not obeyed, for the reason that is given.
    Refused {
        /// As [`Command::name`] has it.
        #[serde(deserialize_with = "name")]
        command: String,
        #[serde(deserialize_with = "text")]
        why: String,
    },
    RunFinished(RunFinished),
}

impl TrainEvent {
    /// Whether a slow screen may miss this event.
    pub fn is_sample(&self) -> bool {
        matches!(self, Self::Step(_) | Self::Layers(_) | Self::LayerStats(_))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    #[serde(deserialize_with = "text")]
    pub run_id: String,
    /// Version of this program.
    #[serde(deserialize_with = "text")]
    pub version: String,
    /// For people: `cpu (AVX-512, 2 threads)`, `wgpu Vulkan, llvmpipe`.
    #[serde(deserialize_with = "text")]
    pub device: String,
    /// For people: `CIFAR-10`.
    #[serde(deserialize_with = "text")]
    pub dataset: String,
    /// Whether the data has the official checksums.
    pub official: bool,
    /// Names of the classes, by label.
    #[serde(deserialize_with = "names")]
    pub classes: Vec<String>,
    #[serde(deserialize_with = "countable")]
    pub train_images: usize,
    #[serde(deserialize_with = "countable")]
    pub val_images: usize,
    #[serde(deserialize_with = "countable")]
    pub test_images: usize,
    /// Trainable numbers of the network.
    #[serde(deserialize_with = "countable")]
    pub parameters: u64,
    /// Multiply-adds for one image.
    #[serde(deserialize_with = "countable")]
    pub macs: u64,
    /// Side of the network's input in pixels.
    #[serde(default = "thirty_two", deserialize_with = "side")]
    pub resolution: usize,
    /// Optimizer steps of one epoch.
    #[serde(default, deserialize_with = "countable")]
    pub steps_per_epoch: u64,
    /// What the screen must say for the whole run (stand-in data, software adapter …).
    #[serde(default, deserialize_with = "some_text")]
    pub banner: Option<String>,
    /// Within their ranges: the network is built from them for the screen.
    #[serde(deserialize_with = "valid")]
    pub config: TrainConfig,
}

fn thirty_two() -> usize {
    32
}

/// What the trainer is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Starting,
    Training,
    Pausing,
    Paused,
    Evaluating,
    Stopping,
    Ended,
}

impl Phase {
    /// The command that flips pause, or `None` while there is nothing to flip.
    pub fn pause_command(self) -> Option<Command> {
        match self {
            Self::Training | Self::Evaluating => Some(Command::Pause),
            Self::Paused | Self::Pausing => Some(Command::Resume),
            Self::Starting | Self::Stopping | Self::Ended => None,
        }
    }
}

/// Time of each layer in one step taken for that purpose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayersSample {
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    #[serde(deserialize_with = "layers")]
    pub layers: Vec<LayerTime>,
    /// How the times were taken.
    #[serde(deserialize_with = "text")]
    pub method: String,
    /// Forward and backward pass of this step together, measured around all layers.
    #[serde(default)]
    pub forward_backward_ms: f64,
    /// Time of the optimizer's update in this step.
    #[serde(default)]
    pub optimizer_ms: f64,
    /// This step's time over that of the steps around it, which were not timed by layer.
    #[serde(default)]
    pub cost_ratio: Option<f64>,
}

impl LayersSample {
    /// Forward time of all layers in ms.
    pub fn forward_ms(&self) -> f64 {
        self.layers.iter().map(|l| l.forward_ms).sum()
    }

    /// Backward time of all layers in ms.
    pub fn backward_ms(&self) -> f64 {
        self.layers.iter().map(|l| l.backward_ms).sum()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerTime {
    #[serde(deserialize_with = "name")]
    pub name: String,
    pub forward_ms: f64,
    pub backward_ms: f64,
}

/// Which images an evaluation looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    Validation,
    Test,
}

impl Split {
    pub fn label(self) -> &'static str {
        match self {
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    pub epoch: u32,
    pub split: Split,
    /// Mean cross-entropy in nats.
    #[serde(with = "nan_as_null")]
    pub loss: f64,
    /// 0 to 1.
    pub accuracy: f64,
    pub confusion: Confusion,
    /// File of logits and labels, relative to the run directory.
    #[serde(default, deserialize_with = "some_text")]
    pub predictions: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckpointSaved {
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    /// Folder, relative to the run directory.
    #[serde(deserialize_with = "text")]
    pub path: String,
    /// Whether no checkpoint before it had a better validation accuracy.
    pub best: bool,
}

/// Steps after `step` have the schedule's learning rate times `scale`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateChange {
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    pub scale: f64,
    /// The rate that the first of these steps has by it.
    pub lr: f64,
}

/// From `step` on the run has `epochs` epochs in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    pub epochs: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    #[serde(deserialize_with = "countable")]
    pub step: u64,
    pub epoch: u32,
    /// `completed`, `stopped`, or what went wrong.
    #[serde(deserialize_with = "text")]
    pub reason: String,
    /// Best validation accuracy, 0 to 1.
    pub best_accuracy: Option<f64>,
    /// Accuracy on the test split, where the run came to it.
    pub test_accuracy: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::{
        bounds::{LARGEST_SIDE, LONGEST_NAME, LONGEST_TEXT, MOST_LAYERS},
        *,
    };

    fn step(loss: f64) -> Record {
        let event = TrainEvent::Step(StepSample {
            step: 3,
            epoch: 1,
            loss,
            accuracy: 0.25,
            lr: 1e-3,
            images_per_s: 100.0,
            step_ms: 640.0,
            grad_norm: 2.0,
            ..StepSample::default()
        });
        Record { time: 1_700_000_000_000, event }
    }

    #[test]
    fn a_line_is_flat_and_names_its_type() {
        let line = serde_json::to_value(step(1.5)).unwrap();
        assert_eq!((line["type"].as_str(), line["loss"].as_f64()), (Some("step"), Some(1.5)));
        assert_eq!(serde_json::from_value::<Record>(line).unwrap(), step(1.5));
    }

    #[test]
    fn every_number_is_read_as_it_was_written() {
        for n in 1..1_000 {
            let written = step(f64::from(n).sqrt() * 1e-3);
            let line = serde_json::to_string(&written).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), written);
        }
    }

    #[test]
    fn a_loss_that_is_no_number_survives_the_file() {
        let line = serde_json::to_string(&step(f64::INFINITY)).unwrap();
        let TrainEvent::Step(read) = serde_json::from_str::<Record>(&line).unwrap().event else {
            panic!("{line}");
        };
        assert!(read.loss.is_nan());
    }

    #[test]
    fn more_layers_than_any_network_has_are_no_event() {
        let line = |count: usize| {
            let layer = r#"{"name":"a","forward_ms":1,"backward_ms":1}"#;
            let layers = vec![layer; count].join(",");
            format!(r#"{{"type":"layers","time":1,"step":1,"layers":[{layers}],"method":""}}"#)
        };
        assert!(serde_json::from_str::<Record>(&line(MOST_LAYERS)).is_ok());
        assert!(serde_json::from_str::<Record>(&line(MOST_LAYERS + 1)).is_err());
    }

    #[test]
    fn no_text_is_longer_than_anybody_reads() {
        let record = |event: &str, long: &str| {
            let line = format!(r#"{{"time":1,{}}}"#, event.replace("LONG", long));
            Record::of_line(line.as_bytes()).unwrap().event
        };
        let long = "é".repeat(1 << 16);
        let warning = r#""type":"warning","kind":"LONG","message":"LONG""#;
        let cut = record(warning, &long);
        let written = serde_json::to_vec(&Record { time: 1, event: cut.clone() }).unwrap();
        assert_eq!(Record::of_line(&written).unwrap().event, cut, "it is cut once");
        let TrainEvent::Warning { kind, message } = cut else { panic!("{cut:?}") };
        assert!(kind.capacity() <= 2 * LONGEST_NAME && message.capacity() <= 2 * LONGEST_TEXT);
        assert!(message.len() > LONGEST_TEXT - 4 && message.ends_with("é…"), "{}", message.len());
        let lines = [
            (r#""type":"checkpoint","step":1,"path":"LONG","best":true"#, LONGEST_TEXT),
            (r#""type":"refused","command":"LONG","why":"LONG""#, LONGEST_NAME + LONGEST_TEXT),
            (
                r#""type":"layers","step":1,"method":"LONG",
                   "layers":[{"name":"LONG","forward_ms":1,"backward_ms":1}]"#,
                LONGEST_NAME + LONGEST_TEXT,
            ),
            (
                r#""type":"evaluated","step":1,"epoch":1,"split":"test","loss":1,"accuracy":1,
                   "confusion":[[1]],"predictions":"LONG""#,
                LONGEST_TEXT,
            ),
            (
                r#""type":"run_finished","step":1,"epoch":1,"reason":"LONG","best_accuracy":null,
                   "test_accuracy":null"#,
                LONGEST_TEXT,
            ),
        ];
        for (line, most) in lines {
            let kept = serde_json::to_string(&record(line, &long)).unwrap().len();
            assert!(kept < most + 200, "{kept} bytes of {line}");
        }
    }

    #[test]
    fn a_step_that_nobody_reaches_is_no_event() {
        let line = |step: u64| format!(r#"{{"type":"resumed","time":1,"step":{step}}}"#);
        assert!(serde_json::from_str::<Record>(&line(MOST)).is_ok());
        assert!(serde_json::from_str::<Record>(&line(MOST + 1)).is_err());
    }

    #[test]
    fn a_network_that_cannot_be_is_no_event() {
        let record = |side: usize, alpha: f64| {
            let config = TrainConfig { alpha, ..TrainConfig::default() };
            let line = serde_json::json!({
                "type": "run_started", "time": 1, "run_id": "", "version": "", "device": "",
                "dataset": "", "official": true, "classes": [], "train_images": 1, "val_images": 1,
                "test_images": 1, "parameters": 1, "macs": 1, "resolution": side, "config": config,
            });
            serde_json::from_value::<Record>(line)
        };
        assert!(record(LARGEST_SIDE, 1.0).is_ok());
        assert!(record(LARGEST_SIDE + 1, 1.0).is_err() && record(0, 1.0).is_err());
        assert!(record(32, 1e300).is_err());
    }

    #[test]
    fn fields_of_a_later_version_are_ignored() {
        let line = r#"{"type":"phase","time":1,"phase":"paused","mood":"calm"}"#;
        let record: Record = serde_json::from_str(line).unwrap();
        assert_eq!(record.event, TrainEvent::Phase { phase: Phase::Paused });
    }
}
