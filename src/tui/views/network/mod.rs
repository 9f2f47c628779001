//! The fifth tab: the network as a picture, why its blocks are cheap, and what they make of a
//! picture.

mod article;
mod blocks;
mod explain;
mod grid;
mod maps;
mod solid;
mod tower;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Paragraph,
};

use self::maps::Maps;
use super::{Around, Outcome, layers::arch, parts};
use crate::{
    domain::{
        architecture::{ArchSpec, BLOCKS, LayerSpec},
        events::Split,
        features::{FeatureAnswer, FeatureRequest},
        state::RunState,
        units::Count,
    },
    tui::{
        action::{Action, Motion},
        app::App,
        mouse::{Mouse, MouseKind},
        pane::pane,
        text::clip,
        theme::Theme,
    },
};

/// Elements of the picture: input, stem, blocks, pooling, classifier.
const ELEMENTS: usize = BLOCKS.len() + 4;
/// Columns of the tab in which the article's example stands beside the element.
const BESIDE: u16 = 180;
/// Rows of the screen that are not the tab's.
const AROUND: u16 = 5;
/// Fewest rows in which feature maps stand below the element.
const BELOW: u16 = 48;

/// An element of the picture with its layers.
enum Element {
    Input,
    Stem(LayerSpec),
    /// Number, depthwise and pointwise layer.
    Block(usize, LayerSpec, LayerSpec),
    Pooling(LayerSpec),
    Classifier(LayerSpec),
}

impl Element {
    /// The layer that puts out what the element does.
    fn layer(&self) -> Option<&LayerSpec> {
        match self {
            Self::Input => None,
            Self::Stem(layer) | Self::Pooling(layer) | Self::Classifier(layer) => Some(layer),
            Self::Block(_, _, pointwise) => Some(pointwise),
        }
    }

    fn macs(&self) -> u64 {
        match self {
            Self::Input => 0,
            Self::Stem(layer) | Self::Pooling(layer) | Self::Classifier(layer) => layer.macs(),
            Self::Block(_, depthwise, pointwise) => depthwise.macs() + pointwise.macs(),
        }
    }
}

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct NetworkView {
    /// Element under the cursor, from the input.
    cursor: usize,
    /// Whether the article's example takes the place of the element where there is no room for
    /// both.
    example: bool,
    maps: Maps,
}

impl NetworkView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, mouse: Mouse, area: Rect, around: &Around) -> Outcome {
        let regions = Regions::of(area, self);
        let on_maps = regions.maps.is_some_and(|maps| maps.contains(mouse.at));
        match mouse.kind {
            MouseKind::WheelUp if on_maps => self.turn(Motion::PageUp, around.size),
            MouseKind::WheelDown if on_maps => self.turn(Motion::PageDown, around.size),
            MouseKind::WheelUp => self.move_by(Motion::Up),
            MouseKind::WheelDown => self.move_by(Motion::Down),
            MouseKind::Press if regions.tower.contains(mouse.at) => {
                let arch = arch(around.run);
                let inner = inside(regions.tower);
                let shown = (&elements(&arch)[..], self.cursor);
                if let Some(place) = tower::element_at(inner, mouse.at.y, shown) {
                    self.move_to(place);
                }
            }
            _ => {}
        }
        Outcome::default()
    }

    pub fn update(&mut self, action: Action, size: (u16, u16)) -> Outcome {
        match action {
            Action::Move(motion) if self.maps.turns(motion) => self.turn(motion, size),
            Action::Move(motion) => self.move_by(motion),
            Action::FeatureMaps => self.maps.toggle(),
            Action::Matrix if self.maps.is_shown => self.maps.switch(),
            Action::Enter => self.example = !self.example,
            Action::Back if self.example => self.example = false,
            Action::Back => self.maps.is_shown = false,
            _ => {}
        }
        Outcome::default()
    }

    /// What keys do here at the moment on a screen of this size, the most useful first.
    pub fn ways(&self, size: (u16, u16)) -> Vec<(Action, &'static str)> {
        let _ = size;
        let mut ways = Vec::new();
        if self.maps.is_shown {
            ways.push((Action::FeatureMaps, "close maps"));
        } else {
            ways.push((Action::FeatureMaps, "maps"));
        }
        ways
    }

    /// Moves by an element, or by a page of four.
    pub fn move_by(&mut self, motion: Motion) {
        self.move_to(parts::moved(self.cursor, motion, ELEMENTS, 4));
    }

    fn move_to(&mut self, place: usize) {
        if place != self.cursor {
            self.cursor = place;
            self.maps.go_to_first_page();
        }
    }

    /// Turns the pages of maps on a screen of this size.
    fn turn(&mut self, motion: Motion, (columns, rows): (u16, u16)) {
        let body = Rect::new(0, 0, columns, rows.saturating_sub(AROUND));
        if let Some(area) = Regions::of(body, self).maps {
            self.maps.turn(motion, inside(area));
        }
    }

    /// The maps that are to be asked for now, of `sample`; `weights` tells the steps that the newest
    /// weights have had which can be asked for, `now` the time in ms.
    pub fn wanted(
        &mut self,
        sample: Option<(Split, usize)>,
        (weights, now): (u64, u64),
    ) -> Option<FeatureRequest> {
        let layer = self.maps.layer_of(self.cursor)?;
        let (split, sample) = sample.unwrap_or((Split::Test, 0));
        self.maps.wanted(FeatureRequest { layer, split, sample }, (weights, now))
    }

    /// When the maps shown may be asked for anew, in ms since the dashboard began.
    pub fn next_change(&self, weights: u64) -> Option<u64> {
        self.maps.next_change(weights)
    }

    /// Takes maps that were asked for.
    pub fn answered(&mut self, answer: FeatureAnswer) {
        self.maps.answered(answer);
    }

    /// Multiply-adds of each block and of the convolution that it replaces.
    pub fn csv(&self, run: &RunState) -> String {
        let head = "block,separable_macs,standard_macs,ratio\n".to_owned();
        arch(run).block_costs().iter().fold(head, |csv, cost| {
            csv + &format!("{},{},{},{}\n", cost.name, cost.macs, cost.standard_macs, cost.ratio)
        })
    }
}

