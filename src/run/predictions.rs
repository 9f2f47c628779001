//! One evaluation in full on disk: `logits` and `labels` as safetensors.

use std::path::Path;

use safetensors::{
    Dtype, SafeTensors, serialize,
    tensor::{SafeTensorError, TensorView},
};

use super::{RunError, files};
use crate::domain::images::{MOST_CLASSES, Predictions};

/// Far above a test split of 100,000 pictures and 1,000 classes.
const MOST_BYTES: u64 = 1 << 30;

/// The names, types and shapes of two tensors fit in easily.
const MOST_HEADER_BYTES: u64 = 64 << 10;

/// Writes the predictions, whole or not at all.
///
/// # Shapes
/// `logits` is `[count, classes]` (f32), `labels` is `[count]` (i64), in the order of the data.
pub fn save(path: &Path, predictions: &Predictions) -> Result<(), RunError> {
    let bytes = to_bytes(predictions).map_err(|error| RunError::Predictions {
        path: path.to_owned(),
        what: error.to_string(),
    })?;
    files::replace(path, &bytes)
}

/// Reads what `save` wrote at `step`.
///
/// # Errors
/// A file that is none of these, is too large, or in which types, shapes or labels do not fit.
pub fn load(path: &Path, step: u64) -> Result<Predictions, RunError> {
    let bytes = files::read_at_most(path, MOST_BYTES).map_err(RunError::read(path))?;
    parse(&bytes, step).map_err(|what| RunError::Predictions { path: path.to_owned(), what })
}

/// What `save` writes.
///
/// # Errors
/// Logits and labels that do not belong together.
pub fn to_bytes(predictions: &Predictions) -> Result<Vec<u8>, SafeTensorError> {
    let (count, classes) = (predictions.len(), predictions.classes);
    let logits: Vec<u8> = predictions.logits.iter().flat_map(|l| l.to_le_bytes()).collect();
    let labels: Vec<u8> =
        predictions.labels.iter().flat_map(|l| i64::from(*l).to_le_bytes()).collect();
    let tensors = [
        ("logits", TensorView::new(Dtype::F32, vec![count, classes], &logits)?),
        ("labels", TensorView::new(Dtype::I64, vec![count], &labels)?),
    ];
    serialize(tensors, None)
}

/// What `load` makes of the content of a file; the error says what is wrong with it.
///
/// # Errors
/// As `load`.
pub fn parse(bytes: &[u8], step: u64) -> Result<Predictions, String> {
    // The library's message may quote names out of the file, and so whatever it holds.
    let foreign = |e: SafeTensorError| format!("no safetensors ({})", e.to_string().escape_debug());
    let header = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    if header.is_some_and(|length| length > MOST_HEADER_BYTES) {
        return Err(foreign(SafeTensorError::HeaderTooLarge));
    }
    let file = SafeTensors::deserialize(bytes).map_err(foreign)?;
    let logits = tensor(&file, "logits", Dtype::F32)?;
    let labels = tensor(&file, "labels", Dtype::I64)?;
    let &[count, classes] = logits.shape() else {
        return Err(format!("'logits' is {:?}, expected [count, classes]", logits.shape()));
    };
    if labels.shape() != [count] {
        return Err(format!("'labels' is {:?}, expected [{count}]", labels.shape()));
    }
    if !(1..=MOST_CLASSES).contains(&classes) {
        return Err(format!("{classes} classes, expected 1 to {MOST_CLASSES}"));
    }
    let (logits, _) = logits.data().as_chunks();
    let (labels, _) = labels.data().as_chunks();
    let labels = labels.iter().map(|&bytes| label(i64::from_le_bytes(bytes), classes));
    Ok(Predictions {
        step,
        classes,
        labels: labels.collect::<Result<_, _>>()?,
        logits: logits.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect(),
    })
}

fn tensor<'a>(file: &SafeTensors<'a>, name: &str, dtype: Dtype) -> Result<TensorView<'a>, String> {
    let view = file.tensor(name).map_err(|_| format!("no tensor '{name}'"))?;
    match view.dtype() {
        found if found == dtype => Ok(view),
        found => Err(format!("'{name}' holds {found:?}, expected {dtype:?}")),
    }
}

