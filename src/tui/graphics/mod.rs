//! Pictures in the terminal's own pixels, where it takes them.

mod choice;
mod pixels;
mod sixel;

pub use choice::{GraphicsChoice, Protocol};
pub use pixels::{Pixels, mean};

use std::{
    cell::RefCell,
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicU32, Ordering},
};

use image::DynamicImage;
use ratatui::{
    buffer::Buffer,
    layout::{Rect, Size},
    widgets::Widget,
};
use ratatui_image::{
    Image,
    protocol::{Protocol as Encoded, iterm2::Iterm2, kitty::Kitty, sixel::Sixel},
};

use crate::domain::images::ImageSet;

/// Pixels of a cell where the terminal does not say: those of a VT340.
const CELL: (u16, u16) = (10, 20);
/// Pictures kept as the terminal takes them: more than any screen shows.
const MOST: usize = 256;
/// Bytes of them, here and in the terminal.
const MOST_BYTES: usize = 48 << 20;
/// Pixels that are made ready for one frame, four pictures of a grid or so; the rest comes with the
/// next ones, so that keys are answered while a slow terminal takes them in.
const PIXELS_A_FRAME: usize = 110_000;
/// The first of the numbers that kitty knows our pictures by. They are one byte, so that the
/// colour of a character can carry them, under a mark that other programs hardly use.
const FIRST_ID: u32 = 0x6d_76_00;

/// How many of those numbers were given to the terminal since it was last clean.
static GIVEN: AtomicU32 = AtomicU32::new(0);

/// What a terminal with pictures is told, one by one, to be rid of ours.
pub fn clearing() -> impl Iterator<Item = String> {
    let ids = FIRST_ID..FIRST_ID + GIVEN.swap(0, Ordering::SeqCst);
    ids.map(|id| format!("\u{1b}_Ga=d,d=I,i={id},q=2\u{1b}\\"))
}

/// The pictures of the screen. Each is made ready once, and drawn out of the memory that is kept
/// of it: what is drawn depends on the state alone.
#[derive(Debug)]
pub struct Graphics {
    protocol: Protocol,
    /// Whether tmux is to pass pictures on.
    in_tmux: bool,
    /// Pixels of a cell.
    cell: (u16, u16),
    shelf: RefCell<Shelf>,
}

/// What is kept, by the number that kitty knows it by.
#[derive(Debug, Default)]
struct Shelf {
    places: Vec<Option<Kept>>,
    /// Counts the drawings.
    frame: u64,
    /// Pixels made ready for this frame.
    pixels: usize,
    /// Whether a picture had to wait for the next frame.
    waits: bool,
}

struct Kept {
    key: Key,
    /// The frame in which it was last drawn.
    used: u64,
    bytes: usize,
    picture: Encoded,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Which picture, in how many columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    content: u64,
    size: (u16, u16),
}

impl Graphics {
    pub fn new(protocol: Protocol, in_tmux: bool) -> Self {
        Self { protocol, in_tmux, cell: CELL, shelf: RefCell::default() }
    }

    /// Characters only.
    pub fn none() -> Self {
        Self::new(Protocol::Halfblocks, false)
    }

    /// Takes the pixels of a cell, if the terminal tells them; whether that changes the screen.
    pub fn fit(&mut self, cell: Option<(u16, u16)>) -> bool {
        let cell = cell.unwrap_or(CELL);
        let changes = cell != self.cell && self.protocol != Protocol::Halfblocks;
        self.cell = cell;
        if changes {
            self.forget();
        }
        changes
    }

    /// The terminal has no picture of ours any more.
    pub fn forget(&self) {
        *self.shelf.borrow_mut() = Shelf::default();
    }

    /// Another drawing begins.
    pub fn begin(&self) {
        let mut shelf = self.shelf.borrow_mut();
        shelf.frame += 1;
        (shelf.pixels, shelf.waits) = (0, false);
    }

    /// Whether the drawing lacks pictures that the next one will have.
    pub fn waits(&self) -> bool {
        self.shelf.borrow().waits
    }

