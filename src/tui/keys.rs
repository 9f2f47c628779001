//! Every key of the dashboard: one table, from which help, footer and palette are made.

mod key;
mod table;

pub use key::Key;
pub use table::{KeyError, KeyTable};

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::InputRequest;

use super::action::{Action, Motion};
use crate::domain::text::is_plain;

/// One meaning and the keys that have it.
#[derive(Debug)]
pub struct Binding {
    pub keys: &'static [Key],
    pub action: Action,
    /// What the palette calls it; empty where a palette has no use for it.
    pub name: &'static str,
}

/// Keys that belong together: one line of the help.
#[derive(Debug)]
pub struct Row {
    /// The keys as the help shows them.
    pub shown: &'static str,
    pub help: &'static str,
    /// One word for the footer, for the keys that a beginner needs.
    pub hint: Option<&'static str>,
    pub bindings: &'static [Binding],
}

/// Rows for one purpose: a section of the help.
#[derive(Debug)]
pub struct Group {
    pub title: &'static str,
    pub rows: &'static [Row],
}

const fn group(title: &'static str, rows: &'static [Row]) -> Group {
    Group { title, rows }
}

const fn key(c: char) -> Key {
    Key { code: KeyCode::Char(c), control: false }
}

const fn ctrl(c: char) -> Key {
    Key { code: KeyCode::Char(c), control: true }
}

const fn code(code: KeyCode) -> Key {
    Key { code, control: false }
}

const fn bind(keys: &'static [Key], action: Action, name: &'static str) -> Binding {
    Binding { keys, action, name }
}

const fn row(
    shown: &'static str,
    help: &'static str,
    hint: Option<&'static str>,
    bindings: &'static [Binding],
) -> Row {
    Row { shown, help, hint, bindings }
}

