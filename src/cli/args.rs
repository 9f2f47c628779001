//! What can be typed behind `mnv1-tui`.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use super::{data::DataArgs, flags::SettingsArgs, output::Format, preferences::DashboardArgs};
use crate::domain::config::{DatasetChoice, DeviceChoice, Normalize};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "mnv1-tui", version, about)]
#[command(after_help = "Without a command: train. Its flags are accepted without the word, too.")]
pub struct Cli {
    #[command(subcommand)]
    pub task: Task,
}

/// One command with its arguments.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// Train, and show it in a dashboard
    Train(Box<TrainArgs>),
    /// Show a run that is live in another process, or finished
    Watch(WatchArgs),
    /// Loss, accuracy and confusion matrix on a test split
    Eval(EvalArgs),
    /// The most probable classes of pictures
    Predict(PredictArgs),
    /// The layer table of the network
    Summary(SummaryArgs),
    /// Save the weights of a run as safetensors
    Export(ExportArgs),
    /// List the runs
    Runs(RunsArgs),
    /// Fetch, check or describe a data set
    Data(DataArgs),
    /// What can compute here, and what `auto` takes
    Devices(DevicesArgs),
    /// Speed of training and inference on this machine
    Bench(BenchArgs),
    /// Completions for a shell
    Completions {
        /// bash, elvish, fish, powershell or zsh
        shell: clap_complete::Shell,
    },
}

impl Cli {
    /// Parses what follows the program's name.
    ///
    /// # Errors
    /// Wrong usage, and also what is no error: help or the version was asked for.
    pub fn of(typed: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut words: Vec<OsString> = vec!["mnv1-tui".into()];
        words.extend(typed);
        if trains_unasked(words.get(1)) {
            words.insert(1, "train".into());
        }
        Self::try_parse_from(words)
    }
}

/// Whether `train` is meant though not typed: there is nothing, or a flag that the program itself
/// does not have. (Flattening train's flags into [`Cli`] would show them with every command.)
fn trains_unasked(first: Option<&OsString>) -> bool {
    let Some(first) = first else { return true };
    let first = first.to_string_lossy();
    first.starts_with('-') && !["-h", "--help", "-V", "--version"].contains(&&*first)
}

/// What `train` can be told.
#[derive(Debug, Clone, Default, Args)]
pub struct TrainArgs {
    /// Settings from a file; a run's config.toml is one
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub config: Option<PathBuf>,
    /// Go on from the newest good checkpoint of RUN, in the same directory
    #[arg(long, value_name = "RUN", conflicts_with_all = ["run_id", "recipe", "init_from"])]
    pub resume: Option<String>,
    /// Name of the run's directory [default: made from the time]
    #[arg(long, value_name = "ID")]
    pub run_id: Option<String>,
    /// Draw RUN behind the curves of this one
    #[arg(long, value_name = "RUN", conflicts_with_all = ["headless", "plain"])]
    pub compare: Option<String>,
    /// No dashboard: a progress bar on stderr, results on stdout
    #[arg(long, conflicts_with = "plain")]
    pub headless: bool,
    /// Where nobody looks at a dashboard: steps in a row with a loss that is not finite before the
    /// run ends
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub nan_patience: u64,
    /// Go on without a screen, to the end, when the terminal is closed [default: save and end]
    #[arg(long)]
    pub detach_on_hangup: bool,
    /// How headless results are written
    #[arg(long, value_enum, default_value_t, conflicts_with = "plain")]
    pub format: Format,
    #[command(flatten)]
    pub dashboard: DashboardArgs,
    #[command(flatten)]
    pub settings: SettingsArgs,
}

#[derive(Debug, Clone, Args)]
pub struct WatchArgs {
    /// Id of a run, the beginning of it, or a path [default: pick from a list]
    pub run: Option<String>,
    /// Draw another RUN behind the curves of this one
    #[arg(long, value_name = "RUN", conflicts_with = "plain")]
    pub compare: Option<String>,
    /// Where run directories lie
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs_dir: PathBuf,
    #[command(flatten)]
    pub dashboard: DashboardArgs,
}

#[derive(Debug, Clone, Args)]
pub struct EvalArgs {
    /// A run, or a file of weights (.safetensors)
    #[arg(value_name = "RUN|WEIGHTS")]
    pub target: String,
    /// auto, cifar10, fashion-mnist, folder:PATH, shapes [default: the run's, else auto]
    #[arg(long)]
    pub dataset: Option<DatasetChoice>,
    /// Where data sets lie
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where run directories lie
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs_dir: PathBuf,
    /// auto, wgpu, wgpu:N, cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// unit, standard [default: what the weights were trained with]
    #[arg(long)]
    pub normalize: Option<Normalize>,
    /// Side of the input in pixels [default: what the weights were trained with]
    #[arg(long, value_name = "PIXELS")]
    pub resolution: Option<usize>,
    /// Save logits and labels, in file order, as safetensors
    #[arg(long, value_name = "FILE")]
    pub predictions: Option<PathBuf>,
    /// Threads of the CPU device [default: all]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct PredictArgs {
    /// A run, or a file of weights (.safetensors)
    #[arg(value_name = "RUN|WEIGHTS")]
    pub target: String,
    /// PNG or JPEG files
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<PathBuf>,
    /// Where run directories lie
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs_dir: PathBuf,
    /// auto, wgpu, wgpu:N, cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// unit, standard [default: what the weights were trained with]
    #[arg(long)]
    pub normalize: Option<Normalize>,
    /// Classes to show for each picture
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub top: usize,
    /// Threads of the CPU device [default: all]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct SummaryArgs {
    /// Width multiplier
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    pub alpha: f64,
    /// Number of classes
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub classes: usize,
    /// Side of the input in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 32)]
    pub resolution: usize,
    /// Explain by an example why depthwise-separable convolutions are cheaper
    #[arg(long)]
    pub explain: bool,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// Id of a run, the beginning of it, or a path
    pub run: String,
    /// The file to write (.safetensors)
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Where run directories lie
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs_dir: PathBuf,
    /// The checkpoint at this step [default: the newest]
    #[arg(long, value_name = "N", conflicts_with = "best")]
    pub step: Option<u64>,
    /// The checkpoint with the best validation accuracy
    #[arg(long)]
    pub best: bool,
}

#[derive(Debug, Clone, Args)]
pub struct RunsArgs {
    /// Where run directories lie
    #[arg(long, value_name = "DIR", default_value = "runs")]
    pub runs_dir: PathBuf,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct DevicesArgs {
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Clone, Args)]
pub struct BenchArgs {
    /// auto, wgpu, wgpu:N, cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Width multiplier
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    pub alpha: f64,
    /// Who computes: the kernels of this program, or burn's operations
    #[arg(long, value_parser = ["own", "stock"], default_value = "own")]
    pub engine: String,
    /// Images per training step
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub batch_size: usize,
    /// Images per inference step [default: the batch size]
    #[arg(long, value_name = "N")]
    pub infer_batch_size: Option<usize>,
    /// Side of the images in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 32)]
    pub resolution: usize,
    /// How long to measure training and inference, each
    #[arg(long, default_value_t = 5.0, allow_negative_numbers = true)]
    pub seconds: f64,
    /// Threads of the CPU device [default: all]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// How the result is written
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
