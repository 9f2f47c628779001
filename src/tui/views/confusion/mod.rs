//! The third tab: what is taken for what.

mod matrix;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use self::matrix::Matrix;
use super::{Around, Outcome, parts};
use crate::{
    domain::{
        confusion::Confusion,
        events::Evaluation,
        state::RunState,
        units::{Count, Percent},
    },
    tui::{
        action::{Action, Motion},
        app::App,
        mouse::Mouse,
        pane::{pane, pane_with_legend},
        text::{clip, fit, width as text_width},
        theme::Theme,
    },
};

/// Columns of the ranked pairs beside the matrix: fewest and most.
const PAIRS: (u16, u16) = (24, 36);

/// What the cells show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    #[default]
    Counts,
    /// Per cent of the images of a class.
    Rows,
    /// Per cent of the predictions of a class.
    Columns,
}

impl Mode {
    pub fn next(self) -> Self {
        match self {
            Self::Counts => Self::Rows,
            Self::Rows => Self::Columns,
            Self::Columns => Self::Counts,
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Rows => "row %",
            Self::Columns => "column %",
        }
    }
}

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct ConfusionView {
    /// Truth and prediction under the cursor; `None` until it is first moved: then it lies on the
    /// most frequent mistake.
    cursor: Option<(usize, usize)>,
    pub mode: Mode,
}

impl ConfusionView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, _mouse: Mouse, _area: Rect, _around: &Around) -> Outcome {
        Outcome::default()
    }

    /// `enter` is for the tabs together: it leads to the samples of the cell.
    pub fn update(&mut self, action: Action, run: &RunState, size: (u16, u16)) -> Outcome {
        match action {
            Action::Move(motion) => self.move_by(motion, run, parts::page(size)),
            Action::Matrix => self.mode = self.mode.next(),
            _ => {}
        }
        Outcome::default()
    }

    /// Moves the cursor by a cell or a page; to the first and the last lies along the diagonal.
    pub fn move_by(&mut self, motion: Motion, run: &RunState, page: usize) {
        let Some((truth, prediction)) = self.selected(run) else { return };
        let Some(evaluation) = run.evaluations.last() else { return };
        let classes = evaluation.confusion.classes();
        let last = classes.saturating_sub(1);
        self.cursor = Some(match motion {
            Motion::Left => (truth, prediction.saturating_sub(1)),
            Motion::Right => (truth, (prediction + 1).min(last)),
            Motion::Top => (0, 0),
            Motion::Bottom => (last, last),
            _ => (parts::moved(truth, motion, classes, page), prediction),
        });
    }

    /// Truth and prediction of the cell under the cursor; `None` before the first evaluation.
    pub fn selected(&self, run: &RunState) -> Option<(usize, usize)> {
        let confusion = &run.evaluations.last()?.confusion;
        let last = confusion.classes().checked_sub(1)?;
        let worst = || confusion.worst_pairs().first().map_or((0, 0), |pair| (pair.0, pair.1));
        let (truth, prediction) = self.cursor.unwrap_or_else(worst);
        Some((truth.min(last), prediction.min(last)))
    }

    /// The counts with a row for each truth; `None` before the first evaluation.
    pub fn csv(&self, run: &RunState) -> Option<String> {
        let confusion = &run.evaluations.last()?.confusion;
        let names = || run.class_names().iter().map(|name| parts::csv(name));
        let mut csv = format!("truth,{}\n", names().collect::<Vec<_>>().join(","));
        for (truth, name) in names().enumerate() {
            let counts = (0..confusion.classes()).map(|p| confusion.at(truth, p).to_string());
            csv += &format!("{name},{}\n", counts.collect::<Vec<_>>().join(","));
        }
        Some(csv)
    }
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let (view, theme) = (&app.views.confusion, &app.theme);
    let newest = app.run.evaluations.last().zip(view.selected(&app.run));
    let Some((evaluation, cursor)) = newest else {
        let block = pane("confusion", true, theme);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let what = "waiting for the first validation, after the first epoch…";
        return parts::waiting(frame, inner, what, theme);
    };
    let names = app.run.class_names();
    let matrix = Matrix { confusion: &evaluation.confusion, names, mode: view.mode, cursor };
    let spare = area.width.saturating_sub(matrix.narrowest() + 2);
    let beside = if spare < PAIRS.0 { 0 } else { spare.min(PAIRS.1) };
    let columns = [Constraint::Fill(1), Constraint::Length(beside)];
    let [left, right] = Layout::horizontal(columns).areas(area);
    let legend = vec![Span::styled(view.mode.label(), theme.text), Span::styled(" (m)", theme.dim)];
    let title = title(evaluation, usize::from(left.width).saturating_sub(20));
    let block = pane_with_legend(&title, legend, true, theme);
    let inner = block.inner(left);
    frame.render_widget(block, left);
    let [body, foot] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(inner);
    let (_, used) = matrix.draw(frame.buffer_mut(), body, theme);
    frame.render_widget(cell_line(&matrix, usize::from(foot.width), theme), foot);
    if beside > 0 {
        return draw_pairs(frame, right, (&matrix, beside), theme);
    }
    let below = Rect { y: body.y + used + 1, height: body.height.saturating_sub(used + 1), ..body };
    if below.height >= 2 {
        let lines = pairs(&matrix, (usize::from(below.height), usize::from(below.width)), theme);
        frame.render_widget(Paragraph::new(lines), below);
    }
}

