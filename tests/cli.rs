//! The program from outside: what it prints, and its exit status.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn mnv1(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mnv1-tui"));
    command.args(words).stdin(Stdio::null());
    command
}

fn output(words: &[&str]) -> Output {
    mnv1(words).output().unwrap()
}

/// What a command prints that succeeds and complains of nothing.
fn result(words: &[&str]) -> String {
    let Output { status, stdout, stderr } = output(words);
    let complaint = String::from_utf8_lossy(&stderr);
    assert!(status.success() && complaint.is_empty(), "{words:?}: {status}, {complaint}");
    let text = String::from_utf8(stdout).unwrap();
    assert!(!text.contains('\x1b'), "{words:?}: an escape byte in a pipe");
    text
}

fn json(words: &[&str]) -> Value {
    serde_json::from_str(&result(words)).unwrap()
}

/// The one line with which a command fails that prints no result.
fn complaint(words: &[&str], status: i32) -> String {
    let Output { status: found, stdout, stderr } = output(words);
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(found.code(), Some(status), "{words:?}: {text}");
    assert_eq!(String::from_utf8(stdout).unwrap(), "", "{words:?}");
    assert!(text.starts_with("error: ") && text.lines().count() == 1, "{words:?}: {text}");
    assert!(!text.contains("panicked"), "{words:?}: {text}");
    text
}

/// What `train` says of a file of settings.
fn complaint_of_config(folder: &Path, text: &str) -> String {
    let path = folder.join("my.toml");
    fs::write(&path, text).unwrap();
    let said = complaint(&["train", "--config", path.to_str().unwrap()], 2);
    assert!(said.contains("my.toml"), "{said}");
    said
}

/// Counts of Keras: alpha, trainable, other, MACs at 32×32 pixels with the stem's stride of 1.
const KERAS: [(&str, u64, u64, u64); 4] = [
    ("0.25", 215_642, 5_472, 3_331_072),
    ("0.5", 823_722, 10_944, 12_167_168),
    ("0.75", 1_824_250, 16_416, 26_508_288),
    ("1", 3_217_226, 21_888, 46_354_432),
];

#[test]
fn the_summary_counts_as_keras_does_and_its_layers_add_up() {
    for (alpha, trainable, other, macs) in KERAS {
        let all = json(&["summary", "--alpha", alpha, "--format", "json"]);
        assert_eq!(all["trainable"], trainable);
        assert_eq!(all["non_trainable"], other);
        assert_eq!(all["macs"], macs);
        let layers = all["layers"].as_array().unwrap();
        let sum = |key: &str| layers.iter().map(|l| l[key].as_u64().unwrap()).sum::<u64>();
        assert_eq!((sum("macs"), sum("parameters")), (macs, trainable));
        assert_eq!((&all["classes"], layers.len()), (&10.into(), 29));
    }
}

#[test]
fn a_layer_of_the_summary_says_all_that_is_promised() {
    let all = json(&["summary", "--format", "json"]);
    let expected = serde_json::json!({
        "name": "blocks.1.depthwise",
        "kind": "depthwise",
        "kernel": 3,
        "stride": 2,
        "output": [16, 16, 64],
        "parameters": 9 * 64 + 2 * 64,
        "macs": 9 * 64 * 16 * 16,
        "standard_macs": 9 * 64 * 64 * 16 * 16,
    });
    let layers = all["layers"].as_array().unwrap();
    assert!(layers.contains(&expected), "{layers:#?}");
}

#[test]
fn the_table_fits_a_hundred_columns_and_has_the_totals() {
    let text = result(&["summary"]);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    for number in ["3,217,226", "21,888", "46,354,432"] {
        assert!(text.contains(number), "no {number} in\n{text}");
    }
}

#[test]
fn the_example_tells_parameters_and_multiply_adds_apart() {
    let text = result(&["summary", "--explain"]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" "); // however it is broken
    let costs = ["19,200", "1,228,800", "4,800", "49,152", "843", "53,952"];
    let told = ["12×12×3", "5×5×3", "8×8×1", "8×8×256", "multiply-adds parameters"];
    for expected in costs.iter().chain(&told) {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }
}

