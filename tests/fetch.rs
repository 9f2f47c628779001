//! Fetching an archive from a server on loopback that does what servers and networks do at their
//! worst. What is on disk afterwards is compared completely.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use mnv1_tui::{
    data::{
        DataError,
        cifar10::{MARKER_FILE, Official, sha256},
        fetch::{self, ArchiveSpec, Member, Progress, Timeouts},
    },
    domain::units::Bytes,
};
use tar::{EntryType, Header};
use tempfile::TempDir;

const FOLDER: &str = "numbers";
const FILE: &str = "numbers.tar.gz";
const PART: &str = "numbers.tar.gz.part";

// ---- the archive

/// Bytes that do not compress, so that an archive is as long as what is in it.
fn noise(seed: u32, length: usize) -> Vec<u8> {
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    let states = std::iter::successors(Some(seed), next);
    states.map(|state| (state >> 24) as u8).take(length).collect()
}

fn one() -> Vec<u8> {
    noise(1, 150_000)
}

fn two() -> Vec<u8> {
    noise(2, 70_001)
}

/// An entry by the bytes of its path, which may be one that `tar` itself would refuse.
struct Packed {
    path: &'static str,
    kind: EntryType,
    link: &'static str,
    content: Vec<u8>,
}

fn file(path: &'static str, content: Vec<u8>) -> Packed {
    Packed { path, kind: EntryType::Regular, link: "", content }
}

fn link(path: &'static str, kind: EntryType, link: &'static str) -> Packed {
    Packed { path, kind, link, content: Vec::new() }
}

fn good_entries() -> Vec<Packed> {
    vec![
        file("numbers/one.bin", one()),
        file("numbers/readme.html", b"<p>not wanted".to_vec()),
        file("numbers/two.bin", two()),
    ]
}

fn packed(entries: &[Packed]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for entry in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..entry.path.len()].copy_from_slice(entry.path.as_bytes());
        header.as_old_mut().linkname[..entry.link.len()].copy_from_slice(entry.link.as_bytes());
        header.set_entry_type(entry.kind);
        header.set_size(entry.content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, &entry.content[..]).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// Asks for `one.bin` and `two.bin` out of `archive`.
fn spec(archive: &[u8]) -> ArchiveSpec {
    let member =
        |name: &str, content: Vec<u8>| Member { name: name.into(), bytes: content.len() as u64 };
    ArchiveSpec {
        file_name: FILE.into(),
        bytes: archive.len() as u64,
        sha256: sha256(archive),
        folder: FOLDER.into(),
        members: vec![member("one.bin", one()), member("two.bin", two())],
    }
}

// ---- the server

/// What the server does with one connection after it has read the request.
enum Reply {
    /// Sends this and closes.
    Send(Vec<u8>),
    /// Sends this, then nothing until the other side leaves.
    Stall(Vec<u8>),
}

use Reply::{Send, Stall};

fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn ok(length: usize, body: &[u8]) -> Vec<u8> {
    response("200 OK", &format!("Content-Length: {length}\r\n"), body)
}

fn whole(archive: &[u8]) -> Reply {
    Send(ok(archive.len(), archive))
}

/// Promises the whole and breaks off after `count` bytes.
fn cut(archive: &[u8], count: usize) -> Reply {
    Send(ok(archive.len(), &archive[..count]))
}

fn partial(archive: &[u8], from: usize, to: usize) -> Reply {
    let length = archive.len();
    let headers = format!(
        "Content-Range: bytes {from}-{}/{length}\r\nContent-Length: {}\r\n",
        length - 1,
        length - from
    );
    Send(response("206 Partial Content", &headers, &archive[from..to]))
}

/// Follows its script, a connection after the other, and notes the ranges that are asked for.
struct Scripted {
    address: SocketAddr,
    ranges: Arc<Mutex<Vec<Option<String>>>>,
    done: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Scripted {
    fn start(script: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let done = Arc::new(AtomicBool::new(false));
        let (noted, over) = (ranges.clone(), done.clone());
        let serve = move || {
            for reply in script {
                let (stream, _) = listener.accept().unwrap();
                if over.load(Ordering::SeqCst) {
                    return;
                }
                noted.lock().unwrap().push(requested_range(&stream));
                answer(stream, reply);
            }
        };
        let thread = thread::Builder::new().name("server".into()).spawn(serve).unwrap();
        Self { address, ranges, done, thread }
    }

    /// The ranges of all requests.
    fn finish(self) -> Vec<Option<String>> {
        self.done.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address)); // wakes it, if it still waits for somebody
        self.thread.join().unwrap();
        self.ranges.lock().unwrap().clone()
    }
}

