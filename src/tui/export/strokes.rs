//! Characters that are made of rectangles, dots and arcs: blocks, braille, lines. Drawn from their
//! geometry, so that they meet without gaps and need no font.

use super::CELL;

const WIDTH: f32 = CELL.0 as f32;
const HEIGHT: f32 = CELL.1 as f32;

/// Thickness of light and of heavy lines.
const LIGHT: f32 = 2.0;
const HEAVY: f32 = 4.0;

/// Radius of the dots of braille.
pub const DOT: f32 = 3.0;

/// A part of a character, in the units of a cell, from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stroke {
    /// Left, top, width, height.
    Rect([f32; 4]),
    /// The middle of a dot.
    Dot(f32, f32),
    /// A quarter of a circle of radius `WIDTH / 2` around this point, inside the cell.
    Arc(f32, f32),
}

/// What `symbol` is made of and how much of the ink it takes; `None` where it needs a font.
pub fn strokes(symbol: &str) -> Option<(Vec<Stroke>, f32)> {
    let mut chars = symbol.chars();
    let (Some(c), None) = (chars.next(), chars.next()) else { return None };
    let solid = |strokes| Some((strokes, 1.0));
    match c {
        ' ' => solid(Vec::new()),
        '░' => Some((vec![part(0.0, 0.0, 1.0, 1.0)], 0.25)),
        '▒' => Some((vec![part(0.0, 0.0, 1.0, 1.0)], 0.5)),
        '▓' => Some((vec![part(0.0, 0.0, 1.0, 1.0)], 0.75)),
        '\u{2800}'..='\u{28ff}' => solid(braille(c as u32 - 0x2800)),
        '▀'..='▟' => solid(block(c)),
        '\u{1fb00}'..='\u{1fb3b}' => solid(sextant(c as u32 - 0x1fb00)),
        '╭' | '╮' | '╯' | '╰' => solid(corner(c)),
        '─'..='╿' => lines(c).map(|strokes| (strokes, 1.0)),
        _ => None,
    }
}

/// A rectangle in shares of the cell.
fn part(left: f32, top: f32, width: f32, height: f32) -> Stroke {
    Stroke::Rect([left * WIDTH, top * HEIGHT, width * WIDTH, height * HEIGHT])
}

/// Dots 1 to 3 and 7 are the left column, 4 to 6 and 8 the right one.
fn braille(bits: u32) -> Vec<Stroke> {
    const PLACES: [(u8, u8); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let set = PLACES.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    let (across, down) = (WIDTH / 2.0, HEIGHT / 4.0);
    let middle = |place: u8, step: f32| (f32::from(place) + 0.5) * step;
    set.map(|(_, (x, y))| Stroke::Dot(middle(*x, across), middle(*y, down))).collect()
}

fn block(c: char) -> Vec<Stroke> {
    let eighths = |n: u32| n as f32 / 8.0;
    let quarters = |set: u8| {
        let places = [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5)];
        let set = places.into_iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
        set.map(|(_, (x, y))| part(x, y, 0.5, 0.5)).collect()
    };
    match c {
        '▀' => vec![part(0.0, 0.0, 1.0, 0.5)],
        '▁'..='█' => {
            let height = eighths(c as u32 - '▁' as u32 + 1);
            vec![part(0.0, 1.0 - height, 1.0, height)]
        }
        '▉'..='▏' => vec![part(0.0, 0.0, eighths('▏' as u32 - c as u32 + 1), 1.0)],
        '▐' => vec![part(0.5, 0.0, 0.5, 1.0)],
        '▔' => vec![part(0.0, 0.0, 1.0, eighths(1))],
        '▕' => vec![part(eighths(7), 0.0, eighths(1), 1.0)],
        '▖' => quarters(0b0100),
        '▗' => quarters(0b1000),
        '▘' => quarters(0b0001),
        '▙' => quarters(0b1101),
        '▚' => quarters(0b1001),
        '▛' => quarters(0b0111),
        '▜' => quarters(0b1011),
        '▝' => quarters(0b0010),
        '▞' => quarters(0b0110),
        _ => quarters(0b1110),
    }
}

/// Two by three parts; the ones that are half blocks are left out of the row of characters.
fn sextant(index: u32) -> Vec<Stroke> {
    let bits = index + 1 + u32::from(index >= 20) + u32::from(index >= 40);
    let third = 1.0 / 3.0;
    let set = (0..6_u8).filter(|bit| bits >> bit & 1 == 1);
    set.map(|bit| part(f32::from(bit % 2) / 2.0, f32::from(bit / 2) * third, 0.5, third)).collect()
}

fn corner(c: char) -> Vec<Stroke> {
    let (right, down) = (matches!(c, '╭' | '╰'), matches!(c, '╭' | '╮'));
    let radius = WIDTH / 2.0;
    let x = if right { WIDTH } else { 0.0 };
    let (y, top) = if down {
        (HEIGHT / 2.0 + radius, HEIGHT / 2.0 + radius)
    } else {
        (HEIGHT / 2.0 - radius, 0.0)
    };
    let length = HEIGHT / 2.0 - radius;
    vec![Stroke::Arc(x, y), Stroke::Rect([(WIDTH - LIGHT) / 2.0, top, LIGHT, length])]
}

