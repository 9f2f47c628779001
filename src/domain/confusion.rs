//! The confusion matrix and what is read off it.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize, Serializer};

use super::images::MOST_CLASSES;

/// More images than these are in no data set: a count takes four bytes.
const MOST_IMAGES: u64 = u32::MAX as u64;

/// Counts of (truth, prediction): rows truth, columns prediction. Square, and read only so.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Vec<u64>>")]
pub struct Confusion {
    classes: usize,
    /// `[classes, classes]`, row-major.
    counts: Box<[u32]>,
    /// Sums of the rows, then of the columns, `[2, classes]`: every share that is told needs them,
    /// and the counts of a column lie far apart.
    totals: Box<[u32]>,
}

/// Why a table is no confusion matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoConfusion {
    #[error("more than {MOST_CLASSES} classes")]
    TooLarge,
    #[error("not as many columns as rows")]
    NotSquare,
    #[error("more images than can be counted")]
    TooMany,
}

impl TryFrom<Vec<Vec<u64>>> for Confusion {
    type Error = NoConfusion;

    /// What is drawn from a matrix takes time with the square of its classes, and adds its cells.
    fn try_from(rows: Vec<Vec<u64>>) -> Result<Self, NoConfusion> {
        if rows.len() > MOST_CLASSES {
            return Err(NoConfusion::TooLarge);
        }
        if rows.iter().any(|row| row.len() != rows.len()) {
            return Err(NoConfusion::NotSquare);
        }
        let mut cells = rows.iter().flatten();
        match cells.try_fold(0, |total: u64, cell| total.checked_add(*cell)) {
            Some(..=MOST_IMAGES) => Ok(Self::of(&rows)),
            _ => Err(NoConfusion::TooMany),
        }
    }
}

/// As a list of rows.
impl Serialize for Confusion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows())
    }
}

impl Confusion {
    pub fn new(classes: usize) -> Self {
        let zeros = |count: usize| vec![0; count].into_boxed_slice();
        Self { classes, counts: zeros(classes * classes), totals: zeros(2 * classes) }
    }

    /// Of a square of counts whose sum can be counted.
    fn of(rows: &[Vec<u64>]) -> Self {
        let mut confusion = Self::new(rows.len());
        confusion.counts = rows.iter().flatten().map(|count| *count as u32).collect();
        let (row_totals, column_totals) = confusion.totals.split_at_mut(rows.len());
        for (counts, row_total) in confusion.counts.chunks(rows.len().max(1)).zip(row_totals) {
            *row_total = counts.iter().sum();
            counts.iter().zip(&mut *column_totals).for_each(|(count, total)| *total += count);
        }
        confusion
    }

    pub fn add(&mut self, truth: usize, prediction: usize) {
        assert!(prediction < self.classes, "a prediction is one of the classes");
        self.counts[truth * self.classes + prediction] += 1;
        self.totals[truth] += 1;
        self.totals[self.classes + prediction] += 1;
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Whether there is no class: an evaluation is told so where there was no room for its matrix.
    pub fn is_empty(&self) -> bool {
        self.classes == 0
    }

    /// How many counts there are: classes by classes.
    pub fn cells(&self) -> usize {
        self.counts.len()
    }

    fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.counts.chunks(self.classes.max(1))
    }

    /// The count at (truth, prediction); 0 outside the matrix.
    pub fn at(&self, truth: usize, prediction: usize) -> u64 {
        let row = self.rows().nth(truth);
        row.and_then(|row| row.get(prediction)).map_or(0, |count| u64::from(*count))
    }

    pub fn total(&self) -> u64 {
        (0..self.classes).map(|truth| self.row_total(truth)).sum()
    }

    /// Images of a class; 0 for a class that there is not.
    pub fn row_total(&self, truth: usize) -> u64 {
        self.totals[..self.classes].get(truth).map_or(0, |total| u64::from(*total))
    }

    /// Predictions of a class; 0 for a class that there is not.
    pub fn column_total(&self, prediction: usize) -> u64 {
        self.totals[self.classes..].get(prediction).map_or(0, |total| u64::from(*total))
    }

    /// Share of all images classified correctly, 0 to 1.
    pub fn accuracy(&self) -> f64 {
        let correct: u64 = (0..self.classes()).map(|class| self.at(class, class)).sum();
        ratio(correct, self.total()).unwrap_or(0.0)
    }

    /// Share of a class's images that were found; `None` without such images.
    pub fn recall(&self, class: usize) -> Option<f64> {
        ratio(self.at(class, class), self.row_total(class))
    }

    /// Share of the predictions of a class that were right; `None` if it was never predicted.
    pub fn precision(&self, class: usize) -> Option<f64> {
        ratio(self.at(class, class), self.column_total(class))
    }

    /// Harmonic mean of precision and recall; `None` for a class that was neither there nor
    /// predicted.
    pub fn f1(&self, class: usize) -> Option<f64> {
        let whole = self.row_total(class) + self.column_total(class);
        ratio(2 * self.at(class, class), whole)
    }

    /// The largest count in the matrix.
    pub fn largest(&self) -> u64 {
        self.counts.iter().max().map_or(0, |count| u64::from(*count))
    }

