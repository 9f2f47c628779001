//! Feature maps: what the element under the cursor makes of one picture.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::{ELEMENTS, grid};
use crate::{
    domain::{
        events::Split,
        features::{FeatureAnswer, FeatureMaps, FeatureRequest},
        units::Count,
    },
    tui::{
        action::{Action, Motion},
        app::App,
        pane::pane,
        picture::{self, Brush},
        text::{clip, plain, width},
        theme::Theme,
        views::parts,
    },
};

/// How long maps are looked at before those of newer weights are asked for, in ms.
const FRESH: u64 = 2_000;
/// Rows above the maps.
const HEAD: u16 = 1;

/// What the pane remembers.
#[derive(Debug, Default)]
pub struct Maps {
    pub is_shown: bool,
    /// Whether those between the two convolutions of a block are shown.
    is_depthwise: bool,
    page: usize,
    asked: Option<Asked>,
    shown: Option<FeatureAnswer>,
}

/// What was asked for last, when, and what the newest weights were then.
#[derive(Debug, Clone, Copy)]
struct Asked {
    request: FeatureRequest,
    weights: u64,
    at: u64,
}

impl Maps {
    pub fn toggle(&mut self) {
        self.is_shown = !self.is_shown;
        self.page = 0;
    }

    /// The other convolution of the block.
    pub fn switch(&mut self) {
        self.is_depthwise = !self.is_depthwise;
        self.page = 0;
    }

    /// Whether a motion is about the pages of maps.
    pub fn turns(&self, motion: Motion) -> bool {
        let pages = [Motion::Left, Motion::Right, Motion::PageUp, Motion::PageDown];
        self.is_shown && pages.contains(&motion)
    }

    pub fn go_to_first_page(&mut self) {
        self.page = 0;
    }

    /// Whether there is another convolution to [`switch`](Self::switch) to.
    pub fn has_other(&self, element: usize) -> bool {
        self.is_shown && is_block(element)
    }

    /// Turns a page, if there are pages.
    pub fn turn(&mut self, motion: Motion) {
        if matches!(self.shown, Some((_, Ok(_)))) {
            self.page = match motion {
                Motion::Right | Motion::PageDown => self.page + 1,
                _ => self.page.saturating_sub(1),
            };
        }
    }

    /// Goes no further than to the last page of a pane with this inside.
    pub fn stay_within(&mut self, inside: Rect) {
        if let Some((_, Ok(maps))) = &self.shown {
            let pages = grid::Plan::of(parts_of(inside).2, maps).pages(maps);
            self.page = self.page.min(pages.saturating_sub(1));
        }
    }

    /// Place in the layer table of the maps that are shown for an element.
    pub fn layer_of(&self, element: usize) -> Option<usize> {
        let between = usize::from(self.is_depthwise);
        match element {
            _ if !self.is_shown => None,
            1 => Some(0),
            block if is_block(block) => Some(2 * (block - 1) - between),
            _ => None, // the picture itself, and what is behind the pooling
        }
    }

    /// Whether `request` is to be asked for now.
    pub fn wanted(
        &mut self,
        request: FeatureRequest,
        (weights, now): (u64, u64),
    ) -> Option<FeatureRequest> {
        let is_due = |asked: &Asked| asked.weights != weights && now >= asked.at + FRESH;
        if self.asked.is_some_and(|asked| asked.request == request && !is_due(&asked)) {
            return None;
        }
        self.asked = Some(Asked { request, weights, at: now });
        Some(request)
    }

    /// When newer maps are due, if there are newer weights.
    pub fn next_change(&self, weights: u64) -> Option<u64> {
        let asked = self.asked.filter(|asked| self.is_shown && asked.weights != weights)?;
        Some(asked.at + FRESH)
    }

    /// An answer that nobody waits for any more is dropped.
    pub fn answered(&mut self, (request, maps): FeatureAnswer) {
        if self.asked.is_some_and(|asked| asked.request == request) {
            let maps = maps.and_then(checked).map_err(|why| plain(&why));
            self.shown = Some((request, maps));
        }
    }
}

/// Whether an element has two convolutions.
fn is_block(element: usize) -> bool {
    (2..ELEMENTS - 2).contains(&element)
}

/// Nothing after this looks outside of the numbers.
fn checked(maps: FeatureMaps) -> Result<FeatureMaps, String> {
    let FeatureMaps { channels, side, values, picture, .. } = &maps;
    let fits = *side > 0
        && *channels > 0
        && values.len() == channels * side * side
        && picture.len() == 1
        && picture.pixels.len() == picture.stride();
    if fits { Ok(maps) } else { Err("the maps do not fit together".to_owned()) }
}

