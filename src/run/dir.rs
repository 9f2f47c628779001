//! A run's directory: its name, the files in it, and how people refer to it.

use std::{
    cmp::Ordering,
    ffi::OsString,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    process,
    sync::atomic::{self, AtomicU32},
};

use super::{RunError, RunLock, files};

/// Ids made in the same second get a number; nobody starts so many runs at once.
const MOST_IN_ONE_SECOND: u32 = 10_000;

/// Longest id that is accepted, in bytes.
const LONGEST_ID: usize = 64;

/// Names that an error about an unknown run offers.
const MOST_HINTS: usize = 3;

/// All that a run's directory holds.
const ENTRIES: [&str; 6] =
    ["config.toml", "events.jsonl", "checkpoints", "predictions", "log.txt", "lock"];

/// The directory of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    id: String,
    path: PathBuf,
}

impl RunDir {
    /// Makes the directory of a new run, named `run_id` or, without one, by the local time.
    ///
    /// # Errors
    /// An id with other characters, one that exists, or a folder that cannot be written.
    pub fn create(runs_dir: &Path, run_id: Option<&str>) -> Result<Self, RunError> {
        if let Some(id) = run_id {
            check_id(id)?;
        }
        fs::create_dir_all(runs_dir).map_err(RunError::write(runs_dir))?;
        match run_id {
            Some(id) => Self::claim(runs_dir, id, true),
            None => Self::claim_by_time(runs_dir, &jiff::ZonedDateTime::now()),
        }
    }

    /// Makes the directory of a new run, as [`RunDir::create`], and takes it for this process.
    ///
    /// # Errors
    /// As `create` and `lock`. Of several that start under one name, one gets it.
    pub fn begin(runs_dir: &Path, run_id: Option<&str>) -> Result<(Self, RunLock), RunError> {
        let run = Self::create(runs_dir, run_id)?;
        let lock = run.lock()?;
        // Another one of that name may have had it, trained and ended in between.
        if is_torso(&run.path) { Ok((run, lock)) } else { Err(run.exists()) }
    }

    /// Finds a run by its id in `runs_dir`, by the beginning of its id, or by its path.
    ///
    /// # Errors
    /// No such run, which names those that come near; several that begin so; or one whose files are
    /// links, since what is read and written in a run's directory must be in it.
    pub fn find(runs_dir: &Path, name: &str) -> Result<Self, RunError> {
        Self::named(runs_dir, name)?.without_links()
    }

    fn named(runs_dir: &Path, name: &str) -> Result<Self, RunError> {
        let as_path = Path::new(name);
        if check_id(name).is_ok() && holds_run(&runs_dir.join(name)) {
            return Ok(Self { id: name.to_owned(), path: runs_dir.join(name) });
        }
        if holds_run(as_path) {
            return Self::at(as_path);
        }
        let runs = Self::list(runs_dir)?;
        let begins_so = |run: &&Self| !name.is_empty() && run.id.starts_with(name);
        let fitting: Vec<&Self> = runs.iter().filter(begins_so).collect();
        match fitting[..] {
            [run] => Ok(run.clone()),
            [] => Err(unknown(runs_dir, name, &runs)),
            _ => Err(RunError::Ambiguous {
                runs_dir: runs_dir.to_owned(),
                name: name.to_owned(),
                candidates: listed(fitting.iter().map(|run| run.id.as_str())),
            }),
        }
    }

