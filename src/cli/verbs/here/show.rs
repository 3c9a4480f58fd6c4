//! `halite-dom0 show`

use clap::Args;

use crate::cli::here::{Where, not_found};
use crate::cli::verbs::describe;
use crate::cli::verbs::target::{self, Located};
use crate::cli::{Failure, Output, Progress};
use crate::trust::verify;

/// Show what a bundle in dom0's store asks for
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite-dom0 show anonymity-modes@1")]
pub struct Show {
    /// A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    bundle: String,
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
    /// If the bundle is not verified.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let Located { path, id } = target::locate(&self.bundle, &here.layout.store(), not_found)?;
        let about = |failure: Failure| failure.about(format!("`{}` is not verified", path.display()));
        let _working = Progress::of("verifying the bundle");
        let mut verified = verify(target::open(&path)?, &here.anchors()?, id).map_err(|refusal| about(refusal.into()))?;
        describe::output(verified.bundle_mut(), self.file.as_deref(), self.json)
    }
}
