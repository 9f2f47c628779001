//! Loss and accuracy over the steps, with what they are at the crosshair.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use crate::{
    domain::{
        events::{Phase, Split},
        series::Series,
        state::RunState,
        units::Count,
    },
    tui::{
        app::App,
        chart::{self, Mark, Plot},
        pane::pane_with_legend,
        theme::Theme,
    },
};

pub fn draw_loss(frame: &mut Frame, area: Rect, app: &App, focused: bool) {
    let (view, theme) = (&app.views.train, &app.theme);
    let scale = if view.log { "log" } else { "linear" };
    let title = format!("loss  {scale}  ema {}", hundredths(view.smoothing()));
    let title = if view.window.is_whole() {
        title
    } else {
        format!("{title}  {}", if view.window.follows() { "newest" } else { "zoomed" })
    };
    let legend = legend(theme, area.width);
    let block = pane_with_legend(&title, legend, focused, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if app.run.loss.is_empty() {
        return waiting(frame, inner, app);
    }
    let rows = [Constraint::Fill(1), Constraint::Length(1)];
    let [plot, readout] = Layout::vertical(rows).areas(inner);
    let marks = marks(&app.run, |e| e.loss);
    let curve = Curve { raw: &app.run.loss, smooth: view.loss.series(), marks: &marks };
    curve.draw(frame, plot, app, None);
    frame.render_widget(loss_readout(app, usize::from(readout.width)), readout);
}

pub fn draw_accuracy(frame: &mut Frame, area: Rect, app: &App, focused: bool) {
    let (view, theme) = (&app.views.train, &app.theme);
    let legend = accuracy_legend(app);
    let title = if area.width >= 40 { "accuracy %" } else { "acc %" };
    let block = pane_with_legend(title, legend, focused, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if app.run.accuracy.is_empty() {
        return waiting(frame, inner, app);
    }
    let marks = marks(&app.run, |e| e.accuracy * 100.0);
    let curve = Curve { raw: &app.run.accuracy, smooth: view.accuracy.series(), marks: &marks };
    curve.draw(frame, inner, app, Some(100.0));
}

struct Curve<'a> {
    raw: &'a Series,
    smooth: &'a Series,
    marks: &'a [Mark],
}

impl Curve<'_> {
    fn draw(&self, frame: &mut Frame, area: Rect, app: &App, whole: Option<f64>) {
        let view = &app.views.train;
        let plot = Plot {
            raw: self.raw,
            smooth: self.smooth,
            marks: self.marks,
            steps: view.shown(&app.run),
            log: view.log && whole.is_none(),
            factor: whole.unwrap_or(1.0),
            bounds: (0.0, whole.unwrap_or(f64::INFINITY)),
            crosshair: view.crosshair,
        };
        chart::draw(frame.buffer_mut(), area, &plot, &app.theme);
    }
}

/// The validations as marks; the best by accuracy stands out.
fn marks(run: &RunState, value: impl Fn(&crate::domain::events::Evaluation) -> f64) -> Vec<Mark> {
    let best = run.best().map(|best| best.step);
    let validations = run.evaluations.iter().filter(|e| e.split == Split::Validation);
    validations
        .map(|e| Mark { step: e.step, value: value(e), best: Some(e.step) == best })
        .collect()
}

fn legend(theme: &Theme, columns: u16) -> Vec<Span<'static>> {
    let train = [Span::styled("━ train", theme.train), Span::styled("  ⣿ raw  ", theme.train_raw)];
    let marks = [Span::styled("o val", theme.validation), Span::styled("  * best", theme.best)];
    let train = train.into_iter().filter(|_| columns >= 58);
    train.chain(marks).collect()
}

fn accuracy_legend(app: &App) -> Vec<Span<'static>> {
    let theme = &app.theme;
    let train = app.views.train.accuracy.series().last().map(|point| point.1);
    let validation = app.run.latest(Split::Validation).map(|e| e.accuracy);
    let number = |share: f64| format!("{:.1}", share * 100.0);
    let train = train.map(|share| Span::styled(format!("train {}", number(share)), theme.train));
    let validation =
        validation.map(|share| Span::styled(format!("  val {}", number(share)), theme.validation));
    train.into_iter().chain(validation).collect()
}

/// Step, averaged and raw loss, validation and the gap between them, at the crosshair or now.
fn loss_readout(app: &App, width: usize) -> Line<'static> {
    let (view, theme, run) = (&app.views.train, &app.theme, &app.run);
    let step = view.crosshair.unwrap_or_else(|| run.steps());
    let at = |series: &Series| series.at(step).map_or(f64::NAN, |point| point.1);
    let (smooth, raw) = (at(view.loss.series()), at(&run.loss));
    let mut of_split = run.evaluations.iter().filter(|e| e.split == Split::Validation);
    let validation = of_split.rfind(|e| e.step <= step).map(|e| e.loss);
    let mut spans = vec![
        Span::styled(format!("@{} ", Count(step)), theme.accent),
        Span::styled(" train ", theme.dim),
        Span::styled(thousandths(smooth), theme.train),
        Span::styled(format!(" (raw {})", thousandths(raw)), theme.dim),
    ];
    if let Some(validation) = validation {
        spans.push(Span::styled("  val ", theme.dim));
        spans.push(Span::styled(thousandths(validation), theme.validation));
        if width >= 52 {
            spans.push(Span::styled("  gap ", theme.dim));
            spans.push(Span::styled(format!("{:+.3}", validation - smooth), theme.text));
        }
    }
    Line::from(spans)
}

/// What is awaited, and for how long already, in the middle of an empty pane.
fn waiting(frame: &mut Frame, area: Rect, app: &App) {
    let what = match app.run.phase {
        _ if app.is_over() => "the run ended before its first step",
        None => "waiting for the run to start…",
        Some(Phase::Starting) => "waiting for the first step: the device is being set up…",
        Some(Phase::Training) => "waiting for the first step: the device prepares its kernels…",
        Some(_) => "waiting for the first step…",
    };
    let waits = matches!(app.run.phase, Some(Phase::Starting | Phase::Training));
    let text = match app.wall.saturating_sub(app.run.phase_since) / 1000 {
        seconds @ 1.. if waits && !app.is_over() => format!("{what} {seconds}\u{a0}s"),
        _ => what.to_owned(),
    };
    centred(frame, area, &text, app.theme.dim);
}

/// One line in the middle of `area`, wrapped where it is narrow.
pub fn centred(frame: &mut Frame, area: Rect, text: &str, style: Style) {
    let lines = 1 + text.len() as u16 / area.width.max(1);
    let top = area.height.saturating_sub(lines) / 2;
    let middle = Rect { y: area.y + top, height: area.height - top, ..area };
    let wrap = ratatui::widgets::Wrap { trim: true };
    frame.render_widget(Paragraph::new(text).style(style).centered().wrap(wrap), middle);
}

fn thousandths(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        // A loss on its way to infinity would fill the line with digits.
        value if value.abs() >= 1e6 => format!("{value:.2e}"),
        value => format!("{value:.3}"),
    }
}

fn hundredths(share: f64) -> String {
    format!("{share:.2}").trim_start_matches('0').to_owned()
}
