//! What the training takes of the machine: measured now and then while it goes on, and only then.

use super::App;
use crate::{
    domain::machine::Load,
    tui::{Measuring, Source, action::Effect, tab::Tab},
};

/// Time between two measurements, in ms.
const PERIOD: u64 = 2_000;

/// What is known of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine {
    load: Option<Load>,
    /// When to measure next; `None` while nothing is trained here.
    due: Option<u64>,
}

impl App {
    /// What was last measured, while it holds.
    pub fn load(&self) -> Option<Load> {
        self.machine.load.filter(|_| self.is_training_here())
    }

    /// Asks for a measurement when it is time for one.
    pub fn measurement_due(&mut self) -> Option<Effect> {
        if !self.is_training_here() {
            self.machine = Machine::default();
            return None;
        }
        let due = self.machine.due;
        if due.is_some_and(|due| self.now < due) {
            return None;
        }
        self.machine.due = Some(self.now + PERIOD);
        // A process that was stopped is late by more than a moment.
        let begins = due.is_none_or(|due| self.now > due + PERIOD);
        let device = self.run.started.as_ref().map_or("", |started| &started.device);
        Some(Effect::Measure(Measuring { begins, gpu: device.starts_with("wgpu") }))
    }

    /// Takes in what was measured; says whether the screen looks different for it.
    pub fn measured(&mut self, load: Load) -> bool {
        let before = self.load();
        self.machine.load = Some(load);
        self.tab == Tab::Train && self.load() != before
    }

    fn is_training_here(&self) -> bool {
        self.source == Source::Live && self.clock_runs()
    }
}