    /// The runs in `runs_dir`, sorted by id, which is by time; none where there is no such folder.
    pub fn list(runs_dir: &Path) -> Result<Vec<Self>, RunError> {
        let entries = match fs::read_dir(runs_dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(RunError::read(runs_dir))?,
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let runs = names.map(|id| Self { path: runs_dir.join(&id), id });
        let mut runs: Vec<Self> = runs.filter(|run| holds_run(&run.path)).collect();
        runs.sort_by(|a, b| by_number(&a.id, &b.id));
        Ok(runs)
    }

    fn without_links(self) -> Result<Self, RunError> {
        let is_link = |path: &PathBuf| path.is_symlink();
        match ENTRIES.map(|name| self.path.join(name)).into_iter().find(is_link) {
            Some(path) => Err(RunError::Link { path }),
            None => Ok(self),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What this run is found by from every folder of runs: its path, in a form that is no id.
    pub fn full_name(&self) -> String {
        let is_like_id = self.path.components().count() == 1;
        let path = if is_like_id { Path::new(".").join(&self.path) } else { self.path.clone() };
        path.to_string_lossy().into_owned()
    }

    pub fn events_path(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    pub fn config_path(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// Writes the settings, in the place of older ones.
    pub fn save_config(&self, text: &str) -> Result<(), RunError> {
        files::replace(&self.config_path(), text.as_bytes())
    }

    pub fn log_path(&self) -> PathBuf {
        self.path.join("log.txt")
    }

    pub fn checkpoints_dir(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// What an `evaluated` event at `step` calls its file: relative to the run directory.
    pub fn predictions_file(step: u64) -> String {
        format!("predictions/{step}.safetensors")
    }

    /// Where the predictions lie that an event calls `file`. Only its last part counts, so that
    /// a line from elsewhere cannot lead out of the run directory.
    pub fn predictions_path(&self, file: &str) -> PathBuf {
        let folder = self.path.join("predictions");
        folder.join(Path::new(file).file_name().unwrap_or_default())
    }

    /// Gives the directory back, and removes it if nothing came of the run: no settings, no events
    /// and no checkpoint.
    ///
    /// # Errors
    /// It cannot be removed. What is left does no harm: the name can be taken again.
    pub fn give_back(self, lock: RunLock) -> Result<(), RunError> {
        if is_torso(&self.path) {
            // Under its name it may be found by another start, which would lose what it makes.
            static REMOVED: AtomicU32 = AtomicU32::new(0);
            let (process, nth) = (process::id(), REMOVED.fetch_add(1, atomic::Ordering::Relaxed));
            let gone = self.path.with_file_name(format!(".{}.{process}.{nth}.gone", self.id));
            files::remove_folder(&gone)
                .and_then(|()| fs::rename(&self.path, &gone))
                .and_then(|()| files::remove_folder(&gone))
                .map_err(RunError::write(&self.path))?;
        }
        drop(lock);
        Ok(())
    }

    fn exists(self) -> RunError {
        RunError::Exists { path: self.path, id: self.id }
    }

    /// The run at `path`, which may end in `.` or `..`: its id is the folder's real name.
    fn at(path: &Path) -> Result<Self, RunError> {
        let real = fs::canonicalize(path).map_err(RunError::read(path))?;
        let id = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { id, path: path.to_owned() })
    }

    fn claim(runs_dir: &Path, id: &str, reusable: bool) -> Result<Self, RunError> {
        let run = Self { id: id.to_owned(), path: runs_dir.join(id) };
        // `create_dir` refuses what exists, so that of two starts only one gets the name.
        match fs::create_dir(&run.path) {
            Ok(()) => Ok(run),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                // Left by a process that was killed before it had anything worth keeping; of two
                // that find it, the lock lets one train.
                if reusable && is_torso(&run.path) { Ok(run) } else { Err(run.exists()) }
            }
            Err(source) => Err(RunError::Write { path: run.path, source }),
        }
    }

    fn claim_by_time(runs_dir: &Path, now: &jiff::ZonedDateTime) -> Result<Self, RunError> {
        let first = now.strftime("%y%m%d-%H%M%S").to_string();
        let mut taken = Self::claim(runs_dir, &first, false);
        for number in 2..=MOST_IN_ONE_SECOND {
            if !matches!(taken, Err(RunError::Exists { .. })) {
                break;
            }
            taken = Self::claim(runs_dir, &format!("{first}-{number}"), false);
        }
        taken
    }
}

fn check_id(id: &str) -> Result<(), RunError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let fits = (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(allowed);
    if fits && !id.starts_with(['.', '-']) {
        return Ok(());
    }
    Err(RunError::InvalidId { id: id.to_owned() })
}

/// Every run has one of these from its first moment on; other folders may lie beside runs.
fn holds_run(folder: &Path) -> bool {
    folder.join("events.jsonl").is_file() || folder.join("config.toml").is_file()
}

/// Whether a folder is a run's that has come to nothing yet: empty, or locked once with no more in
/// it than what was logged and settings that a crash kept from getting their name.
fn is_torso(folder: &Path) -> bool {
    let names = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    let Ok(names): io::Result<Vec<OsString>> = names else { return false };
    let worthless = |name: &OsString| {
        name == "lock"
            || name == "log.txt"
            || files::is_scratch_of("config.toml", &name.to_string_lossy())
    };
    // Whoever keeps a log in a folder of their own does not mean to lose it.
    names.iter().all(worthless) && (names.is_empty() || names.iter().any(|name| name == "lock"))
}

fn unknown(runs_dir: &Path, name: &str, runs: &[RunDir]) -> RunError {
    let mut near: Vec<(f64, &str)> =
        runs.iter().map(|run| (strsim::jaro_winkler(name, &run.id), run.id.as_str())).collect();
    near.retain(|(likeness, _)| *likeness > 0.7);
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let hint = match (near.is_empty(), runs.last()) {
        (false, _) => format!("did you mean {}?", listed(near.iter().map(|(_, id)| *id))),
        (true, Some(newest)) => format!("the newest is {}; `runs` lists them", newest.id),
        (true, None) => "it holds no run; is --runs-dir right?".to_owned(),
    };
    RunError::Unknown { runs_dir: runs_dir.to_owned(), name: name.to_owned(), hint }
}

/// `a, b, c and 2 more`.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(MOST_HINTS);
    let shown: Vec<&str> = names.take(MOST_HINTS).collect();
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Compares ids with the number that a collision appended taken as a number: `-2` before `-10`.
fn by_number(a: &str, b: &str) -> Ordering {
    fn parts(id: &str) -> (&str, u32) {
        let numbered = id.rsplit_once('-').filter(|(first, _)| first.contains('-'));
        match numbered.map(|(first, number)| (first, number.parse())) {
            Some((first, Ok(number))) => (first, number),
            _ => (id, 0),
        }
    }
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests;
