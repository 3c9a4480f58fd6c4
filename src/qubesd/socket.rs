//! The real qubesd, behind its socket.

#![allow(clippy::disallowed_methods, reason = "this is the one socket")]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use super::{Call, Qubesd, Reply, Unreachable};
use crate::base::{PackageName, QubeName};

/// How long qubesd may be silent. Where a pool cannot share blocks, the clone of a template's volume copies all of it; giving up while
/// qubesd still copies would start putting things back against it.
const PATIENCE: Duration = Duration::from_secs(3 * 3600);
/// The largest reply that is read, in bytes. The list of the largest system that Qubes can hold has some 700 KB.
const REPLY_MOST: u64 = 16 << 20;

/// qubesd's socket: `/var/run/qubesd.sock` in dom0.
#[derive(Debug)]
pub struct Socket {
    path: PathBuf,
}

impl Socket {
    /// The socket at `path`, which is first opened when something is asked.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where a method is answered: those that are for dom0's own services have a socket beside the other,
    /// `/var/run/qubesd.internal.sock` (qubes-core-qrexec, `qrexec/utils.py`, `qubesd_call`).
    fn path(&self, method: &str) -> PathBuf {
        if method.starts_with("internal.") { self.path.with_extension("internal.sock") } else { self.path.clone() }
    }
}

impl Qubesd for Socket {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let path = self.path(call.method);
        let ask = || {
            let mut stream = UnixStream::connect(&path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.write_all(&call.to_bytes())?;
            // qubesd acts only once the writing side is shut down.
            stream.shutdown(Shutdown::Write)?;
            let mut reply = Vec::new();
            stream.take(REPLY_MOST.saturating_add(1)).read_to_end(&mut reply)?;
            Ok(reply)
        };
        let reply = ask().map_err(|error: std::io::Error| Unreachable(format!("`{}`: {error}", path.display())))?;
        if reply.len() as u64 > REPLY_MOST {
            return Err(Unreachable(format!("its reply to {} has more than {REPLY_MOST} bytes", call.method)));
        }
        Reply::parse(&reply).map_err(|error| Unreachable(error.to_string()))
    }

    fn install(&mut self, template: &QubeName, _: &[PackageName]) -> Result<(), Unreachable> {
        Err(Unreachable(format!("this version of halite-dom0 cannot install packages in `{template}` outside the simulation")))
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
