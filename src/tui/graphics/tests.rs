use std::io::Read;

use base64::{Engine, engine::general_purpose::STANDARD};
use image::{RgbImage, RgbaImage};
use ratatui::buffer::Cell;

use super::*;

/// Side of the picture in pixels.
const SIDE: usize = 32;
/// Columns and rows that it is drawn into, at 10×20 pixels each: five pixels for one.
const CELLS: (u16, u16) = (16, 8);

/// Two pictures of one side; their colours are in whole per cent, as sixel has them.
fn known() -> ImageSet {
    let colour = |i: usize| (((i * 37 + i / 1024 * 11) % 6) * 51) as u8;
    ImageSet {
        side: SIDE,
        pixels: (0..2 * 3 * SIDE * SIDE).map(colour).collect(),
        labels: vec![0; 2],
    }
}

/// What is drawn for picture `index`.
fn drawn(graphics: &Graphics, index: usize) -> Buffer {
    let area = Rect::new(0, 0, CELLS.0 + 4, CELLS.1 + 2);
    let mut buffer = Buffer::empty(area);
    graphics.begin();
    let place = Rect { x: 2, y: 1, width: CELLS.0, height: CELLS.1 };
    assert!(graphics.draw(&mut buffer, place, (&known(), index)));
    buffer
}

/// The text that the terminal is sent at the upper left of the picture.
fn sent(protocol: Protocol, index: usize) -> String {
    drawn(&Graphics::new(protocol, false), index)[(2, 1)].symbol().to_owned()
}

/// Whether every pixel of picture `index` is a square of 5×5 pixels of `shown`.
fn assert_shows(shown: &RgbImage, index: usize) {
    let set = known();
    assert_eq!(shown.dimensions(), (160, 160));
    for (x, y, pixel) in shown.enumerate_pixels() {
        let expected = set.rgb(index, x as usize / 5, y as usize / 5);
        assert_eq!(pixel.0, expected, "at {x}, {y}");
    }
}

#[test]
fn kitty_is_sent_the_picture_itself() {
    for index in [0, 1] {
        let text = sent(Protocol::Kitty, index);
        let mut commands =
            text.split("\u{1b}_G").skip(1).map(|c| c.split_once("\u{1b}\\").unwrap().0);
        let first = commands.clone().next().unwrap();
        for key in ["a=T", "U=1", "f=32", "o=z", "s=160", "v=160", "i=7173632"] {
            assert!(first.split(';').next().unwrap().split(',').any(|k| k == key), "{key}");
        }
        let data: String = commands.by_ref().map(|c| c.split_once(';').unwrap().1).collect();
        let mut rgba = Vec::new();
        flate2::read::ZlibDecoder::new(&STANDARD.decode(data).unwrap()[..])
            .read_to_end(&mut rgba)
            .unwrap();
        let shown = RgbaImage::from_raw(160, 160, rgba).unwrap();
        assert!(shown.pixels().all(|pixel| pixel.0[3] == 255));
        assert_shows(&DynamicImage::from(shown).to_rgb8(), index);
    }
}

#[test]
fn iterm2_is_sent_the_picture_itself() {
    let text = sent(Protocol::Iterm2, 1);
    let (head, data) = text.split_once("]1337;File=").unwrap().1.split_once(':').unwrap();
    assert!(head.contains("inline=1") && head.contains("doNotMoveCursor=1"), "{head}");
    let png = STANDARD.decode(data.trim_end_matches('\u{7}')).unwrap();
    assert_shows(&image::load_from_memory(&png).unwrap().to_rgb8(), 1);
}

