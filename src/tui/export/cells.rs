//! Cells with the colours that they have in the end.

use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier, Style},
};

use super::Rgb;
use crate::tui::text::width;

/// What a view looks like, free of any terminal.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub columns: u16,
    pub rows: Vec<Vec<Tile>>,
    /// The paper under everything.
    pub ground: Rgb,
}

/// One character, or one that covers two columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    pub column: u16,
    pub symbol: String,
    pub columns: u16,
    pub ink: Rgb,
    pub paper: Rgb,
    pub bold: bool,
    pub underlined: bool,
}

impl Sheet {
    /// Reads `buffer`; `ground` gives the colours of cells that name none.
    pub fn of(buffer: &Buffer, ground: Style) -> Self {
        let default = |colour: Option<Color>, otherwise| colour.and_then(rgb).unwrap_or(otherwise);
        let (ink, paper) = (default(ground.fg, [215; 3]), default(ground.bg, [16; 3]));
        let area = buffer.area;
        let row = |y| {
            let (mut tiles, mut x) = (Vec::new(), area.left());
            while x < area.right() {
                let tile = Tile::of(&buffer[(x, y)], x - area.left(), (ink, paper));
                x += tile.columns;
                tiles.push(tile);
            }
            tiles
        };
        Self { columns: area.width, rows: area.rows().map(|r| row(r.y)).collect(), ground: paper }
    }
}

impl Tile {
    fn of(cell: &Cell, column: u16, (ink, paper): (Rgb, Rgb)) -> Self {
        let has = |modifier| cell.modifier.contains(modifier);
        let (ink, paper) = (rgb(cell.fg).unwrap_or(ink), rgb(cell.bg).unwrap_or(paper));
        let (ink, paper) = if has(Modifier::REVERSED) { (paper, ink) } else { (ink, paper) };
        // What a terminal would take for a command (a picture in its own protocol) is no letter.
        let symbol = Some(cell.symbol()).filter(|s| !s.contains(char::is_control)).unwrap_or(" ");
        let between = |a: u8, b: u8| u8::midpoint(a, b);
        let dimmed = [0, 1, 2].map(|i| between(ink[i], paper[i]));
        Self {
            column,
            symbol: symbol.to_owned(),
            columns: width(symbol).clamp(1, 2) as u16,
            ink: if has(Modifier::DIM) { dimmed } else { ink },
            paper,
            bold: has(Modifier::BOLD),
            underlined: has(Modifier::UNDERLINED),
        }
    }
}

/// The sixteen colours that have names, as xterm shows them.
const NAMED: [Rgb; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

fn rgb(colour: Color) -> Option<Rgb> {
    let index = match colour {
        Color::Reset => return None,
        Color::Rgb(r, g, b) => return Some([r, g, b]),
        Color::Indexed(index) => usize::from(index),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    let level = |n: usize| if n == 0 { 0 } else { 55 + 40 * n as u8 };
    Some(match index {
        0..16 => NAMED[index],
        16..232 => {
            let cube = index - 16;
            [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
        }
        _ => [8 + 10 * (index as u8 - 232); 3],
    })
}