#[test]
fn who_has_read_enough_may_leave() {
    let words = ["summary", "--format", "json", "--resolution", "224"];
    let mut child = mnv1(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(1, child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert_eq!((status.code(), String::from_utf8(stderr).unwrap()), (Some(0), String::new()));
}

/// The same without a race: nobody has ever read.
#[test]
#[cfg(unix)]
fn a_pipe_without_a_reader_is_no_failure() {
    for words in [&["summary"][..], &["completions", "bash"], &["--help"], &["--version"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let found = mnv1(words).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8(found.stderr).unwrap();
        assert_eq!((found.status.code(), said.as_str()), (Some(0), ""), "{words:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_a_failure() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let found = mnv1(&["summary"]).stdout(full).output().unwrap();
    assert_eq!(found.status.code(), Some(1));
}

#[test]
fn wrong_usage_is_one_line_and_status_2() {
    assert!(complaint(&["sumary"], 2).contains("summary"));
    assert!(complaint(&["summary", "--alhpa", "1"], 2).contains("--alpha"));
    #[rustfmt::skip] // a table
    let wrong: [(&[&str], &str); 11] = [
        (&["summary", "--alpha", "-1"], "alpha"),
        (&["summary", "--resolution", "33"], "multiple of 8"),
        (&["summary", "--classes", "1"], "classes"),
        (&["summary", "--format", "xml"], "xml"),
        (&["completions", "tcsh"], "tcsh"),
        (&["bench", "--engine", "fast"], "own, stock"),
        (&["train", "--alpha", "-1"], "alpha"),
        (&["--alpha", "-1"], "alpha"),
        (&["train", "--lr", "NaN"], "lr"),
        (&["train", "--batch-size", "0"], "1 to 65536"),
        (&["train", "--optimizer", "adm"], "adam, adamw, sgd"),
    ];
    for (words, expected) in wrong {
        let said = complaint(words, 2);
        assert!(said.contains(expected), "{words:?}: {said}");
    }
}

#[test]
fn a_bad_file_of_settings_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    #[rustfmt::skip] // a table
    let wrong: [(&str, &[&str]); 7] = [
        ("epochs = 3\nalhpa = 1", &[":2", "alhpa", "alpha"]),
        ("batch-size = 3", &[":1", "batch-size", "batch_size"]),
        ("\n\nalpha = \"wide\"", &[":3", "alpha", "wide", "a number"]),
        ("epochs = 1.5", &[":1", "epochs", "a whole number"]),
        ("optimizer = \"adm\"", &[":1", "optimizer", "adam, adamw, sgd"]),
        ("seed = 1\nalpha = -1", &[":2", "alpha", "above 0"]),
        ("seed 1", &[":1"]),
    ];
    for (text, all) in wrong {
        let said = complaint_of_config(folder.path(), text);
        assert!(all.iter().all(|expected| said.contains(expected)), "{text:?}: {said}");
    }
}

#[test]
fn an_unknown_run_is_answered_by_what_comes_near() {
    let folder = tempfile::tempdir().unwrap();
    let runs_dir = folder.path().to_str().unwrap();
    assert!(complaint(&["watch", "1124", "--runs-dir", runs_dir], 1).contains("no run"));
    assert!(complaint(&["watch", "--runs-dir", runs_dir], 1).contains("no run in here"));
    assert!(complaint(&["watch", "--plain", "--runs-dir", runs_dir], 2).contains("which RUN"));
    let both = ["watch", "1124", "--plain", "--compare", "1124", "--runs-dir", runs_dir];
    assert!(complaint(&both, 2).contains("--compare"));
    fs::create_dir(folder.path().join("1124-143205")).unwrap();
    fs::write(folder.path().join("1124-143205/events.jsonl"), "").unwrap();
    let said = complaint(&["watch", "1124-143206", "--runs-dir", runs_dir], 1);
    assert!(said.contains("1124-143205"), "{said}");
}

#[test]
fn watching_needs_a_terminal_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("r");
    fs::create_dir(&run).unwrap();
    fs::write(run.join("events.jsonl"), "").unwrap();
    let Output { status, stdout, stderr } =
        output(&["watch", "r", "--runs-dir", folder.path().to_str().unwrap()]);
    let said = String::from_utf8(stderr).unwrap();
    assert!(!status.success() && stdout.is_empty() && said.contains("terminal"), "{said}");
    assert_eq!(fs::read_dir(&run).unwrap().count(), 1);
}

#[test]
fn a_run_can_be_listened_to() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("r");
    fs::create_dir(&run).unwrap();
    let events = [
        r#"{"time":1,"type":"phase","phase":"training"}"#,
        r#"{"time":2,"type":"step","step":1,"epoch":1,"loss":2.3,"accuracy":0.1,"lr":0.001,"images_per_s":9.0,"data_ms":1.0,"step_ms":1.0,"grad_norm":1.0}"#,
        r#"{"time":3,"type":"warning","kind":"loss","message":"\u001b[31mnot finite"}"#,
        r#"{"time":4,"type":"checkpoint","step":1,"path":"checkpoints/1","best":true}"#,
        r#"{"time":5,"type":"run_finished","step":1,"epoch":1,"reason":"stopped","best_accuracy":null,"test_accuracy":0.5}"#,
        r#"{"time":6,"type":"phase","phase":"ended"}"#,
    ];
    fs::write(run.join("events.jsonl"), events.map(|line| format!("{line}\n")).concat()).unwrap();
    let said = result(&["watch", "r", "--plain", "--runs-dir", folder.path().to_str().unwrap()]);
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            "Training.",
            "Warning: not finite",
            "Checkpoint saved at step 1, the best so far.",
            "Run stopped after step 1, test accuracy 50.0 percent.",
            "The run has ended.",
        ]
    );
}