/// Lines from the middle to the left, right, top and bottom: 0 none, 1 light, 2 heavy.
#[rustfmt::skip] // a table
const ARMS: &[(&str, [u8; 4])] = &[
    ("─", [1, 1, 0, 0]), ("━", [2, 2, 0, 0]), ("│", [0, 0, 1, 1]), ("┃", [0, 0, 2, 2]),
    ("┌", [0, 1, 0, 1]), ("┐", [1, 0, 0, 1]), ("└", [0, 1, 1, 0]), ("┘", [1, 0, 1, 0]),
    ("┏", [0, 2, 0, 2]), ("┓", [2, 0, 0, 2]), ("┗", [0, 2, 2, 0]), ("┛", [2, 0, 2, 0]),
    ("├", [0, 1, 1, 1]), ("┤", [1, 0, 1, 1]), ("┬", [1, 1, 0, 1]), ("┴", [1, 1, 1, 0]),
    ("┼", [1, 1, 1, 1]), ("┣", [0, 2, 2, 2]), ("┫", [2, 0, 2, 2]), ("┳", [2, 2, 0, 2]),
    ("┻", [2, 2, 2, 0]), ("╋", [2, 2, 2, 2]), ("┯", [2, 2, 0, 1]), ("┷", [2, 2, 1, 0]),
    ("┿", [2, 2, 1, 1]), ("┰", [1, 1, 0, 2]), ("┸", [1, 1, 2, 0]), ("╂", [1, 1, 2, 2]),
    ("┝", [0, 2, 1, 1]), ("┥", [2, 0, 1, 1]), ("┠", [0, 1, 2, 2]), ("┨", [1, 0, 2, 2]),
];

/// Lines with gaps: whether they lie, whether they are heavy, and how many dashes they have.
const DASHED: [(char, bool, bool, u8); 12] = [
    ('╌', true, false, 2),
    ('╍', true, true, 2),
    ('╎', false, false, 2),
    ('╏', false, true, 2),
    ('┄', true, false, 3),
    ('┅', true, true, 3),
    ('┆', false, false, 3),
    ('┇', false, true, 3),
    ('┈', true, false, 4),
    ('┉', true, true, 4),
    ('┊', false, false, 4),
    ('┋', false, true, 4),
];

fn lines(c: char) -> Option<Vec<Stroke>> {
    if let Some((_, lies, heavy, dashes)) = DASHED.iter().find(|dashed| dashed.0 == c) {
        return Some(dashes_of(*lies, *heavy, *dashes));
    }
    let (_, [left, right, up, down]) = ARMS.iter().find(|(chars, _)| chars.contains(c))?;
    let thick = |weight: u8| if weight == 2 { HEAVY } else { LIGHT };
    // Each arm reaches over the middle by half of the thickest line, so that corners are full.
    let reach = [left, right, up, down].map(|w| if *w == 0 { 0.0 } else { thick(*w) });
    let over = reach.into_iter().fold(0.0, f32::max) / 2.0;
    let (x, y) = (WIDTH / 2.0, HEIGHT / 2.0);
    let lying = |from: f32, to: f32, weight: u8| {
        Stroke::Rect([from, y - thick(weight) / 2.0, to - from, thick(weight)])
    };
    let standing = |from: f32, to: f32, weight: u8| {
        Stroke::Rect([x - thick(weight) / 2.0, from, thick(weight), to - from])
    };
    let mut strokes = Vec::new();
    match (*left, *right) {
        (0, 0) => {}
        (0, weight) => strokes.push(lying(x - over, WIDTH, weight)),
        (weight, 0) => strokes.push(lying(0.0, x + over, weight)),
        (weight, _) => strokes.push(lying(0.0, WIDTH, weight)),
    }
    match (*up, *down) {
        (0, 0) => {}
        (0, weight) => strokes.push(standing(y - over, HEIGHT, weight)),
        (weight, 0) => strokes.push(standing(0.0, y + over, weight)),
        (weight, _) => strokes.push(standing(0.0, HEIGHT, weight)),
    }
    Some(strokes)
}

fn dashes_of(lies: bool, heavy: bool, dashes: u8) -> Vec<Stroke> {
    let thick = if heavy { HEAVY } else { LIGHT };
    let pitch = if lies { WIDTH } else { HEIGHT } / f32::from(dashes);
    let dash = |n: u8| {
        let (at, length) = ((f32::from(n) + 0.2) * pitch, 0.6 * pitch);
        match lies {
            true => Stroke::Rect([at, (HEIGHT - thick) / 2.0, length, thick]),
            false => Stroke::Rect([(WIDTH - thick) / 2.0, at, thick, length]),
        }
    };
    (0..dashes).map(dash).collect()
}
