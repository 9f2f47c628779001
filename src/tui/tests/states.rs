//! Every state that the screen waits or speaks in, in every size: each picture is a file beside
//! this one, to be looked at when it changes.

use super::super::testing::*;
use crate::{
    domain::events::{Phase, Split, TrainEvent},
    tui::{
        Input, Source,
        action::{Action, Effect, Motion},
        app::App,
        tab::Tab,
        theme::{ColourDepth, Theme, ThemeName},
    },
};

const SIZES: [(u16, u16); 4] = [(200, 60), (120, 40), (80, 24), (60, 16)];

/// Holds each state against its pictures in four sizes.
fn hold<const N: usize>(states: [(&str, App); N]) {
    for (name, mut app) in states {
        for (columns, rows) in SIZES {
            let screen = unanswered(&mut app, columns, rows);
            assert_picture(&format!("{name}_{columns}x{rows}"), &screen);
        }
    }
}

fn assert_picture(name: &str, screen: &str) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, screen);
    });
}

/// `app` after `keys`.
fn after(mut app: App, keys: &str) -> App {
    press(&mut app, keys);
    app.count = None; // the digits were tabs
    app
}

/// `app` after `events`.
fn once(mut app: App, events: impl IntoIterator<Item = TrainEvent>) -> App {
    events.into_iter().for_each(|event| tell(&mut app, event));
    app
}

/// `app` after what the screen is told.
fn hearing(mut app: App, input: Input) -> App {
    app.receive(input);
    app
}

fn on(mut app: App, tab: Tab) -> App {
    app.tab = tab;
    app
}

fn banner() -> App {
    let TrainEvent::RunStarted(mut run) = started() else { unreachable!() };
    run.banner = Some("stand-in data: CIFAR-10 could not be fetched (no network)".into());
    told([TrainEvent::RunStarted(run), phase(Phase::Training), step(1), step(2)])
}

/// A run that has made all of its steps.
fn ended() -> App {
    let mut app = running();
    for n in EPOCH * 5 / 2 + 1..=EPOCH * 5 {
        tell(&mut app, step(n));
        if n.is_multiple_of(EPOCH) {
            tell(&mut app, evaluated((n / EPOCH) as u32, Split::Validation));
        }
    }
    tell(&mut app, evaluated(5, Split::Test));
    let TrainEvent::RunFinished(mut end) = finished() else { unreachable!() };
    end.best_accuracy = app.run.best().map(|best| best.accuracy);
    end.test_accuracy = app.run.evaluations.last().map(|last| last.accuracy);
    once(app, [TrainEvent::RunFinished(end), phase(Phase::Ended)])
}

fn watching() -> App {
    App::new(&options(Source::Watch), ColourDepth::TrueColor)
}

/// What the trainer says of it, word for word.
const NOT_FINITE: &str = "the loss or its gradient is not finite at step 500: paused; space goes \
                          on, B goes back to the last checkpoint at half the learning rate";

/// A run of another process.
fn watched() -> App {
    let mut app = running();
    app.source = Source::Watch;
    app
}

fn refusal() -> TrainEvent {
    TrainEvent::Refused { command: "add_epochs".into(), why: "the run is stopping".into() }
}

fn warning(kind: &str, message: &str) -> TrainEvent {
    TrainEvent::Warning { kind: kind.into(), message: message.into() }
}

#[test]
fn before_any_event_each_tab_says_what_it_waits_for() {
    hold([
        ("waiting_train", waiting()),
        ("waiting_layers", on(waiting(), Tab::Layers)),
        ("waiting_confusion", on(waiting(), Tab::Confusion)),
        ("waiting_samples", on(waiting(), Tab::Samples)),
        ("waiting_network", on(waiting(), Tab::Network)),
        ("waiting_log", on(waiting(), Tab::Log)),
        ("watching", watching()),
        ("preparing", hearing(waiting(), Input::Preparing("reading the pictures…"))),
    ]);
}

/// A run that was stopped before it was evaluated or timed.
fn ended_early() -> App {
    let TrainEvent::RunFinished(mut end) = finished() else { unreachable!() };
    (end.step, end.epoch, end.reason) = (2, 1, "stopped".into());
    (end.best_accuracy, end.test_accuracy) = (None, None);
    once(banner(), [TrainEvent::RunFinished(end), phase(Phase::Ended)])
}

#[test]
fn what_a_run_never_came_to_is_not_waited_for() {
    hold([
        ("ended_early_train", ended_early()),
        ("ended_early_layers", on(ended_early(), Tab::Layers)),
        ("ended_early_confusion", on(ended_early(), Tab::Confusion)),
        ("ended_early_samples", on(ended_early(), Tab::Samples)),
    ]);
}

#[test]
fn before_the_first_step() {
    let begun = || told([phase(Phase::Starting), started()]);
    hold([
        ("starting", begun()),
        ("tuning", once(begun(), [phase(Phase::Training)])),
        ("starting_layers", on(begun(), Tab::Layers)),
        ("starting_confusion", on(begun(), Tab::Confusion)),
        ("starting_samples", on(begun(), Tab::Samples)),
        ("starting_steps", after(begun(), "2i")),
    ]);
}

