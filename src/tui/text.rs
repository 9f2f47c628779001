//! Text from outside, made fit for the screen.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::events::TrainEvent;

/// `text` without control characters, so that no file can speak to the terminal; tabs become
/// spaces.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\t' => out.push(' '),
            // A colour sequence goes as a whole, not only its first byte.
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                chars.by_ref().find(|c| ('\u{40}'..='\u{7e}').contains(c));
            }
            c if c.is_control() || is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Marks that turn the direction of writing or hide text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Makes every text in `event` plain: it may come from a file that anybody wrote.
pub fn clean(event: &mut TrainEvent) {
    let strip = |text: &mut String| {
        if text.chars().any(|c| c.is_control() || is_invisible(c)) {
            *text = plain(text);
        }
    };
    match event {
        TrainEvent::RunStarted(started) => {
            [&mut started.run_id, &mut started.version, &mut started.device, &mut started.dataset]
                .into_iter()
                .chain(&mut started.classes)
                .chain(&mut started.banner)
                .for_each(strip);
        }
        TrainEvent::Layers(sample) => {
            strip(&mut sample.method);
            sample.layers.iter_mut().for_each(|layer| strip(&mut layer.name));
        }
        TrainEvent::Checkpoint(saved) => strip(&mut saved.path),
        TrainEvent::Warning { kind, message } => [kind, message].into_iter().for_each(strip),
        TrainEvent::RunFinished(finished) => strip(&mut finished.reason),
        // The path of the predictions is for the host, and is not shown.
        TrainEvent::Evaluated(_)
        | TrainEvent::Phase { .. }
        | TrainEvent::Step(_)
        | TrainEvent::Resumed { .. } => {}
    }
}

/// Columns that `text` takes on the screen.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to at most `width` columns, the cut shown by `…`.
pub fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1; // the ellipsis
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// `text` cut or padded on the right to exactly `width` columns.
pub fn fit(text: &str, width: usize) -> String {
    let mut out = clip(text, width);
    out.extend(std::iter::repeat_n(' ', width - out.width().min(width)));
    out
}

/// `text` cut or padded on the left to exactly `width` columns.
pub fn fit_right(text: &str, width: usize) -> String {
    let out = clip(text, width);
    format!("{}{out}", " ".repeat(width - out.width().min(width)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_controls_a_terminal_is_gone() {
        assert_eq!(plain("a\u{1b}[31mred\u{1b}[0m\tb\r\n\u{7}"), "ared b");
        assert_eq!(plain("\u{1b}]52;c;x\u{7}"), "]52;c;x");
    }

    #[test]
    fn wide_characters_count_two_columns() {
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!((fit("ab", 4), fit_right("ab", 4)), ("ab  ".into(), "  ab".into()));
        assert_eq!(fit("ab", 0), "");
    }
}
