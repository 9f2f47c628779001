//! What a person does with the mouse.

use ratatui::{
    crossterm::event::{MouseButton, MouseEvent, MouseEventKind},
    layout::Position,
};

/// What happened to the left button or the wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    Press,
    /// Moved with the button held.
    Drag,
    Release,
    WheelUp,
    WheelDown,
}

/// Something done with the mouse, and the cell of the screen where it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    pub kind: MouseKind,
    pub at: Position,
}

impl Mouse {
    /// What the terminal tells, if the dashboard has a use for it.
    pub fn of(event: &MouseEvent) -> Option<Self> {
        let kind = match event.kind {
            MouseEventKind::Down(MouseButton::Left) => MouseKind::Press,
            MouseEventKind::Drag(MouseButton::Left) => MouseKind::Drag,
            MouseEventKind::Up(MouseButton::Left) => MouseKind::Release,
            MouseEventKind::ScrollUp => MouseKind::WheelUp,
            MouseEventKind::ScrollDown => MouseKind::WheelDown,
            _ => return None,
        };
        Some(Self { kind, at: Position::new(event.column, event.row) })
    }
}
