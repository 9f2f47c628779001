//! What the tab says about itself.

use super::{Filter, SamplesView};
use crate::{
    domain::state::RunState,
    tui::{text::width, views::parts::csv},
};

/// Why there is no picture yet.
pub fn waiting_for(run: &RunState) -> &'static str {
    match run.evaluations.last() {
        None => "waiting for the first validation, after the first epoch…",
        Some(evaluation) if evaluation.predictions.is_none() => {
            "the evaluations of this run kept no predictions"
        }
        Some(_) => "loading predictions and pictures…",
    }
}

impl SamplesView {
    /// The pictures shown, in their order: index in the split, classes, loss, probability.
    pub fn csv(&self) -> Option<String> {
        let predictions = &self.shown.as_ref()?.samples.predictions;
        let line = |index: &u32| {
            let index = *index as usize;
            let top = predictions.top(index, 1)[0];
            let truth = csv(self.name(usize::from(predictions.labels[index])));
            let (prediction, loss) = (csv(self.name(top.0)), predictions.loss(index));
            format!("{index},{truth},{prediction},{loss},{}\n", top.1)
        };
        let head = "index,truth,prediction,loss,probability\n".to_owned();
        Some(self.visible.iter().map(line).fold(head, |csv, line| csv + &line))
    }

    /// What is shown, and which evaluation it is of, as fully as both fit into `room` columns.
    pub(super) fn titles(&self, room: usize) -> (String, String) {
        let Some(shown) = &self.shown else { return ("samples".to_owned(), String::new()) };
        let [long, short] = self.shown_in_words(shown.samples.predictions.len());
        let epoch = format!("epoch {}", shown.epoch);
        let [place, briefly] = match self.place.as_str() {
            "" => [epoch.clone(), epoch.clone()],
            "newest" => [format!("{epoch} (newest [ ])"), format!("{epoch} [ ]")],
            place => [place, &place.replace(" of ", "/")].map(|at| format!("{epoch} ({at} [ ])")),
        };
        let wordings = [
            (long.clone(), format!("{}, {place}", shown.split.label())),
            (long, place.clone()),
            (short.clone(), place),
            (short.clone(), briefly),
            (short, epoch),
        ];
        let fits = |(title, legend): &&(String, String)| width(title) + width(legend) <= room;
        wordings.iter().find(fits).unwrap_or(&wordings[4]).clone()
    }

    /// Which of `all` pictures are shown in which order: in full, and in short.
    fn shown_in_words(&self, all: usize) -> [String; 2] {
        let count = self.visible.len();
        let cell = match self.selection.filter {
            Filter::Misclassified | Filter::All => String::new(),
            Filter::Cell { truth, prediction } if truth == prediction => {
                format!(": {} found", self.name(truth))
            }
            Filter::Cell { truth, prediction } => {
                format!(": {} → {}", self.name(truth), self.name(prediction))
            }
        };
        let [long, short] = match self.selection.filter {
            Filter::Misclassified => [" misclassified", " wrong"],
            Filter::All | Filter::Cell { .. } => [&*cell, &*cell],
        };
        let text = match self.selection.text.trim() {
            "" => String::new(),
            text => format!(" · “{text}”"),
        };
        let reversed = if self.selection.reversed { ", reversed" } else { "" };
        let order = format!("{text} · by {}{reversed}", self.selection.sort.label());
        [format!("{count} of {all}{long}{order}"), format!("{count}/{all}{short}{order}")]
    }

    pub(super) fn nothing(&self) -> &'static str {
        match self.selection.filter {
            _ if !self.selection.text.is_empty() => "no picture matches; esc clears the filter",
            Filter::Misclassified => "every picture is classified correctly; m shows all",
            Filter::Cell { .. } => "no picture in this cell; esc goes back to the matrix",
            Filter::All => "this evaluation saw no picture",
        }
    }
}