fn requested_range(stream: &TcpStream) -> Option<String> {
    let lines = BufReader::new(stream).lines().map(|line| line.unwrap().to_lowercase());
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    assert_eq!(head[0], format!("get /mirror/{FILE} http/1.1"));
    head.iter().find_map(|line| Some(line.strip_prefix("range:")?.trim().to_owned()))
}

fn answer(mut stream: TcpStream, reply: Reply) {
    // Who was promised less may leave before all is sent.
    match reply {
        Send(bytes) => drop(stream.write_all(&bytes)),
        Stall(bytes) => {
            drop(stream.write_all(&bytes));
            drop(stream.read_to_end(&mut Vec::new()));
        }
    }
}

// ---- a place to fetch to

/// A data folder within a folder of its own, so that what leaves it is seen.
struct Place {
    root: TempDir,
    /// How long a server may be silent.
    patience: Duration,
    progress: Vec<Progress>,
    ranges: Vec<Option<String>>,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        Self { root, patience: Duration::from_secs(20), progress: Vec::new(), ranges: Vec::new() }
    }

    /// For servers that are silent. Long enough for one that is not, on a machine that is busy.
    fn impatient() -> Self {
        Self { patience: Duration::from_secs(1), ..Self::new() }
    }

    fn with(files: &[(&str, &[u8])]) -> Self {
        let place = Self::new();
        for (name, content) in files {
            let path = place.root.path().join("data").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        place
    }

    fn fetch(&mut self, spec: &ArchiveSpec, script: Vec<Reply>) -> Result<(), DataError> {
        let server = Scripted::start(script);
        let base_url = format!("http://{}/mirror/", server.address);
        let fetched = self.fetch_from(spec, base_url);
        self.ranges = server.finish();
        fetched
    }

    fn fetch_from(&mut self, spec: &ArchiveSpec, base_url: String) -> Result<(), DataError> {
        let timeouts = Timeouts { connect: Duration::from_secs(2), idle: self.patience };
        let server = fetch::Server { base_url, timeouts };
        let data_dir = self.root.path().join("data");
        self.progress.clear();
        let progress = &mut self.progress;
        fetch::archive(spec, &data_dir, &server, &mut |step| progress.push(step))
    }

    /// Every file below the data folder; one beside it has `../` before its name.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let (mut folders, mut found) = (vec![self.root.path().to_owned()], BTreeMap::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.root.path()).unwrap().to_str().unwrap();
                let name = name.strip_prefix("data/").map_or(format!("../{name}"), str::to_owned);
                match path.symlink_metadata().unwrap().is_dir() {
                    true => folders.push(path),
                    false => drop(found.insert(name, fs::read(path).unwrap())),
                }
            }
        }
        found
    }

    fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }

    /// The wanted files, their marker, and nothing else.
    fn assert_installed(&self, spec: &ArchiveSpec) {
        let mut files = self.files();
        let marker = files.remove(&format!("{FOLDER}/{MARKER_FILE}")).expect("a marker");
        let marker: Official = serde_json::from_slice(&marker).unwrap();
        assert_eq!(marker.archive_sha256, spec.sha256);
        let expected = [("one.bin", one()), ("two.bin", two())];
        for (name, content) in &expected {
            let mark = &marker.files[*name];
            assert_eq!((mark.bytes, &mark.sha256), (content.len() as u64, &sha256(content)));
        }
        let expected = expected.map(|(name, content)| (format!("{FOLDER}/{name}"), content));
        assert_eq!(files, BTreeMap::from(expected));
    }
}

fn range(from: usize) -> Option<String> {
    Some(format!("bytes={from}-"))
}

/// The reason of a failed download.
fn reason(fetched: Result<(), DataError>) -> String {
    match fetched {
        Err(DataError::Download { reason, .. }) => reason,
        other => panic!("not a failed download: {other:?}"),
    }
}

// ---- downloads that succeed

#[test]
fn a_whole_download_leaves_the_files_and_nothing_else() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::new(), spec(&archive));
    place.fetch(&spec, vec![whole(&archive)]).unwrap();
    place.assert_installed(&spec);
    assert_eq!(place.ranges, [None]);
    assert!(place.progress.is_sorted_by_key(|step| step.received));
    let total = archive.len() as u64;
    assert_eq!(place.progress[0], Progress { received: 0, total, resumed: false });
    assert_eq!(place.progress.last().unwrap().received, total);
}