    /// Draws a picture over all of `area`; `false` if it is to be drawn with characters.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, picture: (&ImageSet, usize)) -> bool {
        if self.protocol == Protocol::Halfblocks || area.is_empty() {
            return false;
        }
        let mut hasher = DefaultHasher::new();
        picture.0.image(picture.1).hash(&mut hasher);
        let key = Key { content: hasher.finish(), size: (area.width, area.height) };
        let mut shelf = self.shelf.borrow_mut();
        let place = shelf.find(key).or_else(|| {
            let place = shelf.place_for(self.extent(area))?;
            let id = FIRST_ID + place as u32;
            let (picture, bytes) = self.ready(picture, area, id)?;
            let used = shelf.frame;
            shelf.places[place] = Some(Kept { key, used, bytes, picture });
            Some(place)
        });
        let Some(Some(kept)) = place.map(|place| &shelf.places[place]) else { return false };
        Image::new(&kept.picture).render(area, buffer);
        true
    }

    /// Columns and rows as pixels.
    fn extent(&self, area: Rect) -> (u32, u32) {
        let pixels = |cells: u16, one: u16| u32::from(cells) * u32::from(one);
        (pixels(area.width, self.cell.0), pixels(area.height, self.cell.1))
    }

    /// The picture as the terminal takes it, and how many bytes that is.
    fn ready(&self, picture: (&ImageSet, usize), area: Rect, id: u32) -> Option<(Encoded, usize)> {
        let (width, height) = self.extent(area);
        let pixels = Pixels::fitting(picture, width.min(height) as usize);
        let size = Size::new(area.width, area.height);
        let canvas = || DynamicImage::from(pixels.canvas((width, height)));
        Some(match self.protocol {
            Protocol::Halfblocks => return None,
            Protocol::Kitty => {
                GIVEN.fetch_max(id - FIRST_ID + 1, Ordering::SeqCst);
                let picture = Kitty::new(canvas(), size, id, self.in_tmux, true).ok()?;
                (Encoded::Kitty(picture), (4 * width * height) as usize)
            }
            Protocol::Sixel => {
                let data = cleared(size) + &sixel::sixel(&pixels);
                let bytes = data.len();
                (Encoded::Sixel(Sixel { data, size, is_tmux: false }), bytes)
            }
            Protocol::Iterm2 => {
                let picture = Iterm2::new(canvas(), size, self.in_tmux).ok()?;
                let bytes = picture.data.len();
                (Encoded::ITerm2(picture), bytes)
            }
        })
    }
}

/// Makes the cells blank under a picture that does not cover them all, and goes back to the first.
fn cleared(size: Size) -> String {
    let row = format!("\u{1b}[{}X\u{1b}[1B", size.width);
    format!("{}\u{1b}[{}A", row.repeat(size.height.into()), size.height)
}

impl Shelf {
    fn find(&mut self, key: Key) -> Option<usize> {
        let frame = self.frame;
        let place = self.places.iter().position(|kept| kept.as_ref().is_some_and(|k| k.key == key));
        if let Some(Some(kept)) = place.map(|place| &mut self.places[place]) {
            kept.used = frame;
        }
        place
    }

    /// A place for a picture of this many pixels: `None` if this frame has had its share, or shows
    /// as many pictures as there are places.
    fn place_for(&mut self, (width, height): (u32, u32)) -> Option<usize> {
        let pixels = (width * height) as usize;
        if self.pixels > 0 && self.pixels + pixels > PIXELS_A_FRAME {
            self.waits = true;
            return None;
        }
        self.pixels += pixels;
        let bytes: usize = self.places.iter().flatten().map(|kept| kept.bytes).sum();
        if bytes > MOST_BYTES
            && let Some(oldest) = self.oldest()
        {
            self.places[oldest] = None;
        }
        let free = self.places.iter().position(Option::is_none);
        free.or_else(|| {
            (self.places.len() < MOST).then(|| {
                self.places.push(None);
                self.places.len() - 1
            })
        })
        .or_else(|| self.oldest())
    }

    /// The picture that was not drawn for longest, if one is not drawn now.
    fn oldest(&self) -> Option<usize> {
        let kept =
            self.places.iter().enumerate().filter_map(|(at, kept)| Some((at, kept.as_ref()?)));
        let (at, kept) = kept.min_by_key(|(_, kept)| kept.used)?;
        (kept.used + 1 < self.frame).then_some(at)
    }
}

#[cfg(test)]
mod tests;
