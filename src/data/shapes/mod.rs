//! Ten classes of coloured shapes, drawn from the seed alone: something to learn without a file.

mod draw;

use std::convert::Infallible;

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

use self::draw::{Canvas, Figure, Placed, SIDE};
use super::{
    parts::{Parts, for_each_picture},
    random::{Purpose, generator},
};
use crate::domain::images::ImageSet;

// How hard the task is: a network at `alpha` .25 gets 45 to 60 % right after one epoch. Pixels
// and colour levels (0 to 255) unless said otherwise.

/// Distance of a shape's centre from the middle of the picture, at most, along each axis.
const WANDER: f32 = 3.0;
/// Radius of a shape.
const RADIUS: (f32, f32) = (8.0, 13.0);
/// Width over height of a shape, or the inverse, at most.
const STRETCH: f32 = 1.35;
/// Channels of the background's mean colour, of the shape and of dots and bars. That shapes are the
/// brightest things, and not just different, is what lets a small network see them early.
const BACKGROUND: (f32, f32) = (0.0, 90.0);
const SHAPE: (f32, f32) = (110.0, 255.0);
const CLUTTER: (f32, f32) = (0.0, 160.0);
/// Share of a shape's colour that its class settles: a hint that can be learned at once, but that
/// does not suffice. The rest is random.
const TINT: f32 = 0.7;
/// Largest difference of a channel between the background's mean colour and one of its corners.
const GRADIENT: f32 = 30.0;
/// Largest turn of a shape to either side, in radians.
const TURN: f32 = 0.4;
/// Dots and bars behind the shape, at most.
const BEHIND: u32 = 2;
/// Dots and bars over the shape, at most.
const OVER: u32 = 1;
/// Half the length of a bar, at most.
const CLUTTER_LENGTH: f32 = 6.0;
/// Largest change of a pixel's channel by noise, drawn anew for each picture.
const NOISE: (f32, f32) = (4.0, 18.0);
const TRAIN_COUNT: usize = 10_000;
const TEST_COUNT: usize = 2_000;

/// Draws both splits.
pub fn draw(seed: u64) -> Parts {
    Parts {
        id: "shapes",
        title: "built-in shapes".into(),
        official: true,
        class_names: Figure::CLASSES.iter().map(|(name, _)| (*name).to_owned()).collect(),
        train: pictures(seed, TRAIN_COUNT, false),
        test: pictures(seed, TEST_COUNT, true),
        banner: None,
    }
}

fn pictures(seed: u64, count: usize, test: bool) -> ImageSet {
    let mut images = ImageSet {
        side: SIDE,
        pixels: vec![0; count * 3 * SIDE * SIDE],
        labels: (0..count).map(|index| (index % Figure::CLASSES.len()) as u16).collect(),
    };
    let drawn = for_each_picture(&mut images, |index, target| {
        let purpose = Purpose::Picture { test, index: index as u32 };
        picture(index % Figure::CLASSES.len(), &mut generator(seed, purpose), target);
        Ok::<(), Infallible>(())
    });
    let Ok(()) = drawn;
    images
}

fn picture(class: usize, rng: &mut ChaCha8Rng, target: &mut [u8]) {
    let background = colour(BACKGROUND, rng);
    let corners = [0; 4].map(|_| background.map(|c| c + between((-GRADIENT, GRADIENT), rng)));
    let mut canvas = Canvas::gradient(&corners);
    for _ in 0..rng.random_range(0..=BEHIND) {
        canvas.paint(&clutter(rng), colour(CLUTTER, rng));
    }
    canvas.paint(&placed(Figure::CLASSES[class].1, rng), tinted(class, rng));
    for _ in 0..rng.random_range(0..=OVER) {
        canvas.paint(&clutter(rng), colour(CLUTTER, rng));
    }
    let mut noise = [0; 3 * SIDE * SIDE];
    rng.fill_bytes(&mut noise);
    canvas.write(&noise, between(NOISE, rng), target);
}

fn placed(figure: Figure, rng: &mut ChaCha8Rng) -> Placed {
    let middle = (SIDE as f32 - 1.0) / 2.0;
    Placed {
        figure,
        centre: [0; 2].map(|_| middle + between((-WANDER, WANDER), rng)),
        radius: between(RADIUS, rng),
        stretch: between((1.0, STRETCH), rng).sqrt(),
        angle: between((-TURN, TURN), rng),
    }
}

/// A dot or a bar somewhere.
fn clutter(rng: &mut ChaCha8Rng) -> Placed {
    Placed {
        figure: if rng.random() { Figure::Dot } else { Figure::Bar },
        centre: [0; 2].map(|_| between((0.0, SIDE as f32), rng)),
        radius: between((2.0, CLUTTER_LENGTH), rng),
        stretch: 1.0,
        angle: between((0.0, std::f32::consts::TAU), rng),
    }
}

fn colour(channels: (f32, f32), rng: &mut ChaCha8Rng) -> [f32; 3] {
    [0; 3].map(|_| between(channels, rng))
}

/// A shape's colour: random, but drawn towards the hue of its class.
fn tinted(class: usize, rng: &mut ChaCha8Rng) -> [f32; 3] {
    let random = colour(SHAPE, rng);
    let (low, high) = SHAPE;
    [0, 1, 2].map(|channel| {
        let turn = class as f32 / Figure::CLASSES.len() as f32 - channel as f32 / 3.0;
        let wave = (1.0 + (turn * std::f32::consts::TAU).cos()) / 2.0;
        random[channel] * (1.0 - TINT) + (low + (high - low) * wave) * TINT
    })
}

fn between((low, high): (f32, f32), rng: &mut ChaCha8Rng) -> f32 {
    low + (high - low) * rng.random::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_depend_on_the_seed_and_splits_differ() {
        let (one, again, other) = (draw(1), draw(1), draw(2));
        assert_eq!((&one.train, &one.test), (&again.train, &again.test));
        assert_ne!(one.train.image(0), other.train.image(0));
        assert_ne!(one.train.image(0), one.test.image(0));
        assert_eq!((one.train.len(), one.test.len(), one.train.side), (10_000, 2_000, 32));
    }

    #[test]
    fn classes_are_equally_frequent_and_pictures_use_the_whole_range() {
        let drawn = draw(42);
        assert_eq!(drawn.class_names.len(), 10);
        for class in 0..10 {
            assert_eq!(drawn.test.labels.iter().filter(|&&label| label == class).count(), 200);
        }
        assert!(drawn.train.pixels.contains(&0) && drawn.train.pixels.contains(&255));
    }
}
