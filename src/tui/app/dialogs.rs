//! The dialogs that change a run while it goes on: learning rate, more epochs.

use tui_input::{Input as Line, InputRequest};

use super::{App, Overlay};
use crate::{
    domain::{
        events::{Command, LEARNING_RATES, MOST_ADDED},
        units::Rate,
    },
    tui::{
        Source,
        action::{Action, Effect},
    },
};

/// Characters that a number takes at most.
const LONGEST: usize = 12;

/// A learning rate that is being chosen.
#[derive(Debug, Clone)]
pub struct RateDialog {
    /// The rate of the next step, were nothing changed.
    pub now: f64,
    entry: Entry,
}

#[derive(Debug, Clone)]
enum Entry {
    Exact(f64),
    Typed(Line),
}

impl RateDialog {
    fn new(now: f64) -> Self {
        Self { now, entry: Entry::Exact(now) }
    }

    /// What is typed or shown.
    pub fn text(&self) -> String {
        match &self.entry {
            Entry::Exact(rate) => Rate(*rate).to_string(),
            Entry::Typed(line) => line.value().to_owned(),
        }
    }

    /// Where the cursor stands in the text.
    pub fn cursor(&self) -> usize {
        match &self.entry {
            Entry::Exact(_) => self.text().len(),
            Entry::Typed(line) => line.visual_cursor(),
        }
    }

    /// The rate that is chosen.
    ///
    /// # Errors
    /// What is typed is no number, or none that can be asked for: in words.
    pub fn rate(&self) -> Result<f64, &'static str> {
        let rate = match &self.entry {
            Entry::Exact(rate) => Some(*rate),
            Entry::Typed(line) => line.value().parse().ok(),
        };
        let rate: f64 = rate.ok_or("that is no number; 3e-4 is one")?;
        if LEARNING_RATES.contains(&rate) { Ok(rate) } else { Err("1e-8 to 10 can be asked for") }
    }

    fn edit(&mut self, request: InputRequest) {
        match request {
            InputRequest::InsertChar('-' | 'h') if !self.takes_a_sign() => self.times(0.5),
            InputRequest::InsertChar('+' | '=') if !self.takes_a_sign() => self.times(2.0),
            InputRequest::InsertChar(c) if !"0123456789.eE+-".contains(c) => {}
            InputRequest::InsertChar(_) if self.text().len() >= LONGEST => {}
            request => {
                // The first digit begins a number of its own; anything else changes the one there.
                let starts_anew = matches!(request, InputRequest::InsertChar(_));
                if let Entry::Exact(_) = self.entry {
                    let text = if starts_anew { String::new() } else { self.text() };
                    self.entry = Entry::Typed(Line::new(text));
                }
                if let Entry::Typed(line) = &mut self.entry {
                    line.handle(request);
                }
            }
        }
    }

    /// Whether a sign would be that of an exponent: right behind an `e`.
    fn takes_a_sign(&self) -> bool {
        matches!(&self.entry, Entry::Typed(line) if line.value().ends_with(['e', 'E']))
    }

    fn times(&mut self, factor: f64) {
        if let Ok(rate) = self.rate() {
            let (lowest, highest) = LEARNING_RATES.into_inner();
            self.entry = Entry::Exact((rate * factor).clamp(lowest, highest));
        }
    }
}

/// A number of epochs that is being chosen.
#[derive(Debug, Clone)]
pub struct EpochsDialog {
    pub line: Line,
    /// Whether nothing has been typed: the first digit begins a number of its own.
    is_fresh: bool,
}

impl EpochsDialog {
    /// The epochs to be added.
    ///
    /// # Errors
    /// In words.
    pub fn more(&self) -> Result<u32, &'static str> {
        let more = self.line.value().parse().ok();
        more.filter(|more| (1..=MOST_ADDED).contains(more)).ok_or("1 to 10,000 can be added")
    }

    fn edit(&mut self, request: InputRequest) {
        let by = |epochs: u32| Line::new(epochs.clamp(1, MOST_ADDED).to_string());
        match request {
            InputRequest::InsertChar('+' | '=') => {
                self.line = by(self.more().map_or(1, |more| more + 1));
            }
            InputRequest::InsertChar('-') => self.line = by(self.more().map_or(1, |more| more - 1)),
            InputRequest::InsertChar(c) if !c.is_ascii_digit() => {}
            InputRequest::InsertChar(c) if self.is_fresh => self.line = Line::new(c.into()),
            InputRequest::InsertChar(_) if self.line.value().len() >= 5 => {}
            request => {
                self.line.handle(request);
            }
        }
        self.is_fresh = false;
    }
}

impl App {
    /// Whether the trainer can be asked for something; if not, says why.
    pub(super) fn can_ask(&mut self) -> bool {
        let why = match self.source {
            _ if self.is_over() => "the run has ended",
            Source::Watch => "this screen only looks on: the run belongs to another process",
            Source::Live => return true,
        };
        self.say(why);
        false
    }

    /// Asks for something that needs a run that goes on.
    pub(super) fn ask(&mut self, command: Command) -> Option<Effect> {
        if self.can_ask() { self.send(command) } else { None }
    }

    pub(super) fn open_rate_dialog(&mut self) {
        if !self.can_ask() {
            return;
        }
        match self.run.next_lr() {
            Some(now) => self.overlay = Overlay::Rate(RateDialog::new(now)),
            None => self.say("no learning rate to change yet"),
        }
    }

    pub(super) fn open_epochs_dialog(&mut self) {
        if !self.can_ask() {
            return;
        }
        match (self.run.epochs(), self.ends_by_steps()) {
            (None, _) => self.say("no run to add epochs to yet"),
            (_, true) => self.say("this run ends by its number of steps, not by epochs"),
            _ => {
                self.overlay =
                    Overlay::Epochs(EpochsDialog { line: Line::new("1".into()), is_fresh: true })
            }
        }
    }

    /// Whether more epochs would not be trained.
    fn ends_by_steps(&self) -> bool {
        let Some(started) = &self.run.started else { return false };
        started.config.max_steps.is_some() && started.config.max_steps == self.run.total_steps()
    }

    pub(super) fn in_rate_dialog(
        &mut self,
        mut dialog: RateDialog,
        action: Action,
    ) -> Option<Effect> {
        match action {
            Action::Back => return None,
            Action::Enter => match dialog.rate() {
                Ok(rate) => return self.ask(Command::SetLearningRate(rate)),
                Err(why) => self.say(why),
            },
            Action::Edit(request) => dialog.edit(request),
            _ => {}
        }
        self.overlay = Overlay::Rate(dialog);
        None
    }

    pub(super) fn in_epochs_dialog(
        &mut self,
        mut dialog: EpochsDialog,
        action: Action,
    ) -> Option<Effect> {
        match action {
            Action::Back => return None,
            Action::Enter => match dialog.more() {
                Ok(more) => return self.ask(Command::AddEpochs(more)),
                Err(why) => self.say(why),
            },
            Action::Edit(request) => dialog.edit(request),
            _ => {}
        }
        self.overlay = Overlay::Epochs(dialog);
        None
    }
}
