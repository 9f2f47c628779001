//! What is shown, for other programs.

use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    layout::{Constraint, Layout},
    text::{Line, Span},
};
use tui_input::InputRequest;

use super::{App, Overlay};
use crate::{
    domain::events::Quantity,
    tui::{
        action::{Action, Effect},
        export::Sheet,
        graphics::Graphics,
        save::Draft,
        tab::Tab,
        text::clip,
        theme::{ColourDepth, Theme},
        views,
    },
};

/// Bytes that terminals take by OSC 52 (xterm and tmux: 100,000 with base64 and its frame).
const MOST_COPIED: usize = 74_000;

/// No step's line of numbers is shorter: its commas alone are more.
const LEAST_OF_STEP: usize = 12;

/// No count takes less: a digit and what parts it from the next.
const LEAST_OF_CELL: usize = 2;

/// Fewest columns and rows of a picture, however small the screen.
const SMALLEST: (u16, u16) = (120, 40);

/// As what a view can be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The numbers.
    Table,
    Svg,
    Png,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Table, Self::Svg, Self::Png];

    /// The key that chooses it.
    pub fn key(self) -> char {
        match self {
            Self::Table => 'c',
            Self::Svg => 's',
            Self::Png => 'p',
        }
    }

    pub fn label(self, tab: Tab) -> &'static str {
        match self {
            Self::Table if tab == Tab::Log => "text: the lines",
            Self::Table => "CSV: the numbers",
            Self::Svg => "SVG: the picture, for print",
            Self::Png if tab == Tab::Samples => "PNG: the selected image",
            Self::Png => "PNG: the picture, in pixels",
        }
    }
}

impl App {
    /// A key while the menu of formats is open.
    pub(super) fn in_export(&mut self, action: Action) -> Option<Effect> {
        let typed = match action {
            Action::Back => return None,
            Action::Edit(InputRequest::InsertChar(c)) => c,
            _ => ' ',
        };
        match Format::ALL.into_iter().find(|format| format.key() == typed) {
            Some(format) => self.export(format),
            None => {
                self.overlay = Overlay::Export;
                None
            }
        }
    }

    /// The tab as a file in the current folder.
    fn export(&mut self, format: Format) -> Option<Effect> {
        if self.tab == Tab::Samples
            && format == Format::Png
            && let Some((name, bytes)) = self.views.samples.png()
        {
            let name = format!("{}.png", file_name(&format!("{}-{name}", self.title)));
            return Some(self.save(name, Draft::Bytes(bytes)));
        }
        let draft = match format {
            Format::Table => self.views.export(self.tab, &self.run),
            Format::Svg => Some(("svg", Draft::Svg(Box::new(self.sheet())))),
            Format::Png => Some(("png", Draft::Png(Box::new(self.sheet())))),
        };
        let Some((ending, draft)) = draft else {
            self.say("nothing to export");
            return None;
        };
        let tab = self.tab.label().to_lowercase();
        let name = format!("{}-{tab}.{ending}", file_name(&self.title));
        Some(self.save(name, draft))
    }

    fn save(&mut self, name: String, draft: Draft) -> Effect {
        self.say(format!("writing {name}…"));
        Effect::Save { name, draft }
    }

    /// The tab in all its colours, whatever the terminal has, under a line that says of which run.
    fn sheet(&mut self) -> Sheet {
        let size = (self.size.0.max(SMALLEST.0), self.size.1.max(SMALLEST.1));
        let full = Theme::new(self.theme.name, ColourDepth::TrueColor);
        let theme = std::mem::replace(&mut self.theme, full);
        let graphics = std::mem::replace(&mut self.graphics, Graphics::none());
        let shown = std::mem::replace(&mut self.size, size);
        let sheet = Sheet::of(&self.drawn(), self.theme.ground);
        (self.theme, self.graphics, self.size) = (theme, graphics, shown);
        sheet
    }

