//! The frame around every pane.

use ratatui::{
    layout::Alignment,
    text::{Line, Span},
    widgets::{Block, BorderType, Borders},
};

use super::theme::Theme;

/// A bordered block whose title and border show the focus.
pub fn pane(title: &str, focused: bool, theme: &Theme) -> Block<'static> {
    let ink = if focused { theme.accent } else { theme.dim };
    frame(focused, theme).title(Span::styled(format!(" {} ", title.trim()), ink))
}

/// The same with a legend at the right end of its upper border.
pub fn pane_with_legend(
    title: &str,
    legend: Vec<Span<'static>>,
    focused: bool,
    theme: &Theme,
) -> Block<'static> {
    if legend.iter().all(|span| span.content.is_empty()) {
        return pane(title, focused, theme);
    }
    let mut spans = vec![Span::raw(" ")];
    spans.extend(legend);
    spans.push(Span::raw(" "));
    pane(title, focused, theme).title(Line::from(spans).alignment(Alignment::Right))
}

fn frame(focused: bool, theme: &Theme) -> Block<'static> {
    let border = if focused { theme.border_focused } else { theme.border };
    Block::new().borders(Borders::ALL).border_type(BorderType::Rounded).border_style(border)
}
