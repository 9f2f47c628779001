//! The first tab: curves, speed, and the gist of layers and confusion.

mod confusion;
mod curves;
mod layers;
mod now;
mod panes;

pub use panes::draw;

use ratatui::layout::Rect;

use super::{Around, Outcome};
use crate::{
    domain::{
        events::{Split, TrainEvent},
        state::RunState,
    },
    tui::{
        action::{Action, Motion},
        chart::{
            smooth::{DEFAULT_STRENGTH, STRENGTHS, Smoothed},
            window::Window,
        },
        mouse::Mouse,
        tab::Tab,
    },
};

/// A part of the tab that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    #[default]
    Loss,
    Accuracy,
    Now,
    Layers,
    Confusion,
}

/// What the tab remembers.
#[derive(Debug)]
pub struct TrainView {
    pub pane: Pane,
    pub window: Window,
    /// The step under the crosshair.
    pub crosshair: Option<u64>,
    pub log: bool,
    strength: usize,
    loss: Smoothed,
    accuracy: Smoothed,
}

impl Default for TrainView {
    fn default() -> Self {
        let strength = STRENGTHS[DEFAULT_STRENGTH];
        Self {
            pane: Pane::default(),
            window: Window::default(),
            crosshair: None,
            log: false,
            strength: DEFAULT_STRENGTH,
            loss: Smoothed::with_strength(strength),
            accuracy: Smoothed::with_strength(strength),
        }
    }
}

impl TrainView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, _mouse: Mouse, _area: Rect, _around: &Around) -> Outcome {
        Outcome::default()
    }

    /// Follows what has happened, once it is in `run`.
    pub fn hear(&mut self, event: &TrainEvent, run: &RunState) {
        if matches!(event, TrainEvent::Step(_) | TrainEvent::Resumed { .. }) {
            self.loss.follow(&run.loss);
            self.accuracy.follow(&run.accuracy);
        }
    }

    pub fn update(&mut self, action: Action, run: &RunState, size: (u16, u16)) -> Outcome {
        match action {
            Action::NextPane => self.turn(1, size),
            Action::PreviousPane => self.turn(-1, size),
            Action::Enter => return self.enter(),
            Action::Back => self.crosshair = None,
            Action::Digit(0) => self.window = Window::default(),
            Action::ZoomIn => self.window.zoom(true, self.crosshair, steps(run)),
            Action::ZoomOut => self.window.zoom(false, self.crosshair, steps(run)),
            Action::Crosshair => self.flip_crosshair(run),
            Action::LogScale => self.log = !self.log,
            Action::LessSmooth => self.smooth(self.strength.saturating_sub(1), run),
            Action::Smoother => self.smooth((self.strength + 1).min(STRENGTHS.len() - 1), run),
            Action::Move(motion) => self.go(motion, run),
            Action::Sort | Action::Reverse => {
                return Outcome::message("layers are sorted on tab 2");
            }
            Action::Matrix => return Outcome::message("the matrix has its modes on tab 3"),
            _ => {}
        }
        Outcome::default()
    }

    /// Weight of the past in the averaged lines.
    pub fn smoothing(&self) -> f64 {
        STRENGTHS[self.strength]
    }

    /// First and last step shown.
    pub fn shown(&self, run: &RunState) -> (u64, u64) {
        let (first, last) = steps(run);
        self.window.steps(first, last)
    }

    /// Every step as a line of comma-separated values; validation stands at its step.
    pub fn csv(&self, run: &RunState) -> String {
        let mut text = String::from(
            "step,loss,loss_ema,accuracy,accuracy_ema,lr,images_per_s,validation_loss,validation_accuracy\n",
        );
        for &(step, loss) in run.loss.points() {
            let at = |series: &crate::domain::series::Series| {
                let point = series.at(step).filter(|point| point.0 == step && point.1.is_finite());
                point.map_or(String::new(), |point| point.1.to_string())
            };
            let of_step = |e: &&crate::domain::events::Evaluation| {
                e.step == step && e.split == Split::Validation
            };
            let validation = run.evaluations.iter().find(of_step);
            let validation = validation.map(|e| (e.loss.to_string(), e.accuracy.to_string()));
            let (validation_loss, validation_accuracy) = validation.unwrap_or_default();
            let loss = if loss.is_finite() { loss.to_string() } else { String::new() };
            let fields = [
                step.to_string(),
                loss,
                at(self.loss.series()),
                at(&run.accuracy),
                at(self.accuracy.series()),
                at(&run.learning_rate),
                at(&run.images_per_s),
                validation_loss,
                validation_accuracy,
            ];
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }

    fn turn(&mut self, by: isize, size: (u16, u16)) {
        let panes = panes::visible(size);
        let at = panes.iter().position(|pane| *pane == self.pane).unwrap_or(0) as isize;
        self.pane = panes[(at + by).rem_euclid(panes.len() as isize) as usize];
    }

    fn enter(&mut self) -> Outcome {
        match self.pane {
            Pane::Layers => Outcome::tab(Tab::Layers),
            Pane::Confusion => Outcome::tab(Tab::Confusion),
            Pane::Loss | Pane::Accuracy | Pane::Now => Outcome::default(),
        }
    }

    fn flip_crosshair(&mut self, run: &RunState) {
        let (from, to) = self.shown(run);
        self.crosshair = match self.crosshair {
            None if to > 0 => Some(u64::midpoint(from, to)),
            _ => None,
        };
    }

    fn smooth(&mut self, strength: usize, run: &RunState) {
        self.strength = strength;
        self.loss = Smoothed::with_strength(STRENGTHS[strength]);
        self.accuracy = self.loss.clone();
        self.loss.follow(&run.loss);
        self.accuracy.follow(&run.accuracy);
    }

    /// Moves the crosshair, or the window where there is none: by a hundredth of what is shown, by
    /// a tenth for a page.
    fn go(&mut self, motion: Motion, run: &RunState) {
        let all = steps(run);
        let (from, to) = self.shown(run);
        let (small, page) = (((to - from) / 100).max(1) as i64, ((to - from) / 10).max(1) as i64);
        let by = match motion {
            Motion::Left => -small,
            Motion::Right => small,
            Motion::PageUp => -page,
            Motion::PageDown => page,
            Motion::Top => -(to as i64),
            Motion::Bottom => all.1 as i64,
            Motion::Up | Motion::Down => return,
        };
        match self.crosshair {
            Some(step) => {
                let step = step.saturating_add_signed(by).clamp(all.0, all.1.max(all.0));
                self.crosshair = Some(step);
                self.window.show(step, all);
            }
            None => self.window.pan(by, all),
        }
    }
}

/// First and last step of the run.
fn steps(run: &RunState) -> (u64, u64) {
    let first = run.loss.points().first().map_or(0, |point| point.0);
    (first, run.steps().max(first))
}