fn elements(arch: &ArchSpec) -> Vec<Element> {
    let layers = arch.layers();
    let mut elements = vec![Element::Input, Element::Stem(layers[0].clone())];
    let pairs = layers[1..=2 * BLOCKS.len()].chunks_exact(2);
    elements.extend(
        pairs.enumerate().map(|(n, pair)| Element::Block(n, pair[0].clone(), pair[1].clone())),
    );
    let end = 2 * BLOCKS.len() + 1;
    elements.push(Element::Pooling(layers[end].clone()));
    elements.push(Element::Classifier(layers[end + 1].clone()));
    elements
}

/// Where the panes of the tab lie; a pane that has no room is not there.
struct Regions {
    tower: Rect,
    element: Option<Rect>,
    example: Option<Rect>,
    maps: Option<Rect>,
}

impl Regions {
    fn of(area: Rect, view: &NetworkView) -> Self {
        let tower_width = match area.width {
            BESIDE.. => 54,
            100.. => 46,
            72.. => 36,
            _ => 26,
        };
        let columns = [Constraint::Length(tower_width), Constraint::Fill(1)];
        let [tower, right] = Layout::horizontal(columns).areas(area);
        let [upper, lower] = match view.maps.is_shown {
            true if area.height >= BELOW => {
                Layout::vertical([Constraint::Length(24), Constraint::Fill(1)]).areas(right)
            }
            true => [Rect { height: 0, ..right }, right],
            false => [right, Rect { height: 0, ..right }],
        };
        let there = |pane: Rect| Some(pane).filter(|pane| pane.height > 0);
        let (element, example) = if area.width >= BESIDE {
            let [left, right] =
                Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(upper);
            (left, right)
        } else if view.example {
            (Rect { height: 0, ..upper }, upper)
        } else {
            let rows = if upper.height >= 35 { article::ROWS + 2 } else { 0 };
            Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)])
                .areas::<2>(upper)
                .into()
        };
        Self { tower, element: there(element), example: there(example), maps: there(lower) }
    }
}

/// What a pane's border leaves.
fn inside(area: Rect) -> Rect {
    ratatui::widgets::Block::bordered().inner(area)
}

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let (view, theme) = (&app.views.network, &app.theme);
    let arch = arch(&app.run);
    let elements = elements(&arch);
    let regions = Regions::of(area, view);
    let room = usize::from(regions.tower.width) - 4;
    let title = title(&arch, (app.run.started.is_some(), regions.tower.width));
    frame.render_widget(pane(&clip(&title, room), true, theme), regions.tower);
    tower::draw(frame, inside(regions.tower), (&elements, &arch, view.cursor), theme);
    if let Some(area) = regions.element {
        let title = match (regions.example, area.width) {
            (Some(_), _) => "the element under the cursor  f: its maps",
            (None, 46..) => "enter: the article's example  f: maps",
            (None, _) => "enter: example  f: maps",
        };
        let inner = inside(area);
        let size = (inner.width, inner.height);
        let lines = explain::element(&elements[view.cursor], &arch, size, theme);
        pane_of(frame, area, title, lines, theme);
    }
    if let Some(area) = regions.example {
        let title = match regions.element {
            Some(_) => "the article's example",
            None => "article's example (esc: back)",
        };
        let inner = inside(area);
        pane_of(frame, area, title, article::example((inner.width, inner.height), theme), theme);
    }
    if let Some(area) = regions.maps {
        maps::draw(frame, area, (&view.maps, view.cursor), app);
    }
}

fn pane_of(frame: &mut Frame, area: Rect, title: &str, lines: Vec<Line<'static>>, theme: &Theme) {
    let block = pane(title, false, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inner);
}

fn title(arch: &ArchSpec, (has_started, width): (bool, u16)) -> String {
    let name = if has_started { "network" } else { "default network" };
    match width {
        ..40 => format!("{name}  α {}", arch.alpha),
        _ => format!("{name}  α {}  {} params", arch.alpha, Count(arch.parameters())),
    }
}

#[cfg(test)]
mod tests;
