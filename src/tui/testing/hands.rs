//! A person for tests: keys, mouse, and eyes.

use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    layout::{Position, Rect},
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

/// The file that is saved by `keys`: its name, and what is in it.
pub fn saved(app: &mut App, keys: &str) -> (String, Vec<u8>) {
    match press(app, keys).pop() {
        Some(Effect::Save { name, draft }) => (name, draft.into_bytes().unwrap()),
        other => panic!("{other:?}"),
    }
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

/// The screen as text, with the answers to what it asks for.
pub fn rendered(app: &mut App, columns: u16, rows: u16) -> String {
    supply(app);
    unanswered(app, columns, rows)
}

/// The screen as text, while nobody has answered what it asks for.
pub fn unanswered(app: &mut App, columns: u16, rows: u16) -> String {
    text(&drawn(app, columns, rows))
}

/// The screen as text; under it for each cell a letter, and what style the letter stands for.
pub fn styled(app: &mut App, columns: u16, rows: u16) -> String {
    supply(app);
    let buffer = drawn(app, columns, rows);
    let mut styles: Vec<String> = Vec::new();
    let mut letters = String::new();
    for (i, cell) in buffer.content.iter().enumerate() {
        let style = format!("{} on {} {:?}", cell.fg, cell.bg, cell.modifier);
        let known = styles.iter().position(|it| *it == style);
        let place = known.unwrap_or(styles.len());
        if known.is_none() {
            styles.push(style);
        }
        letters.push(letter(place));
        if (i + 1).is_multiple_of(usize::from(columns)) {
            letters.push('\n');
        }
    }
    let legend = styles.iter().enumerate().map(|(i, style)| format!("{} {style}\n", letter(i)));
    format!("{}\n\n{letters}\n{}", text(&buffer), legend.collect::<String>())
}

/// What a style is called: `a` to `z`, then what follows in the alphabets behind.
fn letter(place: usize) -> char {
    let alphabets = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain('α'..='ω');
    alphabets.chain('а'..='я').nth(place).expect("a screen has few styles")
}

fn drawn(app: &mut App, columns: u16, rows: u16) -> Buffer {
    app.size = (columns, rows);
    app.views.prepare(app.tab, &app.run); // as the event loop does
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, app)).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let Rect { width: columns, height: rows, .. } = buffer.area;
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
