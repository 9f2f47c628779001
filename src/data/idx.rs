//! Fashion-MNIST as four gzipped IDX files (Xiao et al. 2017, arXiv:1708.07747).

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;

use super::{DataError, cifar10::sha256, files, parts::Parts};
use crate::domain::images::ImageSet;

/// The folder below the data folder.
pub const FOLDER: &str = "fashion-mnist";
/// Where Debian's package `dataset-fashion-mnist` puts the files.
pub const DEBIAN_FOLDER: &str = "/usr/share/datasets/fashion-mnist";
#[rustfmt::skip] // a table
pub const CLASS_NAMES: [&str; 10] = [
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
];

/// Side of the pictures in the files.
const GREY_SIDE: usize = 28;
/// Side after padding: a multiple of 16, so that the network halves it four times.
const SIDE: usize = 32;
const IMAGES_MAGIC: u32 = 0x0803;
const LABELS_MAGIC: u32 = 0x0801;
const HINT: &str = "on Debian: apt-get install dataset-fashion-mnist; elsewhere put the four IDX .gz \
                    files there (https://github.com/zalandoresearch/fashion-mnist)";

/// The two files of a split, with the SHA-256 of what is in them as Debian distributes it: the
/// publisher's own sums are of the compressed files, which differ from packer to packer.
struct Split {
    count: usize,
    images: Source,
    labels: Source,
}

struct Source {
    name: &'static str,
    sha256: &'static str,
}

