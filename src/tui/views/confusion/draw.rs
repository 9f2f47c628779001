//! How the tab is drawn.

use ratatui::{
    Frame,
    layout::{Margin, Rect},
    text::{Line, Span},
};

use super::{
    ConfusionView,
    layout::Focus,
    lists::{self, List},
    matrix::Matrix,
};
use crate::{
    domain::{
        events::Evaluation,
        state::RunState,
        units::{Count, Percent},
    },
    tui::{
        app::App,
        pane::{pane, pane_with_legend},
        text::{clip, width as text_width},
        theme::Theme,
        views::{evaluations, parts},
    },
};

/// Where the matrix lies in its pane; below it the cell is told in words.
pub(super) fn inside(pane: Rect) -> Rect {
    let inner = pane.inner(Margin::new(1, 1));
    Rect { height: inner.height.saturating_sub(1), ..inner }
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let (view, theme) = (&app.views.confusion, &app.theme);
    let Some(matrix) = view.matrix(&app.run) else {
        let block = pane("confusion", true, theme);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let what = "waiting for the first validation, after the first epoch…";
        return parts::waiting(frame, inner, what, theme);
    };
    let panes = view.panes(area, &matrix, app.full_screen);
    if !panes.matrix.is_empty() {
        draw_matrix(frame, panes.matrix, &matrix, app);
    }
    let evaluation = match panes.matrix.is_empty() {
        true => title(view, &app.run, usize::from(area.width).saturating_sub(22)),
        false => String::new(),
    };
    if !panes.pairs.is_empty() {
        let pairs = (&matrix, &view.ranking.pairs[..]);
        let list = List { evaluation: &evaluation, ..view.pair_list(panes.pairs) };
        lists::draw_pairs(frame, list, pairs, theme);
    }
    if !panes.classes.is_empty() {
        let list = view.class_list(panes.classes, &matrix);
        let list = List { evaluation: &evaluation, ..list };
        lists::draw_classes(frame, list, &matrix, theme);
    }
}

fn draw_matrix(frame: &mut Frame, area: Rect, matrix: &Matrix, app: &App) {
    let (view, theme) = (&app.views.confusion, &app.theme);
    let legend = vec![Span::styled(view.mode.label(), theme.text), Span::styled(" (m)", theme.dim)];
    let title = title(view, &app.run, usize::from(area.width).saturating_sub(20));
    let block = pane_with_legend(&title, legend, view.focus == Focus::Matrix, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    matrix.draw(frame.buffer_mut(), inside(area), theme);
    let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
    frame.render_widget(cell_line(matrix, usize::from(foot.width), theme), foot);
}

/// Which evaluation is shown, as precisely as there is room for.
fn title(view: &ConfusionView, run: &RunState, room: usize) -> String {
    let Some((place, evaluation)) = view.evaluation(run) else { return String::new() };
    let Evaluation { epoch, step, split, .. } = evaluation;
    let (split, accuracy) = (split.label(), Percent(evaluation.accuracy));
    let place = evaluations::place((place, run.evaluations.len()), view.at.is_none(), run);
    let place = if place.is_empty() { place } else { format!(" ({place} [ ])") };
    let step = Count(*step);
    let wordings = [
        format!("confusion  {split}, epoch {epoch}{place}, step {step}, accuracy {accuracy}"),
        format!("{split}, epoch {epoch}{place}, {accuracy}"),
        format!("{split}, epoch {epoch}{place}"),
    ];
    let fits = wordings.iter().find(|text| text_width(text) <= room);
    clip(fits.unwrap_or(&wordings[2]), room)
}

/// The cell under the cursor in words.
fn cell_line(matrix: &Matrix, width: usize, theme: &Theme) -> Line<'static> {
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
    let enter = "   enter: images";
    let [long, short] = if truth == prediction { [found.clone(), found] } else { [long, short] };
    let wordings = [format!("{long}{enter}"), format!("{short}{enter}"), clip(&short, room)];
    let rest = wordings.into_iter().find(|text| text_width(text) <= room).unwrap_or_default();
    Line::from(vec![Span::styled(what, theme.accent), Span::styled(rest, theme.text)])
}
