//! From an action to the next state. Decides; the event loop does.

use ratatui::crossterm::event::KeyEvent;
use tui_input::Input as Line;

use super::{App, Count, LEAVING, Leaving, Overlay, Palette};
use crate::{
    domain::events::{Command, Phase},
    tui::{
        Exit, Source,
        action::{Action, Effect},
        keys,
        tab::Tab,
        theme::Theme,
        views::Outcome,
    },
};

impl App {
    /// What a key means at this moment.
    pub fn meaning(&self, pressed: &KeyEvent) -> Option<Action> {
        match self.overlay.is_typing() {
            true => keys::action_while_typing(pressed),
            false => self.keys.action_for(pressed),
        }
    }

    /// Does what `action` says; what reaches beyond the screen comes back as an effect.
    pub fn update(&mut self, action: Action) -> Option<Effect> {
        self.views.prepare(self.tab, &self.run);
        match action {
            Action::Interrupt => return self.interrupt(),
            Action::Suspend => return Some(Effect::Suspend),
            _ => {}
        }
        match std::mem::take(&mut self.overlay) {
            Overlay::None => self.act(action),
            Overlay::Help(top) => self.in_help(top, action),
            Overlay::Palette(palette) => self.in_palette(palette, action),
            Overlay::Runs(list) => self.in_runs(list, action),
            Overlay::Filter(line) => self.in_filter(line, action),
            Overlay::Export => self.in_export(action),
            Overlay::Rate(dialog) => self.in_rate_dialog(dialog, action),
            Overlay::Epochs(dialog) => self.in_epochs_dialog(dialog, action),
            Overlay::Quit => self.in_quit_dialog(action),
        }
    }

    /// A signal asks for the end: as if stopping had been confirmed.
    pub fn stop(&mut self) -> Option<Effect> {
        self.overlay = Overlay::None;
        match self.exit_now() {
            Some(exit) => Some(Effect::Leave(exit)),
            None if self.control.leaving == Leaving::No => self.send(Command::Stop),
            None => None,
        }
    }

    /// Leaves by itself once the trainer has done what it was asked to.
    pub fn leaves(&self) -> Option<Exit> {
        let waiting = self.control.leaving == Leaving::WaitingForEnd;
        let gone = self.run.phase == Some(Phase::Ended) || self.disconnected.is_some();
        let gone = gone || self.preparation().is_some();
        (waiting && gone).then_some(Exit::Stopped)
    }

    /// What to ask of the host before the next drawing.
    pub fn wanted(&mut self) -> Option<Effect> {
        self.views.prepare(self.tab, &self.run);
        if let Some(evaluation) = self.views.wanted(self.tab, &self.run) {
            return Some(Effect::Load(Box::new(evaluation)));
        }
        self.wanted_features().map(Effect::Features)
    }

    pub(super) fn act(&mut self, action: Action) -> Option<Effect> {
        self.views.samples.lie_in(self.body(), self.full_screen);
        let count = self.count.take();
        match action {
            Action::Digit(digit) => self.digit(digit, count),
            Action::Crosshair if let Some(count) = count.filter(|count| !count.is_way_here()) => {
                self.show(Tab::Train);
                let outcome = self.views.train.look_at(count.value, &self.run);
                self.follow(outcome);
            }
            Action::Step => return self.step(count),
            Action::TogglePause => return self.toggle_pause(),
            Action::Checkpoint => return self.ask(Command::Checkpoint),
            Action::RollBack => return self.ask(Command::RollBack),
            Action::FinishEpoch => return self.ask(Command::FinishEpoch),
            Action::Evaluate => return self.ask(Command::Evaluate),
            Action::LearningRate => self.open_rate_dialog(),
            Action::AddEpochs => self.open_epochs_dialog(),
            Action::Quit => return self.quit(),
            Action::Redraw => return Some(Effect::Redraw),
            Action::Copy => return self.copy(),
            Action::ListRuns => return self.list_runs(),
            other => self.look(other),
        }
        None
    }

