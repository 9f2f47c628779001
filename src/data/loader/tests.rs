use super::*;
use crate::{
    data::ChannelStatistics,
    domain::config::{Augment, Normalize, Shuffle},
};

const SHUFFLES: [Shuffle; 4] =
    [Shuffle::Epoch, Shuffle::Buffer(10), Shuffle::Buffer(1000), Shuffle::Off];

/// Picture `i` has the value `i` in its first plane.
fn images(count: usize) -> Arc<ImageSet> {
    let side = 6;
    let planes = |i: usize| (0..3 * side * side).map(move |at| (i + at / 36 * 60 + at % 36) as u8);
    Arc::new(ImageSet {
        side,
        pixels: (0..count).flat_map(planes).collect(),
        labels: (0..count).map(|i| (i % 10) as u16).collect(),
    })
}

fn plan(shuffle: Shuffle, augment: Augment) -> BatchPlan {
    let statistics = ChannelStatistics { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.4] };
    BatchPlan {
        batch_size: 7,
        shuffle,
        augment,
        normalize: Normalize::Standard,
        statistics,
        seed: 5,
    }
}

fn indices() -> Arc<[u32]> {
    (0..50).filter(|i| i % 9 != 4).collect()
}

fn all(plan: &BatchPlan, start: (u32, u64)) -> Vec<Batch> {
    let mut loader = Loader::spawn(images(50), indices(), plan.clone(), start, 3);
    std::iter::from_fn(|| loader.next().unwrap()).collect()
}

#[test]
fn starting_anywhere_gives_what_running_up_to_it_gives() {
    for shuffle in SHUFFLES {
        for augment in [Augment::None, Augment::FlipCrop] {
            let plan = plan(shuffle, augment);
            let whole = all(&plan, (1, 0));
            assert_eq!(whole.len(), 3 * 6); // 44 indices make 6 batches of 7
            for (at, epoch, position) in [(4, 1, 4), (6, 1, 6), (6, 2, 0), (9, 2, 3), (18, 4, 0)] {
                assert_eq!(all(&plan, (epoch, position)), whole[at..], "{shuffle} {position}");
            }
        }
    }
}

#[test]
fn an_epoch_visits_each_index_at_most_once_and_no_other() {
    for shuffle in SHUFFLES {
        for epoch in all(&plan(shuffle, Augment::None), (1, 0)).chunks(6) {
            let mut seen: Vec<u32> = epoch.iter().flat_map(|b| b.indices.clone()).collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 42);
            assert!(seen.iter().all(|i| indices().contains(i)));
            assert!(
                epoch.iter().all(|b| b
                    .labels
                    .iter()
                    .zip(&b.indices)
                    .all(|(l, i)| u32::from(*l) == i % 10))
            );
        }
    }
}

#[test]
fn epochs_differ_in_order_and_seeds_too() {
    for shuffle in &SHUFFLES[..3] {
        let batches = all(&plan(*shuffle, Augment::None), (1, 0));
        assert_ne!(batches[0].indices, batches[6].indices);
        let other = BatchPlan { seed: 6, ..plan(*shuffle, Augment::None) };
        assert_ne!(batches[0].indices, all(&other, (1, 0))[0].indices);
    }
}

#[test]
fn a_buffer_lets_no_picture_come_early() {
    let batches = all(&plan(Shuffle::Buffer(10), Augment::None), (1, 0));
    let order = batches[..6].iter().flat_map(|b| b.indices.clone());
    for (place, index) in order.enumerate() {
        let in_file = indices().iter().position(|i| *i == index).unwrap();
        assert!(in_file < place + 10, "{in_file} came at {place}");
    }
    let one: Vec<Batch> = all(&plan(Shuffle::Buffer(1), Augment::None), (1, 0));
    assert_eq!(one, all(&plan(Shuffle::Off, Augment::None), (1, 0)));
}

#[test]
fn a_crop_is_a_window_into_the_picture_mirrored_half_of_the_time() {
    let plain = all(&plan(Shuffle::Epoch, Augment::None), (1, 0));
    let varied = all(&plan(Shuffle::Epoch, Augment::FlipCrop), (1, 0));
    let windows: Vec<Vec<f32>> =
        plain.iter().flat_map(|b| b.images.chunks(36)).map(<[f32]>::to_vec).collect();
    let crops: Vec<Vec<f32>> =
        varied.iter().flat_map(|b| b.images.chunks(36)).map(<[f32]>::to_vec).collect();
    let (mut mirrored, mut unmoved) = (0, 0);
    for (window, crop) in windows.chunks(3).zip(crops.chunks(3)) {
        let fits = |m: bool, left: i32, top: i32| {
            (0..3).all(|c| crop_of(&window[c], m, left, top) == crop[c])
        };
        let all_offsets = (0..162).map(|i| (i >= 81, i % 9 - 4, i / 9 % 9 - 4));
        let found: Vec<_> = all_offsets.filter(|(m, l, t)| fits(*m, *l, *t)).collect();
        assert_eq!(found.len(), 1, "each crop comes from one place");
        mirrored += usize::from(found[0].0);
        unmoved += usize::from(found[0].1 == 0);
    }
    assert!((40..86).contains(&mirrored), "{mirrored} of 126");
    assert!(unmoved < 40, "{unmoved} of 126");
}

/// The straightforward form of the crop.
fn crop_of(window: &[f32], mirrored: bool, left: i32, top: i32) -> Vec<f32> {
    let at = |x: i32, y: i32| {
        let inside = (0..6).contains(&x) && (0..6).contains(&y);
        let x = if mirrored { 5 - x } else { x };
        if inside { window[(y * 6 + x) as usize] } else { 0.0 }
    };
    (0..36).map(|i| at(i % 6 + left, i / 6 + top)).collect()
}

#[test]
fn only_a_batch_that_is_alone_may_be_small() {
    assert_eq!(
        [(44, 7), (5, 7), (14, 7), (0, 7), (3, 0)].map(|(n, b)| batches_per_epoch(n, b)),
        [6, 1, 2, 0, 3]
    );
    let plan = BatchPlan { batch_size: 64, ..plan(Shuffle::Off, Augment::None) };
    let batches = all(&plan, (3, 0));
    assert_eq!(
        (batches.len(), batches[0].labels.len(), batches[0].images.len()),
        (1, 44, 44 * 108)
    );
}

#[test]
fn a_loader_that_is_dropped_early_stops_its_thread() {
    let shared = images(50);
    for taken in [0, 1, 9] {
        let plan = plan(Shuffle::Epoch, Augment::FlipCrop);
        let mut loader = Loader::spawn(shared.clone(), indices(), plan, (1, 0), u32::MAX - 1);
        for _ in 0..taken {
            loader.next().unwrap().unwrap();
        }
        drop(loader);
        assert_eq!(Arc::strong_count(&shared), 1, "the thread is gone, and its pictures with it");
    }
}

#[test]
fn a_panic_in_the_thread_is_an_error_once() {
    let plan = plan(Shuffle::Off, Augment::None);
    let mut loader = Loader::spawn(images(5), [0, 1, 99].into(), plan, (1, 0), 1);
    let error = loader.next().unwrap_err();
    assert!(error.to_string().contains("panicked: index out of bounds"), "{error}");
    assert_eq!(loader.next().unwrap(), None);
}
