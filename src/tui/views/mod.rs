//! The tabs: what each remembers, and how each is drawn.

pub mod confusion;
mod evaluations;
pub mod footer;
pub mod header;
mod hints;
pub mod layers;
pub mod log;
pub mod network;
pub mod parts;
#[cfg(test)]
pub mod pictures;
pub mod samples;
pub mod train;

pub use train::CurveTable;

use ratatui::{Frame, layout::Rect};

use self::{
    confusion::ConfusionView, layers::LayersView, log::LogView, network::NetworkView,
    samples::SamplesView, train::TrainView,
};
use super::{
    action::Action,
    app::{App, Compared},
    mouse::Mouse,
    save::Draft,
    tab::Tab,
};
use crate::domain::{
    events::{Evaluation, TrainEvent},
    images::Samples,
    state::RunState,
};

/// What a tab wants beyond its own state.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub tab: Option<Tab>,
    pub message: Option<String>,
}

impl Outcome {
    pub fn message(text: impl Into<String>) -> Self {
        Self { message: Some(text.into()), ..Self::default() }
    }

    pub fn tab(tab: Tab) -> Self {
        Self { tab: Some(tab), ..Self::default() }
    }
}

/// What a tab's layout depends on beyond its own state.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    pub run: &'a RunState,
    /// The run that it is compared with.
    pub compared: Option<&'a Compared>,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// Whether the focused pane has the whole body.
    pub full_screen: bool,
}

/// What each tab remembers.
#[derive(Debug, Default)]
pub struct Views {
    pub train: TrainView,
    pub layers: LayersView,
    pub confusion: ConfusionView,
    pub samples: SamplesView,
    pub network: NetworkView,
    pub log: LogView,
}

impl Views {
    /// Follows what has happened, once it is in `run`.
    pub fn hear(&mut self, event: &TrainEvent, run: &RunState) {
        self.train.hear(event, run);
        self.confusion.hear(event, run);
        self.samples.hear(event, run);
        self.log.hear(event, run);
    }

    /// Reads off the run what the tab needs before it is drawn or does anything.
    pub fn prepare(&mut self, tab: Tab, run: &RunState) {
        match tab {
            Tab::Train => self.train.prepare(run),
            Tab::Confusion => self.confusion.prepare(run),
            Tab::Layers | Tab::Samples | Tab::Network | Tab::Log => {}
        }
    }

    /// The evaluation whose pictures the tab needs and lacks.
    pub fn wanted(&mut self, tab: Tab, run: &RunState) -> Option<Evaluation> {
        if tab == Tab::Samples { self.samples.wanted(run) } else { None }
    }

    /// Takes what the host answered.
    pub fn loaded(&mut self, evaluation: &Evaluation, samples: Result<Samples, String>) {
        self.samples.loaded(evaluation, samples);
    }

    /// From a cell of the matrix to its pictures.
    fn drill_down(&mut self, run: &RunState) -> Outcome {
        let Some((evaluation, cell)) = self.confusion.opened(run) else {
            return Outcome::message(self.confusion.lack(run));
        };
        if evaluation.predictions.is_none() {
            return Outcome::message("this evaluation kept no predictions");
        }
        self.samples.drill_down(evaluations::key(evaluation), cell);
        Outcome::tab(Tab::Samples)
    }

    /// What a key means on a tab that is drawn into `area`.
    pub fn update(&mut self, tab: Tab, action: Action, area: Rect, around: &Around) -> Outcome {
        let Around { run, size, full_screen, .. } = *around;
        match tab {
            Tab::Train => self.train.update(action, run, size),
            Tab::Layers => self.layers.update(action, area, around),
            Tab::Confusion if action == Action::Enter && !self.confusion.in_classes() => {
                self.drill_down(run)
            }
            Tab::Confusion => self.confusion.update(action, run, size),
            Tab::Samples => self.samples.update(action, run),
            Tab::Network => self.network.update(action, (area, full_screen)),
            Tab::Log => self.log.update(action, size),
        }
    }

    /// What was done with the mouse on a tab that is drawn into `area`.
    pub fn mouse(&mut self, tab: Tab, mouse: Mouse, area: Rect, app: &Around) -> Outcome {
        match tab {
            Tab::Train => self.train.mouse(mouse, area, app),
            Tab::Layers => self.layers.mouse(mouse, area, app),
            Tab::Confusion => match self.confusion.mouse(mouse, area, app) {
                true => self.drill_down(app.run),
                false => Outcome::default(),
            },
            Tab::Samples => self.samples.mouse(mouse, area, app),
            Tab::Network => self.network.mouse(mouse, area, app),
            Tab::Log => self.log.mouse(mouse, area, app),
        }
    }

    /// The filter in use on a tab, `None` where there is nothing to filter.
    pub fn filter(&self, tab: Tab) -> Option<String> {
        match tab {
            Tab::Layers => Some(self.layers.filter.clone()),
            Tab::Samples => Some(self.samples.filter().to_owned()),
            Tab::Log => Some(self.log.filter().to_owned()),
            Tab::Train | Tab::Confusion | Tab::Network => None,
        }
    }

    pub fn set_filter(&mut self, tab: Tab, filter: &str) {
        match tab {
            Tab::Layers => self.layers.set_filter(filter),
            Tab::Samples => self.samples.set_filter(filter),
            Tab::Log => self.log.set_filter(filter),
            Tab::Train | Tab::Confusion | Tab::Network => {}
        }
    }

    /// The tab as a table for other programs: a file's name ending and its text.
    pub fn export(&self, tab: Tab, run: &RunState) -> Option<(&'static str, Draft)> {
        let text = match tab {
            Tab::Train => return Some(("csv", Draft::Curves(Box::new(self.train.table(run))))),
            Tab::Layers => self.layers.csv(run),
            Tab::Confusion => self.confusion.csv(run)?,
            Tab::Network => self.network.csv(run),
            Tab::Log => self.log.text(),
            Tab::Samples => self.samples.csv()?,
        };
        let ending = if tab == Tab::Log { "txt" } else { "csv" };
        Some((ending, Draft::Bytes(text.into_bytes())))
    }
}

/// Draws the tab that is shown.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    match app.tab {
        Tab::Train => train::draw(frame, area, app),
        Tab::Layers => layers::draw(frame, area, app),
        Tab::Confusion => confusion::draw(frame, area, app),
        Tab::Samples => samples::draw(frame, area, app),
        Tab::Network => network::draw(frame, area, app),
        Tab::Log => log::draw(frame, area, app),
    }
}
