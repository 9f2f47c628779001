//! Follows a text file that another process appends to, one whole line at a time.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom},
    ops::ControlFlow,
    path::PathBuf,
};

use super::files::{self, Identity};

/// A growing file, and how far it has been read.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
    limits: Limits,
    /// Kept open, so that a file made in its place cannot get the same identity.
    open: Option<(File, Identity)>,
    place: Place,
}

/// A place in a growing file. It is always the beginning of a line, so that a torn line is read
/// again until it is whole, and may vanish without harm when its writer cuts it off.
#[derive(Debug, Default)]
struct Place {
    offset: u64,
    /// What was read around the place from which reading went on the last time, and right before
    /// `offset`: it still stands there unless the file was written anew, however long it has become
    /// since. The first of the two tells of a file that was written anew while it was read.
    known: [Mark; 2],
    /// Whether the rest of a line that is left out comes next.
    in_unwanted: bool,
}

/// Bytes that were read at an offset.
#[derive(Debug, Default, Clone)]
struct Mark {
    at: u64,
    bytes: Vec<u8>,
}

/// A line of an event, with its time and numbers, is not longer by much and comes only once.
const REMEMBERED: usize = 512;

/// Bytes read at once: of a long run there are hundreds of millions.
const BLOCK: usize = 1 << 17;

/// How often a file is read that is written anew while it is read.
const ROUNDS: u32 = 3;

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

impl Lines {
    pub(super) fn new(path: PathBuf, limits: Limits) -> Self {
        Self { path, limits, open: None, place: Place::default() }
    }

    /// Tells `each` what is new, until it breaks off; nothing where there is no such file.
    pub(super) fn poll(
        &mut self,
        mut each: impl FnMut(Found<'_>) -> ControlFlow<()>,
    ) -> io::Result<()> {
        let mut replaced = self.reopen()?;
        let Some((file, _)) = &self.open else { return Ok(()) };
        for _ in 0..ROUNDS {
            if replaced || !self.place.is_known_in(file)? {
                (self.place, replaced) = (Place::default(), false);
                if each(Found::Restarted).is_break() {
                    return Ok(());
                }
            }
            // What was told of a file that was written anew meanwhile is old in a part, new in
            // another, and void.
            let goes_on = self.place.read(file, self.limits, &mut each)?;
            if goes_on.is_break() || self.place.is_known_in(file)? {
                return Ok(());
            }
        }
        Err(io::Error::other("it is written anew again and again"))
    }

    /// Opens the file that has the name now. Says whether it took another one's place.
    fn reopen(&mut self) -> io::Result<bool> {
        let about = match files::plain_file(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            other => other?,
        };
        if self.open.as_ref().is_some_and(|(_, known)| *known == files::identity(&about)) {
            return Ok(false);
        }
        let file = File::open(&self.path)?;
        let identity = files::identity(&file.metadata()?);
        Ok(self.open.replace((file, identity)).is_some())
    }
}

impl Place {
    /// Where all before `offset` is left out.
    fn within_a_line(offset: u64) -> Self {
        let mark = Mark { at: offset, bytes: Vec::new() };
        Self { offset, known: [mark.clone(), mark], in_unwanted: true }
    }

    /// Whether what was read still stands in `file`.
    fn is_known_in(&self, file: &File) -> io::Result<bool> {
        let [around, before] = &self.known;
        Ok(around.stands_in(file)? && before.stands_in(file)?)
    }

    /// Tells `each` the lines from here on, until it breaks off.
    fn read(
        &mut self,
        mut file: &File,
        limits: Limits,
        each: &mut impl FnMut(Found<'_>) -> ControlFlow<()>,
    ) -> io::Result<ControlFlow<()>> {
        // Up to where it ends now, so that a fast writer cannot keep the reader here.
        let end = file.metadata()?.len();
        if end.saturating_sub(self.offset) > limits.newest {
            *self = Self::within_a_line(end - limits.newest);
        }
        self.known[0] = self.known[1].clone();
        file.seek(SeekFrom::Start(self.offset))?;
        let new = file.take(end.saturating_sub(self.offset));
        let mut new = BufReader::with_capacity(BLOCK, new);
        let (mut line, most) = (Vec::new(), limits.line + 1);
        loop {
            line.clear();
            let read = (&mut new).take(most).read_until(b'\n', &mut line)? as u64;
            let whole = line.last() == Some(&b'\n');
            if !whole && read < most {
                return Ok(ControlFlow::Continue(())); // the end, or a torn line
            }
            self.pass(&line);
            line.pop_if(|last| *last == b'\n');
            let goes_on = match (whole, self.in_unwanted) {
                (true, false) => each(Found::Line(&line)),
                (true, true) => each(Found::LeftOut),
                (false, _) => ControlFlow::Continue(()),
            };
            self.in_unwanted = !whole;
            if goes_on.is_break() {
                return Ok(goes_on);
            }
        }
    }

    /// Goes to the end of what was read, and remembers it as far as it is looked for again.
    fn pass(&mut self, read: &[u8]) {
        let [around, before] = &mut self.known;
        let room = (2 * REMEMBERED).saturating_sub(around.bytes.len());
        around.bytes.extend_from_slice(&read[..read.len().min(room)]);
        before.bytes.extend_from_slice(&read[read.len().saturating_sub(REMEMBERED)..]);
        before.bytes.drain(..before.bytes.len().saturating_sub(REMEMBERED));
        self.offset += read.len() as u64;
        before.at = self.offset - before.bytes.len() as u64;
    }
}

impl Mark {
    fn stands_in(&self, mut file: &File) -> io::Result<bool> {
        let mut found = vec![0; self.bytes.len()];
        file.seek(SeekFrom::Start(self.at))?;
        match file.read_exact(&mut found) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            other => other.map(|()| found == self.bytes),
        }
    }
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
    fn a_file_that_is_written_anew_while_it_is_read_is_read_again() {
        let (_folder, path, mut lines) = followed(Limits { line: 64, newest: u64::MAX });
        let text = |word: &str| (0..BLOCK / 4).map(|n| format!("{word} {n}\n")).collect::<String>();
        // Longer than what is read at once: the rest would come out of the new file.
        fs::write(&path, text("old")).unwrap();
        for word in ["new", "newer"] {
            let (mut told, mut heard) = (String::new(), 0);
            let read = lines.poll(|found| {
                heard += 1;
                if heard == 5 {
                    fs::write(&path, text(word)).unwrap();
                }
                match found {
                    Found::Restarted => told.clear(),
                    Found::LeftOut => told += "(left out)\n",
                    Found::Line(line) => told += &format!("{}\n", String::from_utf8_lossy(line)),
                }
                ControlFlow::Continue(())
            });
            read.unwrap();
            assert!(told == text(word), "{:?}…", told.lines().take(9).collect::<Vec<_>>());
            append(&path, &text("more"));
        }
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
