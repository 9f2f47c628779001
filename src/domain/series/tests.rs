use proptest::prelude::*;

use super::*;

fn series(values: &[f64]) -> Series {
    let mut series = Series::default();
    (1..).zip(values).for_each(|(step, value)| series.push(step, *value));
    series
}

/// Points in a plain row: what the series must be like.
#[derive(Default)]
struct Naive(Vec<(u64, f64)>);

impl Naive {
    fn push(&mut self, step: u64, value: f64) {
        self.0.retain(|point| point.0 < step);
        self.0.push((step, value));
    }

    fn bucket(&self, from: u64, to: u64) -> Option<Bucket> {
        let inside = self.0.iter().filter(|point| (from..to).contains(&point.0)).map(|p| p.1);
        let inside: Vec<f64> = inside.collect();
        let finite = || inside.iter().copied().filter(|v| v.is_finite());
        (!inside.is_empty()).then(|| Bucket {
            low: finite().fold(f64::NAN, f64::min),
            high: finite().fold(f64::NAN, f64::max),
            broken: inside.iter().any(|v| !v.is_finite()),
        })
    }
}

#[derive(Debug, Clone)]
enum Deed {
    /// So many points, this far apart.
    Grow(usize, u64),
    VoidAfter(u64),
    GoBackTo(u64),
    Break,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (1..3_000_usize, 1..4_u64).prop_map(|(count, by)| Deed::Grow(count, by)),
        1 => (0..12_000_u64).prop_map(Deed::VoidAfter),
        1 => (1..12_000_u64).prop_map(Deed::GoBackTo),
        1 => Just(Deed::Break),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn a_series_is_what_a_plain_row_of_points_is(
        deeds in prop::collection::vec(deed(), 1..12),
        edges in prop::collection::btree_set(0..30_000_u64, 2..9),
    ) {
        let (mut series, mut naive) = (Series::default(), Naive::default());
        for deed in deeds {
            let last = naive.0.last().map_or(0, |point| point.0);
            let mut push = |step, value| {
                series.push(step, value);
                naive.push(step, value);
            };
            match deed {
                Deed::Grow(count, by) => (1..=count as u64)
                    .map(|i| last + i * by)
                    .for_each(|step| push(step, f64::from((step as f32 * 0.7).sin()))),
                Deed::GoBackTo(step) => push(step, 9.0),
                Deed::Break => push(last + 1, f64::NAN),
                Deed::VoidAfter(step) => {
                    series.void_after(step);
                    naive.0.retain(|point| point.0 <= step);
                }
            }
        }
        prop_assert_eq!(series.len(), naive.0.len());
        for (index, (step, value)) in naive.0.iter().enumerate().step_by(7) {
            prop_assert_eq!(series.get(index).unwrap().0, *step);
            prop_assert_eq!(series.at(*step).unwrap().1.to_bits(), value.to_bits());
        }
        let edges: Vec<u64> = edges.into_iter().collect();
        let (found, cuts) = (series.buckets(&edges), series.cuts(&edges));
        for (i, bucket) in found.iter().enumerate() {
            let step = |cut: usize| naive.0.get(cut).map_or(u64::MAX, |point| point.0);
            let expected = naive.bucket(step(cuts[i]), step(cuts[i + 1]));
            // NaN equals nothing, but is written alike.
            prop_assert_eq!(format!("{bucket:?}"), format!("{expected:?}"));
            let exact = naive.0.iter().filter(|point| point.0 < edges[i]).count();
            let width = (cuts[cuts.len() - 1] - cuts[0]) / (cuts.len() - 1);
            prop_assert!(exact.abs_diff(cuts[i]) * COARSE <= width);
        }
    }
}

#[test]
fn a_spike_of_one_step_is_seen_among_a_million_in_little_memory() {
    let mut series = Series::default();
    (1..=1_000_000).for_each(|step| series.push(step, if step == 700_001 { 9.0 } else { 1.0 }));
    let edges: Vec<u64> = (0..=150).map(|column| 1 + column * 1_000_000 / 150).collect();
    let buckets = series.buckets(&edges);
    let high: Vec<usize> = (0..150).filter(|i| buckets[*i].unwrap().high == 9.0).collect();
    assert_eq!(high, [105]);
    assert_eq!(series.at(700_001), Some((700_001, 9.0)));
    let values: usize = series.pieces.iter().map(|piece| 4 * piece.capacity()).sum();
    let extents: usize = series.pyramid.bytes();
    assert!(values + extents + series.steps.bytes() < 5_000_000);
}

#[test]
fn a_value_that_is_no_number_marks_its_column_and_spoils_nothing() {
    let buckets = series(&[1.0, f64::NAN, 3.0, f64::INFINITY]).buckets(&[1, 3, 5]);
    assert_eq!(buckets[0], Some(Bucket { low: 1.0, high: 1.0, broken: true }));
    assert_eq!(buckets[1], Some(Bucket { low: 3.0, high: 3.0, broken: true }));
}

#[test]
fn steps_stay_in_order_and_the_largest_of_them_has_a_place() {
    let mut s = series(&[1.0, 2.0, 3.0]);
    s.push(u64::MAX, 4.0);
    assert_eq!((s.last(), s.at(u64::MAX - 1)), (Some((u64::MAX, 4.0)), Some((3, 3.0))));
    assert!(s.buckets(&[]).is_empty());
    s.push(2, 9.0);
    s.push(2, 8.0);
    assert_eq!((s.get(0), s.get(1), s.get(2)), (Some((1, 1.0)), Some((2, 8.0)), None));
}

#[test]
fn a_rising_series_tells_where_it_reaches_a_value() {
    let s = series(&[0.5, 1.0, 2.0]);
    assert_eq!(s.first_step_from(0.0), Some(1));
    assert_eq!(s.first_step_from(1.5), Some(3));
    assert_eq!(s.first_step_from(2.5), None);
}