#[test]
fn sixel_is_sent_the_picture_itself() {
    let text = sent(Protocol::Sixel, 1);
    let data = &text[text.find("\u{1b}P").unwrap()..];
    assert!(data.starts_with("\u{1b}P0;1;0q\"1;1;160;160#"), "{data:.30}");
    let shown = icy_sixel::SixelImage::decode(data.as_bytes()).unwrap();
    let (width, height) = (shown.width as u32, shown.height as u32);
    let shown = RgbaImage::from_raw(width, height, shown.pixels.clone()).unwrap();
    // The decoder gives whole lines of six rows.
    let below = DynamicImage::from(shown.clone()).crop_imm(0, 160, 160, 2).to_rgba8();
    assert!(below.pixels().all(|pixel| pixel.0[3] == 0), "it is as high as it says");
    assert_shows(&DynamicImage::from(shown).crop_imm(0, 0, 160, 160).to_rgb8(), 1);
}

#[test]
fn sixel_keeps_to_its_colours() {
    // 1,024 colours; those that are made one differ little.
    let pixels = Pixels {
        side: 32,
        rgb: (0..1024_u32).map(|i| [(i % 32 * 8) as u8, (i / 32 * 8) as u8, 100]).collect(),
        scale: 1,
    };
    let text = sixel::sixel(&pixels);
    let shown = icy_sixel::SixelImage::decode(text.as_bytes()).unwrap();
    assert!((128..=256).contains(&sixel::reduced(&pixels.rgb).0.len()));
    for (shown, rgb) in shown.pixels.chunks(4).zip(&pixels.rgb) {
        let off = shown.iter().zip(rgb).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off <= Some(10), "{shown:?} for {rgb:?}");
    }
}

#[test]
fn a_picture_is_sent_once_and_drawn_again_without() {
    let graphics = Graphics::new(Protocol::Kitty, false);
    let length = |buffer: &Buffer| buffer.content.iter().map(|c| c.symbol().len()).sum::<usize>();
    let first = drawn(&graphics, 0);
    let again = drawn(&graphics, 0);
    assert!(length(&first) > 2_000 && length(&again) < 1_000);
    assert!(!graphics.waits());
    graphics.forget();
    assert_eq!(length(&drawn(&graphics, 0)), length(&first));
}

#[test]
fn what_is_drawn_instead_of_a_picture_is_written_over_it() {
    for protocol in [Protocol::Kitty, Protocol::Sixel, Protocol::Iterm2] {
        let before = drawn(&Graphics::new(protocol, false), 0);
        let after = Buffer::empty(before.area);
        let written: Vec<(u16, u16, &Cell)> = before.diff(&after);
        assert_eq!(written.len(), usize::from(CELLS.0 * CELLS.1), "{protocol:?}");
    }
}

#[test]
fn a_frame_makes_a_few_pictures_ready_and_the_next_ones_the_rest() {
    let pixels = (0..10 * 3).collect();
    let set = ImageSet { side: 1, pixels, labels: vec![0; 10] };
    let graphics = Graphics::new(Protocol::Sixel, false);
    let mut buffer = Buffer::empty(Rect::new(0, 0, 16, 8));
    let mut shown = Vec::new();
    for _ in 0..3 {
        graphics.begin();
        let area = buffer.area;
        shown
            .push((0..10).filter(|index| graphics.draw(&mut buffer, area, (&set, *index))).count());
    }
    assert_eq!(shown, [4, 8, 10]);
    assert!(!graphics.waits());
}

#[test]
fn pictures_of_any_size_and_number_are_drawn_or_left_to_characters() {
    let mut graphics = Graphics::new(Protocol::Kitty, false);
    for (count, side, cell) in [(300, 1, (2, 2)), (3, 224, (7, 15)), (3, 33, (200, 200))] {
        graphics.fit(Some(cell));
        let pixels = (0..count).flat_map(|i| vec![i as u8; 3 * side * side]).collect();
        let set = ImageSet { side, pixels, labels: vec![0; count] };
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        for index in 0..count {
            graphics.begin();
            let area = buffer.area;
            graphics.draw(&mut buffer, area, (&set, index));
        }
        assert!(graphics.shelf.borrow().places.len() <= MOST);
    }
}

#[test]
fn what_kitty_was_given_is_taken_back() {
    drop(sent(Protocol::Kitty, 0));
    assert_eq!(clearing().next().unwrap(), "\u{1b}_Ga=d,d=I,i=7173632,q=2\u{1b}\\");
}
