//! `halite show`

use std::path::PathBuf;

use clap::Args;

use crate::cli::verbs::{describe, target};
use crate::cli::{Failure, Output, Progress};
use crate::store::Store;

/// Show what a bundle asks for
///
/// Looks into a file whether it is signed or not, and vouches for nothing: `verify` does that.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite show anonymity-modes@1")]
pub struct Show {
    /// A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    bundle: String,
    /// The directory that bundles are in
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
    /// Print this file of the payload, and nothing else
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Show {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is damaged.
    pub fn run(self) -> Result<Output, Failure> {
        let path = target::locate(&self.bundle, &Store::at(&self.store), Failure::from)?.path;
        let about = |failure: Failure| failure.about(format!("`{}`", path.display()));
        let _working = Progress::of("reading the bundle");
        let mut bundle = target::look_into(&path).map_err(about)?;
        let output = describe::output(&mut bundle, self.file.as_deref(), self.json).map_err(about)?;
        Ok(output.remarks("nobody's signature was checked; `verify` does that\n"))
    }
}
