//! `halite export`

use std::path::PathBuf;

use clap::Args;

use crate::base::BundlePath;
use crate::bundle::Contents;
use crate::cli::verbs::target;
use crate::cli::{Failure, Output, Progress};
use crate::disk;
use crate::salt;
use crate::store::Store;

/// Take Salt out of a bundle, for a dom0 without halite
///
/// Writes a folder whose contents belong into /srv/salt. `qubesctl` makes the same qubes of it as halite-dom0, but without its order,
/// its checks and its way back; docs/salt.md says how, and what is missing.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite export anonymity-modes@1 --salt srv-salt")]
pub struct Export {
    /// A bundle's file, or the first digits of its id or NAME@SERIAL in the store
    bundle: String,
    /// The directory that bundles are in
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
    /// The folder to make; it must not exist yet
    #[arg(long, value_name = "FOLDER")]
    salt: PathBuf,
}

impl Export {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the bundle is damaged, has no Salt in it, or the folder is there already.
    pub fn run(self) -> Result<Output, Failure> {
        let path = target::locate(&self.bundle, &Store::at(&self.store), Failure::from)?.path;
        let about = |failure: Failure| failure.about(format!("`{}`", path.display()));
        let _working = Progress::of("reading the bundle");
        let mut bundle = target::look_into(&path).map_err(about)?;
        let below =
            |path: &BundlePath| path.as_str().strip_prefix(salt::ROOT).and_then(|rest| rest.strip_prefix('/')?.parse().ok());
        let contents = bundle.contents(|path| below(path).is_some()).map_err(Failure::from).map_err(about)?;
        if contents.is_empty() {
            return Err(about(Failure::new("it holds no Salt")).hint("build it anew with this version of halite"));
        }
        let files: Contents = contents.into_iter().filter_map(|(path, contents)| Some((below(&path)?, contents))).collect();
        disk::create_tree(&self.salt, &files, disk::Mode::Public).map_err(|error| {
            let exists = error.is_already_there();
            let failure = Failure::from(error);
            if exists { failure.hint("name a folder that does not exist yet") } else { failure }
        })?;
        let remarks = format!(
            "nobody's signature was checked; `verify` does that\n{} files written to {}\n",
            files.len(),
            self.salt.display()
        );
        Ok(Output::done().remarks(remarks))
    }
}
