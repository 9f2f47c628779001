//! A person without any plan, and a run without an end.

use proptest::{prelude::*, sample::select};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::testing::*;
use crate::{
    domain::{
        events::{Phase, Split, TrainEvent},
        state::NOTES,
        text::is_plain,
    },
    tui::{app::App, keys, mouse::MouseKind, views::log::MOST},
};

/// What a person or the run does.
#[derive(Debug, Clone)]
enum Deed {
    Key(KeyEvent),
    Mouse(MouseKind, (u16, u16)),
    Resize((u16, u16)),
    Event(TrainEvent),
    /// Time goes by, in ms.
    Wait(u64),
}

fn some_key() -> impl Strategy<Value = Deed> {
    let bound: Vec<KeyEvent> =
        keys::bindings().flat_map(|binding| binding.keys.iter().map(|key| key.pressed())).collect();
    let letter = any::<char>().prop_map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
    let other = select(vec![KeyCode::Backspace, KeyCode::Delete, KeyCode::F(5), KeyCode::Null])
        .prop_map(|code| KeyEvent::new(code, KeyModifiers::NONE));
    prop_oneof![20 => select(bound), 2 => letter, 1 => other].prop_map(Deed::Key)
}

fn some_mouse() -> impl Strategy<Value = Deed> {
    use MouseKind::{Drag, Press, Release, WheelDown, WheelUp};
    let kind = select(vec![Press, Press, Drag, Release, WheelUp, WheelDown]);
    (kind, 0_u16..210, 0_u16..65).prop_map(|(kind, x, y)| Deed::Mouse(kind, (x, y)))
}

fn some_event() -> impl Strategy<Value = TrainEvent> {
    use Phase::{Ended, Evaluating, Paused, Starting, Stopping, Training};
    let phases = select(vec![Starting, Training, Paused, Evaluating, Stopping, Ended]);
    let splits = select(vec![Split::Validation, Split::Test]);
    prop_oneof![
        8 => (1_u64..2_000).prop_map(step),
        2 => (1_u64..2_000).prop_map(layers),
        1 => (1_u32..6, splits).prop_map(|(epoch, split)| evaluated(epoch, split)),
        2 => phases.prop_map(phase),
        1 => (0_u64..2_000).prop_map(|step| TrainEvent::Resumed { step }),
    ]
}

fn some_deed() -> impl Strategy<Value = Deed> {
    let sizes = vec![(200, 60), (120, 40), (80, 24), (60, 16), (59, 16), (61, 17), (1, 1), (0, 0)];
    prop_oneof![
        60 => some_key(),
        25 => some_mouse(),
        4 => select(sizes).prop_map(Deed::Resize),
        6 => some_event().prop_map(Deed::Event),
        5 => (1_u64..8_000).prop_map(Deed::Wait),
    ]
}

fn happens(app: &mut App, deed: Deed) {
    match deed {
        Deed::Key(key) => _ = app.meaning(&key).and_then(|action| app.update(action)),
        Deed::Mouse(kind, at) => _ = do_with_mouse(app, kind, at),
        Deed::Resize(size) => app.size = size,
        Deed::Event(event) => tell(app, event),
        Deed::Wait(ms) => _ = app.tick(app.now + ms, app.wall + ms),
    }
}

/// Deeds of one life, and how often the screen is looked at in it.
const DEEDS: usize = 500;
const GLANCE: usize = 12;

proptest! {
    // 10,000 deeds in all.
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..ProptestConfig::with_cases(20) })]
    #[test]
    fn nothing_that_is_done_breaks_the_screen(
        deeds in prop::collection::vec(some_deed(), DEEDS),
        before in any::<bool>(),
    ) {
        let mut app = if before { running() } else { waiting() };
        for (n, deed) in deeds.into_iter().enumerate() {
            happens(&mut app, deed);
            if n % GLANCE == 0 {
                let (columns, rows) = app.size;
                let screen = rendered(&mut app, columns, rows);
                prop_assert!(screen.lines().all(is_plain), "{screen}");
            }
        }
    }
}

#[test]
fn eight_hours_leave_no_more_behind_than_one_but_for_the_curves() {
    let mut app = told([started(), phase(Phase::Training)]);
    // Sixty steps a second, of which one in twenty is timed; every hundredth is enough to see
    // what grows, as the curves are the only ones that take them all.
    for n in 1..=17_000 {
        tell(&mut app, step(100 * n));
        tell(&mut app, layers(100 * n));
        tell(&mut app, TrainEvent::Warning { kind: "loss".into(), message: "high".into() });
        tell(&mut app, checkpoint(100 * n));
        tell(&mut app, TrainEvent::Resumed { step: 100 * n });
        app.views.log.push(format!("line {n}"));
    }
    let run = &app.run;
    assert_eq!(run.steps(), 1_700_000);
    assert!(run.layers.len() <= 1_024, "{}", run.layers.len());
    let notes = [run.warnings.len(), run.checkpoints.len(), run.resumed.len()];
    assert!(notes.iter().all(|kept| *kept <= NOTES), "{notes:?}");
    assert_eq!(app.views.log.text().lines().count(), MOST);
}
