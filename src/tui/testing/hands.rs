//! A person for tests: keys, mouse, and eyes.

use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    layout::Position,
};

use super::{feature_maps, samples};
use crate::tui::{
    action::Effect,
    app::App,
    draw::draw,
    mouse::{Mouse, MouseKind},
    text::width,
};

/// Presses keys as a person does; `<name>` is a key with a name. Effects come back in order;
/// pictures are given where they are asked for.
pub fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let (key, length) = match rest.strip_prefix('<').and_then(|r| r.split_once('>')) {
            Some((name, _)) => (named(name), name.len() + 2),
            None => (KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE), c.len_utf8()),
        };
        rest = &rest[length..];
        effects.extend(app.meaning(&key).and_then(|action| app.update(action)));
        supply(app);
    }
    effects
}

/// Presses the left button where the screen, so large as it was drawn last, first shows `text`.
pub fn click(app: &mut App, text: &str) -> Option<Effect> {
    let at = find(app, text);
    do_with_mouse(app, MouseKind::Press, at)
}

/// Turns the wheel there by one notch.
pub fn wheel(app: &mut App, kind: MouseKind, text: &str) -> Option<Effect> {
    let at = find(app, text);
    do_with_mouse(app, kind, at)
}

/// Column and row where the screen first shows `text`.
fn find(app: &mut App, text: &str) -> (u16, u16) {
    let (columns, rows) = app.size;
    let screen = rendered(app, columns, rows);
    let place =
        screen.lines().enumerate().find_map(|(row, line)| Some((row, line.split_once(text)?.0)));
    let (row, before) = place.unwrap_or_else(|| panic!("no {text:?} in\n{screen}"));
    (width(before) as u16, row as u16)
}

pub fn do_with_mouse(app: &mut App, kind: MouseKind, (column, row): (u16, u16)) -> Option<Effect> {
    let effect = app.mouse(Mouse { kind, at: Position::new(column, row) });
    supply(app);
    effect
}

/// Answers as a host with every file in place, as the event loop does before it draws.
fn supply(app: &mut App) {
    while let Some(effect) = app.wanted() {
        match effect {
            Effect::Load(evaluation) => {
                let samples = samples(&evaluation);
                app.views.loaded(&evaluation, Ok(samples));
            }
            Effect::Features(request) => {
                app.views.network.answered((request, Ok(feature_maps(&request))));
            }
            other => panic!("{other:?} is nothing to wait for before drawing"),
        }
    }
}

fn named(name: &str) -> KeyEvent {
    let (code, modifiers) = match name {
        "esc" => (KeyCode::Esc, KeyModifiers::NONE),
        "enter" => (KeyCode::Enter, KeyModifiers::NONE),
        "tab" => (KeyCode::Tab, KeyModifiers::NONE),
        "S-tab" => (KeyCode::BackTab, KeyModifiers::SHIFT),
        "left" => (KeyCode::Left, KeyModifiers::NONE),
        "right" => (KeyCode::Right, KeyModifiers::NONE),
        "up" => (KeyCode::Up, KeyModifiers::NONE),
        "down" => (KeyCode::Down, KeyModifiers::NONE),
        "C-c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
        "C-z" => (KeyCode::Char('z'), KeyModifiers::CONTROL),
        "C-l" => (KeyCode::Char('l'), KeyModifiers::CONTROL),
        other => panic!("no key is called {other}"),
    };
    KeyEvent::new(code, modifiers)
}

/// The screen as text.
pub fn rendered(app: &mut App, columns: u16, rows: u16) -> String {
    app.size = (columns, rows);
    supply(app);
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, app)).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y| {
        let mut line = String::new();
        let mut x = 0;
        while x < columns {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += width(symbol).max(1) as u16;
        }
        line.trim_end().to_owned()
    };
    (0..rows).map(line).collect::<Vec<_>>().join("\n")
}
