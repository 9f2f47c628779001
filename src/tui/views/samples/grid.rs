//! Small pictures side by side.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{SamplesView, Shown, draw::Panes, side};
use crate::tui::{
    picture::{self, Brush},
    text::{clip, fit},
    theme::Theme,
    views::parts::{pair, rows_around},
};

/// Columns between two pictures.
const GAP: u16 = 2;

/// How the grid divides its room.
struct Grid {
    /// Columns of a picture; half as many rows.
    side: u16,
    columns: usize,
    rows: usize,
}

impl Grid {
    /// For a room of `width` × `height` cells.
    fn new(width: u16, height: u16) -> Self {
        let side = if height >= 19 { 16 } else { 12 };
        let count = |room: u16, one: u16| usize::from((room / one).max(1));
        Self { side, columns: count(width, side + GAP), rows: count(height + 1, side / 2 + 2) }
    }

    fn line_height(&self, height: u16) -> u16 {
        // Where a blank line would cost a row of pictures, there is none.
        if height < 19 { self.side / 2 + 1 } else { self.side / 2 + 2 }
    }
}

/// Columns and rows of the grid in a tab that is drawn into `area`, where it may be `alone`.
pub fn cells(area: Rect, alone: bool) -> (usize, usize) {
    let view = SamplesView { visible: vec![0], ..SamplesView::default() };
    let room = Panes::new(area, &view, alone).grid;
    let grid = Grid::new(room.width, room.height);
    (grid.columns, grid.rows)
}

/// The pictures that are shown in `area`, by their place in the order, and where.
pub fn places(area: Rect, view: &SamplesView) -> Vec<(usize, Rect)> {
    let grid = Grid::new(area.width, area.height);
    let line_height = grid.line_height(area.height);
    let fitting = usize::from((area.height + 1) / line_height).max(1);
    let rows = view.visible.len().div_ceil(grid.columns);
    let mut places = Vec::new();
    for (line, row) in rows_around(view.cursor / grid.columns, rows, fitting).enumerate() {
        for column in 0..grid.columns {
            let place = row * grid.columns + column;
            let x = area.x + column as u16 * (grid.side + GAP);
            let y = area.y + line as u16 * line_height;
            if place < view.visible.len() && y + grid.side / 2 < area.bottom() {
                let cell = Rect::new(x, y, grid.side, grid.side / 2 + 1).intersection(area);
                places.push((place, cell));
            }
        }
    }
    places
}

pub fn draw(frame: &mut Frame, area: Rect, (shown, view): (&Shown, &SamplesView), brush: Brush) {
    for (place, cell) in places(area, view) {
        draw_cell(frame, cell, (place, shown, view), brush);
    }
}

/// Says in a line what the pane beside the grid says on wider screens.
pub fn draw_foot(
    frame: &mut Frame,
    area: Rect,
    (shown, view): (&Shown, &SamplesView),
    theme: &Theme,
) {
    if let Some(index) = view.selected() {
        let sentence = clip(&side::sentence(index, shown, view), area.width.into());
        frame.render_widget(Line::styled(sentence, theme.text), area);
    }
}

fn draw_cell(
    frame: &mut Frame,
    area: Rect,
    (place, shown, view): (usize, &Shown, &SamplesView),
    brush: Brush,
) {
    let index = view.visible[place] as usize;
    let room = Rect { height: area.height - 1, ..area };
    picture::draw(frame.buffer_mut(), room, (&shown.samples.images, index), brush);
    let judged = &shown.judged[index];
    let (truth, prediction) = (view.name(judged.truth), view.name(judged.prediction));
    let style = if place == view.cursor { brush.theme.selection } else { brush.theme.dim };
    let label = fit(&pair(truth, prediction, usize::from(area.width)), usize::from(area.width));
    frame.buffer_mut().set_string(area.x, area.bottom() - 1, label, style);
}