/// The keys. A key that is not in here does not exist.
#[rustfmt::skip] // a table
pub const GROUPS: &[Group] = &[
group("run", &[
    row("space", "pause or resume, on every tab", Some("pause"), &[
        bind(&[key(' ')], Action::TogglePause, "pause or resume"),
    ]),
    row(". N.", "train one step, or N (digits before it, within 1 s), then pause", Some("step"), &[
        bind(&[key('.')], Action::Step, "one step, then pause"),
        bind(&[key('7')], Action::Digit(7), ""), bind(&[key('8')], Action::Digit(8), ""),
        bind(&[key('9')], Action::Digit(9), ""),
    ]),
    row("E v", "run to the end of the epoch, then pause; evaluate now", None, &[
        bind(&[key('E')], Action::FinishEpoch, "run to the end of the epoch, then pause"),
        bind(&[key('v')], Action::Evaluate, "evaluate now"),
    ]),
    row("a A", "change the learning rate; add epochs", None, &[
        bind(&[key('a')], Action::LearningRate, "change the learning rate"),
        bind(&[key('A')], Action::AddEpochs, "add epochs"),
    ]),
    row("S B", "checkpoint now; after a NaN: the last one, half the rate", None, &[
        bind(&[key('S')], Action::Checkpoint, "checkpoint now"),
        bind(&[key('B')], Action::RollBack, "loss NaN: last checkpoint, half the rate"),
    ]),
]),
group("moving about", &[
    row("1–6", "tabs; before . or c: a number, and the tab stays", Some("tabs"), &[
        bind(&[key('1')], Action::Digit(1), "tab Train"),
        bind(&[key('2')], Action::Digit(2), "tab Layers"),
        bind(&[key('3')], Action::Digit(3), "tab Confusion"),
        bind(&[key('4')], Action::Digit(4), "tab Samples"),
        bind(&[key('5')], Action::Digit(5), "tab Network"),
        bind(&[key('6')], Action::Digit(6), "tab Log"),
    ]),
    row("tab S-tab", "next, previous pane", Some("pane"), &[
        bind(&[code(KeyCode::Tab)], Action::NextPane, "next pane"),
        bind(&[code(KeyCode::BackTab)], Action::PreviousPane, "previous pane"),
    ]),
    row("hjkl ←↓↑→", "move in the focused pane", None, &[
        bind(&[key('h'), code(KeyCode::Left)], Action::Move(Motion::Left), ""),
        bind(&[key('j'), code(KeyCode::Down)], Action::Move(Motion::Down), ""),
        bind(&[key('k'), code(KeyCode::Up)], Action::Move(Motion::Up), ""),
        bind(&[key('l'), code(KeyCode::Right)], Action::Move(Motion::Right), ""),
    ]),
    row("g G PgUp PgDn", "to the first, the last; a page", None, &[
        bind(&[key('g'), code(KeyCode::Home)], Action::Move(Motion::Top), "to the first"),
        bind(&[key('G'), code(KeyCode::End)], Action::Move(Motion::Bottom), "to the last"),
        bind(&[code(KeyCode::PageUp)], Action::Move(Motion::PageUp), ""),
        bind(&[code(KeyCode::PageDown)], Action::Move(Motion::PageDown), ""),
    ]),
    row("enter esc", "into a cell, a layer, a sample; one layer out", None, &[
        bind(&[code(KeyCode::Enter)], Action::Enter, ""),
        bind(&[code(KeyCode::Esc)], Action::Back, ""),
    ]),
]),
group("charts", &[
    row("+ - 0", "zoom in, out; follow the whole run", None, &[
        bind(&[key('+'), key('=')], Action::ZoomIn, "chart: zoom in"),
        bind(&[key('-')], Action::ZoomOut, "chart: zoom out"),
        bind(&[key('0')], Action::Digit(0), "chart: follow the whole run"),
    ]),
    row("c Nc", "crosshair, moved by ← →; at step N: 1000c (digits within 1 s)", None, &[
        bind(&[key('c')], Action::Crosshair, "chart: crosshair"),
    ]),
    row("w x", "next charts; x axis by step, epoch or time", None, &[
        bind(&[key('w')], Action::NextCharts, "chart: next set of charts"),
        bind(&[key('x')], Action::NextUnit, "chart: x axis by step, epoch or time"),
        bind(&[], Action::NextGlyphs, "chart: curves of braille, blocks or ASCII"),
    ]),
    row("L", "logarithmic", None, &[
        bind(&[key('L')], Action::LogScale, "chart: logarithmic"),
    ]),
]),
group("tables, matrix, pictures", &[
    row("/", "filter the rows of this tab", Some("filter"), &[
        bind(&[key('/')], Action::Filter, "filter"),
    ]),
    row("s r", "sort by the next column; reverse", None, &[
        bind(&[key('s')], Action::Sort, "sort by the next column"),
        bind(&[key('r')], Action::Reverse, "reverse the order"),
    ]),
    row("m", "matrix: counts, %; samples: all; layer: outputs; maps: the other", None, &[
        bind(&[key('m')], Action::Matrix, "matrix: counts, row %, column %; samples: all"),
    ]),
    row("i", "layers: the table, or where a step's time goes", None, &[
        bind(&[key('i')], Action::StepParts, "layers: table, or times within a step"),
    ]),
    row("f", "network: feature maps of the block for the sample of tab 4", None, &[
        bind(&[key('f')], Action::FeatureMaps, "network: feature maps"),
    ]),
    row("[ ]", "the evaluation before, after; charts: less, more smoothing", None, &[
        bind(&[key('[')], Action::LessSmooth, "evaluation before; chart: less smoothing"),
        bind(&[key(']')], Action::Smoother, "evaluation after; chart: more smoothing"),
    ]),
]),
group("view", &[
    row("R C", "list the runs, watch or compare one; stop comparing", None, &[
        bind(&[key('R')], Action::ListRuns, "list the runs, watch or compare one"),
        bind(&[key('C')], Action::Compare, "stop comparing with another run"),
    ]),
    row("e y", "save the view (then c CSV, s SVG, p PNG); copy it", None, &[
        bind(&[key('e')], Action::Export, "save this view as CSV, SVG or PNG"),
        bind(&[key('y')], Action::Copy, "copy this view"),
    ]),
    row("z t C-l C-z", "pane full-screen; theme; redraw; suspend (fg goes on)", None, &[
        bind(&[key('z')], Action::FullScreen, "pane full-screen"),
        bind(&[key('t')], Action::NextTheme, "next theme"),
        bind(&[ctrl('l')], Action::Redraw, "redraw the screen"),
        bind(&[ctrl('z')], Action::Suspend, "suspend to the shell"),
    ]),
    row("mouse", "tabs, hints, rows, cells, wheel; chart: click reads, drag zooms", None, &[]),
    row(":", "command palette: every action by name", Some("command"), &[
        bind(&[key(':')], Action::Palette, ""),
    ]),
    row("?", "this help", Some("help"), &[
        bind(&[key('?')], Action::Help, "help"),
    ]),
    row("q C-c", "quit: enter stops and saves, esc goes on; C-c again: at once", Some("quit"), &[
        bind(&[key('q')], Action::Quit, "quit"),
        bind(&[ctrl('c')], Action::Interrupt, ""),
    ]),
]),
];

