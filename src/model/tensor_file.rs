//! Named float tensors in a safetensors file, read with bounds on what is believed.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use safetensors::{
    Dtype, SafeTensors, serialize,
    tensor::{SafeTensorError, TensorView},
};

/// No file of this network comes near it: `alpha` 8 with its optimizer state is 2.4 GB.
const MOST_BYTES: u64 = 4 << 30;

/// Names, types and shapes, and the metadata with a thousand names of classes: what a header says
/// takes many times its size in memory.
const MOST_HEADER_BYTES: u64 = 4 << 20;

/// A tensor of 32-bit floats in the host's memory, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightTensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// The content of a file: tensors by name, and the metadata beside them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TensorFile {
    pub tensors: BTreeMap<String, WeightTensor>,
    pub metadata: HashMap<String, String>,
}

/// Why a file of weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path}: {found} bytes are more than any weights of this network")]
    TooLarge { path: PathBuf, found: u64 },
    #[error("{path}: not a safetensors file ({source}); PyTorch's .pt files must be converted")]
    NotSafetensors { path: PathBuf, source: SafeTensorError },
    #[error("{path}: tensor '{name}' holds {dtype:?}; only F32 can be read")]
    NotFloat { path: PathBuf, name: String, dtype: Dtype },
    #[error("{path}: no tensor '{name}'; is this a MobileNet-V1 with this program's names?")]
    Missing { path: PathBuf, name: String },
    #[error("{path}: tensor '{name}' is {found:?}, expected {expected:?}{hint}")]
    Shape {
        path: PathBuf,
        name: String,
        found: Vec<usize>,
        expected: Vec<usize>,
        hint: &'static str,
    },
    #[error("{path}: cannot be written ({source})")]
    Write { path: PathBuf, source: SafeTensorError },
}

impl TensorFile {
    /// Reads every F32 tensor of the file; integers such as PyTorch's `num_batches_tracked` are
    /// left out.
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        let io = |source| WeightsError::Io { path: path.to_owned(), source };
        let about = fs::metadata(path).map_err(io)?;
        if !about.is_file() {
            return Err(io(io::Error::new(io::ErrorKind::InvalidData, "it is no plain file")));
        }
        let found = about.len();
        if found > MOST_BYTES {
            return Err(WeightsError::TooLarge { path: path.to_owned(), found });
        }
        let mut bytes = Vec::with_capacity(found as usize);
        let file = fs::File::open(path).map_err(io)?;
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(io)?;
        Self::parse(path, &bytes)
    }

    /// The tensors in `bytes`; `path` is for messages only.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, WeightsError> {
        let broken = |source| WeightsError::NotSafetensors { path: path.to_owned(), source };
        let header = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
        if header.is_some_and(|length| length > MOST_HEADER_BYTES) {
            return Err(broken(SafeTensorError::HeaderTooLarge));
        }
        let file = SafeTensors::deserialize(bytes).map_err(broken)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            match view.dtype() {
                Dtype::F32 => tensors.insert(name.to_owned(), floats(&view)),
                Dtype::I64 | Dtype::I32 | Dtype::U8 => None,
                dtype => {
                    let (path, name) = (path.to_owned(), name.to_owned());
                    return Err(WeightsError::NotFloat { path, name, dtype });
                }
            };
        }
        Ok(Self { tensors, metadata })
    }

    /// Writes the file in one go; the caller sees to it that `path` is not yet in use.
    pub fn write(&self, path: &Path) -> Result<(), WeightsError> {
        let failed = |source| WeightsError::Write { path: path.to_owned(), source };
        let bytes = self.to_bytes().map_err(failed)?;
        fs::write(path, bytes).map_err(|source| WeightsError::Io { path: path.to_owned(), source })
    }

    /// What `write` writes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SafeTensorError> {
        let little_endian: Vec<Vec<u8>> = self
            .tensors
            .values()
            .map(|t| t.values.iter().flat_map(|v| v.to_le_bytes()).collect())
            .collect();
        let views: Vec<(&String, TensorView)> = self
            .tensors
            .iter()
            .zip(&little_endian)
            .map(|((name, tensor), bytes)| {
                Ok((name, TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)?))
            })
            .collect::<Result<_, SafeTensorError>>()?;
        let metadata = (!self.metadata.is_empty()).then(|| self.metadata.clone());
        serialize(views, metadata)
    }
}

fn floats(view: &TensorView<'_>) -> WeightTensor {
    let chunks = view.data().chunks_exact(4);
    let values = chunks.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    WeightTensor { shape: view.shape().to_vec(), values }
}
