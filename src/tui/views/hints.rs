//! The keys that the footer names: what can be done at this moment, and the way back.

use crate::{
    domain::events::Command,
    tui::{
        Source,
        action::{Action, Motion},
        app::App,
        keys,
        tab::Tab,
        text::width,
        views::{evaluations, layers::Shown},
    },
};

/// A key, or two that belong together, and a word for what they do.
pub struct Hint {
    pub keys: String,
    pub word: &'static str,
    /// What the first of the keys does.
    pub action: Action,
}

impl Hint {
    fn columns(&self) -> usize {
        width(&self.keys) + width(self.word) + 3
    }
}

/// As many as fit into `room` columns: first goes what the tab has of its own, from the end, then
/// what a beginner can do without.
pub fn hints(app: &App, room: usize) -> Vec<Hint> {
    let (mut general, mut own) = (general(app), own(app));
    let fits = |general: &[Hint], own: &[Hint]| {
        general.iter().chain(own).map(Hint::columns).sum::<usize>() <= room + 2
    };
    for (most, least) in [(2, "command"), (1, "filter"), (1, "pane"), (1, "step"), (0, "tabs")] {
        while !fits(&general, &own) && own.len() > most {
            own.pop();
        }
        if !fits(&general, &own) {
            general.retain(|hint| hint.word != least);
        }
    }
    let around = [Action::TogglePause, Action::Step, Action::Digit(1), Action::NextPane];
    let place = general.iter().take_while(|hint| around.contains(&hint.action)).count();
    general.splice(place..place, own);
    general
}

/// What the keys of every tab can do at the moment.
fn general(app: &App) -> Vec<Hint> {
    let hint = |row: &'static keys::Row| {
        let (word, action) = (row.hint?, row.bindings.first()?.action);
        let word = match (action, flip_pause(app)) {
            (Action::TogglePause, Some(Command::Resume)) => "resume",
            _ => word,
        };
        let keys = app.keys.shown(row).split(' ').next().unwrap_or_default().to_owned();
        (is_of_use(action, app) && !keys.is_empty()).then_some(Hint { keys, word, action })
    };
    keys::rows().filter_map(hint).collect()
}

fn is_of_use(action: Action, app: &App) -> bool {
    match action {
        Action::TogglePause | Action::Step => flip_pause(app).is_some(),
        Action::Filter => app.views.filter(app.tab).is_some(),
        Action::NextPane => match app.tab {
            Tab::Train => true,
            Tab::Layers => app.views.layers.shows_layer(&app.around()),
            Tab::Confusion => app.views.confusion.selected(&app.run).is_some(),
            Tab::Samples | Tab::Network | Tab::Log => false,
        },
        _ => true,
    }
}

/// What would be asked of a trainer that is here and has something to hold.
fn flip_pause(app: &App) -> Option<Command> {
    let phase = app.run.phase.filter(|_| app.source == Source::Live && !app.is_over())?;
    app.control.flip_pause(phase)
}

/// What the tab has keys of its own for, the most useful first.
fn own(app: &App) -> Vec<Hint> {
    let mut own = match app.tab {
        Tab::Train => train(app),
        Tab::Layers => layers(app),
        Tab::Confusion => confusion(app),
        Tab::Samples => samples(app),
        Tab::Network => network(app),
        Tab::Log => vec![(Action::Export, "save")],
    };
    if app.full_screen && !own.iter().any(|hint| hint.0 == Action::Back) {
        own.insert(0, (Action::Back, "back"));
    }
    let hint = |(action, word)| Hint { keys: keys_of(action, app), word, action };
    own.into_iter().map(hint).filter(|hint| !hint.keys.is_empty()).collect()
}

/// The key of an action, and that of its opposite where one word tells what both do.
fn keys_of(action: Action, app: &App) -> String {
    let opposite = match action {
        Action::LessSmooth => Action::Smoother,
        Action::Move(Motion::Left) => Action::Move(Motion::Right),
        _ => return app.keys.label(action),
    };
    let both = [action, opposite].map(|action| app.keys.label(action));
    both.join(" ").trim().to_owned()
}

fn train(app: &App) -> Vec<(Action, &'static str)> {
    let view = &app.views.train;
    let mut own = Vec::new();
    if view.has_crosshair() {
        own.extend([(Action::Move(Motion::Left), "move"), (Action::Back, "no crosshair")]);
    }
    if view.is_zoomed() {
        own.push((Action::Digit(0), "whole run"));
    }
    own.extend([(Action::NextCharts, "charts"), (Action::Crosshair, "crosshair")]);
    own.extend([(Action::NextUnit, "unit"), (Action::ZoomIn, "zoom"), (Action::Export, "save")]);
    own.retain(|hint| hint.0 != Action::Crosshair || !view.has_crosshair());
    own
}

fn layers(app: &App) -> Vec<(Action, &'static str)> {
    let view = &app.views.layers;
    match view.shown {
        Shown::Steps => vec![(Action::Back, "table"), (Action::Export, "save")],
        Shown::Table if view.detail && !view.is_empty(&app.run) => vec![
            (Action::Back, "back"),
            (Action::Matrix, "weights, outputs"),
            (Action::StepParts, "times"),
            (Action::Export, "save"),
        ],
        Shown::Table if view.is_empty(&app.run) => {
            vec![(Action::Back, "all layers"), (Action::StepParts, "times")]
        }
        Shown::Table => {
            let mut own = vec![
                (Action::Enter, "open"),
                (Action::Sort, "sort"),
                (Action::StepParts, "times"),
                (Action::Export, "save"),
            ];
            if view.shows_layer(&app.around()) {
                own.insert(2, (Action::Matrix, "weights, outputs"));
            }
            own
        }
    }
}

fn confusion(app: &App) -> Vec<(Action, &'static str)> {
    let view = &app.views.confusion;
    let (mut own, has_matrix) = (Vec::new(), view.selected(&app.run).is_some());
    if has_matrix {
        let enter = if view.in_classes() { "worst mistake" } else { "images" };
        own.extend([(Action::Enter, enter), (Action::Matrix, "counts, %")]);
    }
    if app.run.evaluations.len() > 1 {
        own.push((Action::LessSmooth, "older, newer"));
    }
    if has_matrix {
        own.push((Action::Export, "save"));
    }
    own
}

fn samples(app: &App) -> Vec<(Action, &'static str)> {
    let view = &app.views.samples;
    let mut own = Vec::new();
    match view.is_large() {
        true => own.push((Action::Back, "back")),
        false if view.selected().is_some() => own.push((Action::Enter, "large")),
        false => {}
    }
    if !app.run.evaluations.is_empty() {
        own.extend([(Action::Sort, "sort"), (Action::Matrix, "mistakes, all")]);
    }
    if evaluations::with_predictions(&app.run).len() > 1 {
        own.push((Action::LessSmooth, "older, newer"));
    }
    own
}

fn network(app: &App) -> Vec<(Action, &'static str)> {
    let mut own = app.views.network.ways((app.body(), app.full_screen));
    own.push((Action::Export, "save"));
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{keys::KeyTable, testing::*};

    #[test]
    fn what_has_no_key_is_not_offered() {
        let mut app = running();
        press(&mut app, "2");
        let offers = |app: &App| hints(app, 200).iter().any(|hint| hint.word == "filter");
        assert!(offers(&app));
        app.keys = KeyTable::with(&[("filter".to_owned(), Vec::new())]).unwrap();
        assert!(!offers(&app));
    }
}
