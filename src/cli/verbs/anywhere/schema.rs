//! `halite schema`

use clap::Args;

use crate::cli::{Failure, Output};
use crate::recipe;

/// Print the JSON Schema of recipes, for editors
///
/// An editor that knows it completes the keys of a recipe, shows what they mean, and marks what is wrong while you type. It sees no more
/// than the structure; `check` finds everything. docs/recipes.md says how to point an editor at it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite schema > recipe.schema.json")]
pub struct Schema {}

impl Schema {
    /// Runs the verb.
    ///
    /// # Errors
    /// Never.
    pub fn run(self) -> Result<Output, Failure> {
        Ok(Output::json(&recipe::schema()))
    }
}
