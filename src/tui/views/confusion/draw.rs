//! How the tab is drawn.

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    NOT_KEPT,
    layout::Focus,
    lists::{self, Words},
    matrix::Matrix,
};
use crate::{
    domain::{
        events::Evaluation,
        units::{Count, Percent},
    },
    tui::{
        action::Action,
        app::App,
        pane::{pane, pane_with_legend},
        text::{clip, width as text_width},
        theme::Theme,
        views::{
            evaluations::{self, Place},
            parts,
        },
    },
};

/// Columns of a border that are neither title nor legend: corners, blanks and a line between them.
const AROUND: usize = 7;

/// Where the matrix lies in its pane; below it the cell is told in words.
pub(super) fn inside(pane: Rect) -> Rect {
    let inner = parts::inside(pane);
    Rect { height: inner.height.saturating_sub(1), ..inner }
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let (view, theme) = (&app.views.confusion, &app.theme);
    let (details, ways) = (details(app), place(app).ways(&app.keys));
    let Some(matrix) = view.matrix(&app.run) else {
        let words = Words { details: &details, ways: &ways, way_in: "" };
        return draw_lack(frame, area, words, app);
    };
    let (panes, way_in) = (view.panes(area, &matrix, app.full_screen), way_in(app));
    let mut words = Words { details: &details, ways: &ways, way_in: &way_in };
    if !panes.matrix.is_empty() {
        draw_matrix(frame, panes.matrix, (&matrix, words), app);
        words = Words::default(); // once is enough
    }
    if !panes.pairs.is_empty() {
        let pairs = (&matrix, &view.ranking.pairs[..]);
        lists::draw_pairs(frame, (view.pair_list(panes.pairs), words), pairs, theme);
    }
    if !panes.classes.is_empty() {
        let list = view.class_list(panes.classes, &matrix);
        lists::draw_classes(frame, (list, words), &matrix, theme);
    }
}

/// Says why there is no matrix, and how others are reached.
fn draw_lack(frame: &mut Frame, area: Rect, words: Words, app: &App) {
    let theme = &app.theme;
    let title = words.title(&["confusion", ""], usize::from(area.width).saturating_sub(4));
    let block = pane(&title, true, theme);
    let block = lists::with_foot(block, area, ("", &words.foot(&title)), theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let what = match app.run.evaluations.is_empty() {
        true => parts::awaited(app, "first validation", ", after the first epoch"),
        false => NOT_KEPT.to_owned(),
    };
    parts::waiting(frame, inner, &what, theme);
}

fn draw_matrix(frame: &mut Frame, area: Rect, (matrix, words): (&Matrix, Words), app: &App) {
    let (view, theme) = (&app.views.confusion, &app.theme);
    let mut legend = vec![Span::styled(view.mode.label(), theme.text)];
    match app.keys.label(Action::Matrix) {
        key if key.is_empty() => {}
        key => legend.push(Span::styled(format!(" ({key})"), theme.dim)),
    }
    let taken: usize = legend.iter().map(Span::width).sum();
    let room = usize::from(area.width).saturating_sub(taken + AROUND);
    let title = words.title(&["confusion", ""], room);
    let words_below = Words { way_in: "", ..words }.foot(&title); // the cell's line tells the rest
    let block = pane_with_legend(&title, legend, view.focus == Focus::Matrix, theme);
    let block = lists::with_foot(block, area, (&matrix.part(inside(area)), &words_below), theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    matrix.draw(frame.buffer_mut(), inside(area), theme);
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    let line = cell_line(matrix, words.way_in, usize::from(foot.width), theme);
    frame.render_widget(line, foot);
}

fn place(app: &App) -> Place {
    Place::of(&evaluations::all(&app.run), app.views.confusion.at, &app.run)
}

/// Which evaluation is shown: as precisely as can be, then in fewer and fewer words. How good it
/// was is worth more than how to see others.
fn details(app: &App) -> Vec<String> {
    let (view, run) = (&app.views.confusion, &app.run);
    let Some((_, evaluation)) = view.evaluation(run) else { return Vec::new() };
    let Evaluation { epoch, step, split, .. } = evaluation;
    let (split, accuracy, step) = (split.label(), Percent(evaluation.accuracy), Count(*step));
    let (full, brief) = (place(app).full(&app.keys), place(app).brief());
    vec![
        format!("{split}, epoch {epoch}{full}, step {step}, accuracy {accuracy}"),
        format!("{split}, epoch {epoch}{full}, {accuracy}"),
        format!("{split}, epoch {epoch}{brief}, {accuracy}"),
        format!("{split}, epoch {epoch}, {accuracy}"),
        format!("epoch {epoch}, {accuracy}"),
    ]
}

/// The key that opens, and what it leads to.
fn way_in(app: &App) -> String {
    let key = app.keys.label(Action::Enter);
    let way = app.views.confusion.way_in(&app.run);
    way.map_or_else(String::new, |way| format!("{key}: {way}"))
}

/// The cell under the cursor in words.
fn cell_line(matrix: &Matrix, way_in: &str, width: usize, theme: &Theme) -> Line<'static> {
    let (truth, prediction) = matrix.cursor;
    let name = |class: usize| matrix.name(class);
    let confusion = matrix.confusion;
    let count = confusion.at(truth, prediction);
    let share = |whole: u64| Percent(count as f64 / whole.max(1) as f64);
    let row = share(confusion.row_total(truth));
    let column = share(confusion.column_total(prediction));
    let what = match truth == prediction {
        true => format!("{}: {} right", name(truth), Count(count)),
        false => format!("{} → {}: {}", name(truth), name(prediction), Count(count)),
    };
    let found = format!("  recall {row}, precision {column}");
    let short = format!("  {row} of {}, {column} of → {}", name(truth), name(prediction));
    let long = format!(
        "  {row} of the class {}, {column} of the predictions {}",
        name(truth),
        name(prediction)
    );
    let room = width.saturating_sub(text_width(&what));
    let enter = if way_in.is_empty() { String::new() } else { format!("   {way_in}") };
    let [long, short] = if truth == prediction { [found.clone(), found] } else { [long, short] };
    let wordings = [format!("{long}{enter}"), format!("{short}{enter}"), clip(&short, room)];
    let rest = wordings.into_iter().find(|text| text_width(text) <= room).unwrap_or_default();
    Line::from(vec![Span::styled(what, theme.accent), Span::styled(rest, theme.text)])
}