fn label(label: i64, classes: usize) -> Result<u16, String> {
    let index = u16::try_from(label).ok().filter(|index| usize::from(*index) < classes);
    index.ok_or_else(|| format!("label {label} is not one of {classes} classes"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn predictions() -> Predictions {
        let logits = vec![0.5, -1.0, f32::MAX, 0.0, 2.5, 7.0];
        Predictions { step: 9, classes: 3, logits, labels: vec![2, 0] }
    }

    /// A file of these two tensors, with zeros in `logits`.
    fn file(logits: (Dtype, &[usize]), labels: (Dtype, &[usize]), values: &[i64]) -> Vec<u8> {
        let size =
            |dtype: Dtype, shape: &[usize]| shape.iter().product::<usize>() * dtype.bitsize() / 8;
        let zeros = vec![0; size(logits.0, logits.1)];
        let mut bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        bytes.resize(size(labels.0, labels.1), 0);
        let tensors = [
            ("logits", TensorView::new(logits.0, logits.1.to_vec(), &zeros).unwrap()),
            ("labels", TensorView::new(labels.0, labels.1.to_vec(), &bytes).unwrap()),
        ];
        serialize(tensors, None).unwrap()
    }

    /// A file that is all header, of spaces, which would be well-formed.
    fn claimed_header(length: u64) -> Vec<u8> {
        let mut header = b"{}".to_vec();
        header.resize(length as usize, b' ');
        [&length.to_le_bytes()[..], &header].concat()
    }

    #[test]
    fn what_was_saved_is_loaded_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("predictions/9.safetensors");
        save(&path, &predictions()).unwrap();
        assert_eq!(load(&path, 9).unwrap(), predictions());
    }

    #[test]
    fn logits_and_labels_that_do_not_belong_together_are_not_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let odd = Predictions { classes: 4, ..predictions() };
        assert!(matches!(save(&path, &odd), Err(RunError::Predictions { .. })));
        assert!(!path.exists());
    }

    #[test]
    fn files_whose_types_shapes_or_labels_do_not_fit_are_refused() {
        use Dtype::{F32, F64, I32, I64};
        #[rustfmt::skip] // a table
        let cases = [
            (file((F64, &[2, 3]), (I64, &[2]), &[0, 1]), "'logits' holds F64, expected F32"),
            (file((F32, &[2, 3]), (I32, &[2]), &[]), "'labels' holds I32, expected I64"),
            (file((F32, &[6]), (I64, &[2]), &[0, 1]), "'logits' is [6], expected [count, classes]"),
            (file((F32, &[2, 3]), (I64, &[3]), &[0, 1]), "'labels' is [3], expected [2]"),
            (file((F32, &[2, 3]), (I64, &[2, 1]), &[0, 1]), "'labels' is [2, 1], expected [2]"),
            (file((F32, &[2, 0]), (I64, &[2]), &[0, 0]), "0 classes"),
            (file((F32, &[2, 3]), (I64, &[2]), &[0, 3]), "label 3 is not one of 3 classes"),
            (file((F32, &[2, 3]), (I64, &[2]), &[-1, 0]), "label -1 is not one of 3 classes"),
            (file((F32, &[2, 3]), (I64, &[2]), &[0, 65_536]), "label 65536 is not one of"),
            (u64::MAX.to_le_bytes().to_vec(), "no safetensors"),
            (claimed_header(MOST_HEADER_BYTES + 1), "no safetensors"),
            (vec![], "no safetensors"),
            (b"{}".repeat(100), "no safetensors"),
        ];
        for (bytes, expected) in cases {
            let found = parse(&bytes, 1).unwrap_err();
            assert!(found.contains(expected), "{found:?} lacks {expected:?}");
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused_and_a_missing_one_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        let whole = to_bytes(&predictions()).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(load(&path, 1).is_err(), "{length} of {} bytes", whole.len());
        }
        fs::remove_file(&path).unwrap();
        let missing = load(&path, 1).unwrap_err().to_string();
        assert!(missing.contains("a.safetensors: cannot be read"), "{missing}");
    }
}
