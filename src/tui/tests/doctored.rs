//! Runs that no trainer made: whatever a file says, the dashboard shows something and goes on.

use proptest::{prelude::*, sample::select};

use super::super::testing::*;
use crate::{
    domain::{
        events::{
            CheckpointSaved, Dead, Distribution, Extension, LayerStatistics, LayerStats, LayerTime,
            LayersSample, MOST, Phase, Quantity, RateChange, Record, RunFinished, Split,
            StepSample, TrainEvent,
        },
        text::is_plain,
    },
    tui::{Input, notify::Notify, text::width, title::Title},
};

const COUNTS: [u64; 8] = [0, 1, 2, 7, 1_000, u32::MAX as u64, MOST - 1, MOST];
const NUMBERS: [f64; 8] = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-320, f64::MAX, f64::MIN];
const TEXTS: [&str; 5] = ["", "stem", "\u{1b}[2J\u{9b}2J\u{202e}x", "日本語日本語日本語", "a\nb"];

fn count() -> impl Strategy<Value = u64> {
    select(&COUNTS[..])
}

fn number() -> impl Strategy<Value = f64> {
    select(&NUMBERS[..])
}

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn some_step() -> impl Strategy<Value = TrainEvent> {
    let numbers = prop::collection::vec(number(), Quantity::ALL.len());
    (count(), any::<u32>(), number(), numbers).prop_map(|(step, epoch, data_ms, numbers)| {
        let mut sample = StepSample { step, epoch, data_ms, ..StepSample::default() };
        for (quantity, number) in Quantity::ALL.into_iter().zip(numbers) {
            *sample.value_mut(quantity) = number;
        }
        if sample.loss == 0.5 {
            sample.loss = f64::NAN;
        }
        TrainEvent::Step(sample)
    })
}

fn some_layers() -> impl Strategy<Value = TrainEvent> {
    let layer = (text(), number(), number())
        .prop_map(|(name, forward_ms, backward_ms)| LayerTime { name, forward_ms, backward_ms });
    let layers = prop::collection::vec(layer, 0..40);
    (count(), layers, text(), number(), prop::option::of(number())).prop_map(
        |(step, layers, method, ms, cost_ratio)| {
            TrainEvent::Layers(LayersSample {
                step,
                layers,
                method,
                forward_backward_ms: ms,
                optimizer_ms: ms,
                cost_ratio,
            })
        },
    )
}

fn some_stats() -> impl Strategy<Value = TrainEvent> {
    let bins = prop::collection::vec(select(&[0, 1, u32::MAX][..]), 0..30);
    let layer = (text(), number(), number(), bins).prop_map(|(name, a, b, bins)| {
        let values = Distribution { mean: a, deviation: b, low: b, high: a, bins };
        LayerStatistics {
            name,
            weights: values.clone(),
            weight_norm: a,
            gradient_norm: b,
            activations: values,
            dead: (a > 0.0).then_some(Dead { outputs: a, channels: b }),
        }
    });
    let layers = prop::collection::vec(layer, 0..40);
    (count(), count(), layers).prop_map(|(step, images, layers)| {
        TrainEvent::LayerStats(LayerStats { step, images: images as usize, layers })
    })
}

/// Matrices of other sizes than the run has classes, and counts near the end of their range.
fn some_evaluation() -> impl Strategy<Value = TrainEvent> {
    let split = select(&[Split::Validation, Split::Test][..]);
    (count(), any::<u32>(), split, number(), 0..14_usize, count()).prop_map(
        |(step, epoch, split, number, classes, cell)| {
            let TrainEvent::Evaluated(mut evaluation) = evaluated(1, split) else { unreachable!() };
            let rows = vec![vec![cell.min(u32::MAX.into()) / 200; classes]; classes];
            (evaluation.step, evaluation.epoch) = (step, epoch);
            (evaluation.loss, evaluation.accuracy) = (number, number);
            evaluation.confusion = rows.try_into().unwrap();
            TrainEvent::Evaluated(evaluation)
        },
    )
}

