//! The other end of the sockets: a door answers there as qubesd does, one connection a call.
//!
//! Source: qubes-core-admin, `qubes/api/__init__.py` (R4.3), `QubesDaemonProtocol` and `create_servers`.

#![allow(clippy::disallowed_methods, reason = "the listening half of the one socket")]

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::TERM_SIGNALS;
use signal_hook::low_level::pipe;
use thiserror::Error;

use super::call::REQUEST_MOST;
use super::{Reply, Request, internal, is_internal};
use crate::disk::{self, DiskError};

/// How long a client may take to read its reply.
const PATIENCE: Duration = Duration::from_secs(10);

/// Two sockets, and what is connected to them. One thread serves all: calls are answered one after the other, as they become complete.
#[derive(Debug)]
pub struct Server {
    listeners: [(Kind, UnixListener); 2],
    paths: [PathBuf; 2],
    /// Has something to read once the process is asked to end.
    end: UnixStream,
    asking: Vec<Asking>,
    /// Connections that never get an answer.
    held: Vec<UnixStream>,
}

/// Which socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The one for methods of the Admin API.
    Admin,
    /// The one for dom0's own services.
    Internal,
}

/// A connection whose request is not complete.
#[derive(Debug)]
struct Asking {
    kind: Kind,
    stream: UnixStream,
    request: Vec<u8>,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A reply.
    Reply(Reply),
    /// Nothing, and the connection stays open.
    Never,
    /// Nothing, and the server is no more.
    Gone,
}

/// Why a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A signal asked it to.
    Asked,
    /// An answer was [`Answer::Gone`].
    Gone,
}

/// The sockets cannot be served.
#[derive(Debug, Error)]
pub enum ServerError {
    /// The system refused.
    #[error("cannot answer at `{}`: {why}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// The reason.
        why: io::Error,
    },
    /// Something that stood there before cannot be taken away.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl Server {
    /// Listens at `path`, and for dom0's own services beside it. What a server that was killed left there is taken away.
    ///
    /// # Errors
    /// If something else is there, or the system refuses.
    pub fn bind(path: &Path) -> Result<Self, ServerError> {
        let because = |why: io::Error| ServerError::Io { path: path.to_owned(), why };
        let (end, asked) = UnixStream::pair().map_err(because)?;
        for signal in TERM_SIGNALS {
            let asked = asked.try_clone().map_err(because)?;
            pipe::register(*signal, asked).map_err(because)?;
        }
        let paths = [path.to_owned(), internal(path)];
        let [admin, internal] = [listen(&paths[0])?, listen(&paths[1])?];
        let listeners = [(Kind::Admin, admin), (Kind::Internal, internal)];
        Ok(Self { listeners, paths, end, asking: Vec::new(), held: Vec::new() })
    }

    /// Serves until a signal comes, or an answer ends it.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn serve(mut self, mut answer: impl FnMut(Request) -> Answer) -> Result<End, ServerError> {
        let path = self.paths[0].clone();
        let because = |why: io::Error| ServerError::Io { path: path.clone(), why };
        loop {
            let ready = self.wait().map_err(because)?;
            if ready.end {
                return Ok(End::Asked);
            }
            // From the last one on, so that those before it keep their places.
            for at in ready.asking.into_iter().rev() {
                if self.asking[at].is_complete() {
                    let asking = self.asking.remove(at);
                    if self.give(asking, &mut answer) == Some(End::Gone) {
                        return Ok(End::Gone);
                    }
                }
            }
            for at in ready.listeners {
                let (kind, listener) = &self.listeners[at];
                match listener.accept() {
                    Ok((stream, _)) => {
                        stream.set_nonblocking(true).map_err(because)?;
                        self.asking.push(Asking { kind: *kind, stream, request: Vec::new() });
                    }
                    // The client has thought better of it.
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionAborted) => {}
                    Err(error) => return Err(because(error)),
                }
            }
        }
    }

    /// Waits until there is something to do.
    fn wait(&self) -> io::Result<Ready> {
        let listeners = self.listeners.iter().map(|(_, listener)| listener.as_fd());
        let asking = self.asking.iter().map(|asking| asking.stream.as_fd());
        let all: Vec<BorrowedFd> = [self.end.as_fd()].into_iter().chain(listeners).chain(asking).collect();
        let mut polled: Vec<PollFd> = all.into_iter().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
        match poll(&mut polled, None) {
            Ok(_) => {}
            // The signal has written into its pipe; the next round finds it.
            Err(rustix::io::Errno::INTR) => return Ok(Ready::default()),
            Err(error) => return Err(error.into()),
        }
        let mut is_ready = polled.iter().map(|fd| !fd.revents().is_empty());
        let end = is_ready.next() == Some(true);
        let mut numbers = |count: usize| (0..count).filter(|_| is_ready.next() == Some(true)).collect();
        Ok(Ready { end, listeners: numbers(self.listeners.len()), asking: numbers(self.asking.len()) })
    }

    /// Answers one complete request. A client that does not wait for the reply is no fault of the server's.
    fn give(&mut self, asking: Asking, answer: &mut impl FnMut(Request) -> Answer) -> Option<End> {
        let Asking { kind, mut stream, request } = asking;
        let Ok(request) = Request::parse(&request) else { return None };
        if is_internal(&request.method) != (kind == Kind::Internal) {
            return None;
        }
        match answer(request) {
            Answer::Reply(reply) => {
                let _ = stream
                    .set_nonblocking(false)
                    .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
                    .and_then(|()| stream.write_all(&reply.to_bytes()));
            }
            Answer::Never => self.held.push(stream),
            Answer::Gone => return Some(End::Gone),
        }
        None
    }
}

/// The sockets are taken away, whatever the end.
impl Drop for Server {
    fn drop(&mut self) {
        for path in &self.paths {
            let _ = disk::remove(path);
        }
    }
}

impl Asking {
    /// Reads what is there, and tells whether that is all that comes: the end of the stream, more than qubesd reads, or a broken
    /// connection.
    fn is_complete(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return true,
                Ok(count) => self.request.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
            if self.request.len() > REQUEST_MOST {
                return true;
            }
        }
    }
}

/// What there is to do, by place.
#[derive(Debug, Default)]
struct Ready {
    end: bool,
    listeners: Vec<usize>,
    asking: Vec<usize>,
}

fn listen(path: &Path) -> Result<UnixListener, ServerError> {
    let because = |why: io::Error| ServerError::Io { path: path.to_owned(), why };
    let listener = match UnixListener::bind(path) {
        // Where nobody listens, a server was killed: its socket is left over.
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_left_over(path) => {
            disk::remove(path)?;
            UnixListener::bind(path)
        }
        bound => bound,
    };
    let listener = listener.map_err(because)?;
    listener.set_nonblocking(true).map_err(because)?;
    Ok(listener)
}

fn is_left_over(path: &Path) -> bool {
    // A regular file refuses connections, too.
    disk::is_socket(path) && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}
