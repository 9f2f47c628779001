//! Follows a text file that another process appends to, one whole line at a time.

use std::{
    fs::{File, Metadata},
    io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom},
    ops::ControlFlow,
    path::PathBuf,
};

use super::files;

/// A place in a growing file. It is always the beginning of a line, so that a torn line is read
/// again until it is whole, and may vanish without harm when its writer cuts it off.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    limits: Limits,
    /// Kept open, so that a file made in its place cannot get the same identity.
    open: Option<(File, Identity)>,
    offset: u64,
    /// The last bytes that were read before `offset`: they are still there unless the file was
    /// written anew, however long it has become since.
    before: Vec<u8>,
    /// Whether the rest of a line that is left out comes next.
    in_unwanted: bool,
}

/// A line of an event, with its time and numbers, is not longer by much and comes only once.
const REMEMBERED: usize = 512;

/// Bytes read at once: of a long run there are hundreds of millions.
const BLOCK: usize = 1 << 17;

/// How much is read, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Longer lines are left out.
    pub(super) line: u64,
    /// What lies further back from the end is left out.
    pub(super) newest: u64,
}

/// What a look at the file brings to light.
#[derive(Debug, PartialEq)]
pub(super) enum Found<'a> {
    /// The file was cut or replaced: what was read of it before is void.
    Restarted,
    /// A whole line without its line feed.
    Line(&'a [u8]),
    /// A line, or the rest of one, that was left out.
    LeftOut,
}

type Identity = (u64, u64);

impl Lines {
    pub(super) fn new(path: PathBuf, limits: Limits) -> Self {
        Self { path, limits, open: None, offset: 0, before: Vec::new(), in_unwanted: false }
    }

    /// Tells `each` what is new, until it breaks off; nothing where there is no such file.
    pub(super) fn poll(
        &mut self,
        mut each: impl FnMut(Found<'_>) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let replaced = self.reopen()?;
        let Some((file, _)) = &mut self.open else { return Ok(()) };
        let end = file.metadata()?.len();
        if replaced || end < self.offset || !stands_before(file, self.offset, &self.before)? {
            (self.offset, self.in_unwanted) = (0, false);
            self.before.clear();
            if each(Found::Restarted).is_break() {
                return Ok(());
            }
        }
        if end - self.offset > self.limits.newest {
            (self.offset, self.in_unwanted) = (end - self.limits.newest, true);
            self.before.clear();
        }
        file.seek(SeekFrom::Start(self.offset))?;
        // Up to where it ends now, so that a fast writer cannot keep the reader here.
        let mut new = BufReader::with_capacity(BLOCK, file.take(end - self.offset));
        let (mut line, most) = (Vec::new(), self.limits.line + 1);
        loop {
            line.clear();
            let read = (&mut new).take(most).read_until(b'\n', &mut line)? as u64;
            let whole = line.last() == Some(&b'\n');
            if !whole && read < most {
                return Ok(()); // the end, or a torn line
            }
            self.offset += read;
            remember(&mut self.before, &line);
            line.pop_if(|last| *last == b'\n');
            let goes_on = match (whole, self.in_unwanted) {
                (true, false) => each(Found::Line(&line)),
                (true, true) => each(Found::LeftOut),
                (false, _) => ControlFlow::Continue(()),
            };
            self.in_unwanted = !whole;
            if goes_on.is_break() {
                return Ok(());
            }
        }
    }

    /// Opens the file that has the name now. Says whether it took another one's place.
    fn reopen(&mut self) -> io::Result<bool> {
        let about = match files::plain_file(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            other => other?,
        };
        if self.open.as_ref().is_some_and(|(_, known)| *known == identity(&about)) {
            return Ok(false);
        }
        let file = File::open(&self.path)?;
        let identity = identity(&file.metadata()?);
        Ok(self.open.replace((file, identity)).is_some())
    }
}

/// Whether the bytes right before `offset` are those that were read there.
fn stands_before(file: &mut File, offset: u64, known: &[u8]) -> io::Result<bool> {
    let mut found = vec![0; known.len()];
    file.seek(SeekFrom::Start(offset - known.len() as u64))?;
    match file.read_exact(&mut found) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        other => other.map(|()| found == known),
    }
}

/// Adds what was read to the last bytes, of which so many are kept.
fn remember(last: &mut Vec<u8>, read: &[u8]) {
    last.extend_from_slice(&read[read.len().saturating_sub(REMEMBERED)..]);
    last.drain(..last.len().saturating_sub(REMEMBERED));
}

