//! The real qubesd, behind its socket.

#![allow(clippy::disallowed_methods, reason = "this is the one socket")]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use super::{Call, Qubesd, Reply, Unreachable};
use crate::base::{PackageName, QubeName};

/// How long qubesd may be silent. A clone of a template's volume can take minutes.
const PATIENCE: Duration = Duration::from_secs(600);
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
}

impl Qubesd for Socket {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        let ask = || {
            let mut stream = UnixStream::connect(&self.path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.write_all(&call.to_bytes())?;
            // qubesd acts only once the writing side is shut down.
            stream.shutdown(Shutdown::Write)?;
            let mut reply = Vec::new();
            stream.take(REPLY_MOST.saturating_add(1)).read_to_end(&mut reply)?;
            Ok(reply)
        };
        let reply = ask().map_err(|error: std::io::Error| Unreachable(format!("`{}`: {error}", self.path.display())))?;
        if reply.len() as u64 > REPLY_MOST {
            return Err(Unreachable(format!("its reply to {} has more than {REPLY_MOST} bytes", call.method)));
        }
        Reply::parse(&reply).map_err(|error| Unreachable(error.to_string()))
    }

    fn install(&mut self, template: &QubeName, _: &[PackageName]) -> Result<(), Unreachable> {
        Err(Unreachable(format!("this version of halite-dom0 cannot install packages in `{template}` outside the simulation")))
    }
}
