//! Bytes from a server into a part file, taken up where an earlier connection ended.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

use ureq::{
    Agent, Body, Timeout,
    http::{Response, StatusCode, header},
};

use super::{ArchiveSpec, Progress, Server, sha256};
use crate::{data::DataError, domain::units::Bytes};

/// How often one fetch takes up a connection that broke after it had brought something.
const RESUMPTIONS: usize = 5;

/// An archive that has not arrived completely, or has not been judged.
#[derive(Debug)]
pub struct PartFile {
    path: PathBuf,
    file: File,
    /// Bytes in the file, all of them in their place.
    received: u64,
}

impl PartFile {
    /// Opens or creates the file, for this process alone.
    pub fn open(path: PathBuf) -> Result<Self, DataError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(DataError::io(&path))?;
        // A file system without locks does not keep anyone from fetching: sums are checked.
        if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            let reason = "another process is fetching this; wait until it is done".into();
            return Err(DataError::Layout { path, reason });
        }
        let received = file.metadata().map_err(DataError::io(&path))?.len();
        Ok(Self { path, file, received })
    }

    /// Drops what arrived.
    pub fn discard(&mut self) -> Result<(), DataError> {
        self.received = 0;
        self.file.set_len(0).map_err(DataError::io(&self.path))
    }

    /// SHA-256 of the whole in lower-case hexadecimal.
    pub fn sha256(&self) -> Result<String, DataError> {
        sha256(self.rewound()?).map_err(DataError::io(&self.path))
    }

    /// The file, to be read from its beginning.
    pub fn rewound(&self) -> Result<&File, DataError> {
        let mut file = &self.file;
        file.rewind().map_err(DataError::io(&self.path))?;
        Ok(file)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), DataError> {
        let end = SeekFrom::Start(self.received);
        let written = self.file.seek(end).and_then(|_| self.file.write_all(bytes));
        written.map_err(DataError::io(&self.path))?;
        self.received += bytes.len() as u64;
        Ok(())
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        if self.received == 0 {
            // An empty file that stays does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Why a connection did not bring everything.
enum Failure {
    /// It broke. Another one may go on from there.
    Cut(String),
    /// The server answers what another connection would not better.
    Refused(String),
    Disk(DataError),
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        Self::Disk(error)
    }
}

/// One archive on its way.
pub struct Download<'a> {
    pub part: &'a mut PartFile,
    pub spec: &'a ArchiveSpec,
    pub server: &'a Server,
    pub progress: &'a mut dyn FnMut(Progress),
}

