//! A data server's answers. The archive is what follows the first 0xff; before it stands what the
//! server says, whatever it is asked, each connection up to a 0xfe. Bytes 1, 2 and 3 stand for the
//! archive, its first and its second half, so that it can come whole.
#![no_main]

use std::{
    collections::VecDeque,
    fs,
    net::SocketAddr,
    path::Path,
    sync::{Arc, LazyLock, Mutex},
};

use libfuzzer_sys::fuzz_target;
use mnv1_tui::data::{
    cifar10::sha256,
    fetch::{Archive, Fetched, fetch},
};
use tempfile::TempDir;
use ureq::{
    Agent, Error,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport},
    },
};

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a scratch folder can be made")
});

fuzz_target!(|bytes: &[u8]| {
    let mut halves = bytes.splitn(2, |byte| *byte == 0xff);
    let (said, file) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    let archive = Archive {
        url: "http://server.test/x.tar.gz".to_owned(),
        part_name: "x.part".to_owned(),
        bytes: file.len() as u64,
        sha256: sha256(file),
        member_bytes: 1,
    };
    let (first, second) = file.split_at(file.len() / 2);
    let spoken = |answer: &[u8]| -> VecDeque<u8> {
        let spoken = answer.iter().flat_map(|byte| match byte {
            1 => file,
            2 => first,
            3 => second,
            other => std::slice::from_ref(other),
        });
        spoken.copied().collect()
    };
    let script = said.split(|byte| *byte == 0xfe).map(spoken).collect();
    let server = Server(Arc::new(Mutex::new(script)));
    let config = Agent::config_builder().http_status_as_error(false).proxy(None).build();
    let client = Agent::with_parts(config, server, Nowhere).into();
    let folder = FOLDER.path().join("data");
    let mut received = 0;
    let fetched = fetch(&folder, &archive, &client, &mut |progress| {
        assert!(progress.received <= progress.total);
        received = progress.received;
    });
    let part = fs::read(folder.join("x.part"));
    match fetched {
        Ok(Fetched::Downloaded) => {
            assert_eq!(received, archive.bytes);
            assert!(part.is_err(), "the part file is gone when all is done");
        }
        Ok(Fetched::AlreadyThere) => panic!("nothing was there"),
        Err(error) => {
            assert!(!error.to_string().contains('\n'), "{error}");
            let part = part.unwrap_or_default();
            assert!(part.len() <= file.len());
            assert!(part.is_empty() || part[0] == 0x1f);
            assert!(!folder.join("cifar-10-batches-bin").exists());
        }
    }
    let _ = fs::remove_dir_all(&folder);
});

/// Answers each connection with the next entry of its script, then with silence.
#[derive(Debug)]
struct Server(Arc<Mutex<VecDeque<VecDeque<u8>>>>);

impl Connector for Server {
    type Out = Connection;

    fn connect(
        &self,
        details: &ConnectionDetails,
        _: Option<()>,
    ) -> Result<Option<Connection>, Error> {
        let answer = self.0.lock().map_or(None, |mut script| script.pop_front());
        let Some(answer) = answer.filter(|_| !details.needs_tls()) else {
            return Err(Error::ConnectionFailed);
        };
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Connection { buffers, answer }))
    }
}

#[derive(Debug)]
struct Connection {
    buffers: LazyBuffers,
    answer: VecDeque<u8>,
}

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let input = self.buffers.input_append_buf();
        let count = input.len().min(self.answer.len());
        let bytes = self.answer.drain(..count);
        input.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        false // each request is a connection of its own
    }
}

/// Every host has an address that nobody connects to.
#[derive(Debug)]
struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::from(([127, 0, 0, 1], 1)));
        Ok(addresses)
    }
}
