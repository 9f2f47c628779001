//! What was read of an evaluation, for whoever looks at its pictures.

use super::App;
use crate::domain::{events::Evaluation, images::Samples};

impl App {
    /// Takes what the host answered about `evaluation`. Reading takes time: where the person has
    /// gone on to the other split meanwhile, nobody wants it any more.
    pub fn loaded(&mut self, evaluation: &Evaluation, samples: Result<Samples, String>) {
        let wanted = self.views.samples.wanted(&self.run);
        if wanted.is_some_and(|wanted| wanted.split == evaluation.split) {
            self.views.loaded(evaluation, samples);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        domain::events::{Evaluation, Split},
        tui::{
            app::App,
            tab::Tab,
            testing::{running, samples, unanswered},
        },
    };

    fn wanted(app: &mut App) -> Option<u64> {
        app.views.samples.wanted(&app.run).map(|wanted| wanted.step)
    }

    #[test]
    fn what_is_read_late_is_taken_where_it_still_belongs() {
        let mut app = running();
        app.tab = Tab::Samples;
        let all: Vec<Evaluation> = app.run.evaluations.iter().cloned().collect();
        let [older, newest] = [&all[0], &all[1]];
        // The person has been to the matrix of another split, and has come back.
        let left = Evaluation { split: Split::Test, ..older.clone() };
        app.loaded(&left, Ok(samples(&left)));
        assert!(unanswered(&mut app, 80, 24).contains("loading predictions and pictures…"));
        app.loaded(newest, Ok(samples(newest)));
        assert_eq!(wanted(&mut app), Some(older.step), "the other split's took its place");
        app.loaded(&left, Ok(samples(&left)));
        assert_eq!(wanted(&mut app), Some(older.step), "the other split's took its place");
        app.loaded(older, Ok(samples(older)));
        assert_eq!(wanted(&mut app), None);
    }

    #[test]
    fn what_came_before_the_newest_waits_for_it() {
        let mut app = running();
        let all: Vec<Evaluation> = app.run.evaluations.iter().cloned().collect();
        app.loaded(&all[0], Ok(samples(&all[0])));
        assert_eq!(wanted(&mut app), Some(all[1].step));
        app.loaded(&all[1], Err("predictions/2.safetensors: no such file".to_owned()));
        app.tab = Tab::Samples;
        assert!(unanswered(&mut app, 80, 24).contains("no such file"));
        assert_eq!(wanted(&mut app), None, "all have been asked about");
    }
}