/// The lines of the table, whatever they are for.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    GROUPS.iter().flat_map(|group| group.rows)
}

/// Every binding of the table.
pub fn bindings() -> impl Iterator<Item = &'static Binding> {
    rows().flat_map(|row| row.bindings)
}

/// What `pressed` means while a line is being typed.
pub fn action_while_typing(pressed: &KeyEvent) -> Option<Action> {
    let control = pressed.modifiers.contains(KeyModifiers::CONTROL);
    Some(match pressed.code {
        KeyCode::Char('c') if control => Action::Interrupt,
        KeyCode::Char('z') if control => Action::Suspend,
        KeyCode::Char('u') if control => Action::Edit(InputRequest::DeleteLine),
        KeyCode::Char('w') if control => Action::Edit(InputRequest::DeletePrevWord),
        KeyCode::Char(_) if control => return None,
        // What is typed is drawn: what would speak to the terminal is no letter.
        KeyCode::Char(c) if !is_plain(c.encode_utf8(&mut [0; 4])) => return None,
        KeyCode::Char(c) => Action::Edit(InputRequest::InsertChar(c)),
        KeyCode::Backspace => Action::Edit(InputRequest::DeletePrevChar),
        KeyCode::Delete => Action::Edit(InputRequest::DeleteNextChar),
        KeyCode::Left => Action::Edit(InputRequest::GoToPrevChar),
        KeyCode::Right => Action::Edit(InputRequest::GoToNextChar),
        KeyCode::Home => Action::Edit(InputRequest::GoToStart),
        KeyCode::End => Action::Edit(InputRequest::GoToEnd),
        KeyCode::Up | KeyCode::BackTab => Action::Move(Motion::Up),
        KeyCode::Down | KeyCode::Tab => Action::Move(Motion::Down),
        KeyCode::PageUp => Action::Move(Motion::PageUp),
        KeyCode::PageDown => Action::Move(Motion::PageDown),
        KeyCode::Enter => Action::Enter,
        KeyCode::Esc => Action::Back,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let keys: Vec<Key> = bindings().flat_map(|b| b.keys.iter().copied()).collect();
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[i + 1..].contains(key), "{} is bound twice", key.label());
        }
    }

    #[test]
    fn capitals_and_control_are_keys_of_their_own() {
        let press =
            |code, modifiers| KeyTable::default().action_for(&KeyEvent::new(code, modifiers));
        let shift = KeyModifiers::SHIFT;
        assert_eq!(press(KeyCode::Char('S'), shift), Some(Action::Checkpoint));
        assert_eq!(press(KeyCode::Char('s'), KeyModifiers::NONE), Some(Action::Sort));
        assert_eq!(press(KeyCode::BackTab, shift), Some(Action::PreviousPane));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Interrupt));
    }

    #[test]
    fn what_would_speak_to_the_terminal_cannot_be_typed() {
        let typed = |c| action_while_typing(&KeyEvent::from(KeyCode::Char(c)));
        assert_eq!(typed('é'), Some(Action::Edit(InputRequest::InsertChar('é'))));
        assert_eq!(['\u{b}', '\u{9b}', '\u{feff}'].map(typed), [None; 3]);
    }
}
