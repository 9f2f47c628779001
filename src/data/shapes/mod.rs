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

// How hard the task is. Pixels and colour levels (0 to 255) unless said otherwise.

/// Distance of a shape's centre from the middle of the picture, at most, along each axis.
const WANDER: f32 = 7.0;
/// Radius of a shape.
const RADIUS: (f32, f32) = (5.5, 11.0);
/// Width over height of a shape, or the inverse, at most.
const STRETCH: f32 = 1.35;
/// Smallest distance in colour space between a shape and the middle of its background.
const CONTRAST: f32 = 50.0;
/// Dots and bars behind the shape, at most.
const BEHIND: u32 = 5;
/// Dots and bars over the shape, at most.
const OVER: u32 = 2;
/// Half the length of a bar, at most.
const CLUTTER_LENGTH: f32 = 8.0;
/// Largest change of a pixel's channel by noise, drawn anew for each picture.
const NOISE: (f32, f32) = (8.0, 56.0);
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
        let figure = Figure::CLASSES[index % Figure::CLASSES.len()].1;
        picture(figure, &mut generator(seed, purpose), target);
        Ok::<(), Infallible>(())
    });
    let Ok(()) = drawn;
    images
}

fn picture(figure: Figure, rng: &mut ChaCha8Rng, target: &mut [u8]) {
    let corners: [[f32; 3]; 4] = std::array::from_fn(|_| colour(rng));
    let mut canvas = Canvas::gradient(&corners);
    for _ in 0..rng.random_range(0..=BEHIND) {
        canvas.paint(&clutter(rng), colour(rng));
    }
    canvas.paint(&placed(figure, rng), contrasting(&corners, rng));
    for _ in 0..rng.random_range(0..=OVER) {
        canvas.paint(&clutter(rng), colour(rng));
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
        angle: between((0.0, std::f32::consts::TAU), rng),
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

fn colour(rng: &mut ChaCha8Rng) -> [f32; 3] {
    [0; 3].map(|_| between((0.0, 255.0), rng))
}

/// A colour that can be told from the mean of the background's corners.
fn contrasting(corners: &[[f32; 3]; 4], rng: &mut ChaCha8Rng) -> [f32; 3] {
    let mean = [0, 1, 2].map(|c| corners.iter().map(|corner| corner[c]).sum::<f32>() / 4.0);
    loop {
        let colour = colour(rng);
        let distance = colour.iter().zip(mean).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        if distance >= CONTRAST {
            return colour;
        }
    }
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
