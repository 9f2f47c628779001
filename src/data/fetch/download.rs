//! One archive from a server into a part file, in as many requests as it takes.

use std::{
    io::{self, Read},
    time::Instant,
};

use ureq::{
    Agent, Body, Proxy,
    http::{Response, Uri},
};

use super::{
    Archive, PATIENCE, Patience, Progress,
    part::{Part, begins_as_gzip},
};
use crate::data::DataError;

/// Bytes handled at once.
const PIECE: usize = 64 << 10;

/// An archive on its way into its part file.
pub(super) struct Download<'a> {
    archive: &'a Archive,
    part: &'a mut Part,
    client: &'a Client,
    /// How often to go on after a cut connection.
    resumes: u32,
    /// Whether the part file held something that is still part of it.
    resumed: bool,
    /// Bytes that came over the network, those thrown away too.
    transferred: u64,
}

impl<'a> Download<'a> {
    pub(super) fn new(
        archive: &'a Archive,
        part: &'a mut Part,
        client: &'a Client,
        resumes: u32,
    ) -> Self {
        let resumed = part.bytes() > 0;
        Self { archive, part, client, resumes, resumed, transferred: 0 }
    }

    /// Gets what is missing, then compares the checksum.
    pub(super) fn run(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(), DataError> {
        let (received, total) = (self.part.bytes(), self.archive.bytes);
        progress(Progress { received, total, resumed: self.resumed });
        let mut resumes = 0;
        while self.part.bytes() < total {
            let before = self.transferred;
            let end = self.request(progress)?;
            // A server that gives nothing will not give more when asked again at once.
            let hopeless = self.transferred == before || resumes == self.resumes;
            if self.part.bytes() < total && hopeless {
                return Err(self.failed(end));
            }
            resumes += 1;
        }
        let (expected, found) = (self.archive.sha256.clone(), self.part.sha256()?);
        if found != expected {
            let url = self.archive.url.clone();
            return Err(DataError::Checksum { url, expected, found });
        }
        Ok(())
    }

    /// Asks once for what is missing, and says why no more came.
    fn request(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<String, DataError> {
        let have = self.part.bytes();
        let mut request = self.client.agent.get(&self.archive.url);
        if have > 0 {
            request = request.header("Range", format!("bytes={have}-"));
        }
        let response = match request.call() {
            Ok(response) => response,
            Err(error) => return Ok(told(error)),
        };
        let start = match response.status().as_u16() {
            200 => 0, // a server without ranges begins at the beginning
            206 if have > 0 && range_start(&response) == Some(have) => have,
            206 | 416 if have > 0 => {
                self.restart()?; // it has another file, or only says so: ask for all of it
                return self.request(progress);
            }
            status => return Err(self.failed(format!("the server answered with status {status}"))),
        };
        let (expected, offered) = (self.archive.bytes - start, response.body().content_length());
        if offered.is_some_and(|offered| offered != expected) {
            let offered = offered.unwrap_or(0);
            let reason = format!("the server offers {offered} bytes, expected {expected}");
            return Err(self.failed(reason));
        }
        self.receive(response.into_body(), start, progress)
    }

    fn restart(&mut self) -> Result<(), DataError> {
        self.resumed = false;
        self.part.restart()
    }

    /// Adds what comes from byte `start` on, and says why no more came. Never takes more than the
    /// archive's size: the checksum judges what that is.
    fn receive(
        &mut self,
        body: Body,
        start: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<String, DataError> {
        let mut body = body.into_reader();
        let mut piece = vec![0; PIECE];
        let (mut at, total) = (start, self.archive.bytes);
        let patience = self.client.patience;
        let mut pace = (Instant::now(), at);
        while at < total {
            if pace.0.elapsed() >= patience.silence {
                if at - pace.1 < patience.least {
                    return Ok("the server is too slow".into());
                }
                pace = (Instant::now(), at);
            }
            let room = usize::try_from(total - at).unwrap_or(PIECE).min(PIECE);
            match body.read(&mut piece[..room]) {
                Ok(0) => break,
                Ok(count) => {
                    self.keep(&piece[..count], at)?;
                    at += count as u64;
                    progress(Progress { received: at, total, resumed: self.resumed });
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Ok(told(ureq::Error::from(error))),
            }
        }
        Ok("the connection was closed too early".into())
    }

    /// Adds the piece that begins at byte `at`. What is there already is thrown away only for the
    /// sake of something that can be the archive, not for a page that says "log in first".
    fn keep(&mut self, piece: &[u8], at: u64) -> Result<(), DataError> {
        if at == 0 && !begins_as_gzip(piece) {
            return Err(self.failed("the server sends something that is no gzip archive".into()));
        }
        if at != self.part.bytes() {
            self.restart()?;
        }
        self.transferred += piece.len() as u64;
        self.part.append(piece)
    }

    fn failed(&self, reason: String) -> DataError {
        let reason = match self.part.bytes() {
            0 => reason,
            kept => {
                format!("{reason} after {kept} of {} bytes, which are kept", self.archive.bytes)
            }
        };
        DataError::Download { url: self.archive.url.clone(), reason }
    }
}

/// What asks a server, and how long it waits for it.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    patience: Patience,
}

impl From<Agent> for Client {
    fn from(agent: Agent) -> Self {
        Self { agent, patience: PATIENCE }
    }
}

/// What asks the server at `url`.
pub(super) fn client(url: &str, patience: Patience) -> Client {
    let proxy = if is_on_this_machine(url) { None } else { Proxy::try_from_env() };
    let config = Agent::config_builder()
        .proxy(proxy)
        .http_status_as_error(false)
        .timeout_resolve(Some(patience.connect))
        .timeout_connect(Some(patience.connect))
        .timeout_recv_response(Some(patience.silence))
        .timeout_per_read(Some(patience.silence))
        .user_agent(concat!("mnv1-tui/", env!("CARGO_PKG_VERSION")))
        .build();
    Client { agent: Agent::new_with_config(config), patience }
}

/// A proxy's "localhost" is another machine.
fn is_on_this_machine(url: &str) -> bool {
    let host = url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    matches!(host.as_deref(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

/// The first byte of a partial answer: `bytes 100-199/200` begins at 100.
fn range_start(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get("content-range")?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

/// What went wrong, in words for people, on one line.
fn told(error: ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "no such host, or no network".into(),
        ureq::Error::Timeout(_) => "no answer in time".into(),
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string().replace('\n', " "),
    }
}
