//! A qubesd that answers what it should not: to whichever call, `halite-dom0` ends with one clean error.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use halite::model::Release;
use halite::qubesd::{Qubesd, Request};
use halite::sim::Simulation;

use crate::dom0::{Dom0, assert_one_error};

const PLAN: &str = "plan small@1";

/// What a tamperer writes in place of the right reply, which it is given.
type Tamper = fn(&mut UnixStream, &[u8]) -> std::io::Result<()>;

/// A simulated qubesd in this process, both sockets of it, that gives one method's replies to a tamperer.
struct Tampered {
    stop: Arc<AtomicBool>,
    asked: Arc<Mutex<BTreeSet<String>>>,
    threads: Vec<JoinHandle<()>>,
    sockets: [std::path::PathBuf; 2],
}

impl Tampered {
    fn start(dom0: &Dom0, method: &str, tamper: Tamper) -> Self {
        let system = Arc::new(Mutex::new(Simulation::stock(Release::R4_3)));
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(BTreeSet::new())));
        let sockets = ["qubesd.sock", "qubesd.internal.sock"].map(|name| dom0.sandbox().path(name));
        let serve = |listener: UnixListener| {
            let (system, stop, asked, method) = (Arc::clone(&system), Arc::clone(&stop), Arc::clone(&asked), method.to_owned());
            thread::spawn(move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let mut stream = stream.unwrap();
                    let mut bytes = Vec::new();
                    stream.read_to_end(&mut bytes).unwrap();
                    let request = Request::parse(&bytes).unwrap();
                    asked.lock().unwrap().insert(request.method.clone());
                    let is_it = request.method == method;
                    let mut system = system.lock().unwrap();
                    let reply = system.understand(request).map_or_else(|reply| reply, |call| system.call(&call).unwrap());
                    // Whoever hangs up on this server does right.
                    let _ = if is_it { tamper(&mut stream, &reply.to_bytes()) } else { stream.write_all(&reply.to_bytes()) };
                }
            })
        };
        let threads = sockets.iter().map(|path| serve(UnixListener::bind(path).unwrap())).collect();
        Self { stop, asked, threads, sockets }
    }

    /// Ends it, and returns the methods that were asked for.
    fn end(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        for path in &self.sockets {
            drop(UnixStream::connect(path).unwrap());
        }
        for thread in self.threads {
            thread.join().unwrap();
        }
        for path in &self.sockets {
            fs::remove_file(path).unwrap();
        }
        let asked = self.asked.lock().unwrap();
        asked.clone()
    }
}

/// Attacks on any call, and what the error says.
const ATTACKS: &[(&str, Tamper, &str)] = &[
    ("nothing at all", |_, _| Ok(()), "gave no reason"),
    ("garbage", |to, _| to.write_all(b"\x89PNG\r\n\x1a\n"), "not of the form"),
    ("a code that there is not", |to, _| to.write_all(b"7\0what"), "not of the form"),
    ("an event", |to, _| to.write_all(b"1\0\0connection-established\0\0"), "not of the form"),
    ("a code and no zero byte", |to, _| to.write_all(b"0"), "not of the form"),
    ("an exception cut off", |to, _| to.write_all(b"2\0QubesException\0\0No such"), "not of the form"),
    ("an exception without its text", |to, _| to.write_all(b"2\0QubesException\0"), "not of the form"),
    ("not UTF-8", |to, _| to.write_all(b"0\0\xff\xfe\xc0\x80"), "is not UTF-8"),
    (
        "a terminal's escapes in an exception",
        |to, _| to.write_all(b"2\0E\x1b[31m\0\0\x1b]0;title\x07gone %s\0\x9b2J\0"),
        "refused",
    ),
    ("an exception with a format that asks for more", |to, _| to.write_all(b"2\0E\0\0%s %s %(x)s %\0"), "refused"),
    ("silence", |to, _| drop_later(to), "it has been silent for 300ms"),
    (
        "half a reply and silence",
        |to, reply| {
            to.write_all(&reply[..reply.len() / 2])?;
            drop_later(to)
        },
        "it has been silent for 300ms",
    ),
    (
        "more than anybody reads",
        |to, _| {
            to.write_all(b"0\0")?;
            loop {
                to.write_all(&[b'a'; 1 << 16])?;
            }
        },
        "has more than 16777216 bytes",
    ),
];

/// Holds a connection open for longer than anybody waits.
fn drop_later(stream: &UnixStream) -> std::io::Result<()> {
    let stream = stream.try_clone()?;
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(2));
        drop(stream);
    });
    Ok(())
}

#[test]
fn every_call_of_a_plan_survives_every_attack() {
    let dom0 = Dom0::new();
    let served = Tampered::start(&dom0, "none", |_, _| Ok(()));
    assert_eq!(dom0.run(PLAN).end().code, 3);
    let asked = served.end();
    assert!(asked.len() > 1, "{asked:?}");
    for method in &asked {
        for (attack, tamper, said) in ATTACKS {
            let what = format!("{attack} to {method}");
            let served = Tampered::start(&dom0, method, *tamper);
            let is_silent = attack.contains("silence");
            let ended = if is_silent { dom0.run_hastily(PLAN) } else { dom0.run(PLAN) }.end();
            served.end();
            assert_one_error(&ended, &what);
            assert!(ended.stderr.contains(said), "{what}: {}", ended.transcript());
        }
    }
}

/// Replies that are well-formed and make no sense, by method.
const NONSENSE: &[(&str, Tamper)] = &[
    ("admin.vm.List", |to, _| to.write_all(b"0\0dom0 class=AdminVM state=Running\n\x1b[2J class=AppVM state=Halted\n")),
    ("admin.vm.List", |to, _| to.write_all(b"0\0dom0\n")),
    ("admin.vm.List", |to, _| to.write_all(b"0\0dom0 class=AdminVM state=Running\n\0\n")),
    ("admin.vm.List", |to, _| to.write_all(b"0\0../../etc class=AppVM state=Halted\n")),
];

#[test]
fn nonsense_is_no_list_of_qubes() {
    let dom0 = Dom0::new();
    for (method, tamper) in NONSENSE {
        let served = Tampered::start(&dom0, method, *tamper);
        let ended = dom0.run(PLAN).end();
        served.end();
        assert_one_error(&ended, method);
        assert!(ended.stderr.contains("makes no sense"), "{}", ended.transcript());
    }
}
