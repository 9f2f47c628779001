//! `mnv1-tui runs`: what became of the runs in a folder.

use std::{
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    args::RunsArgs,
    output::{self, Format},
};
use crate::{
    domain::{
        runs::Condition,
        text::plain,
        units::{Age, Count, Percent},
    },
    run::{Overview, RunDir},
};

const COLUMNS: usize = 9;

const HEAD: [&str; COLUMNS] =
    ["run", "state", "steps", "best val", "test", "data set", "device", "age", ""];

/// Characters of the reason for which a run is broken; the JSON has all of it.
const REASON: usize = 72;

/// Prints a row for each run, oldest first.
///
/// # Errors
/// A folder that cannot be read; one run that cannot is only a row that says so.
pub fn run(args: &RunsArgs) -> anyhow::Result<ExitCode> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let runs = RunDir::list(&args.runs_dir)?;
    let runs: Vec<Overview> =
        runs.iter().map(|run| Overview::of(run, since.as_millis() as u64)).collect();
    if runs.is_empty() && args.format == Format::Text {
        let folder = args.runs_dir.display();
        output::note(format_args!("{folder}: no run in here; `mnv1-tui` makes one"));
    } else {
        output::result(args.format, &runs, |runs| table(runs))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(runs: &[Overview]) -> String {
    let mut rows = vec![HEAD.map(str::to_owned)];
    rows.extend(runs.iter().map(row));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; COLUMNS] = std::array::from_fn(|column| width(column).unwrap_or(0));
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row(run: &Overview) -> [String; COLUMNS] {
    let text = |value: &Option<String>| value.as_deref().map_or_else(none, plain);
    let share = |value: Option<f64>| value.map_or_else(none, |v| Percent(v).to_string());
    let steps = Count(run.step);
    [
        plain(&run.id),
        run.state.to_string(),
        run.total_steps.map_or_else(|| steps.to_string(), |all| format!("{steps}/{}", Count(all))),
        share(run.best_accuracy),
        share(run.test_accuracy),
        text(&run.dataset),
        text(&run.device),
        run.age_ms.map_or_else(none, |ms| Age(ms / 1000).to_string()),
        why_broken(run),
    ]
}

/// Why a run is broken, as far as there is room for it. Other ends need no reason.
fn why_broken(run: &Overview) -> String {
    let reason = run.reason.as_deref().filter(|_| run.state == Condition::Broken).map(plain);
    let reason = reason.unwrap_or_default();
    match reason.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason,
    }
}

fn none() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overview() -> Overview {
        Overview {
            id: "251124-143205".into(),
            state: Condition::Finished,
            phase: None,
            reason: Some("completed".into()),
            step: 21_120,
            total_steps: Some(21_120),
            best_accuracy: Some(0.814),
            test_accuracy: None,
            device: Some("cpu\x1b[31m".into()),
            dataset: Some("CIFAR-10".into()),
            alpha: Some(1.0),
            started_ms: Some(0),
            updated_ms: Some(0),
            age_ms: Some(7_300_000),
        }
    }

    #[test]
    fn a_run_is_a_row_and_nothing_in_it_speaks_to_the_terminal() {
        let text = table(&[overview()]);
        let row = text.lines().nth(1).unwrap();
        let expected =
            "251124-143205  finished  21,120/21,120  81.4 %    -     CIFAR-10  cpu     2 h";
        assert_eq!(row, expected);
    }

    #[test]
    fn a_broken_run_says_why_in_one_line() {
        let reason = Some(format!("\x1b[2Jthe loss\nis {}", "not finite ".repeat(20)));
        let text = table(&[Overview { state: Condition::Broken, reason, ..overview() }]);
        let (_, why) = text.lines().nth(1).unwrap().split_once("  2 h  ").unwrap();
        assert!(why.starts_with("the loss is not finite") && why.ends_with('…'), "{why}");
        assert_eq!((text.lines().count(), why.chars().count()), (2, REASON + 1));
    }
}
