//! Talking to dom0's own software: qubesd over its Admin API, `qubesctl`, by which Salt works inside qubes, and
//! `qvm-run`.
//!
//! [`Qubesd`] is the one door. The real dom0 and the simulated one stand behind it, so that plans, switches and tests take the
//! same way in both.
//!
//! | file | noun | in |
//! |---|---|---|
//! | `call` | a call and its reply, as they travel | both programs |
//! | `socket` | the real qubesd, behind its sockets | both programs |
//! | `qubesctl` | the real `qubesctl` | both programs |
//! | `qvm_run` | the real `qvm-run`, by which a file comes out of a qube | `halite-dom0` |
//! | `admin`, `storage` | typed calls over a door | both programs |
//! | `server` | the other end: sockets at which a simulated qubesd answers | `halite` |
//!
//! **Architecture invariant:** nothing here knows of bundles, plans or generations.

mod admin;
mod call;
mod qubesctl;
#[cfg(feature = "dom0")]
mod qvm_run;
#[cfg(feature = "build")]
mod server;
mod socket;
mod storage;

pub use admin::{Admin, AdminError, Feature, Listed, Value};
pub use call::{BadReply, BadRequest, Call, Reply, Request};
pub use qubesctl::Qubesctl;
#[cfg(feature = "dom0")]
pub use qvm_run::{Coming, QvmRun};
#[cfg(feature = "build")]
pub use server::{Answer, End, Server, ServerError};
pub use socket::Socket;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::base::QubeName;
use crate::salt::Staged;

/// qubesd could not be asked at all, or did not answer as the Admin API documents.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Unreachable(pub String);

/// The door to qubesd.
pub trait Qubesd {
    /// Makes one call and waits for the reply.
    ///
    /// # Errors
    /// If there was no reply. Whether qubesd did what was asked is then unknown: read back.
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable>;

    /// Has Salt apply `state` inside the halted `qube`, as `qubesctl` does: both run meanwhile, the qube and a disposable that manages it.
    /// The state lies below `/srv/salt`, with what it speaks of.
    ///
    /// # Errors
    /// If it could not be done. How much of it was done is then unknown.
    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable>;
}

/// Whether a method is one for dom0's own services, which qubesd answers at a socket of their own.
fn is_internal(method: &str) -> bool {
    method.starts_with("internal.")
}

/// The socket for these beside the one at `path`, as `/var/run/qubesd.internal.sock` is beside `/var/run/qubesd.sock`
/// (qubes-core-qrexec, `qrexec/utils.py`, `qubesd_call`).
fn internal(path: &Path) -> PathBuf {
    path.with_extension("internal.sock")
}
