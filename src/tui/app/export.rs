//! What is shown, for other programs.

use super::App;
use crate::tui::action::Effect;

/// Bytes that terminals take by OSC 52 (xterm and tmux: 100,000 with base64 and its frame).
const MOST_COPIED: usize = 74_000;

impl App {
    /// The tab as a file in the current folder.
    pub(super) fn export(&mut self) -> Option<Effect> {
        let Some((ending, bytes)) = self.views.export(self.tab, &self.run) else {
            self.say("nothing to export yet");
            return None;
        };
        let tab = self.tab.label().to_lowercase();
        let name = format!("{}-{tab}.{ending}", file_name(&self.title));
        Some(Effect::Save { name, bytes })
    }

    /// The tab as text in the terminal's clipboard.
    pub(super) fn copy(&mut self) -> Option<Effect> {
        let copied = self.views.export(self.tab, &self.run);
        match copied.and_then(|(_, bytes)| String::from_utf8(bytes).ok()) {
            None => self.say("nothing to copy yet"),
            Some(text) if text.len() > MOST_COPIED => {
                self.say("too much for a terminal's clipboard: e writes it to a file");
            }
            Some(text) => return Some(Effect::Copy(text)),
        }
        None
    }
}

/// The run's id, which may come from a file, as part of a file's name.
fn file_name(title: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let name: String = title.chars().map(safe).collect();
    name.trim_start_matches('.').to_owned()
}
