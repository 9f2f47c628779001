//! The title of the terminal's window or tab: how far the run is, for whoever looks elsewhere.

use std::time::{Duration, Instant};

use super::{
    Source,
    app::App,
    text::{clip, plain},
};
use crate::domain::{
    events::{Phase, RunFinished},
    state::RunState,
    units::Percent,
};

/// Keeps the title that the terminal has.
pub const KEEP: &str = "\u{1b}[22;2t";
/// Gives back the title that was kept. A terminal that keeps none is left without ours at least.
pub const GIVE_BACK: &str = "\u{1b}]2;\u{7}\u{1b}[23;2t";

/// Columns that a run's id may take, and a whole title.
const MOST: (usize, usize) = (40, 120);
/// Least time between two titles.
const APART: Duration = Duration::from_secs(1);

/// A title, fit for a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    pub text: String,
    /// What it says that is worth writing it anew. The loss, which changes at each step, is no
    /// part of it while the run goes on.
    pub gist: String,
}

impl Title {
    /// What the title should say at this moment.
    pub fn of(app: &App) -> Self {
        let state = state(app);
        let id = (app.source == Source::Watch).then(|| clip(&app.title, MOST.0));
        let own = [state.map(str::to_owned), Some("mnv1-tui".to_owned()), id];
        let parts: Vec<String> = own.into_iter().flatten().chain(progress(app)).collect();
        let gist = parts.join(" · ");
        let text = match loss(app) {
            Some(loss) => format!("{gist} · {loss}"),
            None => gist.clone(),
        };
        let text = clip(&plain(&text), MOST.1);
        Self { gist: if state.is_some() { text.clone() } else { gist }, text }
    }

    /// The sequence that makes it the terminal's (OSC 2).
    pub fn bytes(&self) -> Vec<u8> {
        format!("\u{1b}]2;{}\u{7}", self.text).into_bytes()
    }
}

/// The gist of the title that the terminal has, and since when; nothing if it may be another's.
#[derive(Debug, Default)]
pub struct Shown(Option<(String, Instant)>);

impl Shown {
    /// The title to write at this moment, if one is worth it.
    pub fn due(&mut self, app: &App) -> Option<Title> {
        if self.0.as_ref().is_some_and(|(_, since)| since.elapsed() < APART) {
            return None;
        }
        let title = Title::of(app);
        if self.0.as_ref().is_some_and(|(gist, _)| *gist == title.gist) {
            return None;
        }
        self.0 = Some((title.gist.clone(), Instant::now()));
        Some(title)
    }
}

/// What comes first, unless the run is simply under way.
fn state(app: &App) -> Option<&'static str> {
    let run = &app.run;
    if app.is_over() {
        return Some(match run.finished.as_ref().map(|end| end.reason.as_str()) {
            Some("completed") => "done",
            Some("stopped") => "stopped",
            _ if app.has_failed() => "failed",
            _ => "ended",
        });
    }
    if app.disconnected.is_some() {
        return Some("gone"); // the process of a run that is watched
    }
    match run.phase {
        None if app.source == Source::Watch => Some("waiting"),
        None | Some(Phase::Starting) => Some("starting"),
        Some(Phase::Paused) => Some("paused"),
        Some(Phase::Stopping) => Some("stopping"),
        Some(Phase::Ended) => Some("ended"),
        Some(Phase::Training | Phase::Pausing | Phase::Evaluating) => None,
    }
}

/// The epoch with how far it is, or what the run came to.
fn progress(app: &App) -> Vec<String> {
    let run = &app.run;
    let of = run.epochs().map_or(String::new(), |epochs| format!("/{epochs}"));
    let (epoch, part) = match (completed(app), &run.last_step) {
        (Some(end), _) => {
            (end.epoch, end.best_accuracy.map(|best| format!("best {}", Percent(best))))
        }
        (None, Some(sample)) => (sample.epoch, epoch_share(run)),
        (None, None) => return Vec::new(),
    };
    [Some(format!("epoch {epoch}{of}")), part].into_iter().flatten().collect()
}

fn epoch_share(run: &RunState) -> Option<String> {
    let steps = run.started.as_ref()?.steps_per_epoch.max(1);
    let share = (run.epoch_steps()? as f64 / steps as f64).min(1.0);
    Some(format!("{:.0} %", (share * 100.0).floor()))
}

/// The loss of the newest step, unless the run is behind us.
fn loss(app: &App) -> Option<String> {
    let sample = app.run.last_step.as_ref().filter(|_| completed(app).is_none())?;
    Some(match sample.loss {
        loss if loss.abs() < 1e6 || loss.is_nan() => format!("loss {loss:.3}"),
        loss => format!("loss {loss:.1e}"),
    })
}

fn completed(app: &App) -> Option<&RunFinished> {
    app.run.finished.as_ref().filter(|end| end.reason == "completed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::text::is_plain,
        tui::{Input, testing::*},
    };

    fn title(app: &App) -> String {
        Title::of(app).text
    }

    #[test]
    fn it_says_how_far_the_run_is_and_how_it_stands() {
        assert_eq!(title(&waiting()), "starting · mnv1-tui");
        let mut app = running();
        let under_way = "mnv1-tui · epoch 3/5 · 50 % · loss 0.694";
        assert_eq!(title(&app), under_way);
        tell(&mut app, phase(Phase::Paused));
        assert_eq!(title(&app), format!("paused · {under_way}"));
        tell(&mut app, finished());
        assert_eq!(title(&app), "done · mnv1-tui · epoch 5/5 · best 81.9 %");
        let mut app = running();
        app.receive(Input::Disconnected(None));
        assert_eq!(title(&app), format!("ended · {under_way}"));
    }

    #[test]
    fn one_who_looks_on_sees_which_run_it_is() {
        let mut app = running();
        app.source = Source::Watch;
        assert_eq!(title(&app), "mnv1-tui · 0102-0304 · epoch 3/5 · 50 % · loss 0.694");
        app.receive(Input::Disconnected(Some("its process is gone".into())));
        assert!(title(&app).starts_with("gone · mnv1-tui · 0102-0304 · "), "{}", title(&app));
    }

    #[test]
    fn a_step_alone_is_worth_no_title_but_to_one_who_makes_them_one_by_one() {
        let mut app = running();
        let before = Title::of(&app);
        tell(&mut app, step(501));
        let after = Title::of(&app);
        assert!(before.text != after.text && before.gist == after.gist);
        tell(&mut app, step(502));
        assert_ne!(Title::of(&app).gist, before.gist, "another percent");
        tell(&mut app, phase(Phase::Paused));
        let before = Title::of(&app);
        tell(&mut app, step(503));
        assert_ne!(Title::of(&app).gist, before.gist);
    }

    #[test]
    fn no_run_can_speak_to_the_terminal_or_fill_the_title() {
        let mut app = running();
        app.source = Source::Watch;
        app.title = "\u{1b}]0;x\u{7}\u{9c}日本\n".repeat(1_000);
        if let Some(sample) = &mut app.run.last_step {
            sample.loss = -f64::MAX;
        }
        let title = Title::of(&app);
        assert!(is_plain(&title.text) && title.text.ends_with("loss -1.8e308"), "{title:?}");
        assert!(crate::tui::text::width(&title.text) <= MOST.1);
    }
}
