//! The third tab: what is taken for what.

mod draw;
mod layout;
mod lists;
mod matrix;
mod ranking;

use ratatui::layout::Rect;

pub use self::{draw::draw, lists::Pair, ranking::Ranking};
use self::{
    draw::inside,
    layout::{Focus, Panes},
    lists::List,
    matrix::{Matrix, Mode},
};
use super::{Around, Outcome, evaluations, parts};
use crate::{
    domain::{
        events::{Evaluation, TrainEvent},
        state::RunState,
    },
    tui::{
        action::{Action, Motion},
        mouse::{Mouse, MouseKind},
    },
};

/// Said of an evaluation whose matrix was dropped on the way to a screen that nobody read.
pub const NOT_KEPT: &str =
    "the matrix of this evaluation was not kept on this screen; the run's directory has it";

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct ConfusionView {
    /// The evaluation that was stepped back to; `None` follows the newest.
    at: Option<evaluations::Key>,
    /// Truth and prediction under the cursor; `None` until it is first moved: then it lies on the
    /// most frequent mistake.
    cursor: Option<(usize, usize)>,
    pub mode: Mode,
    focus: Focus,
    /// Rows under the cursor in the lists.
    pair: usize,
    class: usize,
    ranking: Ranking,
}

impl ConfusionView {
    /// Follows what has happened, once it is in `run`.
    pub fn hear(&mut self, event: &TrainEvent, run: &RunState) {
        if matches!(event, TrainEvent::Evaluated(_) | TrainEvent::Resumed { .. }) {
            self.ranking.doubt();
            let shown = self.evaluation(run).map(|(_, evaluation)| evaluations::key(evaluation));
            self.at = self.at.filter(|_| self.at == shown); // it may be void since a resume
        }
    }

    /// What was done with the mouse in the tab, which is drawn into `area`; whether what is
    /// selected is to be opened.
    pub fn mouse(&mut self, mouse: Mouse, area: Rect, around: &Around) -> bool {
        let run = around.run;
        let Some(matrix) = self.matrix(run) else { return false };
        let panes = self.panes(area, &matrix, around.full_screen);
        let under = [
            (panes.matrix, Focus::Matrix),
            (panes.pairs, Focus::Pairs),
            (panes.classes, Focus::Classes),
        ];
        let Some((_, focus)) = under.into_iter().find(|(pane, _)| pane.contains(mouse.at)) else {
            return false;
        };
        let before = (self.focus, self.selected(run));
        match mouse.kind {
            MouseKind::Press => match focus {
                Focus::Matrix => match matrix.hit(inside(panes.matrix), mouse.at) {
                    Some(cell) => self.cursor = Some(cell),
                    None => return false,
                },
                Focus::Pairs => match self.pair_list(panes.pairs).hit(mouse.at) {
                    Some(pair) => self.pair = pair,
                    None => return false,
                },
                Focus::Classes => match self.class_list(panes.classes, &matrix).hit(mouse.at) {
                    Some(class) => self.class = class,
                    None => return false,
                },
            },
            MouseKind::WheelUp | MouseKind::WheelDown => {
                let up = mouse.kind == MouseKind::WheelUp;
                self.focus = focus;
                self.move_by(if up { Motion::Up } else { Motion::Down }, run, 1);
                return false;
            }
            MouseKind::Drag | MouseKind::Release => return false,
        }
        self.focus = focus;
        focus != Focus::Classes && before == (focus, self.selected(run))
    }

    /// `enter` on a cell or a pair is for the tabs together: it leads to its samples.
    pub fn update(&mut self, action: Action, run: &RunState, size: (u16, u16)) -> Outcome {
        match action {
            Action::Move(motion) => self.move_by(motion, run, parts::page(size)),
            Action::Matrix => self.mode = self.mode.next(),
            Action::NextPane | Action::PreviousPane => {
                let next = action == Action::NextPane;
                self.focus = if next { self.focus.next() } else { self.focus.previous() };
            }
            Action::LessSmooth | Action::Smoother => {
                let all = evaluations::all(run);
                self.at = evaluations::stepped(&all, self.at, action == Action::LessSmooth);
                self.prepare(run);
            }
            Action::Enter if self.selected(run).is_none() => {
                return Outcome::message(self.lack(run));
            }
            Action::Enter => self.seek_class(run),
            _ => {}
        }
        Outcome::default()
    }

    /// Whether the list of classes has the focus.
    pub fn in_classes(&self) -> bool {
        self.focus == Focus::Classes
    }

    /// Moves the cursor by a cell or a page; to the first and the last lies along the diagonal.
    pub fn move_by(&mut self, motion: Motion, run: &RunState, page: usize) {
        let Some((_, evaluation)) = self.evaluation(run) else { return };
        let classes = evaluation.confusion.classes();
        if classes == 0 {
            return; // the cursors stay for evaluations that have a matrix
        }
        match self.focus {
            Focus::Pairs => {
                self.pair = parts::moved(self.pair, motion, self.ranking.pairs.len(), page);
            }
            Focus::Classes => self.class = parts::moved(self.class, motion, classes, page),
            Focus::Matrix => {
                let Some((truth, prediction)) = self.selected(run) else { return };
                let last = classes.saturating_sub(1);
                self.cursor = Some(match motion {
                    Motion::Left => (truth, prediction.saturating_sub(1)),
                    Motion::Right => (truth, (prediction + 1).min(last)),
                    Motion::Top => (0, 0),
                    Motion::Bottom => (last, last),
                    _ => (parts::moved(truth, motion, classes, page), prediction),
                });
            }
        }
    }