#[cfg(unix)]
fn identity(about: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (about.dev(), about.ino())
}

/// Elsewhere the moment of creation tells files apart well enough.
#[cfg(not(unix))]
fn identity(about: &Metadata) -> Identity {
    let created = about.created().ok();
    let since = created.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    (since.map_or(0, |since| since.as_nanos() as u64), 0)
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, OpenOptions},
        io::Write,
    };

    use super::*;

    const LIMITS: Limits = Limits { line: 8, newest: 1000 };

    fn told(lines: &mut Lines) -> Vec<String> {
        let mut all = Vec::new();
        lines
            .poll(|found| {
                all.push(match found {
                    Found::Restarted => "(restarted)".to_owned(),
                    Found::LeftOut => "(left out)".to_owned(),
                    Found::Line(line) => String::from_utf8(line.to_vec()).unwrap(),
                });
                ControlFlow::Continue(())
            })
            .unwrap();
        all
    }

    fn followed(limits: Limits) -> (tempfile::TempDir, PathBuf, Lines) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let lines = Lines::new(path.clone(), limits);
        (folder, path, lines)
    }

    fn append(path: &PathBuf, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn a_line_is_given_once_and_only_when_it_is_whole() {
        let (_folder, path, mut lines) = followed(LIMITS);
        assert!(told(&mut lines).is_empty());
        for byte in "one\ntwo\n\n".split_inclusive("") {
            append(&path, byte);
            let expected = match fs::read_to_string(&path).unwrap().as_str() {
                "one\n" => vec!["one"],
                "one\ntwo\n" => vec!["two"],
                "one\ntwo\n\n" => vec![""],
                _ => vec![],
            };
            assert_eq!(told(&mut lines), expected);
            assert!(told(&mut lines).is_empty());
        }
    }

    #[test]
    fn a_torn_line_that_its_writer_cuts_off_is_never_seen() {
        let (_folder, path, mut lines) = followed(LIMITS);
        append(&path, "one\ntor");
        assert_eq!(told(&mut lines), ["one"]);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(4).unwrap();
        append(&path, "two\n");
        assert_eq!(told(&mut lines), ["two"]);
    }

    #[test]
    fn a_line_longer_than_allowed_is_left_out_however_it_arrives() {
        let (_folder, path, mut lines) = followed(LIMITS);
        append(&path, "12345678\n123456789\nok\n");
        assert_eq!(told(&mut lines), ["12345678", "(left out)", "ok"]);
        append(&path, &"x".repeat(30));
        assert!(told(&mut lines).is_empty());
        append(&path, "x\nok\n");
        assert_eq!(told(&mut lines), ["(left out)", "ok"]);
    }

    #[test]
    fn only_the_newest_part_is_read() {
        let (_folder, path, mut lines) = followed(Limits { line: 8, newest: 10 });
        append(&path, "first\nsecond\nthird\n");
        assert_eq!(told(&mut lines), ["(left out)", "third"]);
        append(&path, "a\nb\n");
        assert_eq!(told(&mut lines), ["a", "b"]);
    }

    #[test]
    fn a_file_that_was_cut_or_replaced_is_read_again() {
        let (_folder, path, mut lines) = followed(LIMITS);
        append(&path, "one\ntwo\n");
        assert_eq!(told(&mut lines), ["one", "two"]);
        fs::write(&path, "new\n").unwrap();
        assert_eq!(told(&mut lines), ["(restarted)", "new"]);
        fs::remove_file(&path).unwrap();
        assert!(told(&mut lines).is_empty());
        append(&path, "other\nother\n");
        assert_eq!(told(&mut lines), ["(restarted)", "other", "other"]);
        // Cut and longer than before already: no line begins where one began.
        fs::write(&path, "a longer\nanother\nand more\n").unwrap();
        assert_eq!(told(&mut lines)[..2], ["(restarted)", "a longer"]);
    }

    #[test]
    fn who_breaks_off_goes_on_from_there() {
        let (_folder, path, mut lines) = followed(LIMITS);
        append(&path, "one\ntwo\n");
        lines.poll(|_| ControlFlow::Break(())).unwrap();
        assert_eq!(told(&mut lines), ["two"]);
    }

    #[test]
    fn a_folder_in_the_files_place_is_an_error() {
        let (folder, _path, _lines) = followed(LIMITS);
        let mut lines = Lines::new(folder.path().to_owned(), LIMITS);
        assert!(lines.poll(|_| ControlFlow::Continue(())).is_err());
    }
}
