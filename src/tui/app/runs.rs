//! The list of runs, from which one is picked to watch or to compare with.

use tui_input::{Input as Line, InputRequest};

use super::{App, Overlay};
use crate::{
    domain::runs::Overview,
    tui::{
        Options, Source,
        action::{Action, Effect},
        text::plain,
        views::parts::{matches, moved},
    },
};

/// Rows that a page has.
const PAGE: usize = 10;

/// Compares whatever `enter` does. Letters filter, but their case makes no difference to that.
const COMPARES: InputRequest = InputRequest::InsertChar('C');

/// What `enter` does with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Watch,
    Compare,
}

/// The runs of the folder, the newest first, as far as they have been read.
#[derive(Debug)]
pub struct RunList {
    pub purpose: Purpose,
    /// What is typed to filter by.
    pub line: Line,
    pub selected: usize,
    pub rows: Vec<Overview>,
    pub progress: Listing,
}

/// How far the list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listing {
    UnderWay,
    Complete,
    /// The folder cannot be read, for this reason.
    Failed(String),
}

impl RunList {
    fn new(purpose: Purpose) -> Self {
        let (rows, progress) = (Vec::new(), Listing::UnderWay);
        Self { purpose, line: Line::default(), selected: 0, rows, progress }
    }

    /// The runs that fit what is typed.
    pub fn found(&self) -> Vec<&Overview> {
        let fits = |run: &&Overview| {
            let texts = [Some(run.id.as_str()), run.device.as_deref(), run.dataset.as_deref()];
            let texts = texts.into_iter().flatten().chain([run.state.label()]);
            texts.into_iter().any(|text| matches(text, self.line.value()))
        };
        self.rows.iter().filter(fits).collect()
    }

    fn chosen(&self) -> Option<String> {
        self.found().get(self.selected).map(|run| run.id.clone())
    }

    /// Puts one more run in its place by when it began; what a person has gone to stays selected.
    fn insert(&mut self, run: Overview) {
        let before = (self.selected > 0).then(|| self.chosen()).flatten();
        let place = self.rows.partition_point(|other| other.started_ms >= run.started_ms);
        self.rows.insert(place, run);
        if let Some(id) = before {
            let place = self.found().iter().position(|run| run.id == id);
            self.selected = place.unwrap_or(self.selected);
        }
    }
}

impl App {
    /// Opens the list: to watch another run, or, while one is trained here, to compare it.
    pub fn list_runs(&mut self) -> Option<Effect> {
        let trains = self.source == Source::Live && !self.is_over();
        let purpose = if trains { Purpose::Compare } else { Purpose::Watch };
        self.overlay = Overlay::Runs(RunList::new(purpose));
        Some(Effect::ListRuns)
    }

    /// Takes one more run of the list, or, without one, that these were all; says whether there is
    /// a list to take it.
    pub fn listed(&mut self, run: Option<Overview>) -> bool {
        let Overlay::Runs(list) = &mut self.overlay else { return false };
        match run {
            Some(mut run) => {
                run.id = plain(&run.id);
                let texts = [&mut run.device, &mut run.dataset, &mut run.reason];
                texts.into_iter().flatten().for_each(|text| *text = plain(text));
                list.insert(run);
            }
            None => list.progress = Listing::Complete,
        }
        true
    }

    /// There is no list, for the reason that is given.
    pub fn unlisted(&mut self, why: &str) {
        if let Overlay::Runs(list) = &mut self.overlay {
            list.progress = Listing::Failed(plain(why));
        }
    }

    pub(super) fn in_runs(&mut self, mut list: RunList, action: Action) -> Option<Effect> {
        let purpose = match action {
            Action::Enter => Some(list.purpose),
            Action::Edit(COMPARES) => Some(Purpose::Compare),
            _ => None,
        };
        if let (Some(purpose), Some(run)) = (purpose, list.chosen()) {
            return self.pick(run, purpose);
        }
        match action {
            Action::Back => return None,
            Action::Edit(request) if request != COMPARES => {
                list.line.handle(request);
                list.selected = 0;
            }
            Action::Move(motion) => {
                list.selected = moved(list.selected, motion, list.found().len(), PAGE);
            }
            _ => {}
        }
        self.overlay = Overlay::Runs(list);
        None
    }

    fn pick(&mut self, run: String, purpose: Purpose) -> Option<Effect> {
        match purpose {
            Purpose::Compare if run == self.title => {
                self.say("this is the run that is shown; pick another to compare it with");
                None
            }
            Purpose::Compare => Some(Effect::Compare(run)),
            Purpose::Watch if run == self.title => None,
            Purpose::Watch => Some(Effect::Watch(run)),
        }
    }

    /// Another run is shown from here on, and looked on at: nothing of the one before stays but how
    /// the person wants to see it.
    pub fn begin_anew(&mut self, title: &str, options: &Options) {
        let new = Self::new(options, self.theme.colours);
        let old = std::mem::replace(self, new);
        (self.title, self.source) = (plain(title), Source::Watch);
        (self.theme, self.theme_choice) = (old.theme, old.theme_choice);
        (self.glyphs, self.graphics, self.keys) = (old.glyphs, old.graphics, old.keys);
        (self.zone, self.tab, self.size, self.now) = (old.zone, old.tab, old.size, old.now);
    }
}