#[test]
fn preferences_that_cannot_be_met_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("mnv1-tui")).unwrap();
    fs::create_dir(folder.path().join("r")).unwrap();
    fs::write(folder.path().join("r/events.jsonl"), "").unwrap();
    let cases = [
        ("[keys]\ncheckpoint = 't'", "config.toml:2: keys: checkpoint: t is the key of next-theme"),
        ("[keys]\ncheckpoint = 'C-c'", "keep their meaning"),
        ("[keys]\ncheckpont = 'K'", "did you mean checkpoint?"),
        ("[keys]\ncheckpoint = 'hyper'", "\"hyper\" is no key"),
        ("theme = 'red'", "is not one of auto, dark, light, colour-blind"),
    ];
    for (text, expected) in cases {
        fs::write(folder.path().join("mnv1-tui/config.toml"), text).unwrap();
        let mut watch = mnv1(&["watch", "r", "--runs-dir", folder.path().to_str().unwrap()]);
        let found = watch.env("XDG_CONFIG_HOME", folder.path()).output().unwrap();
        let said = String::from_utf8(found.stderr).unwrap();
        assert_eq!(found.status.code(), Some(2), "{said}");
        assert!(said.contains(expected) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn a_folder_without_runs_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    for place in [folder.path().to_owned(), folder.path().join("missing")] {
        let place = place.to_str().unwrap();
        assert!(output(&["runs", "--runs-dir", place]).status.success());
        assert_eq!(json(&["runs", "--runs-dir", place, "--format", "json"]), serde_json::json!([]));
    }
}

#[test]
fn runs_are_listed_and_speak_to_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("1124-143205");
    fs::create_dir(&run).unwrap();
    let finished = r#"{"type":"run_finished","time":2,"step":7,"epoch":1,"reason":"\u001b[2Jboom","best_accuracy":0.5,"test_accuracy":null}"#;
    fs::write(run.join("events.jsonl"), format!("{finished}\n{{\"torn")).unwrap();
    let text = result(&["runs", "--runs-dir", folder.path().to_str().unwrap()]);
    assert!(text.contains("1124-143205") && text.contains("50.0 %"), "{text}");
}

