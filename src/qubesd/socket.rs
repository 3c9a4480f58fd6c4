//! The real qubesd, behind its socket.

#![allow(clippy::disallowed_methods, reason = "this is the one socket")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::call::REQUEST_MOST;
use super::{Call, Qubesctl, Qubesd, Reply, Unreachable, internal, is_internal};
use crate::base::QubeName;
use crate::salt::Staged;

/// The largest reply that is read, in bytes. The list of the largest system that Qubes can hold has some 700 KB.
const REPLY_MOST: u64 = 16 << 20;

/// qubesd's sockets, and the program beside it: `/var/run/qubesd.sock` in dom0, and the one for dom0's own services.
#[derive(Debug)]
pub struct Socket {
    path: PathBuf,
    internal: PathBuf,
    patience: Duration,
    qubesctl: Qubesctl,
}

impl Socket {
    /// How long qubesd may be silent, unless told otherwise. Where a pool cannot share blocks, the clone of a template's volume copies all
    /// of it; giving up while qubesd still copies would start putting things back against it.
    pub const PATIENCE: Duration = Duration::from_secs(3 * 3600);

    /// The socket at `path`, which is first opened when something is asked, and the internal one beside it.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { internal: internal(&path), path, patience: Self::PATIENCE, qubesctl: Qubesctl::default() }
    }

    /// The same with the internal socket somewhere else.
    pub fn internal(mut self, path: impl Into<PathBuf>) -> Self {
        self.internal = path.into();
        self
    }

    /// The same, with less patience or more.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The same, with this program for what Salt does.
    pub fn qubesctl(mut self, qubesctl: Qubesctl) -> Self {
        self.qubesctl = qubesctl;
        self
    }

    /// Where a method is answered.
    fn path(&self, method: &str) -> &Path {
        if is_internal(method) { &self.internal } else { &self.path }
    }

    fn ask(&self, path: &Path, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(self.patience))?;
        stream.set_write_timeout(Some(self.patience))?;
        stream.write_all(request)?;
        // qubesd acts only once the writing side is shut down.
        stream.shutdown(Shutdown::Write)?;
        let mut reply = Vec::new();
        stream.take(REPLY_MOST.saturating_add(1)).read_to_end(&mut reply)?;
        Ok(reply)
    }

    /// What went wrong, in words that say more than the kernel's where they can.
    fn explained(&self, path: &Path, error: &io::Error) -> Unreachable {
        let why = match error.kind() {
            // What the kernel calls a lack of resources is a time-out here.
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                format!("it has been silent for {}", humantime::format_duration(self.patience))
            }
            _ => error.to_string(),
        };
        Unreachable(format!("`{}`: {why}", path.display()))
    }
}

impl Qubesd for Socket {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let request = call.to_bytes();
        if request.len() > REQUEST_MOST {
            let bytes = request.len();
            return Err(Unreachable(format!("a request has at most {REQUEST_MOST} bytes, and {call} would have {bytes}")));
        }
        let path = self.path(&call.method);
        let reply = self.ask(path, &request).map_err(|error| self.explained(path, &error))?;
        if reply.len() as u64 > REPLY_MOST {
            return Err(Unreachable(format!("its reply to {call} has more than {REPLY_MOST} bytes")));
        }
        Reply::parse(&reply).map_err(|error| Unreachable(error.to_string()))
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        self.qubesctl.apply(qube, &state.name)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests may touch the world")]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::thread;

    use super::*;

    /// Serves one call with `reply`, as qubesd does: only once the writing side is shut down. Returns what was asked, and what came of it.
    fn served(reply: &'static [u8]) -> (Vec<u8>, Result<Reply, Unreachable>) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("qubesd.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            stream.read_to_end(&mut asked).unwrap();
            stream.write_all(reply).unwrap();
            asked
        });
        let call = Call::new("admin.vm.tag.Set", &"vault".parse().unwrap()).argument("x").payload("p\0q");
        let result = Socket::at(&path).call(&call);
        (server.join().unwrap(), result)
    }

    #[test]
    fn one_connection_is_one_call() {
        let (asked, reply) = served(b"0\0done");
        assert_eq!(asked, b"admin.vm.tag.Set+x dom0 name vault\0p\0q");
        assert_eq!(reply.unwrap(), Reply::Ok(b"done".to_vec()));
    }

    #[test]
    fn broken_replies_are_errors() {
        assert_eq!(served(b"").1.unwrap(), Reply::Empty);
        assert!(served(b"3\0what").1.unwrap_err().to_string().contains("not of the form"));
    }

    #[test]
    fn a_missing_socket_is_named() {
        let error = Socket::at("/nonexistent/qubesd.sock").call(&Call::new("admin.vm.List", &QubeName::dom0())).unwrap_err();
        assert_eq!(error.to_string(), "`/nonexistent/qubesd.sock`: No such file or directory (os error 2)");
        let internal = Call::new("internal.GetSystemInfo", &QubeName::dom0());
        let error = Socket::at("/nonexistent/qubesd.sock").call(&internal).unwrap_err();
        assert_eq!(error.to_string(), "`/nonexistent/qubesd.internal.sock`: No such file or directory (os error 2)");
    }
}
