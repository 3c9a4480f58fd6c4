//! Talking to dom0's own software: qubesd over its Admin API, and what installs packages in templates.
//!
//! [`Qubesd`] is the one door. The real dom0 and the simulated one stand behind it, so that plans, switches and tests take the
//! same way in both. [`Admin`] gives its calls types.
//!
//! **Architecture invariant:** nothing here knows of bundles, plans or generations.

mod admin;
mod call;
mod socket;

pub use admin::{Admin, AdminError, Feature, Listed, Value};
pub use call::{BadReply, Call, Reply};
pub use socket::Socket;

use thiserror::Error;

use crate::base::{PackageName, QubeName};

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

    /// Installs `packages` in the halted template `template`, and returns when that is done.
    ///
    /// # Errors
    /// If it could not be done.
    fn install(&mut self, template: &QubeName, packages: &[PackageName]) -> Result<(), Unreachable>;
}