    /// Changes what is looked at, and how.
    fn look(&mut self, action: Action) {
        match action {
            Action::Help => self.overlay = Overlay::Help(0),
            Action::Palette => self.overlay = Overlay::Palette(Palette::default()),
            Action::Export => self.overlay = Overlay::Export,
            Action::Filter => match self.views.filter(self.tab) {
                Some(filter) => self.overlay = Overlay::Filter(Line::new(filter)),
                None => self.say("nothing to filter on this tab"),
            },
            Action::NextTheme => {
                self.theme_choice = None;
                self.theme = Theme::new(self.theme.name.next(), self.theme.colours);
                self.say(format!("theme: {}", self.theme.name.label()));
            }
            Action::NextGlyphs => {
                self.glyphs = self.glyphs.next();
                self.say(format!("curves of {}", self.glyphs.label()));
            }
            Action::FullScreen => self.full_screen = !self.full_screen,
            Action::Back if self.full_screen => self.full_screen = false,
            Action::LessSmooth | Action::Smoother => {
                self.in_view(action);
                self.smooth_compared();
            }
            Action::Compare => self.stop_comparing(),
            other => match other.home().filter(|home| *home != self.tab) {
                Some(home) => {
                    self.say(format!("that is on tab {} {}", home.index() + 1, home.label()));
                }
                None => self.in_view(other),
            },
        }
    }

    /// Hands `action` to the tab that is shown.
    pub(super) fn in_view(&mut self, action: Action) {
        let (tab, area) = (self.tab, self.body());
        let (views, around) = self.views_around();
        let outcome = views.update(tab, action, area, &around);
        self.follow(outcome);
    }

    /// Does what a tab wants beyond its own state.
    pub(super) fn follow(&mut self, outcome: Outcome) {
        if let Some(tab) = outcome.tab {
            self.show(tab);
        }
        if let Some(message) = outcome.message {
            self.say(message);
        }
    }

    pub(super) fn show(&mut self, tab: Tab) {
        if tab != self.tab {
            self.full_screen = false;
        }
        self.tab = tab;
    }

    fn digit(&mut self, digit: u8, count: Option<Count>) {
        if digit == 0 && count.is_none() {
            self.in_view(Action::Digit(0));
            return;
        }
        let typed = count.map_or(0, |count| count.value);
        let before = count.map_or(self.tab, |count| count.before);
        let value = typed.saturating_mul(10).saturating_add(u64::from(digit));
        self.count = Some(Count { value, since: self.now, before });
        if let Some(tab) = Tab::of_digit(digit) {
            self.show(tab);
        }
    }

    fn step(&mut self, count: Option<Count>) -> Option<Effect> {
        if let Some(count) = count {
            self.show(count.before);
        }
        let steps = count.map_or(1, |count| count.value);
        if steps == 0 {
            self.say("0 steps are none");
            return None;
        }
        self.ask(Command::Step(steps))
    }

    fn toggle_pause(&mut self) -> Option<Effect> {
        let Some(phase) = self.run.phase else {
            self.say("nothing to pause yet");
            return None;
        };
        let command = self.control.flip_pause(phase);
        if command.is_none() {
            self.say(match phase {
                Phase::Ended => "the run has ended",
                Phase::Starting => "nothing to pause yet",
                _ => "the run is stopping",
            });
        }
        let command = command?;
        self.ask(command)
    }

    pub(super) fn send(&mut self, command: Command) -> Option<Effect> {
        self.control.sent(command);
        Some(Effect::Send(command))
    }

    /// How leaving at this moment is called, if it needs no question.
    fn exit_now(&self) -> Option<Exit> {
        match self.source {
            _ if self.is_over() => Some(Exit::Finished),
            Source::Watch => Some(Exit::Detached),
            // Nothing has been learned that a trainer would have to save.
            Source::Live => self.preparation().map(|_| Exit::Stopped),
        }
    }

    fn quit(&mut self) -> Option<Effect> {
        match self.exit_now() {
            Some(exit) => return Some(Effect::Leave(exit)),
            None if self.control.leaving == Leaving::No => self.overlay = Overlay::Quit,
            None => self.say(LEAVING),
        }
        None
    }

    /// `C-c`: the first asks, the second stops, the third does not wait.
    fn interrupt(&mut self) -> Option<Effect> {
        let asked_already = matches!(self.overlay, Overlay::Quit);
        self.overlay = Overlay::None;
        if self.control.leaving == Leaving::WaitingForEnd {
            return Some(Effect::Leave(Exit::Stopped));
        }
        if asked_already { self.stop() } else { self.quit() }
    }

    fn in_quit_dialog(&mut self, action: Action) -> Option<Effect> {
        match action {
            Action::Enter => self.stop(),
            Action::Back => None,
            _ => {
                self.overlay = Overlay::Quit;
                None
            }
        }
    }
}
