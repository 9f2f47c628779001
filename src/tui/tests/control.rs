//! What keys ask for, and what the answers change.

use super::super::testing::*;
use crate::{
    domain::events::{Command, Phase},
    tui::{
        Exit, Input, Source,
        action::Effect,
        app::App,
        graphics::{Graphics, Protocol},
        tab::Tab,
        theme::ColourDepth,
    },
};

fn header(app: &mut App) -> String {
    rendered(app, 120, 40).lines().next().unwrap().to_owned()
}

#[test]
fn space_asks_for_a_pause_and_shows_pausing_until_the_trainer_says_so() {
    let mut app = running();
    assert_eq!(press(&mut app, " "), [Effect::Send(Command::Pause)]);
    assert!(header(&mut app).contains("pausing…"));
    tell(&mut app, step(501));
    assert!(header(&mut app).contains("pausing…"));
    tell(&mut app, phase(Phase::Paused));
    assert!(header(&mut app).contains("PAUSED"));
    assert_eq!(press(&mut app, " "), [Effect::Send(Command::Resume)]);
    tell(&mut app, phase(Phase::Training));
    assert!(header(&mut app).contains("RUNNING"));
}

#[test]
fn a_count_before_the_dot_makes_that_many_steps_and_leads_back_to_the_tab() {
    let mut app = running();
    press(&mut app, "3");
    app.tick(2_000, START);
    assert_eq!(press(&mut app, "."), [Effect::Send(Command::Step(1))]);
    assert_eq!(app.tab, Tab::Confusion);
    assert_eq!(press(&mut app, "120."), [Effect::Send(Command::Step(120))]);
    assert_eq!(app.tab, Tab::Confusion);
    press(&mut app, "2");
    assert_eq!(app.tab, Tab::Layers);
}

#[test]
fn a_count_is_forgotten_after_a_second_or_at_another_key() {
    let mut app = running();
    press(&mut app, "5");
    assert!(app.tick(1_000, START));
    assert_eq!(press(&mut app, "."), [Effect::Send(Command::Step(1))]);
    press(&mut app, "5t");
    assert_eq!(press(&mut app, "."), [Effect::Send(Command::Step(1))]);
    assert_eq!(app.tab, Tab::Network);
}

#[test]
fn stopping_waits_for_the_end_and_then_leaves() {
    let mut app = running();
    assert_eq!(press(&mut app, "q<esc>q"), []);
    assert_eq!(press(&mut app, "<enter>"), [Effect::Send(Command::Stop)]);
    assert!(header(&mut app).contains("stopping…"));
    tell(&mut app, phase(Phase::Stopping));
    assert_eq!(app.leaves(), None);
    tell(&mut app, phase(Phase::Ended));
    assert_eq!(app.leaves(), Some(Exit::Stopped));
}

#[test]
fn the_second_interrupt_stops_and_the_third_does_not_wait() {
    let mut app = running();
    assert_eq!(press(&mut app, "<C-c>"), []);
    assert_eq!(press(&mut app, "<C-c>"), [Effect::Send(Command::Stop)]);
    assert_eq!(press(&mut app, "<C-c>"), [Effect::Leave(Exit::Stopped)]);
}

#[test]
fn a_trainer_that_disappears_lets_a_stopping_screen_leave() {
    let mut app = running();
    press(&mut app, "q<enter>");
    app.receive(Input::Disconnected(None));
    assert_eq!(app.leaves(), Some(Exit::Stopped));
}

#[test]
fn a_signal_is_as_good_as_a_confirmed_stop() {
    let mut app = running();
    assert_eq!(app.stop(), Some(Effect::Send(Command::Stop)));
    assert_eq!(app.stop(), None);
}

#[test]
fn suspending_leaves_everything_as_it_is() {
    let mut app = running();
    assert_eq!(press(&mut app, "q<C-z>"), [Effect::Suspend]);
    assert_eq!(press(&mut app, "<enter>"), [Effect::Send(Command::Stop)]);
    let mut app = running();
    assert_eq!(
        press(&mut app, ":che<C-z>ckp<enter>"),
        [Effect::Suspend, Effect::Send(Command::Checkpoint)]
    );
}

#[test]
fn leaving_a_watched_or_a_finished_run_needs_no_question() {
    let mut watching = App::new(&options(Source::Watch), ColourDepth::None);
    tell(&mut watching, phase(Phase::Training));
    assert_eq!(press(&mut watching, "q"), [Effect::Leave(Exit::Detached)]);
    let mut app = running();
    tell(&mut app, phase(Phase::Ended));
    tell(&mut app, finished());
    assert_eq!(app.leaves(), None);
    assert_eq!(press(&mut app, "q"), [Effect::Leave(Exit::Finished)]);
}