#[test]
fn what_is_there_already_is_not_fetched_again_unless_a_byte_differs() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::new(), spec(&archive));
    place.fetch(&spec, vec![whole(&archive)]).unwrap();
    place.fetch(&spec, vec![]).unwrap();
    assert_eq!((place.ranges.len(), place.progress.len()), (0, 0));
    let path = place.root.path().join("data/numbers/two.bin");
    let mut content = two();
    content[7] ^= 1;
    fs::write(path, content).unwrap();
    place.fetch(&spec, vec![whole(&archive)]).unwrap();
    place.assert_installed(&spec);
}

#[test]
fn a_cut_connection_is_taken_up_by_range() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::new(), spec(&archive));
    let script = vec![
        cut(&archive, 90_000),
        partial(&archive, 90_000, 90_001),
        partial(&archive, 90_001, archive.len()),
    ];
    place.fetch(&spec, script).unwrap();
    place.assert_installed(&spec);
    assert_eq!(place.ranges, [None, range(90_000), range(90_001)]);
}

#[test]
fn a_server_without_ranges_begins_again() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::new(), spec(&archive));
    place.fetch(&spec, vec![cut(&archive, 90_000), whole(&archive)]).unwrap();
    place.assert_installed(&spec);
    assert_eq!(place.ranges, [None, range(90_000)]);
}

#[test]
fn a_part_file_from_before_is_taken_up() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::with(&[(PART, &archive[..50_000])]), spec(&archive));
    place.fetch(&spec, vec![partial(&archive, 50_000, archive.len())]).unwrap();
    place.assert_installed(&spec);
    assert_eq!(place.ranges, [range(50_000)]);
    let total = archive.len() as u64;
    assert_eq!(place.progress[0], Progress { received: 50_000, total, resumed: true });
}

#[test]
fn a_complete_part_file_needs_no_server() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::with(&[(PART, &archive)]), spec(&archive));
    place.fetch(&spec, vec![]).unwrap();
    place.assert_installed(&spec);
}

#[test]
fn a_range_that_is_refused_or_is_another_one_begins_again() {
    let archive = packed(&good_entries());
    let spec = spec(&archive);
    let refused = Send(response("416 Range Not Satisfiable", "Content-Length: 0\r\n", b""));
    for answer in [refused, partial(&archive, 40_000, archive.len())] {
        let mut place = Place::with(&[(PART, &archive[..50_000])]);
        place.fetch(&spec, vec![answer, whole(&archive)]).unwrap();
        place.assert_installed(&spec);
        assert_eq!(place.ranges, [range(50_000), None]);
        assert!(place.progress.iter().all(|step| !step.resumed));
    }
}

#[test]
fn a_part_file_that_is_too_long_begins_again() {
    let archive = packed(&good_entries());
    let longer = [&archive[..], b"x"].concat();
    let (mut place, spec) = (Place::with(&[(PART, &longer)]), spec(&archive));
    place.fetch(&spec, vec![whole(&archive)]).unwrap();
    place.assert_installed(&spec);
    assert_eq!(place.ranges, [None]);
}

#[test]
fn a_body_without_an_end_is_done_when_all_is_there() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::impatient(), spec(&archive));
    place.fetch(&spec, vec![Stall(response("200 OK", "", &archive))]).unwrap();
    place.assert_installed(&spec);
}

#[test]
fn leftovers_of_a_killed_process_do_not_stay() {
    let archive = packed(&good_entries());
    let leftovers: [(&str, &[u8]); 2] =
        [("numbers.unpacking/one.bin", b"half"), ("numbers.replaced/one.bin", b"old")];
    let (mut place, spec) = (Place::with(&leftovers), spec(&archive));
    place.fetch(&spec, vec![whole(&archive)]).unwrap();
    place.assert_installed(&spec);
}

#[test]
fn a_new_copy_takes_the_place_of_an_old_one_and_leaves_what_lay_beside_it() {
    let archive = packed(&good_entries());
    let before: [(&str, &[u8]); 2] = [("numbers/one.bin", b"old"), ("numbers/notes", b"mine")];
    let (mut place, spec) = (Place::with(&before), spec(&archive));
    place.fetch(&spec, vec![whole(&archive)]).unwrap();
    let notes = place.root.path().join("data/numbers/notes");
    assert_eq!(fs::read(&notes).unwrap(), b"mine");
    fs::remove_file(notes).unwrap();
    place.assert_installed(&spec);
}

