//! Reading dom0 back through qubesd's sockets, against the bare calls: `make bench`.
//!
//! Behind the sockets is `halite simulate` with 51 managed qubes, each of which is as its bundle wants it. The bare calls are those that
//! reading makes, byte for byte, sent and read to the end, with nothing made of the answers. The design allows reading to take 1.1 times as long.

#![allow(clippy::disallowed_methods, reason = "a benchmark runs programs and looks at the clock")]

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use halite::apply::look;
use halite::base::QubeName;
use halite::dom0::Layout;
use halite::qubesd::{Call, Qubesd, Reply, Socket, Unreachable};
use halite::salt::Staged;
use support::bundled::Bundled;
use support::{halite, is_asked_for, many};

/// Identities, each with gateway, workstation and disposable template.
const IDENTITIES: u32 = 17;
/// Counted runs of each kind, in turn.
const RUNS: usize = 60;

fn main() {
    if !is_asked_for() {
        return;
    }
    let directory = tempfile::tempdir().expect("a directory for the benchmark");
    let layout = Layout::below(directory.path());
    let (system, target) = Bundled::of(&many(IDENTITIES)).switched(&layout);
    let state = directory.path().join("qubesd.json");
    fs::write(&state, system.to_json()).expect("the state file");
    let socket = directory.path().join("qubesd.sock");
    let _served = Served::start(&socket, &state);

    let mut watched = Watched { door: Socket::at(&socket), calls: Vec::new() };
    let seen = look(&mut watched, &layout, &target).expect("dom0 can be read");
    assert_eq!(seen.first_difference(&target), None, "nothing is to be changed");
    let requests: Vec<Vec<u8>> = watched.calls.iter().map(Call::to_bytes).collect();

    let (mut reading, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        bare.push(timed(|| requests.iter().for_each(|request| ask(&socket, request))));
        reading.push(timed(|| drop(look(&mut Socket::at(&socket), &layout, &target).expect("dom0 can be read"))));
    }
    let [reading, bare] = [median(reading), median(bare)];
    let qubes = target.qubes.len();
    println!("reading {qubes} qubes back, {} calls, milliseconds, medians of {RUNS} runs", requests.len());
    println!("{:<58} {:>9.2}", "the bare calls", bare.as_secs_f64() * 1e3);
    println!("{:<58} {:>9.2}", "halite's reading", reading.as_secs_f64() * 1e3);
    println!("{:<58} {:>9.3}   1.1", "ratio", reading.as_secs_f64() / bare.as_secs_f64());
}

/// The door, and what it was asked.
struct Watched {
    door: Socket,
    calls: Vec<Call>,
}

impl Qubesd for Watched {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        self.calls.push(call.clone());
        self.door.call(call)
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        self.door.provision(qube, state)
    }
}

/// One call as bare as it can be.
fn ask(socket: &Path, request: &[u8]) {
    let mut stream = UnixStream::connect(socket).expect("the server answers");
    stream.write_all(request).expect("it reads");
    stream.shutdown(Shutdown::Write).expect("a stream");
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).expect("it replies");
    assert!(reply.starts_with(b"0\0"), "{}", String::from_utf8_lossy(&reply));
}

fn timed(run: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    run();
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// `halite simulate` in a process of its own, until dropped.
struct Served(Child);

impl Served {
    fn start(socket: &Path, state: &Path) -> Self {
        let mut command = Command::new(halite());
        command.arg("simulate").arg("--socket").arg(socket).arg("--state").arg(state);
        let served = Self(command.spawn().expect("halite starts"));
        while UnixStream::connect(socket.with_extension("internal.sock")).is_err() {
            std::thread::sleep(Duration::from_millis(1));
        }
        served
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
