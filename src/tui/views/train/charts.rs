//! A chart for each number that every step has. A new one needs a line in [`Chart::of`], and a
//! place among the sets.

use ratatui::{Frame, layout::Rect};

pub use crate::tui::views::parts::centred;

use super::{Pane, TrainView, legend, pointer::Drag};
use crate::{
    domain::{
        events::{Phase, Quantity},
        state::RunState,
        units::Count,
    },
    tui::{
        app::{App, Compared},
        chart::{
            self, Curve, Plot,
            axis::{Axis, Ruler},
            glyphs::Glyphs,
            smooth::AllSmoothed,
        },
        pane::pane_with_legend,
        text::width,
    },
};

/// Charts that are shown together.
pub const SETS: [&[Quantity]; 3] = [
    &[Quantity::Loss, Quantity::Accuracy],
    &[Quantity::LearningRate, Quantity::GradNorm],
    &[Quantity::ImagesPerS, Quantity::StepMs],
];

const _: () = {
    let (mut placed, mut set) = (0, 0);
    while set < SETS.len() {
        placed += SETS[set].len();
        set += 1;
    }
    assert!(placed == Quantity::ALL.len(), "each quantity belongs to one of the sets");
};

/// All quantities, those of `set` first.
pub fn from_set(set: usize) -> Vec<Quantity> {
    let (before, after) = SETS.split_at(set);
    after.iter().chain(before).copied().flatten().copied().collect()
}

/// How a quantity is shown.
pub struct Chart {
    pub title: &'static str,
    /// Where there is little room.
    pub short: &'static str,
    /// What values are multiplied by before they are shown.
    pub factor: f64,
    /// What it can be, as it is shown.
    bounds: (f64, f64),
    pub has_log: bool,
    /// Whether single values scatter so much that an average says more.
    pub averages: bool,
    /// A value as it is read, already multiplied.
    pub text: fn(f64) -> String,
}

impl Chart {
    pub fn of(quantity: Quantity) -> Self {
        let chart = |title, short, text| Self {
            title,
            short,
            factor: 1.0,
            bounds: (0.0, f64::INFINITY),
            has_log: true,
            averages: true,
            text,
        };
        match quantity {
            Quantity::Loss => chart("loss", "loss", thousandths),
            Quantity::Accuracy => Self {
                factor: 100.0,
                bounds: (0.0, 100.0),
                has_log: false,
                ..chart("accuracy %", "acc", |percent| format!("{percent:.1}"))
            },
            // It is set, not measured: an average would show what never was.
            Quantity::LearningRate => {
                Self { averages: false, ..chart("learning rate", "lr", |lr| format!("{lr:.2e}")) }
            }
            Quantity::GradNorm => chart("gradient norm", "grad", thousandths),
            Quantity::ImagesPerS => chart("images/s", "img/s", per_second),
            Quantity::StepMs => chart("step time, ms", "ms", |ms| match ms {
                1e4.. => format!("{ms:.2e}"),
                _ => format!("{ms:.1}"),
            }),
        }
    }
}

/// Three digits behind the point, or powers of ten: a loss on its way to infinity would fill the
/// line with digits.
pub fn thousandths(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        value if value.abs() >= 1e6 => format!("{value:.2e}"),
        value => format!("{value:.3}"),
    }
}

pub fn per_second(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.1}") } else { Count(rate as u64).to_string() }
}

/// The chart of `quantity` with everything that is drawn in it.
pub fn plot<'a>(
    view: &'a TrainView,
    run: &'a RunState,
    compared: Option<&'a Compared>,
    quantity: Quantity,
) -> Plot<'a> {
    let chart = Chart::of(quantity);
    let curve = |run: &'a RunState, smoothed: &'a AllSmoothed| Curve {
        ruler: Ruler::new(view.unit, run),
        raw: run.series(quantity),
        smooth: chart.averages.then(|| smoothed.of(quantity)),
        validation: run.validation(quantity),
        best: run.best().map(|best| best.step),
    };
    let front = curve(run, &view.smoothed);
    Plot {
        axis: Axis::showing(view.shown(run), &front.ruler),
        curve: front,
        behind: compared.map(|other| curve(&other.run, &other.smoothed)),
        log: view.log[quantity as usize],
        factor: chart.factor,
        bounds: chart.bounds,
        crosshair: view.crosshair,
        between: view.between[quantity as usize],
        selection: view.drag.filter(|drag| drag.quantity == quantity).and_then(Drag::selection),
        glyphs: Glyphs::default(),
    }
}

/// Draws a chart with its frame.
pub fn draw(frame: &mut Frame, area: Rect, quantity: Quantity, app: &App) {
    let view = &app.views.train;
    let room = usize::from(area.width.saturating_sub(4));
    let title = legend::title(quantity, view, room);
    let legend = legend::legend(quantity, app, room.saturating_sub(width(&title) + 3));
    let block = pane_with_legend(&title, legend, view.pane == Pane::Chart(quantity), &app.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if app.run.series(quantity).is_empty() {
        return waiting(frame, inner, app);
    }
    let plot = plot(view, &app.run, app.compared.as_ref(), quantity);
    chart::draw(frame.buffer_mut(), inner, &Plot { glyphs: app.glyphs, ..plot }, &app.theme);
}

/// What is awaited, and for how long already, in the middle of an empty pane.
fn waiting(frame: &mut Frame, area: Rect, app: &App) {
    let what = match app.run.phase {
        Some(_) if !app.awaits() => "the run ended before its first step",
        None => app.preparation().unwrap_or("waiting for the run to start…"),
        Some(Phase::Starting) => "waiting for the first step: the device is being set up…",
        Some(Phase::Training) => "waiting for the first step: the device prepares its kernels…",
        Some(_) => "waiting for the first step…",
    };
    let waits = matches!(app.run.phase, Some(Phase::Starting | Phase::Training));
    let text = match app.wall.saturating_sub(app.run.phase_since) / 1000 {
        seconds @ 1.. if waits && app.awaits() => format!("{what} {seconds}\u{a0}s"),
        _ => what.to_owned(),
    };
    centred(frame, area, &text, app.theme.dim);
}
