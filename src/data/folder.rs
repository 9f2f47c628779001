//! Pictures of one's own: `PATH/train/<class>/*.{png,jpg,jpeg}` and `PATH/test/<class>/…`.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

use super::{
    DataError, files,
    memory::{self, Room},
    parts::{Parts, SCALING, for_each_picture, write_planes},
};
use crate::domain::{
    images::{ImageSet, MOST_CLASSES},
    text::{is_plain, plain},
};

/// Side of the pictures unless told otherwise.
pub const DEFAULT_SIDE: usize = 32;

const CLASSES: std::ops::RangeInclusive<usize> = 2..=MOST_CLASSES;
const EXTENSIONS: [&str; 3] = ["png", "jpg", "jpeg"];
/// A picture beyond these limits is a mistake, or meant to exhaust the memory. Fifty million pixels
/// fit in.
const LONGEST_SIDE: u32 = 20_000;
const MOST_MEMORY: u64 = 150_000_000;
const MOST_FILE_BYTES: u64 = 256 << 20;
/// What all processors together hold of pictures before they are small: ten of a telephone's.
static ROOM: Room = Room::of(1 << 30);
/// Times of a picture's size that are held: a progressive JPEG is put together from twice its own.
const TIMES: u64 = 3;
/// Files up to this size are read before it is known how large their pictures are.
const SMALL_FILE: u64 = 8 << 20;
/// What all pictures of a split take after resizing: a million of the largest do not fit.
const MOST_PIXEL_BYTES: usize = 32 << 30;
const LAYOUT: &str = "wanted are train/<class>/*.png|jpg and test/<class>/*.png|jpg with 2 to 1000 \
                      classes";

/// Reads all pictures, resized to `side` pixels a side (not keeping the ratio of their sides); of
/// the train split only the first `limit`. Pictures are ordered by file name, one of each class in
/// turn, so that any stretch of them holds all classes.
///
/// # Errors
/// What is there is no such data set, or would take more than the `free` bytes that there are.
pub fn read(
    path: &Path,
    side: usize,
    limit: Option<usize>,
    free: Option<u64>,
) -> Result<Parts, DataError> {
    let class_names = class_names(&path.join("train"))?;
    let test_names = self::class_names(&path.join("test"))?;
    if let Some(name) = differing(&class_names, &test_names) {
        let reason = format!("class '{name}' is not in both train and test; {LAYOUT}");
        return Err(DataError::Layout { path: path.to_owned(), reason });
    }
    let mut train = listed(&path.join("train"), &class_names)?;
    train.truncate(limit.unwrap_or(usize::MAX));
    let test = listed(&path.join("test"), &class_names)?;
    memory::check(&path.to_string_lossy(), train.len() + test.len(), side, free)?;
    let title = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    Ok(Parts {
        id: "folder",
        title: plain(&title),
        official: false,
        class_names,
        train: decoded(Some(path), &train, side)?,
        test: decoded(Some(path), &test, side)?,
        banner: None,
    })
}

/// One picture as a set of one with label 0; PNG or JPEG, told by its content.
pub fn load_picture(path: &Path, side: usize) -> Result<ImageSet, DataError> {
    decoded(None, &[(path.to_owned(), 0)], side)
}

/// The planes of red, green and blue of the picture in `file`, as [`load_picture`] would have it;
/// `path` is for messages only.
pub fn parse_picture(
    path: &Path,
    file: impl BufRead + Seek,
    side: usize,
) -> Result<Vec<u8>, DataError> {
    let mut planes = vec![0; 3 * side * side];
    write_planes(&decode(path, file, side)?, &mut planes);
    Ok(planes)
}

/// The names of the folders in `split`, sorted.
fn class_names(split: &Path) -> Result<Vec<String>, DataError> {
    let mut folders = entries(split)?;
    folders.retain(|entry| entry.is_dir());
    for folder in &folders {
        files::inside(split, folder).map_err(DataError::io(folder))?;
    }
    let names: Vec<String> = folders.iter().map(|folder| name(folder)).collect();
    if let Some(name) = names.iter().find(|name| !is_plain(name)) {
        let reason = format!("the class {name:?} cannot be written on a terminal; rename it");
        return Err(DataError::Layout { path: split.to_owned(), reason });
    }
    if !CLASSES.contains(&names.len()) {
        let reason = format!("{} class folders; {LAYOUT}", names.len());
        return Err(DataError::Layout { path: split.to_owned(), reason });
    }
    Ok(names)
}

/// A name that only one of two sorted lists has.
fn differing<'a>(one: &'a [String], other: &'a [String]) -> Option<&'a String> {
    let only = |a: &'a [String], b: &'a [String]| a.iter().find(|name| !b.contains(name));
    only(one, other).or_else(|| only(other, one))
}

