//! Feature maps side by side as small pictures.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::{features::FeatureMaps, images::ImageSet},
    tui::{
        picture::{self, Brush},
        theme::Theme,
    },
};

/// Maps that are shown at least, if they are large and if they are small.
const FEWEST: (usize, usize) = (8, 24);
/// Side in pixels from which a map is large.
const LARGE: usize = 16;
/// Maps that are shown at most.
const MOST: usize = 64;
/// Smallest and largest side of a map in dots.
const SIDES: (usize, usize) = (4, 32);

/// Viridis (van der Walt and Smith), which people see as evenly spaced, colour-blind ones too.
const SCALE: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// How the maps are laid out.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// Side of a map in dots: columns, and two a row.
    side: usize,
    columns: usize,
    rows: usize,
}

impl Plan {
    /// The largest maps of which enough fit into `area`.
    pub fn of(area: Rect, maps: &FeatureMaps) -> Self {
        let plan = |side: usize| Self {
            side,
            columns: (usize::from(area.width) + 1) / (side + 1),
            rows: (usize::from(area.height) + 1) / (side / 2 + 1),
        };
        let fewest = if maps.side >= LARGE { FEWEST.0 } else { FEWEST.1 };
        let enough = maps.channels.min(fewest);
        let sides = (SIDES.0..=SIDES.1).rev().filter(|side| {
            side.is_multiple_of(2)
                && (side.is_multiple_of(maps.side.max(1)) || maps.side.is_multiple_of(*side))
        });
        sides.map(plan).find(|plan| plan.count() >= enough).unwrap_or(plan(SIDES.0))
    }

    /// Maps of a page.
    fn count(&self) -> usize {
        (self.columns * self.rows).min(MOST)
    }

    pub fn pages(&self, maps: &FeatureMaps) -> usize {
        maps.channels.div_ceil(self.count().max(1))
    }

    /// The maps of page `page`.
    pub fn range(&self, maps: &FeatureMaps, page: usize) -> Range<usize> {
        let start = (page * self.count()).min(maps.channels);
        start..(start + self.count()).min(maps.channels)
    }
}

/// Draws page `page` of the maps.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    (maps, plan, page): (&FeatureMaps, &Plan, usize),
    theme: &Theme,
) {
    // Many, and of few pixels: characters show them as well as a terminal's graphics.
    let brush = Brush { theme, graphics: None };
    for (place, channel) in plan.range(maps, page).enumerate() {
        let (column, row) = (place % plan.columns, place / plan.columns);
        let at = Rect {
            x: area.x + (column * (plan.side + 1)) as u16,
            y: area.y + (row * (plan.side / 2 + 1)) as u16,
            width: plan.side as u16,
            height: (plan.side / 2) as u16,
        };
        let set = painted(maps.map(channel), maps.side);
        picture::draw(buffer, at.intersection(area), (&set, 0), brush);
    }
}

/// A map as a picture, from 0 to its highest value.
fn painted(map: &[f32], side: usize) -> ImageSet {
    let highest = map.iter().copied().filter(|v| v.is_finite()).fold(0.0, f32::max);
    let mut pixels = vec![0; 3 * map.len()];
    for (at, value) in map.iter().enumerate() {
        let share = if highest > 0.0 { value / highest } else { 0.0 };
        for (plane, part) in colour(share).into_iter().enumerate() {
            pixels[plane * map.len() + at] = part;
        }
    }
    ImageSet { side, pixels, labels: vec![0] }
}

/// The colour of a share of 1; what is no number counts as 0.
fn colour(share: f32) -> [u8; 3] {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let place = share * (SCALE.len() - 1) as f32;
    let below = (place as usize).min(SCALE.len() - 2);
    let part = place - below as f32;
    std::array::from_fn(|i| {
        let [from, to] = [below, below + 1].map(|at| f32::from(SCALE[at][i]));
        (from + (to - from) * part).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(channels: usize, side: usize) -> FeatureMaps {
        let values = vec![0.5; channels * side * side];
        FeatureMaps { step: 1, channels, side, values, picture: ImageSet::default() }
    }

    #[test]
    fn maps_are_as_large_as_enough_of_them_can_be() {
        let plan = |maps: &FeatureMaps| Plan::of(Rect::new(0, 0, 72, 30), maps);
        assert_eq!(plan(&maps(32, 32)), Plan { side: 16, columns: 4, rows: 3 });
        assert_eq!(plan(&maps(8, 32)).side, 16);
        assert_eq!(plan(&maps(1024, 2)).count(), 30);
        assert_eq!(plan(&maps(1024, 2)).pages(&maps(1024, 2)), 35);
        assert_eq!(plan(&maps(4, 32)).range(&maps(4, 32), 9), 4..4);
    }

    #[test]
    fn the_scale_runs_from_dark_to_bright_and_takes_anything() {
        assert_eq!((colour(0.0), colour(1.0), colour(f32::NAN)), (SCALE[0], SCALE[8], SCALE[0]));
        assert_eq!((colour(9.0), colour(-1.0)), (SCALE[8], SCALE[0]));
        let set = painted(&[0.0, 2.0, 1.0, f32::INFINITY], 2);
        assert_eq!((set.rgb(0, 1, 0), set.rgb(0, 0, 1)), (SCALE[8], SCALE[4]));
    }
}