    /// From a class to its most frequent mistake in the matrix.
    fn seek_class(&mut self, run: &RunState) {
        let Some((_, evaluation)) = self.evaluation(run) else { return };
        let class = self.class.min(evaluation.confusion.classes().saturating_sub(1));
        let worst = evaluation.confusion.worst_of(class);
        self.cursor = Some((class, worst.map_or(class, |(prediction, _)| prediction)));
        self.focus = Focus::Matrix;
    }

    /// The evaluation that is shown, with its place among those of the run.
    fn evaluation<'a>(&self, run: &'a RunState) -> Option<(usize, &'a Evaluation)> {
        evaluations::found(&evaluations::all(run), self.at)
    }

    /// Truth and prediction of what is selected; `None` where there is no matrix.
    pub fn selected(&self, run: &RunState) -> Option<(usize, usize)> {
        let (_, evaluation) = self.evaluation(run)?;
        let last = evaluation.confusion.classes().checked_sub(1)?;
        let pair = |at: usize| self.ranking.pairs.get(at).map(|pair| (pair.0, pair.1));
        let (truth, prediction) = match self.focus {
            Focus::Pairs => pair(self.pair),
            Focus::Matrix | Focus::Classes => self.cursor,
        }
        .or_else(|| pair(0))
        .unwrap_or_default();
        Some((truth.min(last), prediction.min(last)))
    }

    /// Why nothing can be selected.
    pub fn lack(&self, run: &RunState) -> &'static str {
        if self.evaluation(run).is_none() { "no evaluation yet" } else { NOT_KEPT }
    }

    /// What is selected, and in which evaluation.
    pub fn opened<'a>(&self, run: &'a RunState) -> Option<(&'a Evaluation, (usize, usize))> {
        Some((self.evaluation(run)?.1, self.selected(run)?))
    }

    /// Ranks the pairs of the evaluation that is shown, if that is not done. The cursor stays on its
    /// pair.
    pub fn prepare(&mut self, run: &RunState) {
        let shown = self.evaluation(run).map(|(_, evaluation)| evaluation);
        if self.ranking.is_of(shown) {
            return;
        }
        let pair = |pairs: &[Pair], at: usize| pairs.get(at).map(|pair| (pair.0, pair.1));
        let before = pair(&self.ranking.pairs, self.pair);
        self.ranking = Ranking::of(shown);
        let pairs = &self.ranking.pairs[..];
        let same = (0..pairs.len()).find(|at| before.is_some() && pair(pairs, *at) == before);
        self.pair = match self.focus {
            Focus::Pairs => same.unwrap_or(self.pair).min(pairs.len().saturating_sub(1)),
            Focus::Matrix | Focus::Classes => 0,
        };
    }

    /// What opening leads to, where it leads anywhere.
    fn way_in(&self, run: &RunState) -> Option<String> {
        let (_, evaluation) = self.evaluation(run)?;
        match self.focus {
            Focus::Classes => {
                let class = self.class.min(evaluation.confusion.classes().saturating_sub(1));
                let name = run.class_names().get(class).map_or("?", String::as_str);
                Some(format!("worst mistake of {name}"))
            }
            Focus::Matrix | Focus::Pairs => {
                evaluation.predictions.is_some().then(|| "images".to_owned())
            }
        }
    }

    fn matrix<'a>(&self, run: &'a RunState) -> Option<Matrix<'a>> {
        let (_, evaluation) = self.evaluation(run)?;
        Some(Matrix {
            confusion: &evaluation.confusion,
            names: run.class_names(),
            mode: self.mode,
            cursor: self.selected(run)?,
            largest: self.ranking.largest,
        })
    }

    fn panes(&self, area: Rect, matrix: &Matrix, alone: bool) -> Panes {
        Panes::new(area, (matrix.confusion.classes(), matrix.narrowest()), self.focus, alone)
    }

    fn pair_list(&self, area: Rect) -> List {
        let rows = self.ranking.pairs.len();
        let focused = self.focus == Focus::Pairs;
        List { area, cursor: self.pair, rows, head: 0, focused }
    }

    fn class_list(&self, area: Rect, matrix: &Matrix) -> List {
        let focused = self.focus == Focus::Classes;
        // Without the focus the list goes with the cell.
        let cursor = if focused { self.class } else { matrix.cursor.0 };
        let rows = matrix.confusion.classes();
        List { area, cursor, rows, head: 1, focused }
    }

    /// How many counts the table has.
    pub fn cells(&self, run: &RunState) -> usize {
        let shown = self.evaluation(run);
        shown.map_or(0, |(_, shown)| shown.confusion.classes() * run.class_names().len())
    }

    /// The counts with a row for each truth; `None` where there is no matrix.
    pub fn csv(&self, run: &RunState) -> Option<String> {
        let confusion = &self.evaluation(run)?.1.confusion;
        if confusion.is_empty() {
            return None;
        }
        let names = || run.class_names().iter().map(|name| parts::csv(name));
        let mut csv = format!("truth,{}\n", names().collect::<Vec<_>>().join(","));
        for (truth, name) in names().enumerate() {
            let counts = (0..confusion.classes()).map(|p| confusion.at(truth, p).to_string());
            csv += &format!("{name},{}\n", counts.collect::<Vec<_>>().join(","));
        }
        Some(csv)
    }
}

#[cfg(test)]
mod tests;
