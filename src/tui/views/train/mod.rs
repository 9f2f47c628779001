//! The first tab: curves, speed, and the gist of layers and confusion.

mod charts;
mod confusion;
mod csv;
mod items;
mod layers;
mod legend;
mod machine;
mod now;
mod panes;
mod pointer;
mod readout;

pub use csv::Table as CurveTable;
pub use panes::draw;

use self::{
    charts::{Chart, SETS},
    pointer::Drag,
};
use super::{Outcome, confusion::Ranking};
use crate::{
    domain::{
        events::{Quantity, TrainEvent},
        state::RunState,
        units::Count,
    },
    tui::{
        action::{Action, Motion},
        chart::{
            axis::Unit,
            smooth::{AllSmoothed, STRENGTHS},
            window::Window,
        },
        tab::Tab,
    },
};

/// A part of the tab that can have the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    Chart(Quantity),
    Now,
    Layers,
    Confusion,
}

/// What the tab remembers.
#[derive(Debug)]
pub struct TrainView {
    pub pane: Pane,
    pub window: Window,
    pub unit: Unit,
    /// The step under the crosshair.
    pub crosshair: Option<u64>,
    /// Which of [`SETS`] comes first.
    set: usize,
    /// Which quantities have a logarithmic scale.
    log: [bool; Quantity::ALL.len()],
    smoothed: AllSmoothed,
    /// The mistakes of the newest evaluation.
    ranking: Ranking,
    /// The values, as they are shown, to which a chart was cut down with the mouse.
    between: [Option<(f64, f64)>; Quantity::ALL.len()],
    drag: Option<Drag>,
}

impl Default for TrainView {
    fn default() -> Self {
        Self {
            pane: Pane::Chart(Quantity::Loss),
            window: Window::default(),
            unit: Unit::default(),
            crosshair: None,
            set: 0,
            log: [false; Quantity::ALL.len()],
            smoothed: AllSmoothed::default(),
            ranking: Ranking::default(),
            between: [None; Quantity::ALL.len()],
            drag: None,
        }
    }
}

impl TrainView {
    /// Follows what has happened, once it is in `run`.
    pub fn hear(&mut self, event: &TrainEvent, run: &RunState) {
        if matches!(event, TrainEvent::Step(_) | TrainEvent::Resumed { .. }) {
            self.smoothed.follow(run);
        }
        if matches!(event, TrainEvent::Evaluated(_) | TrainEvent::Resumed { .. }) {
            self.ranking.doubt();
        }
        if let TrainEvent::Resumed { .. } = event {
            let (first, last) = steps(run); // those after it are gone
            let step = self.crosshair.filter(|_| !run.series(Quantity::Loss).is_empty());
            self.crosshair = step.map(|step| step.clamp(first, last));
        }
    }

    /// Ranks the mistakes of the newest evaluation, if that is not done.
    pub fn prepare(&mut self, run: &RunState) {
        let newest = run.evaluations.last();
        if !self.ranking.is_of(newest) {
            self.ranking = Ranking::of(newest);
        }
    }

    pub fn update(&mut self, action: Action, run: &RunState, size: (u16, u16)) -> Outcome {
        match action {
            Action::NextPane => self.turn(1, size),
            Action::PreviousPane => self.turn(-1, size),
            Action::Enter => return self.enter(),
            Action::Back => (self.crosshair, self.drag) = (None, None),
            Action::Digit(0) => {
                (self.window, self.between) = (Window::default(), Default::default());
            }
            Action::ZoomIn => self.zoom(true, run),
            Action::ZoomOut => self.zoom(false, run),
            Action::Crosshair => self.flip_crosshair(run),
            Action::LogScale => return self.flip_log(),
            Action::NextUnit => {
                self.unit = self.unit.next();
                return Outcome::message(format!("x axis: {}", self.unit.label()));
            }
            Action::NextCharts => self.next_set(),
            Action::LessSmooth => self.smooth(self.smoothed.strength().saturating_sub(1), run),
            Action::Smoother => self.smooth(self.smoothed.strength() + 1, run),
            Action::Move(motion) => self.go(motion, run),
            Action::Sort | Action::Reverse => {
                return Outcome::message("layers are sorted on tab 2");
            }
            Action::Matrix => return Outcome::message("the matrix has its modes on tab 3"),
            _ => {}
        }
        Outcome::default()
    }

