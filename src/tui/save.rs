//! Files that a person asked for: what goes into them, and where they are written.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

use super::{
    export::{self, Sheet},
    views::CurveTable,
};

/// What a file is made from. To make it may take seconds, which no screen may stand still for.
#[derive(Debug, Clone, PartialEq)]
pub enum Draft {
    Bytes(Vec<u8>),
    Svg(Box<Sheet>),
    Png(Box<Sheet>),
    Curves(Box<CurveTable>),
}

impl Draft {
    /// What the file is to hold; `None` for a picture without cells.
    pub fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Svg(sheet) => Some(export::svg(&sheet).into_bytes()),
            Self::Png(sheet) => export::png(&sheet),
            Self::Curves(table) => Some(table.csv().into_bytes()),
        }
    }
}

/// Writes a new file into the current folder; an older one of that name stays.
pub fn anew(name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, "txt"));
    let folder = std::env::current_dir()?;
    for number in 1..1_000 {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{stem}{number}.{ending}"));
        match fs::File::create_new(&path) {
            Ok(mut file) => return file.write_all(bytes).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
