//! What the network said about each picture in evaluations before and after.

use std::ops::Range;

use ratatui::text::{Line, Span};

use super::{SamplesView, Shown, judged::Judged, load::Told, side::NAME};
use crate::{
    domain::units::{Count, Percent},
    tui::{
        text::{fit, wrapped},
        theme::Theme,
        views::parts::rows_around,
    },
};

/// The verdicts of one evaluation: 8 bytes a picture, however many classes there are.
#[derive(Debug)]
pub struct Verdicts(Vec<Verdict>);

#[derive(Debug)]
struct Verdict {
    truth: u16,
    class: u16,
    probability: f32,
}

impl Verdicts {
    pub fn of(all: &[Judged]) -> Self {
        let narrow = |class: usize| u16::try_from(class).unwrap_or(u16::MAX);
        let verdict = |judged: &Judged| Verdict {
            truth: narrow(judged.truth),
            class: narrow(judged.prediction),
            probability: judged.probability,
        };
        Self(all.iter().map(verdict).collect())
    }

    /// The class that the picture at `index` was taken for, and how certainly; `None` where that
    /// picture was of another class than `truth`, and so another one.
    pub fn about(&self, index: usize, truth: usize) -> Option<(usize, f32)> {
        let verdict = self.0.get(index).filter(|verdict| usize::from(verdict.truth) == truth)?;
        Some((verdict.class.into(), verdict.probability))
    }
}

/// What the network said about one picture, evaluation by evaluation.
pub struct Past<'a> {
    /// Step, class and probability of those that are known, oldest first.
    known: Vec<(u64, usize, f64)>,
    truth: usize,
    /// Place among them of the evaluation that is shown.
    at: usize,
    view: &'a SamplesView,
}

impl<'a> Past<'a> {
    /// That of the picture at `index`, which is of the class `truth`.
    pub fn of((index, truth): (usize, usize), shown: &Shown, view: &'a SamplesView) -> Self {
        let of_split = |told: &&Told| told.made.split == shown.made.split;
        let told = view.history.values().filter(of_split);
        let about = told.filter_map(|told| {
            let verdicts = told.verdicts.as_ref().ok()?;
            let (class, probability) = verdicts.about(index, truth)?;
            Some((told.made.step, class, f64::from(probability)))
        });
        let known: Vec<_> = about.collect();
        let at = known.partition_point(|(step, ..)| *step < shown.made.step);
        Self { known, truth, at, view }
    }

    /// As a table of at most `rows` rows with a blank one before it, the newest first.
    pub fn table(&self, rows: usize, theme: &Theme) -> Vec<Line<'static>> {
        if rows < 3 || self.known.len() < 2 {
            return Vec::new();
        }
        let range = rows_around(self.at, self.known.len(), rows - 2);
        let head = match self.part(&range) {
            part if part.is_empty() => "over the epochs, by step".to_owned(),
            part => format!("by step, {part}"),
        };
        let line = |&(step, class, probability): &(u64, usize, f64)| {
            let style = if class == self.truth { theme.good } else { theme.text };
            Line::from(vec![
                Span::styled(format!("{:>9}  ", Count(step)), theme.dim),
                Span::styled(fit(self.view.name(class), NAME), style),
                Span::styled(format!("{:>8}", Percent(probability)), theme.text),
            ])
        };
        let mut lines = vec![Line::default(), Line::styled(head, theme.dim)];
        lines.extend(self.known[range].iter().rev().map(line));
        lines
    }

    /// As running text of at most `rows` lines, of as many evaluations as they hold.
    pub fn text(&self, (width, rows): (usize, usize), theme: &Theme) -> Vec<Line<'static>> {
        let one = |&(step, class, probability): &(u64, usize, f64)| {
            format!("{} {} {}", Count(step), self.view.name(class), Percent(probability))
        };
        let all = self.known.len();
        let texts = (2..=all).rev().map(|most| {
            let range = rows_around(self.at, all, most);
            let head = match self.part(&range) {
                part if part.is_empty() => "by step".to_owned(),
                part => part,
            };
            let said: Vec<String> = self.known[range].iter().rev().map(one).collect();
            wrapped(&format!("{head}: {}", said.join(", ")), width)
        });
        let fits = texts.into_iter().find(|lines| lines.len() <= rows);
        let lines = fits.unwrap_or_default().into_iter();
        lines.map(|line| Line::styled(line, theme.text)).collect()
    }

    /// Which of all evaluations are told of, where not all are.
    fn part(&self, range: &Range<usize>) -> String {
        let all = self.view.of_split.max(self.known.len());
        let newest = range.end == self.known.len() && self.view.pinned.is_none();
        match range.len() {
            told if told == all => String::new(),
            told if newest => format!("newest {told} of {all}"),
            told => format!("{told} of {all}"),
        }
    }
}