    /// The `most` most frequent mistakes (truth, prediction, count), the most frequent first; of
    /// equals those of the first classes.
    pub fn worst_pairs(&self, most: usize) -> Vec<(usize, usize, u64)> {
        let mut pairs = Vec::new();
        for (truth, row) in self.rows().enumerate() {
            let counts = row.iter().enumerate().filter(|(_, count)| **count > 0);
            let mistakes = counts.filter(|(prediction, _)| *prediction != truth);
            pairs.extend(mistakes.map(|(prediction, n)| (truth, prediction, u64::from(*n))));
        }
        let place = |pair: &(usize, usize, u64)| (Reverse(pair.2), pair.0, pair.1);
        if most < pairs.len() {
            pairs.select_nth_unstable_by_key(most, place); // a million need no order
            pairs.truncate(most);
        }
        pairs.sort_unstable_by_key(place);
        pairs
    }

    /// What a class is most often taken for, and how often; `None` if every image was found.
    pub fn worst_of(&self, truth: usize) -> Option<(usize, u64)> {
        let row = self.rows().nth(truth)?.iter().enumerate();
        let mistakes = row.filter(|(prediction, count)| *prediction != truth && **count > 0);
        let most = mistakes.min_by_key(|(prediction, count)| (Reverse(**count), *prediction));
        most.map(|(prediction, count)| (prediction, u64::from(*count)))
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_square_of_countable_images_is_read() {
        let read = |json: &str| serde_json::from_str::<Confusion>(json);
        assert_eq!(read("[[1,2],[3,4]]").unwrap().total(), 10);
        assert_eq!(read("[]").unwrap(), Confusion::new(0));
        let wide = format!("[{}]", vec!["[]"; 100_000].join(","));
        for json in [&wide, "[[1]", "[[1,2]]", "[[],[]]", "[[1,2],[3]]", "[[-1]]"] {
            assert!(read(json).is_err(), "{json:.20}");
        }
        for many in [u64::MAX, u64::from(u32::MAX)] {
            assert!(read(&format!("[[{many},1],[0,0]]")).is_err());
        }
    }

    #[test]
    fn what_is_written_is_a_list_of_rows_and_is_read_again() {
        let mut confusion = Confusion::new(2);
        confusion.add(1, 0);
        for (confusion, rows) in [(confusion, "[[0,0],[1,0]]"), (Confusion::new(0), "[]")] {
            assert_eq!(serde_json::to_string(&confusion).unwrap(), rows);
            assert_eq!(serde_json::from_str::<Confusion>(rows).unwrap(), confusion);
        }
    }

    #[test]
    fn recall_reads_rows_and_precision_reads_columns() {
        let mut confusion = Confusion::new(3);
        for (truth, prediction) in [(0, 0), (0, 1), (0, 1), (1, 1)] {
            confusion.add(truth, prediction);
        }
        assert_eq!(confusion.recall(0), Some(1.0 / 3.0));
        assert_eq!(confusion.precision(1), Some(1.0 / 3.0));
        assert_eq!((confusion.recall(2), confusion.precision(2)), (None, None));
        // Precision 1 and recall 1/3; precision 1/3 and recall 1.
        assert_eq!((confusion.f1(0), confusion.f1(1)), (Some(0.5), Some(0.5)));
        assert_eq!((confusion.f1(2), confusion.largest()), (None, 2));
        assert_eq!(confusion.accuracy(), 0.5);
        assert_eq!(confusion.worst_pairs(9), [(0, 1, 2)]);
        assert_eq!([0, 1, 7].map(|class| confusion.worst_of(class)), [Some((1, 2)), None, None]);
    }

    #[test]
    fn totals_are_the_sums_of_what_was_added_or_read() {
        let rows: [[u64; 3]; 3] = [[5, 0, 2], [1, 0, 0], [3, 4, 6]];
        let mut added = Confusion::new(3);
        for (truth, prediction) in (0..3).flat_map(|t| (0..3).map(move |p| (t, p))) {
            (0..rows[truth][prediction]).for_each(|_| added.add(truth, prediction));
        }
        let read = Confusion::try_from(rows.map(Vec::from).to_vec()).unwrap();
        assert_eq!(added, read);
        assert_eq!([0, 1, 2, 3].map(|truth| read.row_total(truth)), [7, 1, 13, 0]);
        assert_eq!([0, 1, 2, 3].map(|prediction| read.column_total(prediction)), [9, 4, 8, 0]);
        assert_eq!(read.total(), 21);
    }

    #[test]
    fn the_worst_pairs_are_the_first_of_all_pairs_in_order() {
        let mut confusion = Confusion::new(40);
        for image in 0..4_000_usize {
            confusion.add(image % 40, image * image % 37);
        }
        let cells = (0..40).flat_map(|t| (0..40).map(move |p| (t, p)));
        let mut all: Vec<_> = cells.map(|(t, p)| (t, p, confusion.at(t, p))).collect();
        all.retain(|pair| pair.0 != pair.1 && pair.2 > 0);
        all.sort_by_key(|pair| (Reverse(pair.2), pair.0, pair.1));
        for most in [0, 1, 10, 300, all.len(), 9_999] {
            assert_eq!(confusion.worst_pairs(most), all[..most.min(all.len())]);
        }
        let first = |class: usize| all.iter().find(|pair| pair.0 == class);
        for class in 0..40 {
            assert_eq!(confusion.worst_of(class), first(class).map(|pair| (pair.1, pair.2)));
        }
    }
}