#[test]
fn what_was_asked_of_the_trainer_is_shown_until_it_is_done() {
    hold([
        ("pausing", after(running(), " ")),
        ("paused", once(after(running(), " "), [phase(Phase::Paused)])),
        ("stepping", after(once(running(), [phase(Phase::Paused)]), "120.")),
        ("to_epoch_end", after(running(), "E")),
        ("evaluating", once(running(), [phase(Phase::Evaluating)])),
        ("saving", after(running(), "S")),
        ("stopping", after(running(), "q<enter>")),
        ("refused", once(running(), [refusal()])),
    ]);
}

#[test]
fn what_goes_wrong_and_what_ends_is_told() {
    let gone =
        "the training failed: the device is lost; `mnv1-tui train --resume 0102-0304` goes on";
    hold([
        ("banner", banner()),
        ("not_finite", once(running(), [warning("loss", NOT_FINITE), phase(Phase::Paused)])),
        ("failed", hearing(running(), Input::Disconnected(Some(gone.into())))),
        ("watched", watched()),
        (
            "watched_gone",
            hearing(
                watched(),
                Input::Disconnected(Some(
                    "the trainer's process is gone; `mnv1-tui train --resume 0102-0304` goes on"
                        .into(),
                )),
            ),
        ),
        ("dropped", hearing(running(), Input::Dropped(1_234))),
        ("writing", after(running(), "ec")),
        ("ended", ended()),
    ]);
}

#[test]
fn what_cannot_be_shown_yet_or_at_all_says_why() {
    let no_predictions = || {
        let TrainEvent::Evaluated(mut evaluation) = evaluated(1, Split::Validation) else {
            unreachable!()
        };
        evaluation.predictions = None;
        told([started(), TrainEvent::Evaluated(evaluation)])
    };
    let unreadable = || {
        let mut app = on(running(), Tab::Samples);
        let evaluation = app.views.samples.wanted(&app.run).unwrap();
        app.views.loaded(&evaluation, Err("predictions/400.safetensors: no such file".into()));
        app
    };
    let older = || {
        let mut app = after(running(), "4");
        app.update(Action::LessSmooth);
        app.wanted();
        app
    };
    let maps = || {
        let mut app = on(running(), Tab::Network);
        app.update(Action::Move(Motion::Down));
        app.update(Action::FeatureMaps);
        let Some(Effect::Features(request)) = app.wanted() else { unreachable!() };
        (app, request)
    };
    let no_maps = || {
        let (mut app, request) = maps();
        let why = "only a run that is trained here can be asked";
        app.views.network.answered((request, Err(why.into())));
        app
    };
    hold([
        ("samples_loading", on(running(), Tab::Samples)),
        ("samples_loading_older", older()),
        ("samples_unkept", on(no_predictions(), Tab::Samples)),
        ("samples_unreadable", unreadable()),
        ("maps_asked", maps().0),
        ("maps_refused", no_maps()),
    ]);
}

#[test]
fn what_lies_over_the_tabs() {
    hold([
        ("palette", after(running(), ":")),
        ("palette_typed", after(running(), ":thm")),
        ("palette_nothing", after(running(), ":zzz")),
        ("export", after(running(), "e")),
        ("quit", after(running(), "q")),
        ("layers_typing", after(running(), "2/depth")),
        ("layers_none", after(running(), "2/zebra<enter>")),
        ("log_typing", after(running(), "6/epoch")),
        ("runs_reading", after(running(), "R")),
        ("runs_failed", {
            let mut app = after(running(), "R");
            app.unlisted("runs: permission denied");
            app
        }),
        ("runs_none", {
            let mut app = after(running(), "R");
            app.listed(None);
            app
        }),
    ]);
}

#[test]
fn help() {
    let mut app = running();
    for (columns, rows) in SIZES {
        press(&mut app, "?g");
        assert_picture(&format!("help_{columns}x{rows}"), &rendered(&mut app, columns, rows));
        press(&mut app, "GG");
        assert_picture(&format!("help_end_{columns}x{rows}"), &rendered(&mut app, columns, rows));
        press(&mut app, "<esc>");
    }
    press(&mut app, "?GG");
    assert!(rendered(&mut app, 60, 16).contains("C-c again: at once"));
    press(&mut app, "k");
    assert!(!rendered(&mut app, 60, 16).contains("C-c again: at once"));
}

#[test]
fn a_window_that_is_too_small_says_so() {
    for (columns, rows) in [(59, 16), (60, 15), (24, 4)] {
        let name = format!("too_small_{columns}x{rows}");
        assert_picture(&name, &rendered(&mut running(), columns, rows));
    }
}

#[test]
fn each_theme_has_its_colours() {
    let themes = [
        ("dark", ThemeName::Dark, ColourDepth::TrueColor),
        ("light", ThemeName::Light, ColourDepth::TrueColor),
        ("colour_blind", ThemeName::ColourBlind, ColourDepth::TrueColor),
        ("colour_blind_light", ThemeName::ColourBlindLight, ColourDepth::TrueColor),
        ("palette256", ThemeName::Dark, ColourDepth::Palette256),
        ("no_color", ThemeName::Dark, ColourDepth::None),
    ];
    for (name, theme, depth) in themes {
        let mut app = running();
        app.theme = Theme::new(theme, depth);
        for (key, tab) in [("1", "train"), ("3", "confusion")] {
            press(&mut app, key);
            app.count = None;
            assert_picture(&format!("style_{name}_{tab}_80x24"), &styled(&mut app, 80, 24));
        }
    }
}