// ---- downloads that fail

#[test]
fn a_silent_server_is_given_up_within_seconds() {
    let archive = packed(&good_entries());
    for bytes in [vec![], b"HTTP/1.1 200 OK\r\n".to_vec()] {
        let (mut place, spec, start) = (Place::impatient(), spec(&archive), Instant::now());
        let reason = reason(place.fetch(&spec, vec![Stall(bytes)]));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert!(reason.contains("silence for 1s"), "{reason}");
        assert_eq!(place.names(), [""; 0]);
    }
}

#[test]
fn silence_in_the_middle_is_a_cut_and_what_arrived_is_kept() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::impatient(), spec(&archive));
    let script = vec![Stall(ok(archive.len(), &archive[..60_000])), Stall(vec![])];
    let reason = reason(place.fetch(&spec, script));
    let total = Bytes(archive.len() as u64);
    assert!(reason.ends_with(&format!("60.0 kB of {total} are kept for the next try")), "{reason}");
    assert_eq!(place.ranges, [None, range(60_000)]);
    assert_eq!(place.files(), BTreeMap::from([(PART.to_owned(), archive[..60_000].to_vec())]));
}

#[test]
fn a_server_that_always_cuts_is_given_up() {
    let archive = packed(&good_entries());
    let (mut place, spec) = (Place::new(), spec(&archive));
    let more = (1..9).map(|n| partial(&archive, n * 10, n * 10 + 10));
    let script = [cut(&archive, 10)].into_iter().chain(more).collect();
    reason(place.fetch(&spec, script));
    assert_eq!(place.ranges.len(), 6);
    assert_eq!(place.files()[PART], archive[..60]);
}

