//! The list of runs: one in a row, with what became of it.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{boxed, centred};
use crate::{
    domain::{
        runs::{Condition, Overview},
        units::{Age, Count, Percent},
    },
    tui::{
        app::{App, Listing, Purpose, RunList},
        text::{clip, fit, fit_right, width},
        views::parts::rows_around,
    },
};

/// Columns of the box at most: wider lines are hard to follow.
const WIDEST: u16 = 116;
/// Rows of the box at least.
const LOWEST: u16 = 9;
/// Rows above the runs: what is typed, and the names of the columns.
const HEAD: usize = 2;

/// Columns of what every row has. The ids come on top, and the rest is for data set and device.
const STATE: usize = 8;
const BEST: usize = 8;
const AGE: usize = 6;
/// Columns of the steps at most, and where there is no room for all of how many.
const STEPS: (usize, usize) = (19, 11);
/// Columns of an id at most where data set and device are shown, too.
const ID: usize = 24;
/// Fewest columns that say anything of data set and device.
const NAMES: usize = 8;

/// Columns and rows of the box: as many as there are runs, whichever of them fit the filter.
fn size(area: Rect, list: &RunList) -> (u16, u16) {
    let rows = u16::try_from(list.rows.len() + HEAD + 2).unwrap_or(u16::MAX).max(LOWEST);
    (area.width.saturating_sub(2).min(WIDEST), area.height.saturating_sub(4).min(rows))
}

/// Where the list lies on a screen of `area`.
pub fn place(area: Rect, list: &RunList) -> Rect {
    centred(area, size(area, list))
}

/// The run in a row of the inside.
pub fn entry_at(list: &RunList, inner: Rect, row: usize) -> Option<usize> {
    let height = usize::from(inner.height).saturating_sub(HEAD);
    rows_around(list.selected, list.found().len(), height).nth(row.checked_sub(HEAD)?)
}

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, list: &RunList, app: &App) {
    let title = match list.purpose {
        Purpose::Watch => "runs  enter watches  C compares  esc closes",
        Purpose::Compare => "runs  enter compares  esc closes",
    };
    let inner = boxed(frame, area, size(area, list), title, app);
    let found = list.found();
    let room = usize::from(inner.width);
    let columns = Columns::of(room, &found);
    let mut lines = vec![typed(list, found.len(), room, app)];
    lines.push(Line::styled(columns.head(), app.theme.dim));
    let height = usize::from(inner.height).saturating_sub(HEAD);
    for index in rows_around(list.selected, found.len(), height) {
        lines.push(columns.row(found[index], index == list.selected, app));
    }
    if found.is_empty() {
        lines.push(nothing(list, room, app));
    }
    frame.render_widget(Paragraph::new(lines), inner);
    if columns.names == 0 {
        draw_reason(frame, inner, found.get(list.selected).copied(), app);
    }
    let column = (list.line.visual_cursor() as u16).min(inner.width.saturating_sub(4));
    frame.set_cursor_position(Position::new(inner.x + 3 + column, inner.y));
}

/// Draws what is wrong with the selected run into the lower border, where its row has no room.
fn draw_reason(frame: &mut Frame, inner: Rect, selected: Option<&Overview>, app: &App) {
    let Some(reason) = selected.and_then(reason) else { return };
    let border = Rect { x: inner.x + 1, y: inner.bottom(), width: inner.width - 1, height: 1 };
    let text = format!(" {} ", clip(reason, usize::from(inner.width).saturating_sub(4)));
    frame.render_widget(Line::styled(text, app.theme.bad), border);
}

/// What is wrong with a run that is broken.
fn reason(run: &Overview) -> Option<&str> {
    run.reason.as_deref().filter(|_| run.state == Condition::Broken)
}

/// What is typed to filter by, and how many runs are left by it.
fn typed(list: &RunList, found: usize, room: usize, app: &App) -> Line<'static> {
    let theme = &app.theme;
    let all = list.rows.len();
    let count = match list.progress {
        Listing::Failed(_) => String::new(),
        Listing::UnderWay => format!("{} so far… ", Count(all as u64)),
        Listing::Complete if found < all => format!("{found} of {} ", Count(all as u64)),
        Listing::Complete => format!("{} in all ", Count(all as u64)),
    };
    let left = room.saturating_sub(3 + width(&count));
    Line::from(vec![
        Span::styled(" / ", theme.accent),
        Span::styled(fit(list.line.value(), left), theme.text),
        Span::styled(count, theme.dim),
    ])
}

