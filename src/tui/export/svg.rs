//! A sheet as vectors: text stays text, and charts need no font.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    CELL, Rgb, Sheet,
    cells::Tile,
    strokes::{DOT, Stroke, strokes},
};

/// Where letters stand in a cell, from its top.
const BASELINE: u32 = 24;

/// Paths by the colour that they have in common; shares of ink in percent.
#[derive(Default)]
struct Paths {
    filled: BTreeMap<(Rgb, u8), String>,
    dotted: BTreeMap<Rgb, String>,
    curved: BTreeMap<Rgb, String>,
}

/// The sheet as an SVG file.
pub fn svg(sheet: &Sheet) -> String {
    let (columns, rows) = (u32::from(sheet.columns), sheet.rows.len() as u32);
    let (width, height) = (columns * CELL.0, rows * CELL.1);
    let mut text = String::new();
    let mut paths = Paths::default();
    for (y, row) in (0_u32..).zip(&sheet.rows) {
        papers(row, y * CELL.1, sheet.ground, &mut paths);
    }
    let papers = std::mem::take(&mut paths);
    for (y, row) in (0_u32..).zip(&sheet.rows) {
        for tile in row {
            paths.add(tile, y * CELL.1);
        }
        words(row, y * CELL.1, &mut text);
    }
    let (half_width, half_height, ground) = (width / 2, height / 2, hex(sheet.ground));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{half_width}\" height=\"{half_height}\" \
         viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{ground}\"/>\n\
         {}{}<g font-family=\"'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"26\" \
         xml:space=\"preserve\">\n{text}</g>\n</svg>\n",
        papers.text(),
        paths.text()
    )
}

fn hex([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// What lies under the characters, neighbours of one colour together.
fn papers(row: &[Tile], top: u32, ground: Rgb, paths: &mut Paths) {
    for run in row.chunk_by(|a, b| a.paper == b.paper) {
        let columns: u32 = run.iter().map(|tile| u32::from(tile.columns)).sum();
        let (left, paper) = (u32::from(run[0].column) * CELL.0, run[0].paper);
        if paper != ground {
            let path = paths.filled.entry((paper, 100)).or_default();
            let (width, height) = (columns * CELL.0, CELL.1);
            let _ = write!(path, "M{left} {top}h{width}v{height}h-{width}z");
        }
    }
}

impl Paths {
    /// Adds a character that is made of strokes, and the line under any character.
    fn add(&mut self, tile: &Tile, top: u32) {
        let (x, y) = ((u32::from(tile.column) * CELL.0) as f32, top as f32);
        if tile.underlined {
            let path = self.filled.entry((tile.ink, 100)).or_default();
            let (under, width) = (top + 28, u32::from(tile.columns) * CELL.0);
            let _ = write!(path, "M{x} {under}h{width}v2h-{width}z");
        }
        let Some((parts, share)) = strokes(&tile.symbol) else { return };
        for part in parts {
            let _ = match part {
                Stroke::Rect([left, up, width, height]) => {
                    let key = (tile.ink, (share * 100.0) as u8);
                    let path = self.filled.entry(key).or_default();
                    let (left, up) = (x + left, y + up);
                    write!(path, "M{left} {up}h{width}v{height}h-{width}z")
                }
                Stroke::Dot(to_x, to_y) => {
                    let path = self.dotted.entry(tile.ink).or_default();
                    write!(path, "M{} {}h.01", x + to_x, y + to_y)
                }
                Stroke::Arc(to_x, to_y) => {
                    let path = self.curved.entry(tile.ink).or_default();
                    let (radius, middle) = (CELL.0 as f32 / 2.0, CELL.1 as f32 / 2.0);
                    let (from_x, end_y) = (x + radius, y + middle);
                    let clockwise = u8::from((to_x > 0.0) == (to_y > middle));
                    let (from_y, end_x) = (y + to_y, x + to_x);
                    write!(
                        path,
                        "M{from_x} {from_y}A{radius} {radius} 0 0 {clockwise} {end_x} {end_y}"
                    )
                }
            };
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for ((ink, percent), path) in &self.filled {
            let fill = hex(*ink);
            let opacity = match percent {
                100 => String::new(),
                percent => format!(" fill-opacity=\".{percent}\""),
            };
            let _ = writeln!(text, "<path fill=\"{fill}\"{opacity} d=\"{path}\"/>");
        }
        // A line without length and with round ends is a dot.
        let dot = 2.0 * DOT;
        let lines = [(&self.dotted, dot, " stroke-linecap=\"round\""), (&self.curved, 2.0, "")];
        for (paths, thick, ends) in lines {
            for (ink, path) in paths {
                let stroke = hex(*ink);
                let _ = writeln!(
                    text,
                    "<path fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{thick}\"{ends} \
                     d=\"{path}\"/>"
                );
            }
        }
        text
    }
}

/// Letters that follow each other in one style, spread to the columns that they have whatever the
/// font.
fn words(row: &[Tile], top: u32, text: &mut String) {
    let is_text = |tile: &Tile| strokes(&tile.symbol).is_none();
    let alike = |a: &Tile, b: &Tile| {
        is_text(a) && is_text(b) && (a.ink, a.bold, a.columns) == (b.ink, b.bold, b.columns)
    };
    for run in row.chunk_by(|a, b| alike(a, b)).filter(|run| is_text(&run[0])) {
        let columns: u32 = run.iter().map(|tile| u32::from(tile.columns)).sum();
        let (x, y) = (u32::from(run[0].column) * CELL.0, top + BASELINE);
        let (width, fill) = (columns * CELL.0, hex(run[0].ink));
        let weight = if run[0].bold { " font-weight=\"bold\"" } else { "" };
        let words: String = run.iter().map(|tile| escaped(&tile.symbol)).collect();
        let _ = writeln!(
            text,
            "<text x=\"{x}\" y=\"{y}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" \
             fill=\"{fill}\"{weight}>{words}</text>"
        );
    }
}

fn escaped(symbol: &str) -> String {
    symbol.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
