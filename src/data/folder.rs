//! Pictures of one's own: `PATH/train/<class>/*.{png,jpg,jpeg}` and `PATH/test/<class>/…`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbImage};

use super::{
    DataError,
    parts::{Parts, for_each_picture, scaled, write_planes},
};
use crate::domain::images::ImageSet;

/// Side of the pictures unless told otherwise.
pub const DEFAULT_SIDE: usize = 32;

const CLASSES: std::ops::RangeInclusive<usize> = 2..=1000;
const EXTENSIONS: [&str; 3] = ["png", "jpg", "jpeg"];
/// A picture beyond these limits is a mistake, or meant to exhaust the memory.
const LONGEST_SIDE: u32 = 20_000;
const MOST_MEMORY: u64 = 512 << 20;
const LAYOUT: &str = "wanted are train/<class>/*.png|jpg and test/<class>/*.png|jpg with 2 to 1000 \
                      classes";

/// Reads all pictures, resized to `side` pixels a side (not keeping the ratio of their sides); of
/// the train split only the first `limit`. Pictures are ordered by file name, one of each class in
/// turn, so that any stretch of them holds all classes.
pub fn read(path: &Path, side: usize, limit: Option<usize>) -> Result<Parts, DataError> {
    let class_names = class_names(&path.join("train"))?;
    let test_names = self::class_names(&path.join("test"))?;
    if let Some(name) = differing(&class_names, &test_names) {
        let reason = format!("class '{name}' is not in both train and test; {LAYOUT}");
        return Err(DataError::Layout { path: path.to_owned(), reason });
    }
    let mut train = listed(&path.join("train"), &class_names)?;
    train.truncate(limit.unwrap_or(usize::MAX));
    let test = listed(&path.join("test"), &class_names)?;
    Ok(Parts {
        id: "folder",
        title: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        official: false,
        class_names,
        train: decoded(&train, side)?,
        test: decoded(&test, side)?,
        banner: None,
    })
}

/// One picture as a set of one with label 0; PNG or JPEG, told by its content.
pub fn load_picture(path: &Path, side: usize) -> Result<ImageSet, DataError> {
    decoded(&[(path.to_owned(), 0)], side)
}

/// The names of the folders in `split`, sorted.
fn class_names(split: &Path) -> Result<Vec<String>, DataError> {
    let folders = entries(split)?.into_iter().filter(|entry| entry.is_dir());
    let names: Vec<String> = folders.map(|folder| name(&folder)).collect();
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

fn decoded(pictures: &[(PathBuf, u16)], side: usize) -> Result<ImageSet, DataError> {
    let labels = pictures.iter().map(|(_, label)| *label).collect();
    let pixels = vec![0; pictures.len() * 3 * side * side];
    let mut images = ImageSet { side, pixels, labels };
    for_each_picture(&mut images, |index, target| {
        let path = &pictures[index].0;
        write_planes(&scaled(&decode(path)?, side), target);
        Ok(())
    })?;
    Ok(images)
}

/// The picture in a file as a viewer shows it: upright, without transparency.
fn decode(path: &Path) -> Result<RgbImage, DataError> {
    let picture = |error: image::ImageError| match error {
        image::ImageError::IoError(source) if source.raw_os_error().is_some() => {
            DataError::Io { path: path.to_owned(), source }
        }
        error => DataError::Picture { path: path.to_owned(), reason: error.to_string() },
    };
    let mut reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(DataError::io(path))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(picture)?;
    let orientation = decoder.orientation().map_err(picture)?;
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(picture)?;
    decoded.apply_orientation(orientation);
    Ok(decoded.into_rgb8())
}

#[cfg(test)]
mod tests;