/// How wide the columns are that have no width of their own.
struct Columns {
    ids: usize,
    steps: usize,
    /// Data set and device; 0 where there is no room for them.
    names: usize,
}

impl Columns {
    fn of(room: usize, found: &[&Overview]) -> Self {
        let room = room.saturating_sub(3 + 2 + STATE + 1 + 1 + BEST + 1 + AGE + 1);
        let longest = found.iter().map(|run| width(&run.id)).max().unwrap_or(0);
        // Whole ids come before long lists of names: a run is taken by its id.
        let most = room.saturating_sub(STEPS.0 + 2 + 3 * NAMES).max(ID);
        let ids = longest.min(room.saturating_sub(STEPS.1)).clamp(3, most);
        let left = |steps: usize| room.saturating_sub(ids + steps + 2);
        let steps = if left(STEPS.0) < NAMES { STEPS.1 } else { STEPS.0 };
        match left(steps) {
            names if names < NAMES => {
                Self { ids, steps: room.saturating_sub(ids).clamp(STEPS.1, STEPS.0), names: 0 }
            }
            names => Self { ids, steps, names },
        }
    }

    fn head(&self) -> String {
        let (id, state) = (fit("run", self.ids), fit("state", STATE));
        let steps = fit_right("steps", self.steps);
        let (best, age) = (fit_right("best val", BEST), fit_right("age", AGE));
        let names = if self.names > 0 { "  data set, device" } else { "" };
        format!("   {id}  {state} {steps} {best} {age}{names}")
    }

    fn row(&self, run: &Overview, selected: bool, app: &App) -> Line<'static> {
        let theme = &app.theme;
        let pick = |style| if selected { theme.selection } else { style };
        let state = match run.state {
            Condition::Live => theme.good,
            Condition::Finished => theme.text,
            Condition::Stopped => theme.dim,
            Condition::Broken => theme.bad,
        };
        let best = run.best_accuracy.map_or("–".to_owned(), |best| Percent(best).to_string());
        let age = run.age_ms.map_or("–".to_owned(), |ms| Age(ms / 1_000).to_string());
        let marker = if selected { " ▸ " } else { "   " };
        let mut spans = vec![
            Span::styled(format!("{marker}{}  ", fit(&run.id, self.ids)), pick(theme.text)),
            Span::styled(fit(run.state.label(), STATE), pick(state)),
            Span::styled(format!(" {}", fit_right(&self.made(run), self.steps)), pick(theme.text)),
            Span::styled(format!(" {}", fit_right(&best, BEST)), pick(theme.best)),
            Span::styled(format!(" {}", fit_right(&age, AGE)), pick(theme.dim)),
        ];
        if self.names > 0 {
            let names: Vec<&str> =
                [&run.dataset, &run.device].into_iter().flatten().map(String::as_str).collect();
            let (text, style) = match reason(run) {
                Some(reason) => (reason.to_owned(), theme.bad),
                None => (names.join(", "), theme.dim),
            };
            spans.push(Span::styled(format!("  {} ", fit(&text, self.names)), pick(style)));
        } else {
            spans.push(Span::styled(" ", pick(theme.dim)));
        }
        Line::from(spans)
    }

    /// Steps made, and of how many where there is room for it.
    fn made(&self, run: &Overview) -> String {
        let made = Count(run.step).to_string();
        let of_all = run.total_steps.map(|all| format!("{made}/{}", Count(all)));
        of_all.filter(|text| width(text) <= self.steps).unwrap_or(made)
    }
}

/// Why there are no rows.
fn nothing(list: &RunList, room: usize, app: &App) -> Line<'static> {
    let (text, style) = match &list.progress {
        Listing::Failed(why) => (why.as_str(), app.theme.bad),
        Listing::UnderWay if list.rows.is_empty() => ("reading the runs…", app.theme.dim),
        Listing::Complete if list.rows.is_empty() => ("no run in this folder", app.theme.dim),
        Listing::UnderWay | Listing::Complete => ("no run fits", app.theme.dim),
    };
    Line::styled(format!("   {}", clip(text, room.saturating_sub(4))), style)
}
