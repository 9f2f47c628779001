//! Small pictures side by side.

use ratatui::{Frame, layout::Rect, text::Line, widgets::Widget};

use super::{SamplesView, Shown, side, side_width};
use crate::tui::{
    picture,
    text::{clip, fit, width},
    theme::Theme,
    views::parts::rows_around,
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

/// Columns and rows of the grid on a screen of this size.
pub fn cells((width, height): (u16, u16)) -> (usize, usize) {
    let area = Rect::new(0, 0, width, height.saturating_sub(5));
    let beside = side_width(area, &SamplesView { visible: vec![0], ..SamplesView::default() });
    let grid = Grid::new(width.saturating_sub(beside + 2), area.height.saturating_sub(2));
    (grid.columns, grid.rows)
}

pub fn draw(frame: &mut Frame, area: Rect, (shown, view): (&Shown, &SamplesView), theme: &Theme) {
    let is_alone = area.width < 76 && side_width(frame.area(), view) == 0;
    let area = if is_alone { foot(frame, area, (shown, view), theme) } else { area };
    let grid = Grid::new(area.width, area.height);
    let line_height = grid.line_height(area.height);
    let fitting = usize::from((area.height + 1) / line_height).max(1);
    let rows = view.visible.len().div_ceil(grid.columns);
    for (line, row) in rows_around(view.cursor / grid.columns, rows, fitting).enumerate() {
        for column in 0..grid.columns {
            let place = row * grid.columns + column;
            let x = area.x + column as u16 * (grid.side + GAP);
            let y = area.y + line as u16 * line_height;
            if place < view.visible.len() && y + grid.side / 2 < area.bottom() {
                let cell = Rect::new(x, y, grid.side, grid.side / 2 + 1).intersection(area);
                draw_cell(frame, cell, (place, shown, view), theme);
            }
        }
    }
}

/// The last row says in words what the pane beside says on wider screens.
fn foot(
    frame: &mut Frame,
    area: Rect,
    (shown, view): (&Shown, &SamplesView),
    theme: &Theme,
) -> Rect {
    let Some(index) = view.selected() else { return area };
    let line =
        Line::styled(clip(&side::sentence(index, shown, view), area.width.into()), theme.text);
    let last = Rect { y: area.bottom() - 1, height: 1, ..area };
    line.render(last, frame.buffer_mut());
    Rect { height: area.height - 1, ..area }
}

fn draw_cell(
    frame: &mut Frame,
    area: Rect,
    (place, shown, view): (usize, &Shown, &SamplesView),
    theme: &Theme,
) {
    let index = view.visible[place] as usize;
    let room = Rect { height: area.height - 1, ..area };
    picture::draw(frame.buffer_mut(), room, (&shown.samples.images, index), theme);
    let predictions = &shown.samples.predictions;
    let truth = view.name(usize::from(predictions.labels[index]));
    let prediction = view.name(predictions.prediction(index));
    let style = if place == view.cursor { theme.selection } else { theme.dim };
    let label = fit(&pair(truth, prediction, usize::from(area.width)), usize::from(area.width));
    frame.buffer_mut().set_string(area.x, area.bottom() - 1, label, style);
}

/// `truth → prediction`, both shortened alike where there is no room.
fn pair(truth: &str, prediction: &str, room: usize) -> String {
    let names = room.saturating_sub(3);
    let truth_gets = (names / 2).max(names.saturating_sub(width(prediction)));
    let truth = clip(truth, truth_gets);
    let prediction = clip(prediction, names.saturating_sub(width(&truth)));
    format!("{truth} → {prediction}")
}
