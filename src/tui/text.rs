//! Text on the screen: how wide it is, and that what comes from outside is plain.

use std::collections::HashMap;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use crate::domain::text::plain;
use crate::domain::{events::TrainEvent, text::is_plain};

/// Longer texts in an event were not meant to be read, and would be measured anew at each drawing.
const MOST_CHARS: usize = 4_000;
/// Likewise for the name of a layer or of a class: of names there are many, and those of layers are
/// kept with each of the steps that were timed.
const MOST_OF_A_NAME: usize = 200;

/// Makes every text in `event` plain: it may come from a file that anybody wrote.
pub fn clean(event: &mut TrainEvent) {
    let strip = |text: &mut String| clean_text(text, MOST_CHARS);
    let name = |text: &mut String| clean_text(text, MOST_OF_A_NAME);
    match event {
        TrainEvent::RunStarted(started) => {
            [&mut started.run_id, &mut started.version, &mut started.device, &mut started.dataset]
                .into_iter()
                .chain(&mut started.banner)
                .for_each(strip);
            started.classes.iter_mut().for_each(name);
        }
        TrainEvent::Layers(sample) => {
            strip(&mut sample.method);
            sample.layers.iter_mut().for_each(|layer| name(&mut layer.name));
        }
        TrainEvent::LayerStats(stats) => {
            stats.layers.iter_mut().for_each(|layer| name(&mut layer.name));
        }
        TrainEvent::Checkpoint(saved) => strip(&mut saved.path),
        TrainEvent::Warning { kind, message } => [kind, message].into_iter().for_each(strip),
        TrainEvent::Refused { command, why } => [command, why].into_iter().for_each(strip),
        TrainEvent::RunFinished(finished) => strip(&mut finished.reason),
        // The path of the predictions is for the host, and is not shown.
        TrainEvent::Evaluated(_)
        | TrainEvent::Phase { .. }
        | TrainEvent::Step(_)
        | TrainEvent::LearningRate(_)
        | TrainEvent::Extended(_)
        | TrainEvent::Resumed { .. } => {}
    }
}

fn clean_text(text: &mut String, most: usize) {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
    if !is_plain(text) {
        *text = plain(text);
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

/// `text` broken between its words into lines of at most `columns`; a longer word is cut. A number
/// keeps its per cent sign.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let text = text.replace(" %", "\u{a0}%");
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let word = clip(&word.replace('\u{a0}', " "), columns);
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(&word);
        } else if width(line) + 1 + width(&word) > columns {
            lines.push(word);
        } else {
            line.push(' ');
            line.push_str(&word);
        }
    }
    lines
}

/// The names in at most `columns` columns, each of them once: the beginning; beginning and end; a
/// number.
pub fn short_names(names: &[String], columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let head = |name: &String| first_columns(name, columns).to_owned();
    let ends = |name: &String| {
        let last = name.char_indices().last().map_or("", |(at, _)| &name[at..]);
        format!("{}{last}", first_columns(name, columns.saturating_sub(last.width())))
    };
    let mut short: Vec<String> = names.iter().map(head).collect();
    for class in not_alone(&short) {
        short[class] = ends(&names[class]);
    }
    loop {
        let number = |class: &usize| class.to_string();
        let mut rest = not_alone(&short);
        rest.retain(|class| short[*class] != number(class));
        if rest.is_empty() {
            return short;
        }
        // One of these numbers may be how another class is called, which then takes its own.
        rest.iter().for_each(|class| short[*class] = number(class));
    }
}

/// The places of those that are there more than once.
fn not_alone(texts: &[String]) -> Vec<usize> {
    let mut count = HashMap::<&str, usize>::new();
    texts.iter().for_each(|text| *count.entry(text).or_default() += 1);
    (0..texts.len()).filter(|at| count[&*texts[*at]] > 1).collect()
}

/// As much of the beginning of `text` as `columns` columns hold.
fn first_columns(text: &str, columns: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|&end| text[..end].width() <= columns).last();
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_an_event_become_plain_and_short_enough_to_draw() {
        let message = "a\u{1b}[31mred".to_owned() + &"x".repeat(1 << 20);
        let mut event = TrainEvent::Warning { kind: "\u{9b}1mk".into(), message };
        clean(&mut event);
        let TrainEvent::Warning { kind, message } = event else { panic!("another event") };
        assert_eq!((kind.as_str(), &message[..5]), ("k", "aredx"));
        assert!(message.len() <= MOST_CHARS);
    }

    #[test]
    fn texts_are_broken_between_words() {
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("ab cd  ef", 5), ["ab cd", "ef"]);
        assert_eq!(wrapped("ab 1 % of", 5), ["ab", "1 %", "of"]);
        assert_eq!(wrapped("a toolong 日本 b", 5), ["a", "tool…", "日本", "b"]);
    }

    #[test]
    fn short_names_are_unique() {
        let short = |names: &[&str], columns| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            short_names(&names, columns)
        };
        assert_eq!(short(&["deer", "dog", "door", "dot"], 2), ["de", "dg", "dr", "dt"]);
        assert_eq!(short(&["class-001", "class-011", "class-002"], 3), ["0", "1", "cl2"]);
        // Each of these letters takes two columns.
        assert_eq!(short(&["飛行機", "飛行船", "鳥", ""], 3), ["機", "船", "鳥", ""]);
        assert_eq!(short(&["飛行機", "飛行船"], 5), ["飛機", "飛船"]);
        // A class may be called what stands for another one.
        assert_eq!(short(&["2", "pair 1", "past 1"], 2), ["0", "1", "2"]);
        assert_eq!(short(&["a", "0", "pair 1", "past 1", "3"], 2), ["a", "0", "2", "3", "4"]);
    }

    #[test]
    fn wide_characters_count_two_columns() {
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!((fit("ab", 4), fit_right("ab", 4)), ("ab  ".into(), "  ab".into()));
        assert_eq!(fit("ab", 0), "");
    }
}
