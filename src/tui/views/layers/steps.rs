//! Where the time of a step goes, as bars: by what is done in it, and by group of layers.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{kinds, rows::arch};
use crate::{
    domain::{
        architecture::LayerKind,
        events::{LayerTime, LayersSample, StepSample},
        state::RunState,
        units::{Count, Percent},
    },
    tui::{
        action::Action,
        app::App,
        pane::pane,
        text::{clip, fit},
        theme::Theme,
        views::parts,
    },
};

/// Lines that there are of every timed step, with the four parts that are always told.
const LINES: usize = 17;
/// Columns of a name.
const NAME: usize = 13;
/// Columns of a number.
const NUMBER: usize = 10;
/// Columns before the bars.
const BEFORE: usize = NAME + 2 + 2 * NUMBER + SHARE + 2;
/// Columns of a share.
const SHARE: usize = 9;
/// Fewest columns in which each part has a bar of its own.
const WITH_BARS: usize = 64;

/// A part of a step.
struct Part {
    name: &'static str,
    ms: f64,
    /// How it looks in a bar: told apart without colours, too.
    glyph: char,
    style: Style,
}

/// The parts of the step that `sample` timed; with what is outside of the passes where `step`
/// tells of it. They add up to the step.
fn split(sample: &LayersSample, step: Option<&StepSample>, theme: &Theme) -> Vec<Part> {
    let part = |name, ms: f64, (glyph, style)| Part { name, ms: sane(ms), glyph, style };
    let (forward_ms, backward_ms) = (sample.forward_ms(), sample.backward_ms());
    let between = sample.forward_backward_ms - forward_ms - backward_ms;
    let mut parts = vec![
        part("forward", forward_ms, forward(theme)),
        part("backward", backward_ms, backward(theme)),
        part("loss, between", between, ('▒', theme.dim)),
        part("optimizer", sample.optimizer_ms, ('▚', theme.good)),
    ];
    if let Some(step) = step {
        parts.insert(0, part("data", step.data_ms, ('░', theme.warn)));
        let known: f64 = parts.iter().map(|part| part.ms).sum();
        parts.push(part("report, rest", step.step_ms - known, ('╌', theme.dim)));
    }
    parts
}

/// Time is no less than nothing, whatever two clocks or a file say.
fn sane(ms: f64) -> f64 {
    if ms.is_finite() { ms.max(0.0) } else { 0.0 }
}

fn share(ms: f64, total: f64) -> f64 {
    if total > 0.0 { ms / total } else { 0.0 }
}

/// Layers of one kind together.
struct Group {
    name: &'static str,
    layers: usize,
    forward_ms: f64,
    backward_ms: f64,
}

fn groups(sample: &LayersSample, run: &RunState) -> Vec<Group> {
    let kinds = [
        ("stem", LayerKind::Conv),
        ("depthwise", LayerKind::Depthwise),
        ("pointwise", LayerKind::Pointwise),
        ("pooling", LayerKind::Pooling),
        ("classifier", LayerKind::Linear),
    ];
    let specs = arch(run).layers();
    let group = |(name, kind)| {
        let is_in = |time: &&LayerTime| {
            specs.iter().any(|spec| spec.kind == kind && spec.name == time.name)
        };
        let times: Vec<&LayerTime> = sample.layers.iter().filter(is_in).collect();
        let sum = |of: fn(&LayerTime) -> f64| times.iter().map(|time| sane(of(time))).sum();
        let (forward_ms, backward_ms) = (sum(|time| time.forward_ms), sum(|time| time.backward_ms));
        Group { name, layers: times.len(), forward_ms, backward_ms }
    };
    kinds.map(group).into()
}

/// How many lines can be scrolled off at most in `area`.
pub fn most_scrolled(area: Rect, run: &RunState) -> usize {
    count(run).saturating_sub(parts::inside(area).height.into())
}

/// How many [`lines`] there are.
fn count(run: &RunState) -> usize {
    let Some(sample) = run.layers.last() else { return 0 };
    let (data_and_rest, mean_and_data) = (2, 2);
    let cost = usize::from(cost(sample).is_some());
    LINES
        + run.pace.timed(sample.step).map_or(0, |_| data_and_rest)
        + run.pace.mean().map_or(0, |_| mean_and_data + cost)
}

pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let lines = lines(app, usize::from(area.width).saturating_sub(2));
    let hidden = most_scrolled(area, &app.run);
    let top = app.views.layers.scrolled.min(hidden);
    let more = match (top > 0, top < hidden) {
        (true, true) => "  ↓ ↑ more",
        (false, true) => "  ↓ more",
        (true, false) => "  ↑ more",
        (false, false) => "",
    };
    let back = parts::hint(&app.keys, Action::StepParts, "the table");
    let title = format!("where a step's time goes{back}{more}");
    let block = pane(&title, true, &app.theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if lines.is_empty() {
        let what = parts::awaited(app, "first step that is timed by layer", "");
        return parts::waiting(frame, inner, &what, &app.theme);
    }
    let used = lines.len() as u16 + 1;
    frame.render_widget(Paragraph::new(lines).scroll((top as u16, 0)), inner);
    let below = Rect { y: inner.y + used, height: inner.height.saturating_sub(used), ..inner };
    if below.width >= kinds::ROOM.0 && below.height >= kinds::ROOM.1 {
        kinds::draw(frame, below, app);
    }
}

fn lines(app: &App, width: usize) -> Vec<Line<'static>> {
    let (run, theme) = (&app.run, &app.theme);
    let Some(sample) = run.layers.last() else { return Vec::new() };
    let parts = split(sample, run.pace.timed(sample.step), theme);
    let total: f64 = parts.iter().map(|part| part.ms).sum();
    let mut lines = vec![title(sample, total, run, theme), whole(&parts, total, width)];
    lines.extend(parts.iter().map(|part| row(part, total, width, theme)));
    let sum = format!("  {}{}", fit("sum", NAME), numbers(total, total));
    lines.extend([Line::styled(sum, theme.best), Line::default()]);
    lines.extend(all_steps(sample, run, theme));
    lines.push(Line::default());
    lines.push(group_heading(theme));
    let groups = groups(sample, run);
    lines.extend(groups.iter().map(|group| group_row(group, total, width, theme)));
    let notes = [
        "BN, ReLU timed with their convolution; % of the timed step".to_owned(),
        format!("times: {}", sample.method),
    ];
    lines.extend(notes.map(|note| Line::styled(clip(&note, width), theme.dim)));
    lines
}

fn title(sample: &LayersSample, total: f64, run: &RunState, theme: &Theme) -> Line<'static> {
    let what = match run.pace.timed(sample.step) {
        Some(_) => "the whole step",
        None => "its passes and its update: the rest was not told",
    };
    Line::from(vec![
        Span::styled(format!("timed step {}", Count(sample.step)), theme.accent),
        Span::styled(format!("  {total:.2} ms, {what}"), theme.dim),
    ])
}

/// All parts in one bar of `width` columns.
fn whole(parts: &[Part], total: f64, width: usize) -> Line<'static> {
    let (mut sum, mut drawn) = (0.0, 0);
    let span = |part: &Part| {
        sum += part.ms;
        let end = (share(sum, total) * width as f64).round() as usize;
        let columns = end.min(width).saturating_sub(drawn);
        drawn += columns;
        Span::styled(part.glyph.to_string().repeat(columns), part.style)
    };
    Line::from(parts.iter().map(span).collect::<Vec<_>>())
}

/// A time and its share, below the numbers of the layers.
fn numbers(ms: f64, total: f64) -> String {
    format!("{:NUMBER$}{ms:>NUMBER$.2}{:>SHARE$}", "", Percent(share(ms, total)))
}

fn row(part: &Part, total: f64, width: usize, theme: &Theme) -> Line<'static> {
    let mut line = Line::from(vec![
        Span::styled(format!("{} ", part.glyph), part.style),
        Span::styled(fit(part.name, NAME), theme.text),
        Span::styled(numbers(part.ms, total), theme.text),
    ]);
    if width >= WITH_BARS {
        line.push_span(Span::raw("  "));
        line.push_span(bar((part.glyph, part.style), share(part.ms, total), width));
    }
    line
}

/// A share of the step as a bar: the same scale wherever it stands.
fn bar((glyph, style): (char, Style), share: f64, width: usize) -> Span<'static> {
    let room = width.saturating_sub(BEFORE);
    let columns = (share * room as f64).round() as usize;
    Span::styled(glyph.to_string().repeat(columns.min(room)), style)
}

/// What every step tells, timed or not.
fn all_steps(sample: &LayersSample, run: &RunState, theme: &Theme) -> Vec<Line<'static>> {
    let Some(mean) = run.pace.mean() else { return Vec::new() };
    let (data, step) = (sane(mean.data_ms), sane(mean.step_ms));
    let head = format!("{step:.2} ms: the mean of the newest {}, timed or not", mean.steps);
    let data = format!("{data:.2} ms ({}) of it waiting for data", Percent(share(data, step)));
    let line = |label: &str, text: String| {
        Line::from(vec![
            Span::styled(fit(label, NAME + 2), theme.accent),
            Span::styled(text, theme.dim),
        ])
    };
    let cost =
        cost(sample).map(|ratio| line("", format!("the timed one took {ratio:.2}× as long")));
    [line("all steps", head), line("", data)].into_iter().chain(cost).collect()
}

