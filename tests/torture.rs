//! Kills training processes at random moments, takes their runs up again, and compares what comes
//! out with a run that nobody disturbed: weights, optimizer and trainer state to the bit, and the
//! recorded steps and evaluations but for their times.
//!
//! The long form is `MNV1_TUI_KILLS=200 cargo test --release --test torture -- --nocapture`.
#![cfg(all(feature = "train", unix))]
#![expect(clippy::print_stdout, reason = "says how it can be repeated, and how often it tried")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::DirEntryExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use mnv1_tui::{
    domain::{events::TrainEvent, state::RunState},
    run::{EventReader, RunDir, read_all},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// 66 steps with 24 checkpoints and three evaluations; two runs differ unless every state is kept.
#[rustfmt::skip] // a table
const SETTINGS: [&str; 26] = [
    "--dataset", "shapes", "--limit", "600", "--device", "cpu", "--threads", "2",
    "--alpha", ".25", "--batch-size", "16", "--epochs", "2", "--checkpoint-every", "3",
    "--keep", "2", "--augment", "flip-crop", "--schedule", "cosine", "--layers-every", "10",
    "--seed", "5",
];
const STEPS: u64 = 66;

/// The files that a state consists of.
const STATE: [&str; 3] = ["model.safetensors", "optimizer.safetensors", "trainer.json"];

/// Trains one run, however often it is killed on the way.
struct Victim<'a> {
    folder: TempDir,
    optimizer: &'a str,
}

impl<'a> Victim<'a> {
    fn new(optimizer: &'a str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), optimizer }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("r")
    }

    /// Starts the run, or goes on with it.
    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mnv1-tui"));
        command.args(["train", "--headless", "--runs-dir"]).arg(self.folder.path());
        if self.path().join("config.toml").exists() {
            command.args(["--resume", "r"]);
        } else {
            command.args(["--run-id", "r", "--optimizer", self.optimizer]).args(SETTINGS);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Trains to the end.
    fn finish(&self) -> Outcome {
        succeeded(self.start());
        self.outcome()
    }

    fn outcome(&self) -> Outcome {
        let checkpoint = newest_checkpoint(&self.path());
        let state = STATE.map(|name| in_order(fs::read(checkpoint.join(name)).unwrap()));
        let events = self.path().join("events.jsonl");
        Outcome { state, steps: steps(&events), events: read_all(&events).unwrap() }
    }

    /// Whether the end is on record; a process may still be killed on its way out.
    fn is_finished(&self) -> bool {
        read_all(&self.path().join("events.jsonl")).unwrap().finished.is_some()
    }

    /// What is being written, replaced or removed, or was when a process died.
    fn under_way(&self) -> Hidden {
        hidden_folders(&self.path().join("checkpoints"))
    }

    /// Waits until a checkpoint is under way that is none of `leftovers`, and a moment more;
    /// returns when the process ends first, too.
    fn wait_for_a_checkpoint(&self, child: &mut Child, leftovers: &Hidden, moment: Duration) {
        while self.under_way().is_subset(leftovers) && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_micros(200));
        }
        thread::sleep(moment);
    }
}

/// Hidden folders by name and inode: one that is made anew is another one.
type Hidden = BTreeSet<(Vec<u8>, u64)>;

/// The tensors behind a sorted header: the library writes its entries in any order.
fn in_order(bytes: Vec<u8>) -> Vec<u8> {
    let Some((length, rest)) = bytes.split_first_chunk() else { return bytes };
    let Some((header, tensors)) = rest.split_at_checked(u64::from_le_bytes(*length) as usize)
    else {
        return bytes; // it is JSON as a whole
    };
    let header: Value = serde_json::from_slice(header).unwrap();
    [header.to_string().as_bytes(), tensors].concat()
}

fn hidden_folders(folder: &Path) -> Hidden {
    let Ok(entries) = fs::read_dir(folder) else { return Hidden::new() };
    let named =
        entries.flatten().map(|entry| (entry.file_name().into_encoded_bytes(), entry.ino()));
    named.filter(|(name, _)| name[0] == b'.').collect()
}

fn succeeded(child: Child) {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// By step: the bits of loss, accuracy, learning rate and norm of the gradients.
type Steps = BTreeMap<u64, [u64; 4]>;

/// The steps on record that are not void.
fn steps(events: &Path) -> Steps {
    let mut steps = Steps::new();
    for record in EventReader::new(events.to_owned()).poll().unwrap().records {
        match record.event {
            TrainEvent::Step(step) => {
                let numbers = [step.loss, step.accuracy, step.lr, step.grad_norm];
                steps.insert(step.step, numbers.map(f64::to_bits));
            }
            TrainEvent::Resumed { step } => steps.retain(|made, _| *made <= step),
            _ => {}
        }
    }
    steps
}

/// What a training leaves behind.
struct Outcome {
    state: [Vec<u8>; 3],
    steps: Steps,
    events: RunState,
}

impl Outcome {
    /// How this differs from `other`, times and rates aside.
    fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, (a, b)) in STATE.iter().zip(self.state.iter().zip(&other.state)) {
            if a != b {
                found.push((*name).to_owned());
            }
        }
        if self.steps != other.steps {
            found.push("steps".to_owned());
        }
        if self.events.evaluations != other.events.evaluations {
            found.push("evaluations".to_owned());
        }
        found
    }
}

