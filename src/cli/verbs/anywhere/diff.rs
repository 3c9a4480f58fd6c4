//! `halite diff`

use std::path::{Path, PathBuf};

use clap::Args;

use super::recipe::{self, Show};
use crate::cli::verbs::compared::{self, Named};
use crate::cli::verbs::target;
use crate::cli::{Failure, Output};
use crate::model::Release;
use crate::qrexec::parse_policy;
use crate::store::Store;

/// Show what two bundles or recipes differ in
///
/// By what it means: identities, ways to the network, calls between identities, excused checks, qubes, templates and their packages.
/// What could cost somebody their anonymity comes first. Exit code 3 if there is any difference.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite diff anonymity-modes@1 anonymity-modes@2\n  halite diff anonymity-modes@1 recipes/anonymity-modes"
)]
pub struct Diff {
    /// A bundle: its file, the first digits of its id, or NAME@SERIAL; or a recipe's folder
    #[arg(value_name = "FROM")]
    from: PathBuf,
    /// What it is compared with
    #[arg(value_name = "TO")]
    to: PathBuf,
    /// Compare recipes for this release
    #[arg(long, default_value = "r4.3")]
    release: Release,
    /// The directory of bundles
    #[arg(long, value_name = "DIR", default_value = "store")]
    store: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Diff {
    /// Runs the verb.
    ///
    /// # Errors
    /// If one of the two cannot be read, or a recipe has faults.
    pub fn run(self) -> Result<Output, Failure> {
        let (from, to) = (self.side(&self.from)?, self.side(&self.to)?);
        Ok(compared::output(&from, &to, self.json))
    }

    fn side(&self, what: &Path) -> Result<Named, Failure> {
        if what.is_dir() {
            return self.recipe(what);
        }
        let path = target::locate(&what.to_string_lossy(), &Store::at(&self.store), Failure::from)?.path;
        let about = |failure: Failure| failure.about(format!("`{}`", path.display()));
        Named::of(&mut target::look_into(&path).map_err(about)?).map_err(about)
    }

    fn recipe(&self, folder: &Path) -> Result<Named, Failure> {
        let source = recipe::read(folder, Show::Drawn)?;
        let compiled = recipe::desired(&source, self.release, Show::Drawn, None)?.compiled;
        let title = format!("{} {}, serial {} ({})", source.recipe.name, self.release, source.recipe.serial, folder.display());
        let rules = parse_policy(&compiled.policy).map_err(Failure::new)?;
        Ok(Named::new(title, compiled.desired, rules, self.release))
    }
}