#[test]
fn completions_are_made_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = result(&["completions", shell]);
        assert!(script.contains("mnv1-tui") && script.contains("summary"), "{shell}");
    }
}

#[test]
fn help_and_version_are_results() {
    assert!(result(&["--help"]).contains("summary"));
    assert!(result(&["--version"]).starts_with("mnv1-tui "));
}

#[test]
#[cfg(not(feature = "train"))]
fn a_build_without_the_trainer_says_so() {
    for words in [&["train"][..], &[], &["--headless"], &["devices"], &["bench"]] {
        assert!(complaint(words, 2).contains("no trainer"), "{words:?}");
    }
}

/// The least that can be measured.
#[cfg(feature = "train")]
#[rustfmt::skip] // a line of words
const QUICK_BENCH: [&str; 13] = [
    "bench", "--device", "cpu", "--alpha", "0.1", "--batch-size", "2", "--resolution", "16",
    "--seconds", "0.01", "--threads", "1",
];

#[test]
#[cfg(feature = "train")]
fn a_benchmark_says_all_that_is_promised() {
    let more = ["--infer-batch-size", "3", "--engine", "stock", "--format", "json"];
    let all = json(&[&QUICK_BENCH[..], &more].concat());
    assert_eq!((&all["engine"], &all["alpha"]), (&"stock".into(), &0.1.into()));
    assert_eq!((&all["batch_size"], &all["infer_batch_size"]), (&2.into(), &3.into()));
    assert_eq!(all["resolution"], 16);
    assert!(all["device"].as_str().unwrap().starts_with("cpu"), "{all}");
    let numbers = |value: &Value, keys: &[&str]| {
        for key in keys {
            assert!(
                value[key].as_f64().is_some_and(|n| n.is_finite() && n >= 0.0),
                "{key}: {value}"
            );
        }
    };
    numbers(&all, &["train_images_per_s", "infer_images_per_s"]);
    numbers(&all, &["peak_gflops", "peak_gb_per_s", "cache_gb_per_s", "cache_bytes"]);
    let reached = ["gflops", "gb_per_s", "bound_ms", "share"];
    for step in ["train", "infer"] {
        numbers(&all[step], &reached);
        numbers(&all[step], &["p50_ms", "p90_ms", "p99_ms", "peak_share"]);
    }
    let layers = all["layers"].as_array().unwrap();
    assert_eq!(layers.len(), 29);
    for layer in layers.iter().chain([&all["total"]]) {
        assert!(layer["name"].is_string());
        numbers(layer, &["forward_ms", "backward_ms"]);
        numbers(&layer["forward"], &reached);
        numbers(&layer["backward"], &reached);
    }
    assert!(all["layers_method"].as_str().unwrap().contains("synchronised"), "{all}");
    numbers(&all["optimizer"], &reached);
    numbers(&all["optimizer"], &["ms"]);
    let held = &all["peak_memory_bytes"];
    assert!(if cfg!(target_os = "linux") { held.is_u64() } else { held.is_null() }, "{held}");
}

#[test]
#[cfg(feature = "train")]
fn a_benchmark_fits_a_hundred_columns_and_has_the_total() {
    let text = result(&QUICK_BENCH);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("blocks.")).count(), 26);
    for expected in ["own operations", "optimizer", "total", "of its roofline", "synchronised"] {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }
}

#[test]
#[cfg(feature = "train")]
fn a_benchmark_of_impossible_sizes_is_refused() {
    for (flag, value, expected) in [
        ("--infer-batch-size", "0", "infer_batch_size"),
        ("--resolution", "33", "multiple of 8"),
        ("--seconds", "0", "seconds"),
    ] {
        assert!(complaint(&["bench", flag, value], 2).contains(expected), "{flag}");
    }
}