fn title(evaluation: &Evaluation, room: usize) -> String {
    let Evaluation { epoch, step, split, .. } = evaluation;
    let (split, accuracy) = (split.label(), Percent(evaluation.accuracy));
    let step = Count(*step);
    let long = format!("confusion  {split}, epoch {epoch}, step {step}, accuracy {accuracy}");
    if long.chars().count() <= room {
        return long;
    }
    clip(&format!("{split}, epoch {epoch}, {accuracy}"), room)
}

/// The cell under the cursor in words.
fn cell_line(matrix: &Matrix, width: usize, theme: &Theme) -> Line<'static> {
    let (truth, prediction) = matrix.cursor;
    let name = |class: usize| matrix.names.get(class).map_or("?", String::as_str);
    let confusion = matrix.confusion;
    let count = confusion.at(truth, prediction);
    let share = |whole: u64| Percent(count as f64 / whole.max(1) as f64);
    let what = format!("{} → {}: {}", name(truth), name(prediction), Count(count));
    let row = share(confusion.row_total(truth));
    let column = share(confusion.column_total(prediction));
    let short = format!("  {row} of {}, {column} of → {}", name(truth), name(prediction));
    let long = format!(
        "  {row} of the class {}, {column} of the predictions {}",
        name(truth),
        name(prediction)
    );
    let room = width.saturating_sub(text_width(&what));
    let enter = "   enter: the images";
    let wordings = [format!("{long}{enter}"), format!("{short}{enter}"), clip(&short, room)];
    let rest = wordings.into_iter().find(|text| text_width(text) <= room).unwrap_or_default();
    Line::from(vec![Span::styled(what, theme.accent), Span::styled(rest, theme.text)])
}

fn draw_pairs(frame: &mut Frame, area: Rect, (matrix, _): (&Matrix, u16), theme: &Theme) {
    let block = pane("worst pairs", false, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let size = (usize::from(inner.height), usize::from(inner.width));
    frame.render_widget(Paragraph::new(pairs(matrix, size, theme)), inner);
}

/// The most frequent mistakes with their share of the class.
fn pairs(matrix: &Matrix, (most, width): (usize, usize), theme: &Theme) -> Vec<Line<'static>> {
    let confusion: &Confusion = matrix.confusion;
    let name = |class: usize| matrix.names.get(class).map_or("?", String::as_str);
    let is_narrow = width < 28;
    let names = width.saturating_sub(if is_narrow { 10 } else { 13 }).min(24);
    let worst = confusion.worst_pairs();
    if worst.is_empty() {
        return vec![Line::styled("none: every image is classified correctly", theme.dim)];
    }
    let line = |&(truth, prediction, count): &(usize, usize, u64)| {
        let share = 100.0 * count as f64 / confusion.row_total(truth).max(1) as f64;
        let share = if is_narrow { format!("{share:>3.0} %") } else { format!("{share:>6.1} %") };
        let pair = fit(&format!("{} → {}", name(truth), name(prediction)), names);
        let style = if matrix.cursor == (truth, prediction) { theme.accent } else { theme.text };
        Line::from(vec![
            Span::styled(pair, style),
            Span::styled(format!("{count:>5}"), style),
            Span::styled(share, theme.dim),
        ])
    };
    worst.iter().take(most).map(line).collect()
}

#[cfg(test)]
mod tests;
