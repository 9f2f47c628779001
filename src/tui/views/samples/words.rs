//! What the tab says about itself.

use super::{Filter, SamplesView};
use crate::{domain::state::RunState, tui::views::parts::csv};

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

    pub(super) fn title(&self) -> String {
        let Some(shown) = &self.shown else { return "samples".to_owned() };
        let count = self.visible.len();
        let all = shown.samples.predictions.len();
        let what = match self.selection.filter {
            Filter::Misclassified => format!("{count} of {all} misclassified"),
            Filter::All => format!("{count} of {all}"),
            Filter::Cell { truth, prediction } if truth == prediction => {
                format!("{count} of {all}: {} found", self.name(truth))
            }
            Filter::Cell { truth, prediction } => {
                format!("{count} of {all}: {} → {}", self.name(truth), self.name(prediction))
            }
        };
        let text = match self.selection.text.trim() {
            "" => String::new(),
            text => format!(" · “{text}”"),
        };
        let reversed = if self.selection.reversed { ", reversed" } else { "" };
        format!("{what}{text} · by {}{reversed}", self.selection.sort.label())
    }

    /// The evaluation, in short in a pane of few columns.
    pub(super) fn legend(&self, width: u16) -> String {
        let Some(shown) = &self.shown else { return String::new() };
        let place = match self.place.as_str() {
            "" => String::new(),
            place => format!(" ({place} [ ])"),
        };
        match width {
            ..76 => format!("epoch {}{place}", shown.epoch),
            _ => format!("{}, epoch {}{place}", shown.split.label(), shown.epoch),
        }
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
