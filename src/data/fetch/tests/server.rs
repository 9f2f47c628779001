//! An HTTP server on loopback that answers by a script.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// What one connection gets.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// The file, or the part that the request asks for.
    Ranges,
    /// The whole file, whatever part is asked for.
    Whole,
    /// The file or the part asked for, but the connection closes after so many bytes of it.
    CutAfter(usize),
    /// So many bytes of the file, then silence until the client goes away.
    StallAfter(usize),
    /// So many bytes of the file, then one at a time, each well before silence would be noticed.
    DripAfter(usize),
    /// Not even a status line.
    Silence,
    /// The whole file and more, without saying how long it is.
    Endless,
    /// A status without a page.
    Status(u16),
    /// A page that says "log in first", as if it were what is asked for.
    Page,
    /// The same, without saying how long it is.
    PageWithoutLength,
}

/// Answers one connection for each entry of its script, then is gone.
pub struct Server {
    pub url: String,
    address: SocketAddr,
    /// Nobody asks any more, maybe before all answers are given.
    is_over: Arc<AtomicBool>,
    thread: thread::JoinHandle<Vec<Option<String>>>,
}

impl Server {
    pub fn start(file: &[u8], script: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}/archive.tar.gz");
        let (file, script): (Arc<[u8]>, _) = (file.into(), script.to_vec());
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let serve = move || {
            let asked = |answer| {
                let (stream, _) = listener.accept().unwrap();
                (!over.load(Ordering::Relaxed)).then(|| respond(stream, &file, answer))
            };
            script.into_iter().map_while(asked).collect()
        };
        Self { url, address, is_over, thread: thread::spawn(serve) }
    }

    /// The `Range` header of each request that was made.
    pub fn ranges(self) -> Vec<Option<String>> {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address); // wakes it, if it still waits for a request
        self.thread.join().unwrap()
    }
}

fn respond(mut stream: TcpStream, file: &[u8], answer: Answer) -> Option<String> {
    let range = read_request(&stream);
    let start = range.as_deref().and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-'));
    let start = start.map_or(0, |start| start.parse().unwrap());
    let (start, sent) = match answer {
        Answer::Ranges => (start, usize::MAX),
        Answer::CutAfter(sent) | Answer::StallAfter(sent) | Answer::DripAfter(sent) => {
            (start, sent)
        }
        _ => (0, usize::MAX),
    };
    let body = match answer {
        Answer::Page | Answer::PageWithoutLength => &b"<html>log in first"[..],
        Answer::Silence | Answer::Status(_) => &[][..],
        _ => &file[start..],
    };
    let (length, total) = (body.len(), file.len());
    let head = match (answer, start) {
        (Answer::Silence, _) => String::new(),
        (Answer::Status(status), _) => format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n"),
        (Answer::Endless | Answer::PageWithoutLength, _) => {
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".into()
        }
        (_, 0) => format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"),
        (_, start) => format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Length: {length}\r\n\
             Content-Range: bytes {start}-{}/{total}\r\n\r\n",
            total - 1
        ),
    };
    // The client may have heard enough before all is said.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body[..sent.min(length)]);
    match answer {
        Answer::Endless => while stream.write_all(&[0; 4096]).is_ok() {},
        Answer::DripAfter(sent) => {
            let drops = body[sent..].chunks(1);
            for drop in drops {
                thread::sleep(Duration::from_millis(20));
                if stream.write_all(drop).is_err() {
                    break;
                }
            }
        }
        Answer::Silence | Answer::StallAfter(_) => drop(stream.read(&mut [0])),
        _ => {}
    }
    range
}

/// Reads up to the empty line and returns the value of `Range`.
fn read_request(stream: &TcpStream) -> Option<String> {
    let mut range = None;
    for line in BufReader::new(stream).lines().map(Result::unwrap) {
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("range")
        {
            range = Some(value.trim().to_owned());
        }
    }
    range
}
