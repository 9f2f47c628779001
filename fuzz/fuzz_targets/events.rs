//! Lines of `events.jsonl`: what is an event is one again when written, on one line that is fit
//! for a terminal, and no order of events breaks what is made of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mnv1_tui::{
    domain::{
        events::{Quantity, Record, TrainEvent},
        state::RunState,
        text::is_plain,
    },
    run::serialize_line,
};

fuzz_target!(|bytes: &[u8]| {
    let mut state = RunState::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let (read, whole) = (Record::of_line(line), serde_json::from_slice::<Record>(line));
        assert_eq!(read.is_ok(), whole.is_ok(), "the short way reads what the long one reads");
        let (Ok(record), Ok(whole)) = (read, whole) else { continue };
        let written = serialize_line(&record);
        assert_eq!(serialize_line(&whole), written);
        let written = written.strip_suffix('\n').expect("a line ends");
        assert!(is_plain(written));
        let again: Record = serde_json::from_str(written).expect("it is ours");
        // NaN is not equal to itself, but is written as it was read.
        assert_eq!(serialize_line(&again).trim_end(), written);
        state.apply(&record);
        assert_eq!(state.now, record.time);
        if let TrainEvent::Resumed { step } = record.event {
            assert!(state.steps() <= step);
            assert!(state.evaluations.iter().all(|evaluation| evaluation.step <= step));
        }
    }
    check(&state);
});

fn check(state: &RunState) {
    for series in Quantity::ALL.map(|quantity| state.series(quantity)) {
        let steps: Vec<u64> = (0..series.len()).filter_map(|at| Some(series.get(at)?.0)).collect();
        assert!(steps.len() == series.len() && steps.is_sorted_by(|a, b| a < b), "out of order");
        assert_eq!(series.last().map_or(0, |(step, _)| step), state.steps());
        let (first, last) = (steps.first().map_or(0, |step| *step), state.steps());
        let edges = [first, first.midpoint(last), last.saturating_add(1)];
        assert_eq!(series.buckets(&edges).iter().any(Option::is_some), !steps.is_empty());
    }
    for eta in [state.eta_s(), state.epoch_eta_s()].into_iter().flatten() {
        assert!(eta >= 0.0 && eta.is_finite());
    }
    state.epoch_steps();
    for confusion in state.evaluations.iter().map(|evaluation| &evaluation.confusion) {
        let classes = || 0..confusion.classes();
        let counted: u64 = classes()
            .flat_map(|t| classes().map(move |p| (t, p)))
            .map(|(t, p)| confusion.at(t, p))
            .sum();
        let columns: u64 = classes().map(|class| confusion.column_total(class)).sum();
        assert_eq!((counted, columns), (confusion.total(), confusion.total()));
        assert!((0.0..=1.0).contains(&confusion.accuracy()));
        assert!(confusion.worst_pairs(10).len() <= 10);
    }
}
