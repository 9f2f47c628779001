//! Which pictures a run was trained on: with others it is another run.

use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    data::Dataset,
    domain::{images::ImageSet, units::Count},
};

/// What is summed up at a time, on all processors.
const BLOCK: usize = 1 << 20;

/// What a checkpoint keeps of its data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pictures {
    /// For people; a folder may be called otherwise some day.
    title: String,
    classes: usize,
    train: usize,
    test: usize,
    /// SHA-256 of names, labels and pixels, in hexadecimal.
    sha256: String,
}

impl Pictures {
    /// Those of `dataset`, all of which is looked at: much sooner done than reading it.
    pub fn of(dataset: &Dataset) -> Self {
        let mut sum = Sha256::new();
        for name in &dataset.class_names {
            sum.update((name.len() as u64).to_le_bytes());
            sum.update(name);
        }
        [&dataset.train, &dataset.test].into_iter().for_each(|images| add(images, &mut sum));
        Self {
            title: dataset.title.clone(),
            classes: dataset.class_names.len(),
            train: dataset.train.len(),
            test: dataset.test.len(),
            sha256: sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }

    /// Whether a run that was trained on these may go on with `others`.
    pub fn are(&self, others: &Self) -> bool {
        let facts = |of: &Self| (of.classes, of.train, of.test, of.sha256.clone());
        facts(self) == facts(others)
    }
}

impl fmt::Display for Pictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, classes, .. } = self;
        let (train, test) = (Count(self.train as u64), Count(self.test as u64));
        write!(f, "{title} of {train} + {test} images in {classes} classes")
    }
}

fn add(images: &ImageSet, sum: &mut Sha256) {
    sum.update((images.side as u64).to_le_bytes());
    sum.update((images.len() as u64).to_le_bytes());
    images.labels.iter().for_each(|label| sum.update(label.to_le_bytes()));
    let blocks: Vec<_> = images.pixels.par_chunks(BLOCK).map(Sha256::digest).collect();
    blocks.iter().for_each(|block| sum.update(block));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ChannelStatistics;

    fn dataset() -> Dataset {
        let images = |count: usize| ImageSet {
            side: 2,
            pixels: (0..12 * count).map(|n| n as u8).collect(),
            labels: (0..count).map(|n| n as u16 % 2).collect(),
        };
        let train = images(100);
        Dataset {
            id: "folder".into(),
            title: "pets".into(),
            official: false,
            class_names: vec!["cat".into(), "dog".into()],
            statistics: ChannelStatistics::of(&train),
            train,
            test: images(10),
            banner: None,
        }
    }

    #[test]
    fn one_pixel_one_label_or_one_name_makes_another_data_set_and_its_title_does_not() {
        let pictures = Pictures::of(&dataset());
        let changed = |change: fn(&mut Dataset)| {
            let mut other = dataset();
            change(&mut other);
            !pictures.are(&Pictures::of(&other))
        };
        assert!(!changed(|data| data.title = "other pets".into()));
        assert!(changed(|data| data.train.pixels[777] ^= 1));
        assert!(changed(|data| data.test.pixels[7] ^= 128));
        assert!(changed(|data| data.train.labels.swap(0, 1)));
        assert!(changed(|data| data.class_names.swap(0, 1)));
        assert!(changed(|data| data.train = data.train.subset(&[0, 1, 2])));
        assert_eq!(pictures.to_string(), "pets of 100 + 10 images in 2 classes");
    }
}