/// Draws the pane.
pub fn draw(frame: &mut Frame, area: Rect, (maps, element): (&Maps, usize), app: &App) {
    let theme = &app.theme;
    let room = usize::from(area.width).saturating_sub(4);
    let name = name(element, maps.is_depthwise);
    let close = parts::hint(&app.keys, Action::FeatureMaps, "close");
    let other = match maps.has_other(element) {
        true => parts::hint(&app.keys, Action::Matrix, "other"),
        false => String::new(),
    };
    let titles = [format!("{other}{close}"), close, String::new()];
    let titles = titles.map(|keys| format!("maps of {name}{keys}"));
    let fitting = titles.iter().find(|title| width(title) <= room).unwrap_or(&titles[2]);
    let block = pane(&clip(fitting, room), false, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    if maps.layer_of(element).is_none() {
        let down = app.keys.label(Action::Move(Motion::Down));
        let what = match element {
            0 => format!("this is the picture itself;\n{down} goes to the first maps"),
            _ => "no maps here: one number a channel\nis left behind the pooling".to_owned(),
        };
        return parts::waiting(frame, inner, &what, theme);
    }
    let asked = maps.asked.map(|asked| asked.request);
    match maps.shown.as_ref().filter(|(request, _)| Some(*request) == asked) {
        None => {
            let whose = if app.trains() { "the trainer" } else { "the newest checkpoint" };
            let what = format!("waiting for the maps from {whose}…");
            parts::waiting(frame, inner, &what, theme);
        }
        Some((_, Err(why))) => parts::waiting(frame, inner, why, theme),
        Some((request, Ok(shown))) => filled(frame, inner, (request, shown, maps.page), app),
    }
}

/// What the maps are of.
fn name(element: usize, is_depthwise: bool) -> String {
    match element {
        1 => "the stem".to_owned(),
        block if is_block(block) => {
            let part = if is_depthwise { "depthwise" } else { "pointwise" };
            format!("block {}, {part}", block - 2)
        }
        0 => "the image".to_owned(),
        block if block == ELEMENTS - 2 => "the pooling".to_owned(),
        _ => "the classifier".to_owned(),
    }
}

/// The line on top, the picture, the maps. The picture yields where the maps need the room.
fn parts_of(area: Rect) -> (Rect, Rect, Rect) {
    let [head, body] =
        Layout::vertical([Constraint::Length(HEAD), Constraint::Fill(1)]).areas(area);
    let beside = match (area.width, area.height) {
        (90.., 18..) => 33,
        (60.., 10..) => 17,
        _ => 0,
    };
    let columns = [Constraint::Length(beside), Constraint::Fill(1)];
    let [left, right] = Layout::horizontal(columns).areas(body);
    (head, left, right)
}

fn filled(
    frame: &mut Frame,
    area: Rect,
    (request, maps, page): (&FeatureRequest, &FeatureMaps, usize),
    app: &App,
) {
    let theme = &app.theme;
    let (head, left, right) = parts_of(area);
    let plan = grid::Plan::of(right, maps);
    let page = page.min(plan.pages(maps).saturating_sub(1));
    frame.render_widget(words((request, maps), (&plan, page), app, head.width), head);
    grid::draw(frame.buffer_mut(), right, (maps, &plan, page), theme);
    if left.width > 0 {
        let (_, rows) = picture::draw(
            frame.buffer_mut(),
            Rect { width: left.width - 1, ..left },
            (&maps.picture, 0),
            Brush { theme, graphics: None },
        );
        let below = Rect { y: left.y + rows, height: left.height.saturating_sub(rows), ..left };
        frame.render_widget(Paragraph::new(about(request, maps, app)), below);
    }
}

/// Which maps these are, in a line.
fn words(
    (request, maps): (&FeatureRequest, &FeatureMaps),
    (plan, page): (&grid::Plan, usize),
    app: &App,
    width: u16,
) -> Line<'static> {
    let range = plan.range(maps, page);
    let shown = format!("{}–{} of {}", range.start + 1, range.end, maps.channels);
    let sample = format!("{} #{}", label(maps, app), request.sample);
    let dead = (0..maps.channels).filter(|c| maps.map(*c).iter().all(|v| *v == 0.0)).count();
    let facts = [
        format!("maps {shown}, {0}×{0}", maps.side),
        sample,
        format!("step {}", Count(maps.step)),
        format!("{dead} all 0"),
        "each from 0 to its own highest".to_owned(),
    ];
    let mut text = String::new();
    for fact in facts {
        let longer = if text.is_empty() { fact } else { format!("{text} · {fact}") };
        if longer.chars().count() > usize::from(width) {
            break;
        }
        text = longer;
    }
    Line::from(Span::styled(text, app.theme.dim))
}

fn label(maps: &FeatureMaps, app: &App) -> String {
    let class = maps.picture.labels.first().map_or(0, |label| usize::from(*label));
    app.run.class_names().get(class).cloned().unwrap_or_else(|| format!("class {class}"))
}

/// The picture, in words.
fn about(request: &FeatureRequest, maps: &FeatureMaps, app: &App) -> Vec<Line<'static>> {
    let split = match request.split {
        Split::Validation => "validation",
        Split::Test => "test",
    };
    let line = |text: String, theme: &Theme| Line::styled(text, theme.dim);
    vec![
        Line::styled(label(maps, app), app.theme.text),
        line(format!("{split} #{}", request.sample), &app.theme),
        line("4 picks another".to_owned(), &app.theme),
    ]
}
