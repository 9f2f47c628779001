//! The frame around every pane.

use ratatui::{
    text::Span,
    widgets::{Block, BorderType, Borders},
};

use super::theme::Theme;

/// A bordered block whose title and border show the focus.
pub fn pane(title: &str, focused: bool, theme: &Theme) -> Block<'static> {
    let (border, ink) =
        if focused { (theme.border_focused, theme.accent) } else { (theme.border, theme.dim) };
    Block::new()
        .borders(Borders::ALL)
        .border_type(BorderType::Rounded)
        .border_style(border)
        .title(Span::styled(format!(" {} ", title.trim()), ink))
}
