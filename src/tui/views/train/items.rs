//! Words in a row, of which the least important go where there is no room.

use ratatui::{style::Style, text::Span};

use crate::tui::text::width;

/// Between two items; words of one have a space between them.
const GAP: &str = "  ";

/// Words that stay or go together.
pub struct Item {
    /// The higher, the sooner it goes; with 0 it stays in any case.
    rank: u8,
    words: Vec<(String, Style)>,
}

impl Item {
    pub fn new(rank: u8, words: impl Into<Vec<(String, Style)>>) -> Self {
        Self { rank, words: words.into() }
    }

    fn columns(&self) -> usize {
        let words: usize = self.words.iter().map(|(text, _)| width(text)).sum();
        words + self.words.len().saturating_sub(1)
    }
}

/// As many of the items as so many columns have room for.
pub fn fitting(mut items: Vec<Item>, room: usize) -> Vec<Span<'static>> {
    let columns = |items: &[Item]| {
        let gaps = GAP.len() * items.len().saturating_sub(1);
        items.iter().map(Item::columns).sum::<usize>() + gaps
    };
    while columns(&items) > room {
        let least = items.iter().map(|item| item.rank).max().unwrap_or(0);
        if least == 0 {
            break;
        }
        items.iter().rposition(|item| item.rank == least).map(|last| items.remove(last));
    }
    let mut spans = Vec::new();
    for (place, item) in items.into_iter().enumerate() {
        for (word, (text, style)) in item.words.into_iter().enumerate() {
            spans.push(Span::raw(match (place, word) {
                (0, 0) => "",
                (_, 0) => GAP,
                _ => " ",
            }));
            spans.push(Span::styled(text, style));
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_least_goes_first_and_what_must_stay_stays() {
        let item = |rank, text: &str| Item::new(rank, [(text.to_owned(), Style::new())]);
        let shown = |room| {
            let items = vec![item(0, "one"), item(2, "two"), item(2, "three"), item(1, "four")];
            fitting(items, room).iter().map(|span| span.content.to_string()).collect::<String>()
        };
        assert_eq!(shown(21), "one  two  three  four");
        assert_eq!(shown(20), "one  two  four");
        assert_eq!(shown(9), "one  four");
        assert_eq!(shown(0), "one");
    }
}
