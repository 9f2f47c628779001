//! What a key means, and what the dashboard asks of the world outside.

use tui_input::InputRequest;

use super::{Exit, Measuring, save::Draft, tab::Tab};
use crate::domain::{
    events::{Command, Evaluation},
    features::FeatureRequest,
};

/// A movement in the focused pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    Left,
    Down,
    Up,
    Right,
    Top,
    Bottom,
    PageUp,
    PageDown,
}

/// What a person wants, whichever key said so.
///
/// The variants give the actions their names in people's configuration: to rename one is to break
/// their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    TogglePause,
    /// As many steps as the count before it says, one without a count.
    Step,
    /// A digit: a tab, a part of a count, or (0 alone) the whole run in the charts.
    Digit(u8),
    NextPane,
    PreviousPane,
    Move(Motion),
    Enter,
    Back,
    Filter,
    Palette,
    Help,
    Sort,
    Reverse,
    ZoomIn,
    ZoomOut,
    Crosshair,
    LogScale,
    /// What the x axis of the charts counts.
    NextUnit,
    /// The next set of charts.
    NextCharts,
    /// What the curves are made of.
    NextGlyphs,
    LessSmooth,
    Smoother,
    /// Stop comparing with another run, or say how it is begun.
    Compare,
    /// Open the list of runs, to watch another or to compare with it.
    ListRuns,
    Matrix,
    /// What the tab shows: the table of layers, or where a step's time goes.
    StepParts,
    Checkpoint,
    RollBack,
    FinishEpoch,
    Evaluate,
    /// Show or hide what a block makes of a picture.
    FeatureMaps,
    /// Open the dialog for it.
    LearningRate,
    AddEpochs,
    Export,
    Copy,
    FullScreen,
    NextTheme,
    Redraw,
    Suspend,
    Quit,
    Interrupt,
    /// Typing into the line that is open.
    Edit(InputRequest),
}

impl Action {
    /// Its name in the configuration: `next-theme`, `move-page-down`, `digit-1`.
    pub fn name(self) -> String {
        let variant = format!("{self:?}");
        let mut name = String::new();
        for c in variant.chars().filter(|&c| c != ')') {
            if (c.is_ascii_uppercase() || c == '(') && !name.is_empty() && !name.ends_with('-') {
                name.push('-');
            }
            if c != '(' {
                name.push(c.to_ascii_lowercase());
            }
        }
        name
    }

    /// The only tab on which it can be done, if there is just one.
    pub fn home(self) -> Option<Tab> {
        match self {
            Self::Digit(0)
            | Self::ZoomIn
            | Self::ZoomOut
            | Self::Crosshair
            | Self::LogScale
            | Self::NextUnit
            | Self::NextCharts => Some(Tab::Train),
            Self::StepParts => Some(Tab::Layers),
            Self::FeatureMaps => Some(Tab::Network),
            _ => None,
        }
    }

    /// Whether its keys are the same for everybody.
    pub fn is_fixed(self) -> bool {
        matches!(self, Self::Digit(_) | Self::Enter | Self::Back | Self::Interrupt)
    }
}

/// What the reducer cannot do itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Send(Command),
    /// Ask the host for logits and pictures of this evaluation.
    Load(Box<Evaluation>),
    /// Ask the host for the runs of the folder; they come one by one.
    ListRuns,
    /// Show this run instead: its id.
    Watch(String),
    /// Draw this run behind the one that is shown: its id, the beginning of it, or a path.
    Compare(String),
    /// Ask the host for feature maps; they come later.
    Features(FeatureRequest),
    /// Ask the host what this process takes of its machine; that comes later.
    Measure(Measuring),
    /// Make a file and write it into the current folder.
    Save {
        name: String,
        draft: Draft,
    },
    /// Into the clipboard of the terminal.
    Copy(String),
    /// Paint every cell again.
    Redraw,
    /// Back to the shell, until it lets the program go on.
    Suspend,
    Leave(Exit),
}
