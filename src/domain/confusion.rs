//! The confusion matrix and what is read off it.

use serde::{Deserialize, Serialize};

use super::{events::MOST, images::MOST_CLASSES};

/// Counts of (truth, prediction): rows truth, columns prediction. Square, and read only so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Vec<u64>>")]
pub struct Confusion(Vec<Vec<u64>>);

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
            Some(..=MOST) => Ok(Self(rows)),
            _ => Err(NoConfusion::TooMany),
        }
    }
}

impl Confusion {
    pub fn new(classes: usize) -> Self {
        Self(vec![vec![0; classes]; classes])
    }

    pub fn add(&mut self, truth: usize, prediction: usize) {
        self.0[truth][prediction] += 1;
    }

    pub fn classes(&self) -> usize {
        self.0.len()
    }

    /// The count at (truth, prediction); 0 outside the matrix.
    pub fn at(&self, truth: usize, prediction: usize) -> u64 {
        self.0.get(truth).and_then(|row| row.get(prediction)).copied().unwrap_or(0)
    }

    pub fn total(&self) -> u64 {
        self.0.iter().flatten().sum()
    }

    pub fn row_total(&self, truth: usize) -> u64 {
        self.0.get(truth).map_or(0, |row| row.iter().sum())
    }

    pub fn column_total(&self, prediction: usize) -> u64 {
        (0..self.classes()).map(|truth| self.at(truth, prediction)).sum()
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
        self.0.iter().flatten().copied().max().unwrap_or(0)
    }

    /// The confused pairs (truth, prediction, count), most frequent first.
    pub fn worst_pairs(&self) -> Vec<(usize, usize, u64)> {
        let classes = self.classes();
        let cells = (0..classes).flat_map(|t| (0..classes).map(move |p| (t, p)));
        let off_diagonal = cells.filter(|(t, p)| t != p).map(|(t, p)| (t, p, self.at(t, p)));
        let mut pairs: Vec<_> = off_diagonal.filter(|pair| pair.2 > 0).collect();
        pairs.sort_by(|a, b| b.2.cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        pairs
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
        assert!(read("[[18446744073709551615,1],[0,0]]").is_err());
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
        assert_eq!(confusion.worst_pairs(), [(0, 1, 2)]);
    }
}