impl Download<'_> {
    /// Brings the part file to its full length.
    ///
    /// # Errors
    /// If the server cannot be reached, is silent, refuses, or has another file; if the disk fails.
    pub fn complete(mut self) -> Result<(), DataError> {
        if self.part.received > self.spec.bytes {
            self.part.discard()?;
        }
        let url = format!("{}/{}", self.server.base_url.trim_end_matches('/'), self.spec.file_name);
        let agent = self.agent();
        let mut resumed = self.part.received > 0;
        let mut resumptions = RESUMPTIONS;
        while self.part.received < self.spec.bytes {
            let mut gained = 0;
            let failure = match self.connect(&agent, &url, &mut resumed) {
                Ok(response) => self.receive(response, resumed, &mut gained),
                Err(failure) => Err(failure),
            };
            match failure {
                Ok(()) => {}
                Err(Failure::Cut(_)) if gained > 0 && resumptions > 0 => resumptions -= 1,
                Err(Failure::Cut(reason) | Failure::Refused(reason)) => {
                    return Err(DataError::Download { url, reason: reason + &self.kept() });
                }
                Err(Failure::Disk(error)) => return Err(error),
            }
        }
        Ok(())
    }

    fn agent(&self) -> Agent {
        let timeouts = self.server.timeouts;
        let config = Agent::config_builder()
            .user_agent(concat!("mnv1-tui/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            .timeout_resolve(Some(timeouts.connect))
            .timeout_connect(Some(timeouts.connect))
            .timeout_send_request(Some(timeouts.idle))
            .timeout_recv_response(Some(timeouts.idle))
            .timeout_per_read(Some(timeouts.idle));
        config.build().new_agent()
    }

    /// Asks for what is missing. A server that cannot go on from there has to begin again.
    fn connect(
        &mut self,
        agent: &Agent,
        url: &str,
        resumed: &mut bool,
    ) -> Result<Response<Body>, Failure> {
        let offset = self.part.received;
        if offset > 0 {
            let range = format!("bytes={offset}-");
            let asked = agent.get(url).header(header::RANGE, range).call();
            let response = asked.map_err(|error| self.cut(error))?;
            match response.status() {
                StatusCode::PARTIAL_CONTENT if self.goes_on(&response) => return Ok(response),
                StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {}
                _ => self.check_whole(&response)?,
            }
            self.part.discard()?;
            *resumed = false;
            if response.status() == StatusCode::OK {
                return Ok(response);
            }
        }
        let response = agent.get(url).call().map_err(|error| self.cut(error))?;
        self.check_whole(&response)?;
        Ok(response)
    }

    /// Whether a partial answer begins where the part file ends, within a file of the right size.
    fn goes_on(&self, response: &Response<Body>) -> bool {
        let range = response.headers().get(header::CONTENT_RANGE);
        let range = range.and_then(|value| value.to_str().ok()?.strip_prefix("bytes "));
        let Some((span, total)) = range.and_then(|range| range.split_once('/')) else {
            return false;
        };
        let first = span.split_once('-').and_then(|(first, _)| first.parse().ok());
        let total = total.parse().unwrap_or(self.spec.bytes); // `*`: the server does not say
        first == Some(self.part.received) && total == self.spec.bytes
    }

    /// A login page of some network is not worth a part file: lengths are compared first.
    fn check_whole(&self, response: &Response<Body>) -> Result<(), Failure> {
        if response.status() != StatusCode::OK {
            return Err(Failure::Refused(format!("the server answers {}", response.status())));
        }
        match response.body().content_length() {
            Some(offered) if offered != self.spec.bytes => {
                let expected = self.spec.bytes;
                Err(Failure::Refused(format!("it has {offered} bytes there instead of {expected}")))
            }
            _ => Ok(()),
        }
    }

    /// Takes in the body of `response`, never more than is missing.
    fn receive(
        &mut self,
        response: Response<Body>,
        resumed: bool,
        gained: &mut u64,
    ) -> Result<(), Failure> {
        let total = self.spec.bytes;
        let one_too_many = total - self.part.received + 1;
        let mut body = response.into_body().into_reader().take(one_too_many);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let received = self.part.received;
            (self.progress)(Progress { received, total, resumed });
            let count = match body.read(&mut buffer) {
                Ok(0) if received < total => {
                    return Err(Failure::Cut("the connection was closed too early".into()));
                }
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                // Nothing is missing: that it does not end properly no longer matters.
                Err(_) if received == total => return Ok(()),
                Err(error) => return Err(self.cut(ureq::Error::from(error))),
            };
            if received + count as u64 > total {
                self.part.discard()?;
                return Err(Failure::Refused(format!("it sends more than {total} bytes")));
            }
            self.part.append(&buffer[..count])?;
            *gained += count as u64;
        }
    }

    fn cut(&self, error: ureq::Error) -> Failure {
        let timeouts = self.server.timeouts;
        Failure::Cut(match error {
            ureq::Error::Timeout(Timeout::Resolve) => "the host was not found in time".into(),
            ureq::Error::Timeout(Timeout::Connect) => {
                format!("no connection within {:?}", timeouts.connect)
            }
            ureq::Error::Timeout(_) => format!("silence for {:?}", timeouts.idle),
            ureq::Error::Io(error) => error.to_string(),
            other => other.to_string(),
        })
    }

    /// What a person would fear to have lost.
    fn kept(&self) -> String {
        match self.part.received {
            0 => String::new(),
            received => {
                let (received, total) = (Bytes(received), Bytes(self.spec.bytes));
                format!("; {received} of {total} are kept for the next try")
            }
        }
    }
}
