//! `halite verify`

use std::path::PathBuf;

use clap::Args;

use crate::cli::verbs::target;
use crate::cli::verbs::verification::{Request, read_public_key};
use crate::cli::{Failure, Output};
use crate::store::Store;
use crate::trust::{Anchors, Role};

/// Verify a bundle with keys of your choice
///
/// Checks the signatures over the statement, the statement, and that manifest and payload are those that it names. Exit code 4 if not
/// enough of the keys vouch for it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite verify 2f1c --key author.pub\n  halite verify bundle.halite --key a.pub --key b.pub --threshold 2"
)]
pub struct Verify {
    /// A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    bundle: String,
    /// The public key of a trusted author; may be given more than once
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
    /// How many of the keys must have signed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    threshold: u8,
    /// The directory that bundles are in
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
    #[command(flatten)]
    request: Request,
}

impl Verify {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is damaged, or not enough keys vouch for it.
    pub fn run(self) -> Result<Output, Failure> {
        let mut anchors = Anchors::default();
        for path in &self.key {
            anchors
                .add(Role::Author, read_public_key(path)?)
                .map_err(|error| Failure::usage(error).about(format!("`{}`", path.display())))?;
        }
        anchors.set_threshold(Role::Author, self.threshold).map_err(Failure::usage)?;
        let located = target::locate(&self.bundle, &Store::at(&self.store), Failure::from)?;
        self.request.run(&located, &anchors)
    }
}
