//! `halite check`

use std::path::PathBuf;

use clap::Args;

use super::recipe::{self, Show};
use crate::cli::{Failure, Output, terminal};
use crate::model::Release;

/// Check a recipe without building it
///
/// Prints every fault with its place, and writes nothing. Exit code 1 if there is one.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite check recipes/anonymity-modes")]
pub struct Check {
    /// The recipe's folder
    #[arg(value_name = "RECIPE", default_value = ".")]
    folder: PathBuf,
    /// Only for this release of Qubes OS [default: all of the recipe's]
    #[arg(long)]
    release: Option<Release>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the recipe has faults.
    pub fn run(self) -> Result<Output, Failure> {
        let show = if self.json { Show::Json } else { Show::Drawn };
        let source = recipe::read(&self.folder, show)?;
        let releases = self.release.map_or_else(|| source.recipe.releases.clone(), |release| vec![release]);
        let mut warnings = source.faults(Vec::new());
        for &release in &releases {
            let (_, faults) = recipe::desired(&source, release, show)?;
            warnings.faults.extend(faults.faults);
        }
        // What goes for each release is said once.
        warnings.faults.sort_by_key(|fault| (fault.place.order(), fault.code));
        warnings.faults.dedup();
        let releases: Vec<_> = releases.iter().map(|release| release.as_str()).collect();
        let remarks = format!("{}: no faults for {}\n", source.recipe.name, releases.join(", "));
        let drawn = warnings.draw(terminal::colour());
        let data = if self.json { recipe::json(&warnings) } else { String::new() };
        Ok(Output::text(data).remarks(drawn + &remarks))
    }
}