    fn drawn(&self) -> Buffer {
        let (columns, rows) = self.size;
        let Ok(mut terminal) = Terminal::new(TestBackend::new(columns, rows)); // it cannot fail
        let Ok(_) = terminal.draw(|frame| {
            let heights = [Constraint::Length(1), Constraint::Fill(1)];
            let whole = frame.area();
            let [caption, body] = Layout::vertical(heights).areas(whole);
            frame.buffer_mut().set_style(whole, self.theme.ground);
            frame.render_widget(self.caption(usize::from(columns)), caption);
            views::draw(frame, body, self);
        });
        terminal.backend().buffer().clone()
    }

    fn caption(&self, width: usize) -> Line<'static> {
        let mut facts = vec![format!("run {}", self.title)];
        if let Some(started) = &self.run.started {
            facts.push(format!("MobileNet-V1 α {}", started.config.alpha));
            facts.extend([started.dataset.clone(), started.device.clone()]);
        }
        if let Some(step) = &self.run.last_step {
            facts.push(format!("epoch {}, step {}", step.epoch, step.step));
        }
        let tab = format!(" {}  ", self.tab.label());
        let facts = clip(&facts.join(" │ "), width.saturating_sub(tab.len()));
        Line::from(vec![Span::styled(tab, self.theme.accent), Span::styled(facts, self.theme.dim)])
    }

    /// The tab as text in the terminal's clipboard.
    pub(super) fn copy(&mut self) -> Option<Effect> {
        if self.least_to_copy() > MOST_COPIED {
            return self.too_much();
        }
        let copied = self.views.export(self.tab, &self.run);
        let bytes = copied.and_then(|(_, draft)| draft.into_bytes());
        match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
            None => {
                self.say("nothing to copy");
                None
            }
            Some(text) if text.len() > MOST_COPIED => self.too_much(),
            Some(text) => Some(Effect::Copy(text)),
        }
    }

    /// Bytes that the tab's numbers have at least. Those of a long run or of many classes take long
    /// to write down, which would be for nothing.
    fn least_to_copy(&self) -> usize {
        match self.tab {
            Tab::Train => self.run.series(Quantity::Loss).len() * LEAST_OF_STEP,
            Tab::Confusion => self.views.confusion.cells(&self.run) * LEAST_OF_CELL,
            Tab::Layers | Tab::Samples | Tab::Network | Tab::Log => 0,
        }
    }

    fn too_much(&mut self) -> Option<Effect> {
        let key = self.keys.label(Action::Export);
        self.say(format!("too much for a terminal's clipboard: {key} writes it to a file"));
        None
    }
}

/// The run's id, which may come from a file, as part of a file's name.
fn file_name(title: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = title.chars().map(safe).collect();
    name.trim_start_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::events::{StepSample, TrainEvent},
        tui::testing::{many, press, rendered, running, tell},
    };

    #[test]
    fn only_what_is_too_much_in_any_case_is_refused_before_it_is_made() {
        let mut app = running();
        for step in 501..=1_000 {
            let unknown = StepSample { step, loss: f64::NAN, ..StepSample::default() };
            tell(&mut app, TrainEvent::Step(unknown));
        }
        let (_, draft) = app.views.export(app.tab, &app.run).unwrap();
        let bytes = draft.into_bytes().unwrap();
        let least = app.least_to_copy();
        assert!(1_000 < least && least <= bytes.len(), "{least} of {}", bytes.len());
        for step in 1_001..=8_000 {
            tell(&mut app, TrainEvent::Step(StepSample { step, ..StepSample::default() }));
        }
        assert_eq!(press(&mut app, "y"), []);
        assert!(rendered(&mut app, 80, 24).contains("e writes it to a file"));
    }

    #[test]
    fn so_is_a_matrix_of_many_classes() {
        for classes in [1, 2, 10, 150] {
            let mut app = many(classes);
            press(&mut app, "3");
            let (_, draft) = app.views.export(app.tab, &app.run).unwrap();
            let bytes = draft.into_bytes().unwrap();
            let (least, cells) = (app.least_to_copy(), classes * classes);
            assert!((2 * cells..=bytes.len()).contains(&least), "{least} of {}", bytes.len());
        }
        assert_eq!(press(&mut many(200), "3y"), []);
    }
}