#[rustfmt::skip] // a table
const TRAIN: Split = Split {
    count: 60_000,
    images: Source { name: "train-images-idx3-ubyte.gz", sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888" },
    labels: Source { name: "train-labels-idx1-ubyte.gz", sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9" },
};
#[rustfmt::skip] // a table
const TEST: Split = Split {
    count: 10_000,
    images: Source { name: "t10k-images-idx3-ubyte.gz", sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b" },
    labels: Source { name: "t10k-labels-idx1-ubyte.gz", sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34" },
};

/// The folder that holds Fashion-MNIST: that in `data_dir`, else Debian's.
pub fn folder(data_dir: &Path) -> Option<PathBuf> {
    let folders = [data_dir.join(FOLDER), PathBuf::from(DEBIAN_FOLDER)];
    folders.into_iter().find(|folder| folder.is_dir())
}

/// Reads all four files.
///
/// # Errors
/// Unless every file is there and holds exactly what its header and its name say.
pub fn read(data_dir: &Path) -> Result<Parts, DataError> {
    let folder = folder(data_dir).ok_or_else(|| missing(data_dir.join(FOLDER)))?;
    let (train, official_train) = read_split(&folder, &TRAIN)?;
    let (test, official_test) = read_split(&folder, &TEST)?;
    let official = official_train && official_test;
    Ok(Parts {
        id: "fashion-mnist",
        title: "Fashion-MNIST".into(),
        official,
        class_names: CLASS_NAMES.map(str::to_owned).into(),
        train,
        test,
        banner: (!official).then(|| "unofficial copy of Fashion-MNIST".to_owned()),
    })
}

/// The pictures of a split, and whether they are the publisher's.
fn read_split(folder: &Path, split: &Split) -> Result<(ImageSet, bool), DataError> {
    let side = GREY_SIDE as u32;
    let shape = [IMAGES_MAGIC, split.count as u32, side, side];
    let (grey, official_images) = read_file(folder, &split.images, &shape)?;
    let shape = [LABELS_MAGIC, split.count as u32];
    let (labels, official_labels) = read_file(folder, &split.labels, &shape)?;
    let images = labelled(&folder.join(split.labels.name), &grey, &labels)?;
    Ok((images, official_images && official_labels))
}

/// `count` pictures and their labels from two gzipped IDX streams; `path` is for messages only.
///
/// # Errors
/// A stream that is broken, or holds anything but as many 28×28 pictures, or as many labels that
/// a class has.
pub fn parse(
    path: &Path,
    (images, labels): (impl Read, impl Read),
    count: u16,
) -> Result<ImageSet, DataError> {
    let (count, side) = (u32::from(count), GREY_SIDE as u32);
    let grey = read_stream(path, images, &[IMAGES_MAGIC, count, side, side])?;
    let labels = read_stream(path, labels, &[LABELS_MAGIC, count])?;
    labelled(path, &grey[4 * 4..], &labels[4 * 2..])
}

/// Pictures with their labels, which stand in the file at `path`.
fn labelled(path: &Path, grey: &[u8], labels: &[u8]) -> Result<ImageSet, DataError> {
    let classes = CLASS_NAMES.len();
    if let Some(record) = labels.iter().position(|&label| usize::from(label) >= classes) {
        let (path, label) = (path.to_owned(), labels[record].into());
        return Err(DataError::UnknownLabel { path, record, label, classes });
    }
    let labels = labels.iter().copied().map(u16::from).collect();
    Ok(ImageSet { side: SIDE, pixels: padded(grey), labels })
}

/// Reads the bytes behind the header, and says whether they are the publisher's.
fn read_file(folder: &Path, source: &Source, header: &[u32]) -> Result<(Vec<u8>, bool), DataError> {
    let path = folder.join(source.name);
    let file = files::open(folder, &path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => missing(path.clone()),
        _ => DataError::Io { path: path.clone(), source },
    })?;
    let bytes = read_stream(&path, file, header)?;
    Ok((bytes[4 * header.len()..].to_vec(), sha256(&bytes) == source.sha256))
}

/// Unzips a stream that must begin with exactly `header`: a magic number, then the length of each
/// dimension, all big-endian.
fn read_stream(path: &Path, stream: impl Read, header: &[u32]) -> Result<Vec<u8>, DataError> {
    let expected = 4 * header.len() + header[1..].iter().map(|&n| n as usize).product::<usize>();
    let bytes = unzip(path, stream, expected)?;
    let found = &bytes[..4 * header.len()];
    let wanted: Vec<u8> = header.iter().flat_map(|number| number.to_be_bytes()).collect();
    if found != wanted {
        let reason = format!("the IDX header is {found:02x?}, expected {wanted:02x?}");
        return Err(DataError::Archive { path: path.to_owned(), reason });
    }
    Ok(bytes)
}

/// Exactly `expected` bytes from a gzip stream, however much it would blow up to.
fn unzip(path: &Path, stream: impl Read, expected: usize) -> Result<Vec<u8>, DataError> {
    let (path, mut bytes) = (path.to_owned(), Vec::with_capacity(expected + 1));
    // One byte more than expected tells a longer stream; at the end its checksum is compared.
    let read = GzDecoder::new(stream).take(expected as u64 + 1).read_to_end(&mut bytes);
    let (expected, found) = (expected as u64, bytes.len() as u64);
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(DataError::Truncated { path, expected, found })
        }
        Err(error) => Err(DataError::Archive { path, reason: format!("broken gzip ({error})") }),
        Ok(_) if found < expected => Err(DataError::Truncated { path, expected, found }),
        Ok(_) if found > expected => Err(DataError::TooLong { path, expected, found }),
        Ok(_) => Ok(bytes),
    }
}

/// Grey pictures in the middle of black ones, the same in all three channels.
fn padded(grey: &[u8]) -> Vec<u8> {
    let margin = (SIDE - GREY_SIDE) / 2;
    let mut pixels = Vec::with_capacity(grey.len() / (GREY_SIDE * GREY_SIDE) * 3 * SIDE * SIDE);
    let mut plane = [0; SIDE * SIDE];
    for picture in grey.chunks_exact(GREY_SIDE * GREY_SIDE) {
        for (y, row) in picture.chunks_exact(GREY_SIDE).enumerate() {
            plane[(y + margin) * SIDE + margin..][..GREY_SIDE].copy_from_slice(row);
        }
        (0..3).for_each(|_| pixels.extend_from_slice(&plane));
    }
    pixels
}

fn missing(path: PathBuf) -> DataError {
    DataError::Missing { path, hint: HINT.into() }
}

#[cfg(test)]
mod tests;
