//! What every reader hands over, and what is done to all data sets alike.

use std::{convert::Infallible, panic, thread};

use image::{RgbImage, imageops, imageops::FilterType};

use super::{ChannelStatistics, DataError, DataRequest, Dataset, memory};
use crate::domain::images::ImageSet;

/// How pictures get another size.
pub(super) const SCALING: FilterType = FilterType::Triangle;

/// A data set as its files have it.
#[derive(Debug)]
pub struct Parts {
    pub id: &'static str,
    pub title: String,
    pub official: bool,
    pub class_names: Vec<String>,
    pub train: ImageSet,
    pub test: ImageSet,
    pub banner: Option<String>,
}

impl Parts {
    /// Cuts and resizes the pictures as `request` wants them, then measures them.
    ///
    /// # Errors
    /// They would take more than the `free` bytes that there are.
    pub(super) fn finish(
        mut self,
        request: &DataRequest,
        free: Option<u64>,
    ) -> Result<Dataset, DataError> {
        truncate(&mut self.train, request.limit.unwrap_or(usize::MAX));
        let side = request.resolution.unwrap_or(self.train.side);
        if side != self.train.side {
            memory::check(&self.title, self.train.len() + self.test.len(), side, free)?;
        }
        let train = resized(self.train, side);
        Ok(Dataset {
            id: self.id.to_owned(),
            title: self.title,
            official: self.official,
            class_names: self.class_names,
            test: resized(self.test, side),
            statistics: ChannelStatistics::of(&train),
            train,
            banner: self.banner,
        })
    }
}

fn truncate(images: &mut ImageSet, count: usize) {
    images.labels.truncate(count);
    images.pixels.truncate(images.len() * images.stride());
}

/// The same pictures with `side` pixels a side.
fn resized(images: ImageSet, side: usize) -> ImageSet {
    if images.side == side || images.is_empty() {
        return ImageSet { side, ..images };
    }
    let pixels = vec![0; images.len() * 3 * side * side];
    let mut out = ImageSet { side, pixels, labels: images.labels.clone() };
    let Ok(()) = for_each_picture(&mut out, |index, target| {
        resize(images.image(index), images.side, side, target);
        Ok::<(), Infallible>(())
    });
    out
}

/// Lets `write` fill the planes of every picture, on all processors. Which of several failures is
/// returned is settled: that of the first picture in order that failed on its own thread's share.
pub(super) fn for_each_picture<E: Send>(
    images: &mut ImageSet,
    write: impl Fn(usize, &mut [u8]) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let (count, stride) = (images.len(), images.stride());
    let threads = thread::available_parallelism().map_or(1, |n| n.get());
    let share = count.div_ceil(threads).max(1);
    let fill = |first: usize, pictures: &mut [u8]| {
        let mut pictures = pictures.chunks_exact_mut(stride).enumerate();
        pictures.try_for_each(|(index, target)| write(first + index, target))
    };
    thread::scope(|scope| {
        let shares = images.pixels.chunks_mut(share * stride).enumerate();
        let threads: Vec<_> = shares
            .map(|(number, pictures)| {
                let name = format!("pictures-{number}");
                let thread = thread::Builder::new().name(name);
                let fill = &fill;
                thread
                    .spawn_scoped(scope, move || fill(number * share, pictures))
                    .expect("the system has room for a thread for each processor")
            })
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
        })
    })
}

fn resize(source: &[u8], from: usize, to: usize, target: &mut [u8]) {
    let plane = from * from;
    let interleaved = RgbImage::from_fn(from as u32, from as u32, |x, y| {
        let at = y as usize * from + x as usize;
        image::Rgb([source[at], source[plane + at], source[2 * plane + at]])
    });
    let scaled = imageops::resize(&interleaved, to as u32, to as u32, SCALING);
    write_planes(&scaled, target);
}

/// Writes the pixels of `image` as planes of red, green and blue.
pub(super) fn write_planes(image: &RgbImage, target: &mut [u8]) {
    let plane = target.len() / 3;
    for (at, pixel) in image.pixels().enumerate() {
        for channel in 0..3 {
            target[channel * plane + at] = pixel.0[channel];
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::config::DatasetChoice;

    #[test]
    fn pictures_of_one_colour_keep_it_at_every_size() {
        let image = |colour: [u8; 3]| colour.into_iter().flat_map(|c| [c; 16]);
        let pixels = image([10, 20, 30]).chain(image([250, 0, 7])).collect();
        let bigger = resized(ImageSet { side: 4, pixels, labels: vec![1, 0] }, 7);
        assert_eq!((bigger.side, bigger.len(), bigger.pixels.len()), (7, 2, 2 * 3 * 49));
        assert_eq!((bigger.rgb(0, 6, 0), bigger.rgb(1, 3, 6)), ([10, 20, 30], [250, 0, 7]));
    }

    #[test]
    fn what_would_not_fit_once_resized_is_refused_before() {
        let images = |count: usize| ImageSet {
            side: 32,
            pixels: vec![0; count * 3 * 32 * 32],
            labels: vec![0; count],
        };
        let finish = |resolution: Option<usize>, limit: Option<usize>| {
            let parts = Parts {
                id: "shapes",
                title: "shapes".into(),
                official: false,
                class_names: vec!["disc".into()],
                train: images(90),
                test: images(10),
                banner: None,
            };
            let (choice, data_dir) = (&DatasetChoice::Shapes, Path::new(""));
            let request =
                DataRequest { choice, data_dir, seed: 1, resolution, limit, download: false };
            parts.finish(&request, Some(3_000_000))
        };
        finish(None, None).unwrap();
        finish(Some(224), Some(5)).unwrap();
        let said = finish(Some(224), None).unwrap_err().to_string();
        assert!(
            said.starts_with("shapes: 100 images of 224×224 pixels take 15.1 MB, and"),
            "{said}"
        );
    }

    #[test]
    fn cutting_keeps_pictures_and_labels_together() {
        let mut images = ImageSet { side: 1, pixels: (0..9).collect(), labels: vec![0, 1, 2] };
        truncate(&mut images, 2);
        assert_eq!((images.len(), images.pixels.len()), (2, 6));
        truncate(&mut images, 5);
        assert_eq!(images.len(), 2);
    }
}
