//! What lies over the tabs: help, palette, dialogs.

mod epochs;
mod help;
mod palette;
mod rate;
mod runs;

pub use help::most_scrolled;

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Paragraph},
};
use tui_input::InputRequest;

use super::{
    action::Action,
    app::{App, Format, Overlay},
    pane::pane,
    theme::Theme,
    views::parts,
};

/// Columns and rows of a dialog.
const DIALOG: (u16, u16) = (44, 7);

/// What lies under the mouse while an overlay is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    Outside,
    /// A part of it that does nothing.
    Nothing,
    /// The entry of the palette or of the list.
    Entry(usize),
    /// What the key would do that stands there.
    Key(Action),
}

/// What a press at `at` meets on a screen of `area`.
pub fn hit(area: Rect, app: &App, at: Position) -> Hit {
    let outer = match &app.overlay {
        Overlay::None | Overlay::Filter(_) => return Hit::Outside,
        Overlay::Help(_) => help::place(area, app),
        Overlay::Palette(_) => palette::place(area),
        Overlay::Runs(list) => runs::place(area, list),
        Overlay::Export | Overlay::Quit => centred(area, DIALOG),
        Overlay::Rate(_) => centred(area, rate::SIZE),
        Overlay::Epochs(_) => centred(area, epochs::SIZE),
    };
    if !outer.contains(at) {
        return Hit::Outside;
    }
    let inner = parts::inside(outer);
    let row = usize::from(at.y.saturating_sub(inner.y));
    let key = match &app.overlay {
        _ if !inner.contains(at) => None,
        Overlay::None
        | Overlay::Filter(_)
        | Overlay::Help(_)
        | Overlay::Rate(_)
        | Overlay::Epochs(_) => None,
        Overlay::Palette(palette) => {
            return palette::entry_at(palette, inner, row).map_or(Hit::Nothing, Hit::Entry);
        }
        Overlay::Runs(list) => {
            return runs::entry_at(list, inner, row).map_or(Hit::Nothing, Hit::Entry);
        }
        Overlay::Export => row.checked_sub(1).and_then(|row| {
            let key = Format::ALL.get(row)?.key();
            Some(Action::Edit(InputRequest::InsertChar(key)))
        }),
        Overlay::Quit => row
            .checked_sub(1)
            .and_then(|row| [Action::Enter, Action::Back, Action::Interrupt].get(row).copied()),
    };
    key.map_or(Hit::Nothing, Hit::Key)
}

/// Draws the overlay that is open, if any.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    match &app.overlay {
        Overlay::None | Overlay::Filter(_) => {}
        Overlay::Help(top) => help::draw(frame, area, *top, app),
        Overlay::Palette(palette) => palette::draw(frame, area, palette, app),
        Overlay::Runs(list) => runs::draw(frame, area, list, app),
        Overlay::Export => export(frame, area, app),
        Overlay::Rate(dialog) => rate::draw(frame, area, dialog, app),
        Overlay::Epochs(dialog) => epochs::draw(frame, area, dialog, app),
        Overlay::Quit => quit(frame, area, app),
    }
}

/// A box of so many columns and rows in the middle of `area`.
fn centred(area: Rect, (columns, rows): (u16, u16)) -> Rect {
    let (width, height) = (columns.min(area.width), rows.min(area.height));
    let (x, y) = (area.x + (area.width - width) / 2, area.y + (area.height - height) / 2);
    Rect { x, y, width, height }
}

/// The cleared box in the middle of `area`, with a border; returns its inside.
fn boxed(frame: &mut Frame, area: Rect, size: (u16, u16), title: &str, app: &App) -> Rect {
    let outer = centred(area, size);
    let block = pane(title, true, &app.theme);
    let inner = block.inner(outer);
    frame.render_widget(Clear, outer);
    frame.buffer_mut().set_style(outer, app.theme.ground);
    frame.render_widget(block, outer);
    inner
}

/// A key of a dialog and what it does.
fn choice(key: &str, what: &'static str, app: &App) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!("  {key:<7}"), app.theme.accent),
        Span::styled(what, app.theme.text),
    ])
}

/// Keys of a dialog in one line.
fn choices(keys: &[(&'static str, &'static str)], theme: &Theme) -> Line<'static> {
    let spans = keys.iter().flat_map(|(key, what)| {
        [Span::styled(format!("  {key} "), theme.accent), Span::styled(*what, theme.dim)]
    });
    Line::from(spans.collect::<Vec<_>>())
}

fn export(frame: &mut Frame, area: Rect, app: &App) {
    let inner = boxed(frame, area, DIALOG, "save this view  esc closes", app);
    let formats = Format::ALL.into_iter();
    let formats = formats.map(|it| choice(&it.key().to_string(), it.label(app.tab), app));
    let lines: Vec<Line> = std::iter::once(Line::default()).chain(formats).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn quit(frame: &mut Frame, area: Rect, app: &App) {
    let inner = boxed(frame, area, DIALOG, "quit", app);
    let lines = vec![
        Line::default(),
        choice("enter", "stop after this batch and save", app),
        choice("esc", "go on training", app),
        choice("C-c", "stop and save; again: leave at once", app),
    ];
    frame.render_widget(Paragraph::new(lines), inner);
}