fn some_start() -> impl Strategy<Value = TrainEvent> {
    let classes = prop::collection::vec(text(), 0..14);
    (classes, prop::array::uniform5(count()), text(), prop::option::of(text()), number()).prop_map(
        |(classes, counts, text, banner, alpha)| {
            let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
            let [images, parameters, side, steps, max_steps] = counts;
            (run.classes, run.banner, run.device) = (classes, banner, text);
            (run.train_images, run.val_images) = (images as usize, images as usize);
            (run.parameters, run.macs) = (parameters, parameters);
            (run.resolution, run.steps_per_epoch) = (side.clamp(1, 1_000) as usize, steps);
            run.config.alpha = alpha.clamp(1e-9, 8.0);
            run.config.max_steps = (max_steps > 0).then_some(max_steps);
            TrainEvent::RunStarted(run)
        },
    )
}

fn some_phase() -> impl Strategy<Value = TrainEvent> {
    use Phase::{Ended, Evaluating, Paused, Pausing, Starting, Stopping, Training};
    let phases = [Starting, Training, Pausing, Paused, Evaluating, Stopping, Ended];
    select(phases.to_vec()).prop_map(phase)
}

fn some_other() -> impl Strategy<Value = TrainEvent> {
    let warning =
        (text(), text()).prop_map(|(kind, message)| TrainEvent::Warning { kind, message });
    let checkpoint = (count(), text(), any::<bool>()).prop_map(|(step, path, best)| {
        TrainEvent::Checkpoint(CheckpointSaved { step, path, best })
    });
    let resumed = count().prop_map(|step| TrainEvent::Resumed { step });
    let finished =
        (count(), text(), prop::option::of(number())).prop_map(|(step, reason, share)| {
            TrainEvent::RunFinished(RunFinished {
                step,
                epoch: 1,
                reason,
                best_accuracy: share,
                test_accuracy: share,
            })
        });
    let rate = (count(), number(), number())
        .prop_map(|(step, scale, lr)| TrainEvent::LearningRate(RateChange { step, scale, lr }));
    let extended = (count(), any::<u32>())
        .prop_map(|(step, epochs)| TrainEvent::Extended(Extension { step, epochs }));
    let refused = (text(), text()).prop_map(|(command, why)| TrainEvent::Refused { command, why });
    prop_oneof![warning, checkpoint, resumed, finished, rate, extended, refused]
}

fn some_event() -> impl Strategy<Value = TrainEvent> {
    prop_oneof![
        6 => some_step(),
        2 => some_layers(),
        1 => some_stats(),
        2 => some_evaluation(),
        1 => some_start(),
        2 => some_phase(),
        2 => some_other(),
    ]
}

/// Every tab, moved about in, and what covers it.
const KEYS: [&str; 31] = [
    "1", "2", "3", "4", "5", "6", "j", "G", "l", "k", "g", "<enter>", "<esc>", "s", "m", "+", "L",
    "c", "?", "z", "a", "A", "-", "f", "w", "x", "C", "]", "7c", "i", "<tab>",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_event_however_strange_breaks_the_screen(
        events in prop::collection::vec((count(), some_event()), 1..25),
        keys in prop::collection::vec(select(&KEYS[..]), 0..12),
        size in select(vec![(120, 40), (80, 24), (60, 16), (10, 3)]),
    ) {
        let mut app = waiting();
        for (time, event) in events {
            // As from a file, which may hold anything but what its reader refuses.
            if let Ok(record) = serde_json::from_str(&serde_json::to_string(&Record { time, event }).unwrap()) {
                app.receive(Input::Record(record));
            }
            let title = Title::of(&app).text;
            prop_assert!(is_plain(&title) && width(&title) <= 120, "{title}");
            for news in app.news.take() {
                let notice = Notify::Osc777.bytes(false, &app.title, &news);
                let text = str::from_utf8(&notice[2..notice.len() - 1]).unwrap();
                prop_assert!(is_plain(text) && text.matches(';').count() == 3, "{text}");
            }
        }
        for tab in ["1", "2", "3", "4", "5", "6"] {
            press(&mut app, "<esc>");
            press(&mut app, tab);
            let screen = rendered(&mut app, size.0, size.1);
            prop_assert!(screen.lines().all(is_plain), "{screen}");
            for keys in keys.chunks(3) {
                keys.iter().for_each(|key| _ = press(&mut app, key));
                rendered(&mut app, size.0, size.1);
            }
        }
    }
}
