//! `halite-dom0 verify`

use clap::Args;

use crate::cli::here::{Where, not_found};
use crate::cli::verbs::target;
use crate::cli::verbs::verification::Request;
use crate::cli::{Failure, Output};

/// Verify a bundle with the keys that this dom0 trusts
///
/// Changes nothing. Exit code 4 if not enough of the keys vouch for it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 verify bundle.halite")]
pub struct Verify {
    /// A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    bundle: String,
    #[command(flatten)]
    request: Request,
}

impl Verify {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is damaged, or not enough trusted keys vouch for it.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let located = target::locate(&self.bundle, &here.layout.store(), not_found)?;
        self.request.run(&located, &here.anchors()?)
    }
}
