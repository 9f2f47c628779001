//! `data`: fetches, verifies and describes data sets.

mod meter;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::bail;
use clap::{Args, Subcommand};
use serde::Serialize;

use self::meter::Meter;
use super::output::{self, Format};
use crate::{
    data::{self, DataRequest, Dataset, cifar10, fetch, idx},
    domain::{
        config::{DatasetChoice, TrainConfig},
        images::ImageSet,
        text::escape_json,
        units::{Bytes, Count},
    },
};

/// Arguments of `data`.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Clone, Subcommand)]
enum DataCommand {
    /// Download a data set; a broken download goes on where it ended
    Fetch {
        #[command(flatten)]
        which: Which,
        /// Address of the folder that holds the archive, for example a mirror
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Read every file of a data set and say whether it is whole, and the publisher's
    Verify(Which),
    /// Describe a data set: where it is, images a class, mean and standard deviation
    Info(Which),
}

#[derive(Debug, Clone, Args)]
struct Which {
    /// cifar10, fashion-mnist, folder:PATH or shapes
    #[arg(default_value = "cifar10")]
    dataset: DatasetChoice,
    /// Folder in which data sets lie
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// What `data fetch` prints.
#[derive(Debug, Serialize)]
struct Fetched {
    dataset: String,
    path: Option<PathBuf>,
    /// Bytes that came over the network this time.
    downloaded: u64,
}

/// What `data verify` prints.
#[derive(Debug, Serialize)]
struct Verified {
    dataset: String,
    path: Option<PathBuf>,
    official: bool,
    train_images: usize,
    test_images: usize,
}

/// What `data info` prints.
#[derive(Debug, Serialize)]
struct Info {
    dataset: String,
    title: String,
    path: Option<PathBuf>,
    official: bool,
    /// Pixels a side.
    side: usize,
    train_images: usize,
    test_images: usize,
    classes: Vec<Class>,
    /// Of x/255 over the train split, for red, green and blue; the standard deviation too.
    mean: [f32; 3],
    std: [f32; 3],
}

#[derive(Debug, Serialize)]
struct Class {
    name: String,
    train: usize,
    test: usize,
}

/// Runs `data fetch`, `data verify` or `data info`.
///
/// # Errors
/// If the data set cannot be fetched, is not there or is broken, or standard output is closed.
pub fn run(args: &DataArgs) -> anyhow::Result<ExitCode> {
    match &args.command {
        DataCommand::Fetch { which, url } => {
            let fetched = which.fetch(url.as_deref())?;
            which.print(&fetched, fetched.text())?;
        }
        DataCommand::Verify(which) => {
            let found = which.open()?;
            let verified = Verified {
                path: which.path(),
                official: found.official,
                train_images: found.train.len(),
                test_images: found.test.len(),
                dataset: found.id,
            };
            which.print(&verified, verified.text(&found.title))?;
        }
        DataCommand::Info(which) => {
            let info = Info::of(which.open()?, which.path());
            which.print(&info, info.text())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Which {
    fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(data::default_data_dir)
    }

    /// `auto` is a way to choose a data set; here it stands for its first choice.
    fn choice(&self) -> &DatasetChoice {
        match &self.dataset {
            DatasetChoice::Auto => &DatasetChoice::Cifar10,
            choice => choice,
        }
    }

    /// Where the data set is or would be, if on disk at all.
    fn path(&self) -> Option<PathBuf> {
        let data_dir = self.data_dir();
        match self.choice() {
            DatasetChoice::Auto | DatasetChoice::Cifar10 => Some(data_dir.join(cifar10::FOLDER)),
            DatasetChoice::FashionMnist => {
                Some(idx::folder(&data_dir).unwrap_or_else(|| data_dir.join(idx::FOLDER)))
            }
            DatasetChoice::Folder(path) => Some(path.clone()),
            DatasetChoice::Shapes => None,
        }
    }

    fn open(&self) -> anyhow::Result<Dataset> {
        let request = DataRequest {
            choice: self.choice(),
            data_dir: &self.data_dir(),
            seed: TrainConfig::default().seed,
            resolution: None,
            limit: None,
            download: false,
        };
        Ok(data::open(&request, &mut |_| {})?)
    }

    fn fetch(&self, url: Option<&str>) -> anyhow::Result<Fetched> {
        let data_dir = self.data_dir();
        match self.choice() {
            DatasetChoice::FashionMnist => bail!(
                "fashion-mnist has no download here; install Debian's package \
                 dataset-fashion-mnist, or put the four .gz files into {}",
                data_dir.join(idx::FOLDER).display()
            ),
            DatasetChoice::Folder(path) => {
                bail!("folder:{} is a folder of yours; there is nothing to fetch", path.display())
            }
            DatasetChoice::Shapes => {
                Ok(Fetched { dataset: "shapes".into(), path: None, downloaded: 0 })
            }
            DatasetChoice::Auto | DatasetChoice::Cifar10 => {
                let downloaded = fetch_cifar10(&data_dir, url)?;
                Ok(Fetched { dataset: "cifar10".into(), path: self.path(), downloaded })
            }
        }
    }

    fn print(&self, result: &impl Serialize, text: String) -> anyhow::Result<()> {
        let line = match self.format {
            Format::Text => text,
            Format::Json => escape_json(serde_json::to_string(result)?),
        };
        Ok(output::line(line.trim_end())?)
    }
}

impl Fetched {
    fn text(&self) -> String {
        let Self { dataset, path, downloaded } = self;
        match path {
            None => format!("{dataset} needs no fetching: it is built in"),
            Some(path) if *downloaded == 0 => format!("{dataset} is in {} already", path.display()),
            Some(path) => {
                let (path, bytes) = (path.display(), Bytes(*downloaded));
                format!("{dataset} is in {path}, {bytes} downloaded")
            }
        }
    }
}

impl Verified {
    fn text(&self, title: &str) -> String {
        let (train, test) = (Count(self.train_images as u64), Count(self.test_images as u64));
        let whose = official(self.official);
        format!("{title}: whole, {train} train and {test} test images, {whose}")
    }
}

impl Info {
    fn of(found: Dataset, path: Option<PathBuf>) -> Self {
        let count = |images: &ImageSet, label: usize| {
            images.labels.iter().filter(|&&found| usize::from(found) == label).count()
        };
        let classes = found.class_names.into_iter().enumerate().map(|(label, name)| Class {
            name,
            train: count(&found.train, label),
            test: count(&found.test, label),
        });
        Self {
            classes: classes.collect(),
            dataset: found.id,
            title: found.title,
            path,
            official: found.official,
            side: found.train.side,
            train_images: found.train.len(),
            test_images: found.test.len(),
            mean: found.statistics.mean,
            std: found.statistics.std,
        }
    }

    fn text(&self) -> String {
        let path = self.path.as_ref().map(|path| path.display().to_string());
        let [r, g, b] = self.mean;
        let [sr, sg, sb] = self.std;
        let mut text = format!(
            "{}, {}\npath  {}\nside  {} pixels\nmean  {r:.4} {g:.4} {b:.4}\nstd   {sr:.4} {sg:.4} \
             {sb:.4}\n\n",
            self.title,
            official(self.official),
            path.as_deref().unwrap_or("built in"),
            self.side
        );
        let names = self.classes.iter().map(|class| class.name.chars().count());
        let width = names.max().unwrap_or(0).max("class".len());
        let mut row = |name: &str, train: String, test: String| {
            text += &format!("{name:width$}  {train:>7}  {test:>7}\n");
        };
        let count = |images: usize| Count(images as u64).to_string();
        row("class", "train".into(), "test".into());
        for Class { name, train, test } in &self.classes {
            row(name, count(*train), count(*test));
        }
        row("all", count(self.train_images), count(self.test_images));
        text
    }
}

fn official(official: bool) -> &'static str {
    if official { "official" } else { "not the publisher's bytes" }
}

/// Fetches with a progress line where a person sees it. Returns how many bytes arrived.
fn fetch_cifar10(data_dir: &Path, url: Option<&str>) -> Result<u64, data::DataError> {
    let mut meter = Meter::if_seen();
    let (mut downloaded, mut before) = (0, None);
    let fetched = fetch::cifar10(data_dir, url, &mut |progress| {
        // Less than before: the server made us begin again.
        downloaded += progress.received.saturating_sub(before.unwrap_or(progress.received));
        before = Some(progress.received);
        if let Some(meter) = &mut meter {
            meter.update(progress, Instant::now());
        }
    });
    fetched.map(|_| downloaded)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        data: DataArgs,
    }

    fn parsed(words: &[&str]) -> DataArgs {
        Cli::try_parse_from([&["data"], words].concat()).unwrap().data
    }

    #[test]
    fn cifar10_is_meant_unless_another_data_set_is_named() {
        let DataCommand::Info(which) = parsed(&["info", "--data-dir", "here"]).command else {
            panic!("not `info`");
        };
        assert_eq!(which.choice(), &DatasetChoice::Cifar10);
        assert_eq!(which.path(), Some(Path::new("here").join("cifar-10-batches-bin")));
        assert!(Cli::try_parse_from(["data", "info", "mnist"]).is_err());
        assert!(Cli::try_parse_from(["data", "info", "--url", "http://localhost"]).is_err());
    }

    #[test]
    fn what_cannot_be_fetched_says_where_it_comes_from() {
        let error = run(&parsed(&["fetch", "fashion-mnist", "--data-dir", "here"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("dataset-fashion-mnist") && text.contains("here"), "{text}");
        assert!(run(&parsed(&["fetch", "folder:pictures"])).is_err());
    }

    #[test]
    fn a_description_counts_every_class() {
        let which = Which { dataset: DatasetChoice::Shapes, data_dir: None, format: Format::Text };
        let info = Info::of(which.open().unwrap(), which.path());
        let sum = |of: fn(&Class) -> usize| info.classes.iter().map(of).sum::<usize>();
        assert_eq!((sum(|class| class.train), sum(|class| class.test)), (10_000, 2_000));
        let text = info.text();
        assert!(text.contains("built in") && text.contains("10,000"), "{text}");
    }
}