/// How many times as long a step takes that is timed.
fn cost(sample: &LayersSample) -> Option<f64> {
    sample.cost_ratio.filter(|ratio| ratio.is_finite())
}

fn group_heading(theme: &Theme) -> Line<'static> {
    let text = format!(
        "{}{:>NUMBER$}{:>NUMBER$}{:>SHARE$}",
        fit("layers", NAME + 2),
        "fwd ms",
        "bwd ms",
        "% step"
    );
    Line::styled(text, theme.dim)
}

fn group_row(group: &Group, total: f64, width: usize, theme: &Theme) -> Line<'static> {
    let Group { name, layers, forward_ms, backward_ms } = group;
    let both = 100.0 * share(forward_ms + backward_ms, total);
    let text = format!(
        "{}{forward_ms:>NUMBER$.2}{backward_ms:>NUMBER$.2}{both:>SHARE$.1}",
        fit(&format!("{layers} {name}"), NAME + 2)
    );
    let mut line = Line::styled(text, theme.text);
    if width >= WITH_BARS {
        line.push_span(Span::raw("  "));
        line.push_span(bar(forward(theme), share(*forward_ms, total), width));
        line.push_span(bar(backward(theme), share(*backward_ms, total), width));
    }
    line
}

/// How the passes look in a bar.
fn forward(theme: &Theme) -> (char, Style) {
    ('█', theme.train)
}

fn backward(theme: &Theme) -> (char, Style) {
    ('▓', theme.validation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::events::TrainEvent,
        tui::{testing::*, views::layers::rows::Timed},
    };

    #[test]
    fn the_parts_add_up_to_the_step() {
        let app = running();
        let sample = app.run.layers.last().unwrap();
        let step = app.run.pace.timed(sample.step).unwrap();
        let parts = split(sample, Some(step), &app.theme);
        let sum: f64 = parts.iter().map(|part| part.ms).sum();
        assert!((sum - step.step_ms).abs() < 1e-9, "{sum} of {}", step.step_ms);
        let groups = groups(sample, &app.run);
        let layers: f64 = groups.iter().map(|group| group.forward_ms + group.backward_ms).sum();
        assert!((layers - sample.forward_ms() - sample.backward_ms()).abs() < 1e-9);
        assert_eq!(groups.iter().map(|group| group.layers).sum::<usize>(), 29);
    }

    #[test]
    fn the_table_shares_out_the_same_step() {
        let app = running();
        let timed = Timed::newest(&app.run).unwrap();
        for step in [app.run.pace.timed(timed.sample.step), None] {
            let parts = split(timed.sample, step, &app.theme);
            let total: f64 = parts.iter().map(|part| part.ms).sum();
            let whole_ms = Timed::of(timed.sample, step).whole_ms;
            assert!((total - whole_ms).abs() < 1e-9, "{total} of {whole_ms}");
        }
    }

    #[test]
    fn no_more_lines_are_scrolled_than_there_are() {
        let mut app = running();
        assert_eq!((count(&app.run), lines(&app, 78).len()), (22, 22));
        let TrainEvent::Layers(mut untold) = layers(501) else { unreachable!() };
        untold.cost_ratio = None;
        tell(&mut app, TrainEvent::Layers(untold));
        assert_eq!((count(&app.run), lines(&app, 78).len()), (19, 19), "nothing was told of it");
        let app = told([started(), layers(1)]);
        assert_eq!((count(&app.run), lines(&app, 78).len()), (17, 17));
    }

    #[test]
    fn every_key_scrolls_until_the_end() {
        let mut app = running();
        rendered(&mut app, 80, 24);
        press(&mut app, "2iG");
        let end = rendered(&mut app, 80, 24);
        press(&mut app, "k");
        assert_ne!(rendered(&mut app, 80, 24), end);
        press(&mut app, "G");
        rendered(&mut app, 80, 30);
        press(&mut app, "k");
        assert!(!rendered(&mut app, 80, 30).contains("goes  i: the table  ↑ more"));
    }

    #[test]
    fn a_bar_has_every_column_and_no_more() {
        let app = running();
        let sample = app.run.layers.last().unwrap();
        let parts = split(sample, None, &app.theme);
        let total = parts.iter().map(|part| part.ms).sum();
        assert_eq!(whole(&parts, total, 50).width(), 50);
        assert_eq!(whole(&parts, 0.0, 50).width(), 0);
    }
}
