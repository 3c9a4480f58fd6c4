//! `halite-dom0 diff`

use clap::Args;

use super::chosen::{Chosen, found, in_place};
use crate::cli::here::Where;
use crate::cli::verbs::compared::{self, Named};
use crate::cli::{Failure, Output};

/// Show what two bundles of dom0's store, or generations, differ in
///
/// By what it means: identities, ways to the network, calls between identities, excused checks, qubes, templates and their packages. What
/// could cost somebody their anonymity comes first. Changes nothing. Exit code 3 if there is any difference.
#[derive(Debug, Args)]
#[command(
    name = "diff",
    after_help = "Examples:\n  halite-dom0 diff anonymity-modes@2      against the generation in place\n  halite-dom0 diff 1 2"
)]
pub struct Diff {
    /// A generation's number; or a bundle, by the first digits of its id or NAME@SERIAL
    #[arg(value_name = "FROM")]
    one: String,
    /// What it is compared with [default: FROM is, with the generation in place]
    #[arg(value_name = "TO")]
    other: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Diff {
    /// Runs the verb.
    ///
    /// # Errors
    /// If there is no such bundle or generation, or one is not verified.
    pub fn run(self, place: &Where) -> Result<Output, Failure> {
        let here = place.find()?;
        let one = named(found(&here, &self.one)?)?;
        let (from, to) = match &self.other {
            Some(other) => (one, named(found(&here, other)?)?),
            None => (named(in_place(&here, "name what it is to be compared with, too")?)?, one),
        };
        Ok(compared::output(&from, &to, self.json))
    }
}

fn named(mut chosen: Chosen) -> Result<Named, Failure> {
    let mut named = Named::of(chosen.verified.bundle_mut())?;
    if let Some(number) = chosen.generation {
        named.title = format!("generation {number}: {}", named.title);
    }
    Ok(named)
}
