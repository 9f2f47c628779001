//! The fifth tab: the network as a picture, why its blocks are cheap, and what they make of a
//! picture.

mod article;
mod blocks;
mod explain;
mod grid;
mod maps;
mod regions;
mod solid;
mod tower;

use ratatui::{Frame, layout::Rect, text::Line, widgets::Paragraph};

use self::{
    maps::Maps,
    regions::{Regions, takes_turns},
};
use super::{
    Around, Outcome,
    layers::arch,
    parts::{self, inside},
};
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
        let regions = Regions::of(area, self, around.full_screen);
        let on_maps = regions.maps.is_some_and(|maps| maps.contains(mouse.at));
        match mouse.kind {
            MouseKind::WheelUp if on_maps => self.maps.turn(Motion::PageUp),
            MouseKind::WheelDown if on_maps => self.maps.turn(Motion::PageDown),
            MouseKind::WheelUp => self.move_by(Motion::Up),
            MouseKind::WheelDown => self.move_by(Motion::Down),
            MouseKind::Press => {
                let arch = arch(around.run);
                let shown = (&elements(&arch)[..], self.cursor);
                let tower = regions.tower.filter(|tower| tower.contains(mouse.at));
                let hit = tower.and_then(|area| tower::element_at(inside(area), mouse.at.y, shown));
                hit.into_iter().for_each(|place| self.move_to(place));
            }
            MouseKind::Drag | MouseKind::Release => {}
        }
        Outcome::default()
    }

    /// What a key means in a tab that is drawn into such an area, full-screen or not.
    pub fn update(&mut self, action: Action, place: (Rect, bool)) -> Outcome {
        let takes_turns = takes_turns(place, self);
        match action {
            Action::Move(motion) if self.maps.turns(motion) => self.maps.turn(motion),
            Action::Move(motion) => self.move_by(motion),
            Action::FeatureMaps => self.maps.toggle(),
            Action::Matrix if self.maps.has_other(self.cursor) => self.maps.switch(),
            Action::Enter if takes_turns => self.example = !self.example,
            Action::Enter => {
                return Outcome::message(match Regions::of(place.0, self, place.1).example {
                    Some(_) => "the article's example has a pane of its own here",
                    None => "the maps take the room of the article's example",
                });
            }
            Action::Back if self.example && takes_turns => self.example = false,
            Action::Back => self.maps.is_shown = false,
            _ => {}
        }
        Outcome::default()
    }

    /// What keys do at the moment in a tab that is drawn into such an area, full-screen or not; the
    /// most useful first.
    pub fn ways(&self, place: (Rect, bool)) -> Vec<(Action, &'static str)> {
        let takes_turns = takes_turns(place, self);
        let mut ways = Vec::new();
        match self.maps.is_shown {
            true => ways.push((Action::FeatureMaps, "close maps")),
            false => ways.push((Action::FeatureMaps, "maps")),
        }
        if self.maps.has_other(self.cursor) {
            ways.push((Action::Matrix, "other maps"));
        }
        match self.example {
            true if takes_turns => ways.insert(0, (Action::Back, "back")),
            false if takes_turns => ways.push((Action::Enter, "example")),
            true | false => {}
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

    /// The maps that are to be asked for now, of `sample`; `weights` tells the steps that the newest
    /// weights have had which can be asked for, `now` the time in ms. The page that is to be drawn
    /// into `area` becomes one that there is.
    pub fn wanted(
        &mut self,
        sample: Option<(Split, usize)>,
        (weights, now): (u64, u64),
        (area, full_screen): (Rect, bool),
    ) -> Option<FeatureRequest> {
        if let Some(area) = Regions::of(area, self, full_screen).maps {
            self.maps.stay_within(inside(area));
        }
        let layer = self.maps.layer_of(self.cursor)?;
        let (split, sample) = sample.unwrap_or((Split::Test, 0));
        self.maps.wanted(FeatureRequest { layer, split, sample }, (weights, now))
    }

    /// When the maps shown may be asked for anew, in ms since the dashboard began.
    pub fn next_change(&self, weights: u64) -> Option<u64> {
        self.maps.layer_of(self.cursor)?; // elsewhere there is nothing to ask for
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

/// Draws the tab.
pub fn draw(frame: &mut Frame, area: Rect, app: &App) {
    let (view, theme) = (&app.views.network, &app.theme);
    let arch = arch(&app.run);
    let elements = elements(&arch);
    let regions = Regions::of(area, view, app.full_screen);
    if let Some(area) = regions.tower {
        let title = title(&arch, (app.run.started.is_some(), area.width));
        let title = clip(&title, usize::from(area.width) - 4);
        frame.render_widget(pane(&title, true, theme), area);
        tower::draw(frame, inside(area), (&elements, &arch, view.cursor), theme);
    }
    if let Some(area) = regions.element {
        let inner = inside(area);
        let blocks = regions.blocks.is_none().then(|| blocks::of(&arch, view, inner.width, theme));
        let size = (inner.width, inner.height);
        let lines = explain::element((&elements[view.cursor], &arch), size, blocks, theme);
        pane_of(frame, area, &element_title(&regions, area.width, app), lines, theme);
    }
    if let Some(area) = regions.blocks {
        let lines = blocks::of(&arch, view, inside(area).width, theme);
        pane_of(frame, area, "all blocks against standard convolutions", lines, theme);
    }
    if let Some(area) = regions.example {
        let title = match regions.element {
            Some(_) => "the article's example",
            None if app.full_screen => "article's example (enter: back)",
            None => "article's example (esc: back)",
        };
        let inner = inside(area);
        pane_of(frame, area, title, article::example((inner.width, inner.height), theme), theme);
    }
    if let Some(area) = regions.maps {
        maps::draw(frame, area, (&view.maps, view.cursor), app);
    }
}

/// The keys that lead on from the element.
fn element_title(regions: &Regions, width: u16, app: &App) -> String {
    let maps = |words| parts::hint(&app.keys, Action::FeatureMaps, words);
    match (regions.example, width) {
        _ if !regions.takes_turns => "the element under the cursor".to_owned() + &maps("its maps"),
        (Some(_), _) => "the element under the cursor".to_owned() + &maps("its maps"),
        (None, 46..) => "enter: the article's example".to_owned() + &maps("maps"),
        (None, _) => "enter: example".to_owned() + &maps("maps"),
    }
}

fn pane_of(frame: &mut Frame, area: Rect, title: &str, lines: Vec<Line<'static>>, theme: &Theme) {
    let block = pane(title, false, theme);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    frame.render_widget(Paragraph::new(lines), inner);
}

/// What the network is, and what the numbers beside the boxes are where they do not say it.
fn title(arch: &ArchSpec, (has_started, width): (bool, u16)) -> String {
    let ArchSpec { alpha, .. } = arch;
    let name = if has_started { "network" } else { "default network" };
    match width {
        ..30 if has_started => format!("network α {alpha}, % MACs"),
        ..30 => format!("default α {alpha}, % MACs"),
        30..40 => format!("{name}  α {alpha}  MACs, %"),
        _ => format!("{name}  α {alpha}  {} params", Count(arch.parameters())),
    }
}

#[cfg(test)]
mod tests;
