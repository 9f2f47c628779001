//! What the tab says about itself.

use super::{Filter, Judged, SamplesView};
use crate::tui::{
    action::Action,
    app::App,
    keys::KeyTable,
    text::width,
    views::parts::{self, csv},
};

/// Why there is no picture yet.
pub fn waiting_for(app: &App) -> String {
    match app.run.evaluations.last() {
        None => parts::awaited(app, "first validation", ", after the first epoch"),
        Some(evaluation) if evaluation.predictions.is_none() => {
            "the evaluations of this run kept no predictions".to_owned()
        }
        Some(_) => "loading predictions and pictures…".to_owned(),
    }
}

impl SamplesView {
    /// The pictures shown, in their order: index in the split, classes, loss, probability.
    pub fn csv(&self) -> Option<String> {
        let all = &self.shown.as_ref()?.judged;
        let line = |index: &u32| {
            let Judged { truth, prediction, probability, loss, .. } = all[*index as usize];
            let (truth, prediction) = (csv(self.name(truth)), csv(self.name(prediction)));
            format!("{index},{truth},{prediction},{loss},{probability}\n")
        };
        let head = "index,truth,prediction,loss,probability\n".to_owned();
        Some(self.visible.iter().map(line).fold(head, |csv, line| csv + &line))
    }

    /// What is shown, and which evaluation it is of, as fully as both fit into `room` columns.
    pub(super) fn titles(&self, room: usize, keys: &KeyTable) -> (String, String) {
        let [long, short] = match &self.shown {
            Some(shown) if self.error().is_none() => self.shown_in_words(shown.judged.len()),
            _ => ["samples", "samples"].map(str::to_owned),
        };
        let [with_split, full, brief, epoch] = self.evaluation_in_words(keys);
        let wordings = [
            (long.clone(), with_split),
            (long, full.clone()),
            (short.clone(), full),
            (short.clone(), brief),
            (short, epoch),
        ];
        let fits = |(title, legend): &&(String, String)| width(title) + width(legend) <= room;
        wordings.iter().find(fits).unwrap_or(&wordings[4]).clone()
    }

    /// Which evaluation is to be shown, in ever fewer words; that it is not there yet, if so.
    fn evaluation_in_words(&self, keys: &KeyTable) -> [String; 4] {
        let Some(target) = self.target else { return Default::default() };
        let epoch = format!("epoch {}", target.epoch);
        if !self.has_it() && self.error().is_none() {
            return [(); 4].map(|()| format!("loading {epoch}…"));
        }
        let full = format!("{epoch}{}", self.place.full(keys));
        let brief = format!("{epoch}{}", self.place.brief());
        [format!("{}, {full}", target.split.label()), full, brief, epoch]
    }

    /// Which of `all` pictures are shown in which order: in full, and in short.
    fn shown_in_words(&self, all: usize) -> [String; 2] {
        let (count, text) = (self.visible.len(), self.selection.text.trim());
        // What is typed picks from what there was before it.
        let whole = if text.is_empty() { all } else { self.before_typing };
        let [long, short] = match self.selection.filter {
            Filter::All if text.is_empty() => [format!("all {all}"), format!("all {all}")],
            Filter::All => [format!("{count} of {whole}"), format!("{count}/{whole}")],
            Filter::Misclassified => {
                [format!("{count} of {whole} misclassified"), format!("{count}/{whole} wrong")]
            }
            Filter::Cell { truth, prediction } => {
                let cell = match truth == prediction {
                    true => format!("{} found", self.name(truth)),
                    false => format!("{} → {}", self.name(truth), self.name(prediction)),
                };
                [format!("{count} of {whole}: {cell}"), format!("{count}/{whole}: {cell}")]
            }
        };
        let with = if text.is_empty() { String::new() } else { format!(" with “{text}”") };
        let reversed = if self.selection.reversed { ", reversed" } else { "" };
        let order = format!("{with} · by {}{reversed}", self.selection.sort.label());
        [long + &order, short + &order]
    }

    /// Why nothing is shown, and what to do about it.
    pub(super) fn nothing(&self, keys: &KeyTable) -> String {
        let text = match self.selection.filter {
            _ if !self.selection.text.is_empty() => "no picture matches; esc clears the filter",
            Filter::Misclassified => match keys.label(Action::Matrix) {
                key if key.is_empty() => "every picture is classified correctly",
                key => return format!("every picture is classified correctly; {key} shows all"),
            },
            Filter::Cell { .. } => "no picture in this cell; esc goes back to the matrix",
            Filter::All => "this evaluation saw no picture",
        };
        text.to_owned()
    }
}
