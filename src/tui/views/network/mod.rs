//! The fifth tab: the network as a picture, and why its blocks are cheap.

mod explain;
mod tower;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    widgets::Paragraph,
};

use super::{Around, Outcome, layers::arch, parts};
use crate::{
    domain::{
        architecture::{ArchSpec, BLOCKS, LayerSpec},
        state::RunState,
        units::Count,
    },
    tui::{
        action::{Action, Motion},
        app::App,
        mouse::Mouse,
        pane::pane,
        text::clip,
        theme::Theme,
    },
};

/// Elements of the picture: input, stem, blocks, pooling, classifier.
const ELEMENTS: usize = BLOCKS.len() + 4;
/// Fewest rows in which the article's example stands below the element.
const BOTH: u16 = 27;

/// An element of the picture with its layers.
enum Element {
    Input,
    Stem(LayerSpec),
    /// Number, depthwise and pointwise layer.
    Block(usize, LayerSpec, LayerSpec),
    Pooling(LayerSpec),
    Classifier(LayerSpec),
}

/// What the tab remembers.
#[derive(Debug, Default)]
pub struct NetworkView {
    /// Element under the cursor, from the input.
    cursor: usize,
    /// Whether the article's example takes the place of the element where there is no room for
    /// both.
    example: bool,
}

impl NetworkView {
    /// What was done with the mouse in the tab, which is drawn into `area`.
    pub fn mouse(&mut self, _mouse: Mouse, _area: Rect, _around: &Around) -> Outcome {
        Outcome::default()
    }

    pub fn update(&mut self, action: Action) -> Outcome {
        match action {
            Action::Move(motion) => self.move_by(motion),
            Action::Enter => self.example = !self.example,
            Action::Back => self.example = false,
            _ => {}
        }
        Outcome::default()
    }

    /// Moves by an element, or by a page of four.
    pub fn move_by(&mut self, motion: Motion) {
        self.cursor = parts::moved(self.cursor, motion, ELEMENTS, 4);
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
    let tower_width = (area.width * 2 / 5).clamp(26, 46);
    let columns = [Constraint::Length(tower_width), Constraint::Fill(1)];
    let [left, right] = Layout::horizontal(columns).areas(area);
    let block = pane(
        &clip(&title(&arch, (app.run.started.is_some(), left.width)), usize::from(left.width) - 4),
        true,
        theme,
    );
    let inner = block.inner(left);
    frame.render_widget(block, left);
    tower::draw(frame, inner, (&elements, &arch, view.cursor), theme);
    let element = explain::element(&elements[view.cursor], &arch, theme);
    if right.height < BOTH && view.example {
        return pane_of(
            frame,
            right,
            "article's example (esc: back)",
            explain::example(theme),
            theme,
        );
    }
    if right.height < BOTH {
        return pane_of(frame, right, "enter: the article's example", element, theme);
    }
    let rows = [Constraint::Fill(1), Constraint::Length(explain::EXAMPLE_ROWS + 2)];
    let [upper, lower] = Layout::vertical(rows).areas(right);
    pane_of(frame, upper, "standard against separable", element, theme);
    pane_of(frame, lower, "the article's example", explain::example(theme), theme);
}

fn pane_of(
    frame: &mut Frame,
    area: Rect,
    title: &str,
    lines: Vec<ratatui::text::Line<'static>>,
    theme: &Theme,
) {
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
mod tests {
    use super::*;
    use crate::tui::{testing::*, views::pictures::hold};

    #[test]
    fn input_stem_thirteen_blocks_pooling_classifier() {
        let elements = elements(&ArchSpec::with_classes(10));
        assert_eq!(elements.len(), ELEMENTS);
        assert!(
            matches!(&elements[14], Element::Block(12, _, pointwise) if pointwise.out_channels == 1024)
        );
        assert!(matches!(&elements[16], Element::Classifier(layer) if layer.out_channels == 10));
    }

    #[test]
    fn the_cursor_stays_inside() {
        let mut view = NetworkView::default();
        view.move_by(Motion::Up);
        assert_eq!(view.cursor, 0);
        view.move_by(Motion::Bottom);
        view.move_by(Motion::Down);
        assert_eq!(view.cursor, ELEMENTS - 1);
    }

    #[test]
    fn pictures() {
        let mut app = running();
        press(&mut app, "5");
        hold("network_input", &mut app);
        press(&mut app, "jjjjj");
        hold("network", &mut app);
        press(&mut app, "G<enter>");
        hold("network_example", &mut app);
        let mut app = waiting();
        press(&mut app, "5");
        hold("network_waiting", &mut app);
    }
}
