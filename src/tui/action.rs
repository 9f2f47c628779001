//! What a key means, and what the dashboard asks of the world outside.

use tui_input::InputRequest;

use super::Exit;
use crate::domain::events::{Command, Evaluation};

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
    LessSmooth,
    Smoother,
    /// Stop comparing with another run, or say how it is begun.
    Compare,
    Matrix,
    Checkpoint,
    RollBack,
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

/// What the reducer cannot do itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Send(Command),
    /// Ask the host for logits and pictures of this evaluation.
    Load(Box<Evaluation>),
    /// Draw this run behind the one that is shown: its id, the beginning of it, or a path.
    Compare(String),
    /// Write a file into the current folder.
    Save {
        name: String,
        bytes: Vec<u8>,
    },
    /// Into the clipboard of the terminal.
    Copy(String),
    /// Paint every cell again.
    Redraw,
    /// Back to the shell, until it lets the program go on.
    Suspend,
    Leave(Exit),
}
