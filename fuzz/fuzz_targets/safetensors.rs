//! Weights and predictions: what is read is what stands there, and is read so again when written.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use mnv1_tui::{domain, run::predictions};
use tensor_file::TensorFile;

// Free of burn, unlike the module that they belong to.
#[path = "../../src/model/tensor_file.rs"]
mod tensor_file;
#[expect(dead_code, reason = "only its reader is of interest here")]
#[path = "../../src/model/weights.rs"]
mod weights;

fuzz_target!(|bytes: &[u8]| {
    let path = Path::new("x.safetensors");
    if let Ok(found) = predictions::parse(bytes, 7) {
        assert_eq!(found.logits.len(), found.len() * found.classes);
        assert!(found.labels.iter().all(|label| usize::from(*label) < found.classes));
        (0..found.len()).for_each(|index| {
            assert!(found.prediction(index) < found.classes);
            assert!(found.top(index, 5).len() <= 5);
            found.loss(index);
        });
        let written = predictions::to_bytes(&found).expect("logits and labels fit");
        let again = predictions::parse(&written, 7).expect("it is ours");
        assert_eq!(again.labels, found.labels);
        assert_eq!(bits(&again.logits), bits(&found.logits));
    }
    let Ok(file) = TensorFile::parse(path, bytes) else { return };
    for tensor in file.tensors.values() {
        assert_eq!(tensor.values.len(), tensor.shape.iter().product::<usize>());
    }
    let values: usize = file.tensors.values().map(|tensor| tensor.values.len()).sum();
    assert!(4 * values <= bytes.len());
    let written = file.to_bytes().expect("shapes and values fit");
    let again = TensorFile::parse(path, &written).expect("it is ours");
    assert_eq!(again.metadata, file.metadata);
    assert!(again.tensors.keys().eq(file.tensors.keys()));
    for (name, tensor) in &file.tensors {
        assert_eq!(bits(&again.tensors[name].values), bits(&tensor.values));
    }
    if let Ok(network) = weights::of_file(path, file) {
        weights::check(path, &network.spec, &network.weights).expect("it was checked");
        let names = network.metadata.class_names.unwrap_or_default();
        assert!(names.is_empty() || names.len() == network.spec.classes);
        assert!(names.iter().all(|name| domain::text::is_plain(name)));
    }
});

/// NaN equals itself only so.
fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}