    pub fn has_crosshair(&self) -> bool {
        self.crosshair.is_some()
    }

    /// Whether a part of the run is shown, or of the values.
    pub fn is_zoomed(&self) -> bool {
        self.window != Window::default() || self.between.iter().any(Option::is_some)
    }

    /// Index of the strength of smoothing.
    pub fn strength(&self) -> usize {
        self.smoothed.strength()
    }

    /// Puts the crosshair at `step`, or as near to it as there is one.
    pub fn look_at(&mut self, step: u64, run: &RunState) -> Outcome {
        if run.series(Quantity::Loss).is_empty() {
            return Outcome::message("no step has been made yet");
        }
        let (first, last) = steps(run);
        let at = step.clamp(first, last);
        self.crosshair = Some(at);
        self.window.show(at, (first, last));
        match at == step {
            true => Outcome::default(),
            false => Outcome::message(format!(
                "step {} is not there: steps {} to {} are",
                Count(step),
                Count(first),
                Count(last)
            )),
        }
    }

    /// Weight of the past in the averaged lines.
    fn smoothing(&self) -> f64 {
        STRENGTHS[self.smoothed.strength()]
    }

    /// First and last step shown.
    fn shown(&self, run: &RunState) -> (u64, u64) {
        let (first, last) = steps(run);
        self.window.steps(first, last)
    }

    fn turn(&mut self, by: isize, size: (u16, u16)) {
        let panes = panes::order(size, self.set);
        let at = panes.iter().position(|pane| *pane == self.pane).unwrap_or(0) as isize;
        self.pane = panes[(at + by).rem_euclid(panes.len() as isize) as usize];
    }

    fn next_set(&mut self) {
        self.set = (self.set + 1) % SETS.len();
        if matches!(self.pane, Pane::Chart(_)) {
            self.pane = Pane::Chart(SETS[self.set][0]);
        }
    }

    fn enter(&mut self) -> Outcome {
        match self.pane {
            Pane::Layers => Outcome::tab(Tab::Layers),
            Pane::Confusion => Outcome::tab(Tab::Confusion),
            Pane::Chart(_) | Pane::Now => Outcome::default(),
        }
    }

    /// For the chart that has the focus, else for the first.
    fn flip_log(&mut self) -> Outcome {
        let quantity = match self.pane {
            Pane::Chart(quantity) => quantity,
            Pane::Now | Pane::Layers | Pane::Confusion => SETS[self.set][0],
        };
        let chart = Chart::of(quantity);
        if !chart.has_log {
            return Outcome::message(format!("{} has no logarithmic scale", chart.title));
        }
        self.log[quantity as usize] ^= true;
        self.between[quantity as usize] = None; // a logarithmic scale has no place for all of it
        Outcome::default()
    }

    fn zoom(&mut self, inwards: bool, run: &RunState) {
        let anchor = self.crosshair.map(|step| (step, 0.5));
        self.window.zoom(inwards, anchor, steps(run));
    }

    fn flip_crosshair(&mut self, run: &RunState) {
        let (from, to) = self.shown(run);
        self.crosshair = match self.crosshair {
            None if to > 0 => Some(u64::midpoint(from, to)),
            _ => None,
        };
    }

    fn smooth(&mut self, strength: usize, run: &RunState) {
        self.smoothed = AllSmoothed::with_strength(strength);
        self.smoothed.follow(run);
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
    let first = run.series(Quantity::Loss).first().map_or(0, |point| point.0);
    (first, run.steps().max(first))
}