/// The pictures of a split with their labels, one of each class in turn.
fn listed(split: &Path, class_names: &[String]) -> Result<Vec<(PathBuf, u16)>, DataError> {
    let mut classes = Vec::with_capacity(class_names.len());
    for name in class_names {
        let folder = split.join(name);
        let mut pictures = entries(&folder)?;
        pictures.retain(|path| is_picture(path));
        if pictures.is_empty() {
            let reason = format!("no .png, .jpg or .jpeg file; {LAYOUT}");
            return Err(DataError::Layout { path: folder, reason });
        }
        classes.push(pictures);
    }
    let longest = classes.iter().map(Vec::len).max().unwrap_or(0);
    let rounds = (0..longest).flat_map(|round| {
        let labelled = classes.iter().zip(0..);
        labelled.filter_map(move |(files, label)| Some((files.get(round)?.clone(), label)))
    });
    Ok(rounds.collect())
}

/// What lies in `folder` and is not hidden, sorted by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let reading = fs::read_dir(folder).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            DataError::Missing { path: folder.to_owned(), hint: LAYOUT.into() }
        }
        _ => DataError::Io { path: folder.to_owned(), source },
    })?;
    let paths = reading.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(DataError::io(folder))?;
    paths.retain(|path| !name(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    EXTENSIONS.contains(&extension.as_str())
}

/// Reads the pictures, each of which must lie in `folder` if that is given.
fn decoded(
    folder: Option<&Path>,
    pictures: &[(PathBuf, u16)],
    side: usize,
) -> Result<ImageSet, DataError> {
    let labels = pictures.iter().map(|(_, label)| *label).collect();
    let bytes = pictures.len().saturating_mul(3 * side * side);
    if bytes > MOST_PIXEL_BYTES {
        let (path, count) = (folder.unwrap_or(Path::new("")).to_owned(), pictures.len());
        let reason = format!("{count} pictures do not fit into memory; use --limit");
        return Err(DataError::Layout { path, reason });
    }
    let mut images = ImageSet { side, pixels: vec![0; bytes], labels };
    for_each_picture(&mut images, |index, target| {
        let path = &pictures[index].0;
        write_planes(&decode(path, open(folder, path)?, side)?, target);
        Ok(())
    })?;
    Ok(images)
}

/// A picture's file. Decoders of JPEG take in all of it, so that its size has a bound, too.
fn open(folder: Option<&Path>, path: &Path) -> Result<BufReader<File>, DataError> {
    let opened = match folder {
        Some(folder) => files::open(folder, path),
        None => files::open_plain(path),
    };
    let file = opened.map_err(DataError::io(path))?;
    let bytes = file.metadata().map_err(DataError::io(path))?.len();
    if bytes > MOST_FILE_BYTES {
        let reason = format!("{bytes} bytes, allowed are {MOST_FILE_BYTES}");
        return Err(DataError::Picture { path: path.to_owned(), reason });
    }
    Ok(BufReader::new(file))
}

/// The picture in a file as a viewer shows it, upright and without transparency, with `side` pixels
/// a side. It is made small before anything else: what comes after needs no second large one.
fn decode(path: &Path, mut file: impl BufRead + Seek, side: usize) -> Result<RgbImage, DataError> {
    let bytes = file.seek(SeekFrom::End(0)).map_err(DataError::io(path))?;
    file.rewind().map_err(DataError::io(path))?;
    let large = (bytes > SMALL_FILE).then(|| ROOM.take(bytes + TIMES * MOST_MEMORY));
    let picture = |error: image::ImageError| match error {
        image::ImageError::IoError(source) if source.raw_os_error().is_some() => {
            DataError::Io { path: path.to_owned(), source }
        }
        error => DataError::Picture { path: path.to_owned(), reason: error.to_string() },
    };
    let mut reader = ImageReader::new(file).with_guessed_format().map_err(DataError::io(path))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(picture)?;
    // What the decoder promises to keep to is its own memory, not that of the picture.
    if decoder.total_bytes() > MOST_MEMORY {
        let (width, height) = decoder.dimensions();
        let reason = format!("{width}×{height} pixels take more than {MOST_MEMORY} bytes");
        return Err(DataError::Picture { path: path.to_owned(), reason });
    }
    let _small = large.is_none().then(|| ROOM.take(TIMES * decoder.total_bytes()));
    let orientation = decoder.orientation().map_err(picture)?;
    let decoded = DynamicImage::from_decoder(decoder).map_err(picture)?;
    let mut small = decoded.resize_exact(side as u32, side as u32, SCALING);
    small.apply_orientation(orientation);
    Ok(small.into_rgb8())
}

#[cfg(test)]
mod tests;