#[test]
fn a_command_that_nobody_takes_is_answered_with_the_reason() {
    let mut app = running();
    press(&mut app, " ");
    app.refused(Command::Pause, "this run is trained by another process");
    assert!(rendered(&mut app, 80, 24).contains("another process"));
    assert!(header(&mut app).contains("RUNNING"));
}

#[test]
fn a_stop_that_comes_after_the_end_of_the_trainer_leaves_all_the_same() {
    let mut app = running();
    assert_eq!(app.stop(), Some(Effect::Send(Command::Stop)));
    assert_eq!(app.leaves(), None);
    app.refused(Command::Stop, "the trainer has ended");
    assert_eq!(app.leaves(), Some(Exit::Stopped));
}

#[test]
fn the_palette_does_what_the_key_would() {
    let mut app = running();
    assert_eq!(press(&mut app, ":checkp<enter>"), [Effect::Send(Command::Checkpoint)]);
    press(&mut app, ":confusion<enter>");
    assert_eq!(app.tab, Tab::Confusion);
    assert_eq!(app.count, None);
}

#[test]
fn the_palette_shows_the_whole_run_from_any_tab() {
    let mut app = running();
    press(&mut app, "+2:whole run<enter>");
    assert_eq!(app.tab, Tab::Train);
    assert!(app.views.train.window.is_whole());
}

#[test]
fn texts_from_files_cannot_speak_to_the_terminal() {
    let mut app = waiting();
    app.receive(Input::Disconnected(Some("gone\u{1b}[2J\u{7}".into())));
    assert!(!rendered(&mut app, 80, 24).contains('\u{7}'));
    assert!(rendered(&mut app, 80, 24).contains("gone"));
}

#[test]
fn nothing_is_drawn_for_time_alone_while_paused() {
    let mut app = running();
    tell(&mut app, phase(Phase::Paused));
    assert_eq!(app.next_change(), None);
    assert!(!app.tick(60_000, START + 60_000));
    tell(&mut app, phase(Phase::Training));
    let wall = app.wall;
    assert!(app.tick(61_000, wall + 1_000));
}

#[test]
fn the_view_is_exported_under_the_runs_name() {
    let mut app = running();
    let (name, bytes) = saved(&mut app, "ec");
    assert_eq!(name, "0102-0304-train.csv");
    let text = String::from_utf8_lossy(&bytes);
    assert_eq!(text.lines().count(), 501);
    assert!(text.lines().nth(200).unwrap().starts_with("200,"));
}

#[test]
fn a_picture_has_half_blocks_whatever_the_terminal_draws() {
    let with_characters = saved(&mut running(), "4es").1;
    let mut app = running();
    app.graphics = Graphics::new(Protocol::Kitty, false);
    assert!(with_characters == saved(&mut app, "4es").1, "the terminal's pixels are in the file");
    assert!(String::from_utf8(with_characters).unwrap().matches("<path").count() > 200);
    assert!(rendered(&mut app, 120, 40).contains('\u{10eeee}'), "the screen has lost its own");
}

#[test]
fn the_view_is_saved_as_a_picture_of_what_is_shown() {
    let mut app = running();
    app.size = (60, 16);
    let (name, bytes) = saved(&mut app, "ep");
    assert_eq!(name, "0102-0304-train.png");
    let picture = image::load_from_memory(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (120 * 16, 40 * 32));
    let (name, bytes) = saved(&mut app, "3es");
    assert_eq!(name, "0102-0304-confusion.svg");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.starts_with("<svg ") && text.contains(">frog</text>"));
    assert!(press(&mut app, "e<esc>").is_empty() && !app.overlay.is_typing());
    assert_eq!(app.size, (60, 16));
}

#[test]
fn before_there_is_a_trainer_whoever_leaves_leaves_at_once() {
    for keys in ["q", "<C-c>"] {
        let mut app = waiting();
        app.receive(Input::Preparing("reading the pictures…"));
        assert_eq!(press(&mut app, keys), [Effect::Leave(Exit::Stopped)], "{keys}");
    }
    let mut app = waiting();
    app.receive(Input::Preparing("reading the pictures…"));
    assert_eq!(app.stop(), Some(Effect::Leave(Exit::Stopped)));
    tell(&mut app, phase(Phase::Starting));
    assert_eq!(press(&mut app, "q"), []);
}