/// How many processes were killed, and when.
#[derive(Debug, Default)]
struct Kills {
    all: u32,
    in_a_checkpoint: u32,
    runs: u32,
}

fn killed_often(optimizer: &str, wanted: u32, random: &mut ChaCha8Rng) -> Kills {
    let begun = Instant::now();
    let undisturbed = Victim::new(optimizer).finish();
    let usual = begun.elapsed();
    assert_eq!(undisturbed.events.steps(), STEPS);
    let mut kills = Kills::default();
    while kills.all < wanted {
        let victim = Victim::new(optimizer);
        while kills.all < wanted && !victim.is_finished() {
            // Those that the last kill left stay until a checkpoint is complete.
            let leftovers = victim.under_way();
            let mut child = victim.start();
            if random.random_bool(0.5) {
                thread::sleep(usual.mul_f64(random.random_range(0.0..1.0)));
            } else {
                let moment = Duration::from_micros(random.random_range(0..12_000));
                victim.wait_for_a_checkpoint(&mut child, &leftovers, moment);
            }
            if child.try_wait().unwrap().is_some() {
                succeeded(child);
                continue;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills.all += 1;
            kills.in_a_checkpoint += u32::from(!victim.under_way().is_subset(&leftovers));
        }
        if !victim.is_finished() {
            succeeded(victim.start());
        }
        let differences = victim.outcome().differences(&undisturbed);
        assert!(differences.is_empty(), "after {kills:?}: {differences:?} differ");
        kills.runs += 1;
    }
    kills
}

#[test]
fn a_training_that_is_killed_goes_on_to_the_same_bits() {
    let wanted = std::env::var("MNV1_TUI_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for optimizer in ["adam", "sgd"] {
        let kills = killed_often(optimizer, wanted / 2, &mut random);
        println!("{optimizer}: {kills:?}, no difference");
    }
}

/// The test above can fail: with one state left out, the weights become others.
#[test]
fn a_state_that_is_left_out_shows() {
    let undisturbed = Victim::new("adam").finish();
    let without_optimizer = |folder: &Path| {
        let path = folder.join("optimizer.safetensors");
        let mut bytes = fs::read(&path).unwrap();
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[8 + header..].fill(0);
        fs::write(path, bytes).unwrap();
    };
    let a_batch_further = |folder: &Path| {
        let path = folder.join("trainer.json");
        let mut state: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        state["position"] = (state["position"].as_u64().unwrap() + 1).into();
        fs::write(path, state.to_string()).unwrap();
    };
    let left_out: [fn(&Path); 2] = [without_optimizer, a_batch_further];
    for (which, leave_out) in left_out.into_iter().enumerate() {
        let victim = Victim::new("adam");
        let mut child = victim.start();
        let first = victim.path().join("checkpoints/3");
        while !first.exists() {
            assert!(child.try_wait().unwrap().is_none(), "no checkpoint was seen");
            thread::sleep(Duration::from_micros(200));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let newest = newest_checkpoint(&victim.path());
        leave_out(&newest);
        sum_up_again(&newest);
        let differences = victim.finish().differences(&undisturbed);
        assert!(differences.contains(&STATE[0].to_owned()), "state {which}: {differences:?}");
    }
}

fn newest_checkpoint(run: &Path) -> PathBuf {
    let steps = fs::read_dir(run.join("checkpoints")).unwrap().flatten();
    let step = steps.filter_map(|entry| entry.file_name().to_str()?.parse::<u64>().ok()).max();
    run.join("checkpoints").join(step.unwrap().to_string())
}

/// Makes the manifest say of the files what they are.
fn sum_up_again(checkpoint: &Path) {
    let path = checkpoint.join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for entry in manifest["files"].as_array_mut().unwrap() {
        let bytes = fs::read(checkpoint.join(entry["name"].as_str().unwrap())).unwrap();
        let digits: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        (entry["bytes"], entry["sha256"]) = (bytes.len().into(), digits.into());
    }
    // As the program lays it out: it believes no other.
    let entries: Vec<String> = manifest["files"].as_array().unwrap().iter().map(entry).collect();
    let (step, entries) = (&manifest["step"], entries.join(",\n"));
    let text = format!("{{\n  \"step\": {step},\n  \"files\": [\n{entries}\n  ]\n}}");
    fs::write(path, text).unwrap();
}

fn entry(entry: &Value) -> String {
    let field = |name: &str| format!("      \"{name}\": {}", entry[name]);
    let fields = ["name", "bytes", "sha256"].map(field).join(",\n");
    format!("    {{\n{fields}\n    }}")
}

/// A run that nobody has trained in yet can be taken up too: it begins again.
#[test]
fn a_run_without_a_checkpoint_begins_again() {
    let victim = Victim::new("sgd");
    let mut child = victim.start();
    let run = || RunDir::find(victim.folder.path(), "r");
    while run().is_err() {
        assert!(child.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_micros(200));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let _ = fs::remove_dir_all(victim.path().join("checkpoints"));
    let outcome = victim.finish();
    assert_eq!(outcome.events.steps(), STEPS);
    assert!(outcome.differences(&Victim::new("sgd").finish()).is_empty());
}