#[test]
fn a_port_that_nobody_listens_at_fails_at_once() {
    let archive = packed(&good_entries());
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (mut place, start) = (Place::new(), Instant::now());
    reason(place.fetch_from(&spec(&archive), format!("http://{free}")));
    assert!(start.elapsed() < Duration::from_secs(3));
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn an_address_that_is_none_is_a_failed_download() {
    let archive = packed(&good_entries());
    for address in ["", "no address", "ftp://127.0.0.1", "http://"] {
        let mut place = Place::new();
        reason(place.fetch_from(&spec(&archive), address.to_owned()));
        assert_eq!(place.names(), [""; 0], "{address}");
    }
}

#[test]
fn another_file_is_refused_before_a_part_file_is_given_up_for_it() {
    let archive = packed(&good_entries());
    let longer = [&archive[..], b"x"].concat();
    let page = ok(5, b"login");
    let missing = response("404 Not Found", "Content-Length: 0\r\n", b"");
    for answer in [ok(longer.len(), &longer), page, missing] {
        let part = &archive[..50_000];
        let mut place = Place::with(&[(PART, part)]);
        reason(place.fetch(&spec(&archive), vec![Send(answer)]));
        assert_eq!(place.files(), BTreeMap::from([(PART.to_owned(), part.to_vec())]));
    }
}

#[test]
fn a_body_that_goes_on_too_long_is_not_kept() {
    let archive = packed(&good_entries());
    let longer = [&archive[..], &[0; 1 << 20]].concat();
    let (mut place, spec) = (Place::new(), spec(&archive));
    let reason = reason(place.fetch(&spec, vec![Send(response("200 OK", "", &longer))]));
    assert!(reason.contains("more than"), "{reason}");
    assert_eq!(place.names(), [""; 0]);
    assert!(place.progress.iter().all(|step| step.received <= step.total));
}

#[test]
fn a_wrong_checksum_leaves_nothing() {
    let archive = packed(&good_entries());
    let mut other = archive.clone();
    other[100_000] ^= 1;
    let (mut place, spec) = (Place::new(), spec(&archive));
    match place.fetch(&spec, vec![whole(&other)]) {
        Err(DataError::Checksum { expected, found, .. }) => {
            assert_eq!((expected, found), (spec.sha256, sha256(&other)));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn two_processes_do_not_write_one_part_file() {
    let archive = packed(&good_entries());
    let mut place = Place::with(&[(PART, b"x")]);
    let other = File::open(place.root.path().join("data").join(PART)).unwrap();
    other.lock().unwrap();
    let error = place.fetch(&spec(&archive), vec![]).unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
    assert_eq!(place.files()[PART], b"x");
}

// ---- archives that are not what they should be

/// Fetches an archive of `entries` over old data, which must stay; returns the message.
fn refused(entries: Vec<Packed>) -> String {
    refused_archive(&packed(&entries))
}

fn refused_archive(archive: &[u8]) -> String {
    let mut place = Place::with(&[("numbers/one.bin", b"old"), ("numbers/two.bin", b"data")]);
    let before = place.files();
    let error = place.fetch(&spec(archive), vec![whole(archive)]).unwrap_err();
    assert!(matches!(error, DataError::Archive { .. }), "{error:?}");
    assert_eq!(place.files(), before);
    error.to_string()
}

#[test]
fn a_member_of_another_length_is_refused_and_old_data_stays() {
    let with = |content| vec![file("numbers/one.bin", one()), file("numbers/two.bin", content)];
    let longer = refused(with([two(), vec![0]].concat()));
    assert!(longer.contains("two.bin has 70002 bytes in it instead of 70001"), "{longer}");
    let shorter = refused(with(two()[1..].to_vec()));
    assert!(shorter.contains("two.bin has 70000 bytes"), "{shorter}");
}

#[test]
fn a_member_that_is_missing_or_there_twice_is_refused() {
    let missing = refused(vec![file("numbers/one.bin", one()), file("two.bin", two())]);
    assert!(missing.contains("two.bin is not in it"), "{missing}");
    let again = file("numbers/one.bin", noise(3, 150_000));
    let twice = refused(good_entries().into_iter().chain([again]).collect());
    assert!(twice.contains("one.bin is in it twice"), "{twice}");
}

#[test]
fn a_member_that_is_a_link_is_refused() {
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Directory, EntryType::Fifo] {
        let entries = vec![
            link("numbers/one.bin", kind, "/etc/passwd"),
            file("numbers/one.bin", one()),
            file("numbers/two.bin", two()),
        ];
        let text = refused(entries);
        assert!(text.contains("one.bin is not a plain file"), "{text}");
    }
}

#[test]
fn what_is_no_archive_or_ends_in_the_middle_is_refused() {
    refused_archive(&noise(4, 90_000));
    refused_archive(&packed(&good_entries())[..120_000]);
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(&packed(&good_entries())[..]).read_to_end(&mut tar).unwrap();
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&tar[..100_000]).unwrap();
    let text = refused_archive(&gz.finish().unwrap());
    assert!(!text.contains('\n'), "{text}");
}

#[test]
fn nothing_but_the_members_is_ever_written() {
    let evil = || b"evil".to_vec();
    let hostile = vec![
        file("../evil", evil()),
        file("numbers/../../evil", evil()),
        file("numbers/../numbers/one.bin", evil()),
        file("/tmp/mnv1-evil", evil()),
        file("./numbers/two.bin", evil()),
        file("numbers//one.bin", evil()),
        file("numbers/.official.json", evil()),
        link("numbers/elsewhere", EntryType::Symlink, "/etc"),
        link("numbers", EntryType::Symlink, "/tmp"),
        file("numbers/elsewhere/evil", evil()),
    ];
    let archive = packed(&hostile.into_iter().chain(good_entries()).collect::<Vec<_>>());
    let (mut place, spec) = (Place::new(), spec(&archive));
    place.fetch(&spec, vec![whole(&archive)]).unwrap();
    place.assert_installed(&spec);
    assert!(!Path::new("/tmp/mnv1-evil").exists());
}

#[test]
fn old_data_stays_when_a_download_fails() {
    let archive = packed(&good_entries());
    let mut wrong = archive.clone();
    wrong[5_000] ^= 1;
    for script in [vec![], vec![cut(&archive, 0)], vec![Stall(vec![])], vec![whole(&wrong)]] {
        let mut place = Place::with(&[("numbers/one.bin", b"old"), ("numbers/two.bin", b"data")]);
        place.patience = Duration::from_secs(1);
        let before = place.files();
        place.fetch(&spec(&archive), script).unwrap_err();
        assert_eq!(place.files(), before);
    }
}

#[test]
fn data_left_aside_by_a_killed_process_is_put_back() {
    let archive = packed(&good_entries());
    let mut place = Place::with(&[("numbers.replaced/one.bin", b"old")]);
    place.fetch(&spec(&archive), vec![]).unwrap_err();
    assert_eq!(place.names(), ["numbers/one.bin"]);
}
